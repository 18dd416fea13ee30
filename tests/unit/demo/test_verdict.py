"""One case, judged: events that passed each other are explained, what nothing explains is not."""

import pytest

from hub.demo.rule import Rule
from hub.demo.story import Ask, Said
from hub.demo.verdict import CaseBooks, judge
from hub.events.catalog import Catalog
from hub.names import AgencyCode, EventType, ProcedureRef
from hub.network.load import DeclaredNetwork
from hub.network.supply import Supply

CIVIL, BPJS, OFFICE, HOSPITAL = (AgencyCode(code) for code in ("disdukcapil", "bpjskes", "dpmptsp", "rs"))
_OPENING = {"wants_child_card": False, "delivery": "counter"}


@pytest.fixture
def rule(samarinda: DeclaredNetwork, catalog: Catalog) -> Rule:
    """Read the newborn package."""
    newborn = samarinda.procedures[ProcedureRef("newborn@1")]
    return Rule(newborn, Supply(samarinda, catalog.types, newborn))


def _books(said: list[Said], came: list[Ask]) -> CaseBooks:
    books = CaseBooks(said=said)
    for number, ask in enumerate(came):
        books.asks[f"t{number}"] = ask
        books.came[f"t{number}"] += 1
        books.first_at[f"t{number}"] = 1_000
    return books


def _civil(kind: str, at: int, answers: Ask) -> Said:
    return Said(CIVIL, EventType(f"id.mpp.civil.{kind}"), {}, at, answers)


RECORD = Ask(CIVIL, "record_birth", 1)
CERTIFICATE, CARD, ENROL = Ask(CIVIL, "certificate", 1), Ask(CIVIL, "family_card", 1), Ask(BPJS, "enroll_jkn", 1)
COMPLETION = Ask(OFFICE, "enroll_jkn", 1, is_completion=True)
AGAIN = Ask(CIVIL, "record_birth", 2)
OPENED = Said(HOSPITAL, EventType("id.mpp.civil.BirthNotified"), _OPENING, 0)
RECORDED = _civil("BirthRecorded", 1, RECORD)
#: The certificate goes back to the recording while the insurance goes back to the applicant: who came first?
RETURNED = _civil("BirthCertificateReturned", 2, CERTIFICATE)
SENT_BACK = Said(BPJS, EventType("id.mpp.insurance.EnrolmentReturned"), {}, 3, ENROL)
SAID = [OPENED, RECORDED, RETURNED, SENT_BACK]


@pytest.mark.parametrize("came", [[AGAIN], [COMPLETION, AGAIN]], ids=["as appended", "the other way round"])
def test_either_order_of_two_agencies_explains_what_came(rule: Rule, came: list[Ask]) -> None:
    """An order in which each agency's own is kept is enough."""
    books = _books(SAID, [RECORD, CERTIFICATE, CARD, ENROL, *came])
    verdict = judge(rule, books, front_office=OFFICE, opener=HOSPITAL)
    assert (verdict.status, verdict.lost, verdict.doubled) == ("open", (), ())
    assert len(verdict.delays) == 4 + len(came)


def test_no_order_explains_away_a_loss(rule: Rule) -> None:
    """The recording is asked for again in every order."""
    books = _books(SAID, [RECORD, CERTIFICATE, CARD, ENROL, COMPLETION])
    verdict = judge(rule, books, front_office=OFFICE, opener=HOSPITAL)
    assert "disdukcapil was never asked for record_birth, attempt 2" in verdict.lost


def test_a_guard_that_is_false_asks_nobody(rule: Rule) -> None:
    """No child card is wanted, so none is asked for."""
    books = _books([OPENED, RECORDED], [RECORD, CERTIFICATE, CARD, ENROL, Ask(CIVIL, "child_card", 1)])
    verdict = judge(rule, books, front_office=OFFICE, opener=HOSPITAL)
    assert verdict.doubled == ("disdukcapil was asked for child_card, attempt 1, which nothing caused",)
    assert verdict.waits == ("certificate", "family_card", "enroll_jkn")


def test_the_delay_counts_from_the_event_that_caused_the_task(rule: Rule) -> None:
    """Not from the opening, and not from what came later."""
    books = _books([OPENED, RECORDED], [RECORD, CERTIFICATE, CARD, ENROL])
    verdict = judge(rule, books, front_office=OFFICE, opener=HOSPITAL)
    assert verdict.delays == (1_000, 999, 999, 999)


def test_the_rule_is_the_file(samarinda: DeclaredNetwork, rule: Rule) -> None:
    """Steps, predecessors and rejections stand as the procedure's file declares them."""
    assert list(rule.steps) == list(samarinda.procedures[ProcedureRef("newborn@1")].steps)
    assert rule.steps["advise_jkn"].rejections == ("enroll_jkn",)
    assert rule.closure("post") == {"post"}
