"""Agencies answer by their procedures: mostly yes, sometimes not, always the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.demo.conduct import COMPLETION_REQUESTED, Asked, Conduct
from hub.events.catalog import Catalog
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName
from hub.network.load import DeclaredNetwork

NOW = 1_795_492_800_000
REF = ProcedureRef("newborn@1")
RECORD = StepName("record_birth")


@pytest.fixture
def conduct(samarinda: DeclaredNetwork, catalog: Catalog) -> Conduct:
    """Let the agencies of Samarinda behave."""
    return Conduct(samarinda, catalog.types, seed=1)


def _asked(case: int, *, attempt: int = 1, kind: str = "id.mpp.civil.BirthRecordingRequest") -> Asked:
    agency = AgencyCode("disdukcapil")
    return Asked(agency, CaseId(f"rs.{case}"), f"task-{case}", EventType(kind), REF, RECORD, attempt, {})


def _kinds(conduct: Conduct, attempt: int, cases: int = 300) -> Iterator[tuple[str, ...]]:
    for case in range(cases):
        yield tuple(str(kind).rpartition(".")[2] for kind, _ in conduct.answer(_asked(case, attempt=attempt), now=NOW))


def test_most_do_what_they_are_asked_and_some_do_not(conduct: Conduct) -> None:
    """Done, returned, rejected and held all happen; done prevails."""
    last = Counter(kinds[-1] for kinds in _kinds(conduct, 1))
    assert last["BirthRecorded"] > 200
    assert min(last["BirthRecordingReturned"], last["BirthRecordingRejected"]) > 2
    held = [kinds for kinds in _kinds(conduct, 1) if len(kinds) == 3]
    assert {kinds[:2] for kinds in held} == {("SynchronisationAwaited", "SynchronisationConfirmed")}


def test_a_second_attempt_is_done(conduct: Conduct) -> None:
    """So that every case ends."""
    assert {kinds[-1] for kinds in _kinds(conduct, 2)} == {"BirthRecorded"}


def test_an_applicant_completes_with_the_event_that_the_task_names(conduct: Conduct) -> None:
    """The front office needs no procedure: its task says what to publish."""
    kind = "id.mpp.licence.PracticeLicenceCompleted"
    asked = replace(_asked(1, kind=COMPLETION_REQUESTED), data={"completed_by": kind})
    assert [said for said, _ in conduct.answer(asked, now=NOW)] == [kind]


def test_the_same_seed_answers_the_same(conduct: Conduct, samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """A demonstration can be repeated."""
    again, other = (Conduct(samarinda, catalog.types, seed=seed) for seed in (1, 2))
    assert list(_kinds(conduct, 1)) == list(_kinds(again, 1))
    assert list(_kinds(again, 1)) != list(_kinds(other, 1))


def test_a_case_is_not_returned_more_often_than_its_procedure_bears(conduct: Conduct) -> None:
    """Beyond that a person would be needed."""
    kinds = [conduct.answer(_asked(1), now=NOW)[-1][0] for _ in range(3)]
    assert len(set(kinds)) == 1, "the same task is decided the same"
    returns = 0
    for number in range(400):
        step = Asked(
            AgencyCode("disdukcapil"), CaseId("rs.same"), f"t{number}", EventType(f"x.{number}"), REF, RECORD, 1, {}
        )
        returns += conduct.answer(step, now=NOW)[-1][0].endswith("Returned")
    assert returns == 5
