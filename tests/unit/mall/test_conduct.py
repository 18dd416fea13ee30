"""Agencies answer by their procedures and figures: mostly yes, sometimes not, always the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.events.catalog import Catalog
from hub.mall.conduct import COMPLETION_REQUESTED, Asked, Conduct
from hub.mall.usual import usual
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName
from hub.network.load import DeclaredNetwork
from hub.network.mall import Mall

NOW = 1_795_492_800_000
REF = ProcedureRef("newborn@1")
RECORD = StepName("record_birth")
REGISTRY = AgencyCode("disdukcapil")
DAY = 86_400_000


def _conduct(
    network: DeclaredNetwork, catalog: Catalog, *, seed: int = 1, patient: bool = False, **office: float
) -> Conduct:
    mall = usual(network)
    if office:
        changed = {code: each.model_copy(update=office) for code, each in mall.agencies.items()}
        mall = Mall.model_validate(
            mall.model_copy(update={"agencies": changed, "otherwise": mall.otherwise.model_copy(update=office)})
        )
    return Conduct(network, catalog.types, mall, seed=seed, patient=patient)


@pytest.fixture
def conduct(samarinda: DeclaredNetwork, catalog: Catalog) -> Conduct:
    """Let the agencies of Samarinda behave."""
    return _conduct(samarinda, catalog)


def _asked(case: int, *, attempt: int = 1, kind: str = "id.mpp.civil.BirthRecordingRequest") -> Asked:
    return Asked(REGISTRY, CaseId(f"rs.{case}"), f"task-{case}", EventType(kind), REF, RECORD, attempt, {})


def _kinds(conduct: Conduct, attempt: int, cases: int = 400) -> Iterator[tuple[str, ...]]:
    for case in range(cases):
        says = conduct.reply(_asked(case, attempt=attempt)).says
        yield tuple(str(said.type).rpartition(".")[2] for said in says if not said.is_wrong)


def test_most_do_what_they_are_asked_and_some_do_not(conduct: Conduct) -> None:
    """Done, returned, rejected and held all happen; done prevails."""
    last = Counter(kinds[-1] for kinds in _kinds(conduct, 1))
    assert last["BirthRecorded"] > 300
    assert min(last["BirthRecordingReturned"], last["BirthRecordingRejected"]) > 2
    held = [kinds for kinds in _kinds(conduct, 1) if len(kinds) == 3]
    assert {kinds[:2] for kinds in held} == {("SynchronisationAwaited", "SynchronisationConfirmed")}


def test_a_second_attempt_is_done(conduct: Conduct) -> None:
    """So that every case ends."""
    assert {kinds[-1] for kinds in _kinds(conduct, 2)} == {"BirthRecorded"}


def test_an_applicant_completes_with_the_event_that_the_task_names(conduct: Conduct) -> None:
    """The front office needs no procedure: its task says what to publish."""
    kind = "id.mpp.licence.PracticeLicenceCompleted"
    asked = replace(_asked(1, kind=COMPLETION_REQUESTED), agency=AgencyCode("dpmptsp"), data={"completed_by": kind})
    reply = conduct.reply(asked)
    assert ([said.type for said in reply.says], reply.awaited) == ([kind], "applicant")


def test_the_same_seed_answers_the_same(conduct: Conduct, samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """A demonstration can be repeated."""
    again, other = (_conduct(samarinda, catalog, seed=seed) for seed in (1, 2))
    assert list(_kinds(conduct, 1)) == list(_kinds(again, 1))
    assert list(_kinds(again, 1)) != list(_kinds(other, 1))


def test_an_answer_does_not_depend_on_what_was_asked_before(
    conduct: Conduct, samarinda: DeclaredNetwork, catalog: Catalog
) -> None:
    """Asked in another order, agencies answer the same: so a rehearsal and a real hub may be compared."""
    other = _conduct(samarinda, catalog)
    forth = {case: conduct.reply(_asked(case)) for case in range(50)}
    back = {case: other.reply(_asked(case)) for case in reversed(range(50))}
    assert forth == back


def test_a_case_is_not_returned_more_often_than_its_procedure_bears(
    samarinda: DeclaredNetwork, catalog: Catalog
) -> None:
    """When every agency would return everything, only as many do as the procedure bears: the first in its file."""
    conduct = _conduct(samarinda, catalog, returned=100.0, rejected=0.0)
    ref = ProcedureRef("marriage@1")
    procedure = samarinda.procedures[ref]
    ends = [
        conduct.reply(
            Asked(step.agency, CaseId("kemenag.1"), f"t-{name}", step.request, ref, name, 1, {})
        ).says[-1].outcome
        for name, step in procedure.steps.items()
    ]  # fmt: skip
    returnable = [
        name for name, step in procedure.steps.items() if "returned" in {a.outcome for a in step.answers.values()}
    ]
    assert len(returnable) > procedure.max_rounds
    assert ends.count("returned") == procedure.max_rounds


def test_a_wrong_event_comes_before_the_right_one(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """It is one that the agency may not publish, so that the hub refuses it; the right one follows after a while."""
    conduct = _conduct(samarinda, catalog, wrong=100.0)
    first, *_, last = conduct.reply(_asked(1)).says
    assert first.is_wrong
    assert first.type not in samarinda.agencies[REGISTRY].publishes
    assert last.type in samarinda.agencies[REGISTRY].publishes
    assert conduct.reply(_asked(1)).says[1].wait > 0


def test_who_never_comes_comes_at_last_when_people_are_patient(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """In a week they stay away; a demonstration that must end has them come when it takes the longest."""
    asked = [replace(_asked(case, kind=COMPLETION_REQUESTED), agency=AgencyCode("dpmptsp")) for case in range(300)]
    away = [conduct for conduct in map(_conduct(samarinda, catalog).reply, asked) if conduct.comes is None]
    patient = [each.comes for each in map(_conduct(samarinda, catalog, patient=True).reply, asked)]
    assert 2 < len(away) < 30
    assert None not in patient


def test_payers_take_their_services_time_and_a_declared_share_never_pays(
    samarinda: DeclaredNetwork, catalog: Catalog
) -> None:
    """Whose code lives two hours pays within them, or not at all: most passports are paid for, and some lapse."""
    window, conduct = 2 * DAY // 24, _conduct(samarinda, catalog)
    comes: dict[str, list[int | None]] = {}
    for service, kind in (
        ("passport", "id.mpp.payment.PaymentRequest"), ("vehicle_transfer", "id.mpp.payment.SettlementRequest"),
    ):  # fmt: skip
        ask = Asked(
            AgencyCode("bankaltimtara"), CaseId("bank.0"), "t", EventType(kind), ProcedureRef(f"{service}@1"),
            StepName("pay"), 1, {},
        )  # fmt: skip
        cases = (replace(ask, case=CaseId(f"bank.{number}")) for number in range(1_000))
        comes[service] = [conduct.reply(each).comes for each in cases]
    in_time = {service: sum(each is not None and each < window for each in found) for service, found in comes.items()}
    assert in_time["passport"] > 900 > in_time["vehicle_transfer"] > 500
    assert [30 < found.count(None) < 80 for found in comes.values()] == [True, True]


def test_without_a_share_of_its_own_bills_are_unpaid_as_often_as_people_stay_away(
    samarinda: DeclaredNetwork, catalog: Catalog
) -> None:
    """A network need not tell the two apart."""
    mall = usual(samarinda)
    mall = mall.model_copy(update={"public": mall.public.model_copy(update={"never": 100.0, "unpaid": None})})
    conduct = Conduct(samarinda, catalog.types, mall, seed=1, patient=False)
    pay = Asked(
        AgencyCode("bankaltimtara"), CaseId("imigrasi.1"), "t", EventType("id.mpp.payment.PaymentRequest"),
        ProcedureRef("passport@1"), StepName("pay"), 1, {},
    )  # fmt: skip
    assert conduct.reply(pay).comes is None
