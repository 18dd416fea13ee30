"""The reference network in memory: its examples, and a morning in the mall with agencies that answer as they like."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hub.events.catalog import Catalog
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName, case_id
from hub.network.compile import compile_network
from hub.network.load import DeclaredNetwork
from hub.network.model import COMPLETED
from hub.network.plan import Plan
from hub.rehearsal.examples import check_examples, tell
from hub.rehearsal.sample import sample
from hub.rehearsal.world import START, Rehearsal, SentTask
from hub.router.case import is_closed
from hub.router.control import COMPLETION_REQUESTED
from tests import networks

ROOT = Path(__file__).parents[2]
HOUR = 3_600_000
CASES = 120
CONSULTATION = EventType("id.mpp.building.ConsultationRequest")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Read the project's schemas."""
    return networks.catalog()


@pytest.fixture(scope="module")
def network() -> DeclaredNetwork:
    """Read the reference network."""
    return networks.samarinda()


def test_the_reference_network_is_whole(network: DeclaredNetwork) -> None:
    """Ten services and one that others wait for, each with a procedure and examples, and agreements for their data."""
    assert len(network.services) == 11
    assert {f"pks-{number:02}" for number in range(1, 11)} <= network.agreements.keys()
    assert [name for name, agreement in network.agreements.items() if not agreement.grants] == []
    assert {procedure.service for procedure in network.procedures.values()} == network.services.keys()
    assert {grant.service for agreement in network.agreements.values() for grant in agreement.grants} == (
        network.services.keys()
    )
    assert (network.network.coordinator, network.network.front_office) == ("dpmptsp", "dpmptsp")
    assert min(len(procedure.examples) for procedure in network.procedures.values()) >= 4


def test_the_mall_has_its_33_agencies(network: DeclaredNetwork) -> None:
    """Thirty-three tenants in the composition of the sources, on unequal levels; ministries and wards stand outside."""
    tenants = [agency for agency in network.agencies.values() if agency.kind != "external"]
    assert Counter(agency.kind for agency in tenants) == {
        "city": 16, "province": 1, "public-body": 2, "state-enterprise": 4, "regional-enterprise": 2, "vertical": 7,
        "non-structural": 1,
    }  # fmt: skip
    assert len(tenants) == 33
    assert {agency.level for agency in tenants} == {"counter", "file", "database", "api", "events"}


def test_every_record_says_how_it_is_known(network: DeclaredNetwork) -> None:
    """What is read names where; who an agency is stands beside what is invented of it."""
    records = [
        network.network, *network.agencies.values(), *network.services.values(), *network.procedures.values(),
        *network.agreements.values(),
    ]  # fmt: skip
    assert [record for record in records if record.evidence != "I" and not record.sources] == []
    assert {agreement.evidence for agreement in network.agreements.values()} == {"I"}
    assert [agency.agency for agency in network.agencies.values() if not agency.note] == []


def test_the_ground_of_the_priority_lane_stays_with_the_social_office(network: DeclaredNetwork) -> None:
    """Who is ill or pregnant is for the office that verifies it; the ministry and the insurance read the lane only."""
    flows = [
        (element, grant.receiver)
        for agreement in network.agreements.values()
        for grant in agreement.grants
        if grant.service == "pbi_reactivation"
        for element in grant.elements
    ]
    assert {receiver for element, receiver in flows if element == "priority_ground"} == {"dinsos"}
    assert {receiver for element, receiver in flows if element == "priority"} == {"kemensos", "bpjskes"}


def test_every_example_ends_as_it_says(network: DeclaredNetwork, catalog: Catalog) -> None:
    """What people signed is what the router does."""
    assert check_examples(network, catalog) == ()


class Mall:
    """Citizens who arrive and agencies that answer their tasks, late, twice, and not always kindly."""

    def __init__(self, plan: Plan, catalog: Catalog, seed: int) -> None:
        """Open for the day."""
        self.world, self._types, self._chance = Rehearsal(plan), catalog.types, random.Random(seed)  # noqa: S311 - a story
        self.owed: list[SentTask] = []
        self._seen = 0

    def arrive(self, number: int) -> CaseId:
        """Let one citizen bring an application."""
        plan = self.world.plan
        kind = self._chance.choice(sorted(plan.openings))
        opener = next(code for code, agency in plan.agencies.items() if kind in agency.opens)
        case = case_id(opener, str(number))
        self._say(opener, kind, case)
        return case

    def work(self) -> bool:
        """Let one agency answer one of its tasks; tell whether there was one."""
        self.owed += self.world.tasks[self._seen :]
        self._seen = len(self.world.tasks)
        if not self.owed:
            return False
        sent = self.owed.pop(self._chance.randrange(len(self.owed)))
        self.world.wind(self._chance.randrange(HOUR))
        agency, kind = self._answer(sent)
        event_id = f"{sent.task.id}/{kind}"
        for _ in range(1 + (self._chance.random() < 0.1)):
            self._say(agency, kind, sent.case, about=self._about(sent, kind), causation=sent.task.id, event_id=event_id)
        return True

    def _answer(self, sent: SentTask) -> tuple[str, EventType]:
        step = self.world.plan.procedures[sent.task.procedure].steps[sent.task.step]
        if sent.task.type != step.request:
            returned = [answer for answer in step.answers.values() if answer.outcome == "returned" and not answer.to]
            return self.world.plan.front_office, next((each.completed_by or COMPLETED for each in returned), COMPLETED)
        kinds = {outcome: [each.type for each in step.answers.values() if each.outcome == outcome]
                 for outcome in ("done", "returned", "rejected")}  # fmt: skip
        luck = self._chance.random()
        wanted = "rejected" if luck < 0.03 else "returned" if luck < 0.15 else "done"
        return step.agency, self._chance.choice(kinds[wanted] or kinds["done"])

    def _about(self, sent: SentTask, kind: EventType) -> dict[str, Any]:
        """Say of whom an answer is, where its step is of one of several, and of money what was asked for."""
        subject = self.world.plan.procedures[sent.task.procedure].steps[sent.task.step].subject
        money = {name: amount for name, amount in sent.task.data.items() if name.endswith("_rupiah")}
        asked = {name: amount for name, amount in money.items() if name in self._types[kind].fields}
        return asked if subject is None or kind == COMPLETED else asked | {subject.said_in: subject.code}

    def _say(
        self, agency: str, kind: EventType, case: CaseId, *, about: dict[str, Any] | None = None, **more: Any
    ) -> None:
        self.world.say(agency, kind, case, data=sample(self._types[kind], about or {}), **more)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_morning_in_the_mall_leaves_nothing_behind(network: DeclaredNetwork, catalog: Catalog, seed: int) -> None:
    """Every case ends or waits for a person; every task is sent once; nothing is refused."""
    mall = Mall(compile_network(network, catalog, at=START), catalog, seed)
    cases = [mall.arrive(number) for number in range(CASES)]
    while mall.work():
        pass
    found = [case for case in map(mall.world.case, cases) if case is not None]
    assert len(found) == CASES
    assert all(is_closed(case) or case.incidents for case in found)
    ids = Counter(sent.task.id for sent in mall.world.tasks)
    assert max(ids.values()) == 1
    assert not mall.world.dead_letters
    statuses = Counter(case.status for case in found)
    assert statuses["completed"] > CASES / 3, statuses


def test_nothing_is_opened_when_the_agreements_have_run_out(network: DeclaredNetwork, catalog: Catalog) -> None:
    """Without a grant in force, no data flows between agencies."""
    plan = compile_network(network, catalog, at=START)
    late = Rehearsal(plan, now=START + 20 * 365 * 24 * HOUR)
    mall = Mall(plan, catalog, 1)
    mall.world = late
    for number in range(8):
        mall.arrive(number)
    assert {letter.refusal.category for letter in late.dead_letters} == {"agreement"}
    assert late.states == {}


def test_consultations_are_counted_and_have_a_ceiling(network: DeclaredNetwork, catalog: Catalog) -> None:
    """Each correction is a new attempt of the same step; after the ceiling a person decides, and may allow as many."""
    procedure = network.procedures[ProcedureRef("building_approval@1")]
    (capped,) = (each for each in procedure.examples if "ceiling" in each.name)
    telling = tell(compile_network(network, catalog, at=START), procedure, capped, types=catalog.types)
    attempts = [sent.task.attempt for sent in telling.world.tasks if sent.task.type == CONSULTATION]
    asked = [sent.task.data for sent in telling.world.tasks if sent.task.type == COMPLETION_REQUESTED]
    case = telling.case
    assert case is not None
    assert attempts == list(range(1, procedure.max_rounds + 2))
    assert case.rounds == procedure.max_rounds == len(asked)
    assert all(each["step"] == "consult" and each["missing"][0]["document"] for each in asked)
    assert [incident.cause for incident in case.incidents] == ["rounds"]
    telling.world.command("retry", telling.case_id, reason="one more look")
    case = telling.case
    assert case is not None
    assert (case.rounds, case.steps[StepName("consult")].status, case.incidents) == (1, "returned", ())


@pytest.mark.parametrize(
    ("example", "evidence"),
    [
        ("all is in order and the certificate is handed over at once", "membership"),
        ("the insurance is not active; the first proof has lapsed, the second counts", "instalment_plan"),
        ("a registration at the insurance is in progress, and the register knows it", "registration"),
        ("a registration in progress that the register does not know yet is proved by its number", "registration"),
    ],
)
def test_insurance_or_a_registration_in_progress_is_enough_for_a_police_certificate(
    network: DeclaredNetwork, catalog: Catalog, example: str, evidence: str
) -> None:
    """An alternative requirement, each with evidence of its own kind, which the police are told (R6)."""
    procedure = network.procedures[ProcedureRef("police-certificate@1")]
    (told,) = (each for each in procedure.examples if each.name == example)
    telling = tell(compile_network(network, catalog, at=START), procedure, told, types=catalog.types)
    (issue,) = (sent.task for sent in telling.world.tasks if sent.task.step == "issue")
    assert issue.data["insurance_evidence"] == evidence


def test_who_is_refused_a_passport_is_told_why_and_nobody_else_sees_it(
    network: DeclaredNetwork, catalog: Catalog
) -> None:
    """That somebody is on the prevention list is for the counter alone; law and place to object may be seen (R17)."""
    plan = compile_network(network, catalog, at=START)
    kind = EventType("id.mpp.immigration.PreventionMatched")
    step = next(
        step for each in plan.procedures.values() if each.service == "passport" for step in each.steps.values()
        if kind in step.answers
    )  # fmt: skip
    answer = step.answers[kind]
    assert answer.told.keys() == {"reason", "legal_basis", "explanation", "appeal"}
    assert answer.shown == {"legal_basis", "appeal"}


def test_every_rejection_that_ends_a_case_tells_all_that_it_must(network: DeclaredNetwork, catalog: Catalog) -> None:
    """Reason code, legal basis, plain words and the place to object, in each of the mall's services."""
    plan = compile_network(network, catalog, at=START)
    ends = [
        answer for each in plan.procedures.values() for step in each.steps.values() for answer in step.answers.values()
        if answer.outcome == "rejected" and step.on_rejected is None
    ]  # fmt: skip
    assert len(ends) > 5
    assert {frozenset(answer.told) for answer in ends} == {
        frozenset({"reason", "legal_basis", "explanation", "appeal"})
    }


def test_a_referral_takes_the_clock_along_and_the_front_office_tells_the_citizen(
    network: DeclaredNetwork, catalog: Catalog
) -> None:
    """The health office keeps a complaint for three hours; of the social office's day they are gone (R23)."""
    plan = compile_network(network, catalog, at=START)
    case, world = case_id(AgencyCode("dinkes"), "referred"), Rehearsal(plan)
    opens = EventType("id.mpp.social.ReactivationRequested")
    given = {"received_by": "health_office", "priority_ground": "elderly", "nik": "6472051205500000"}
    world.say("dinkes", opens, case, data=sample(catalog.types[opens], given))
    matched, referred = EventType("id.mpp.civil.IdentityMatched"), EventType("id.mpp.social.Referred")
    world.say("disdukcapil", matched, case, data=sample(catalog.types[matched]))
    world.wind(3 * HOUR)
    world.say("dinkes", referred, case, data=sample(catalog.types[referred], {"priority_ground": "elderly"}))
    found = world.case(case)
    assert found is not None
    verify = plan.procedures[ProcedureRef("pbi_reactivation@1")].steps[StepName("verify")].deadline
    assert verify is not None
    assert verify.calendar is not None
    assert found.steps[StepName("verify")].due == verify.calendar.due(START, verify.within, "days")
    assert found.holder == "dinsos"
    (told,) = [each.notice for each in world.notices if each.notice.type == "hub.CaseReferred"]
    assert (told.agency, told.data["referred_by"], told.data["referred_to"]) == ("dpmptsp", "dinkes", "dinsos")
