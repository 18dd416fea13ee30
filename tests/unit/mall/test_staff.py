"""Everybody at work: a task takes its way, its row and its work; what is taken back is not answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.events.catalog import Catalog
from hub.mall.conduct import Asked
from hub.mall.staff import Staff, Utterance
from hub.mall.usual import usual
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName
from hub.network.load import DeclaredNetwork

WITA = timezone(timedelta(hours=8))
#: Monday 17 March 2025, 09:00 in Samarinda, in ms.
NINE = int(datetime(2025, 3, 17, 1, tzinfo=UTC).timestamp()) * 1000
MINUTE = 60_000
REF = ProcedureRef("newborn@1")


def _asked(number: int) -> Asked:
    return Asked(
        AgencyCode("disdukcapil"), CaseId(f"rs.{number}"), f"task-{number}",
        EventType("id.mpp.civil.BirthRecordingRequest"), REF, StepName("record_birth"), 1, {},
    )  # fmt: skip


def _staff(network: DeclaredNetwork, catalog: Catalog) -> Staff:
    return Staff(network, catalog.types, mall=usual(network), seed=1, patient=True)


@pytest.fixture
def staff(samarinda: DeclaredNetwork, catalog: Catalog) -> Staff:
    """Let Samarinda's staff come to work."""
    return _staff(samarinda, catalog)


def _all(staff: Staff) -> list[Utterance]:
    """Let time pass until nobody has anything to do."""
    said: list[Utterance] = []
    while (at := staff.next_at) is not None:
        said += staff.turn(at)
    return said


def test_a_task_is_answered_after_its_way_and_its_work(staff: Staff) -> None:
    """A table that is looked into every few minutes, and a file of some more."""
    staff.hand(_asked(1), NINE)
    first = _all(staff)[0]
    assert NINE + 2 * MINUTE < first.at < NINE + 60 * MINUTE


def test_what_comes_at_night_waits_for_open_doors(staff: Staff) -> None:
    """The civil registry closes at three and opens at eight."""
    staff.hand(_asked(1), NINE + 12 * 60 * MINUTE)
    first = datetime.fromtimestamp(_all(staff)[0].at / 1000, WITA)
    assert (first.day, first.hour) == (18, 8)


def test_what_is_taken_back_is_not_answered(staff: Staff) -> None:
    """Neither before it reaches a desk nor at it."""
    for number in (1, 2):
        staff.hand(_asked(number), NINE)
    staff.withdraw("task-1")
    assert {said.asked.id for said in _all(staff)} == {"task-2"}


def test_events_come_in_the_order_of_their_time_and_end_once(staff: Staff) -> None:
    """Each task has one last event, and every event an id of its own."""
    for number in range(200):
        staff.hand(_asked(number), NINE + number * MINUTE)
    said = _all(staff)
    assert [each.at for each in said] == sorted(each.at for each in said)
    assert sorted(each.asked.id for each in said if each.is_last) == sorted(f"task-{number}" for number in range(200))
    assert len({each.id for each in said}) == len(said) > 200


def test_the_same_tasks_are_answered_the_same(samarinda: DeclaredNetwork, catalog: Catalog, staff: Staff) -> None:
    """Facts too."""
    other = _staff(samarinda, catalog)
    told = []
    for each in (staff, other):
        for number in range(20):
            each.hand(_asked(number), NINE)
        told.append([(said.id, said.at, each.facts(said, now=NINE)) for said in _all(each)])
    assert told[0] == told[1]


def test_whom_nobody_waits_for_is_counted(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """An applicant who never comes says nothing."""
    mall = usual(samarinda)
    away = mall.model_copy(update={"public": mall.public.model_copy(update={"never": 100.0})})
    staff = Staff(samarinda, catalog.types, mall=away, seed=1)
    asked = replace(_asked(1), agency=AgencyCode("dpmptsp"), type=EventType("hub.CompletionRequested"))
    staff.hand(asked, NINE)
    assert (_all(staff), staff.away) == ([], 1)
