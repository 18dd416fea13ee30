"""A rehearsed week: repeatable to the byte, every ms accounted for, deadlines in their order, and quick."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import msgspec
import pytest

from hub.events.catalog import Catalog
from hub.mall.diary import Diary
from hub.mall.picture import draw_week
from hub.mall.report import as_json, as_lines
from hub.mall.week import Script, Week
from hub.names import CaseId
from hub.network.load import DeclaredNetwork
from hub.rehearsal.world import Entry
from hub.router.case import OWED, Case, has_owner
from hub.router.decision import Tick

SCRIPT = Script(begins=date(2025, 3, 17), cases=150, seed=7)


@pytest.fixture(scope="module")
def lived(samarinda: DeclaredNetwork, catalog: Catalog) -> tuple[Week, Diary]:
    """Rehearse a small week once."""
    week = Week(samarinda, catalog, SCRIPT)
    return week, week.run()


def _cases(week: Week) -> list[Case]:
    return [case for name in week.world.states if (case := week.world.case(name)) is not None]


def test_the_same_seed_is_the_same_week_to_the_byte(
    lived: tuple[Week, Diary], samarinda: DeclaredNetwork, catalog: Catalog
) -> None:
    """Report, table and picture; another seed is another week."""
    again = Week(samarinda, catalog, SCRIPT)
    diary = again.run()
    assert msgspec.json.encode(as_json(again, diary)) == msgspec.json.encode(as_json(*lived))
    assert list(as_lines(again, diary)) == list(as_lines(*lived))
    assert draw_week(again, diary) == draw_week(*lived)
    other = Week(samarinda, catalog, replace(SCRIPT, seed=8))
    assert as_json(other, other.run()) != as_json(*lived)


def test_every_case_has_an_owner_and_every_ms_a_holder(lived: tuple[Week, Diary]) -> None:
    """No case is stuck, the time that holders had sums to the cases' ages, and the report counts each case once."""
    week, diary = lived
    cases = _cases(week)
    assert len(cases) == diary.opened >= 150
    assert [case.id for case in cases if not has_owner(case)] == []
    for case in cases:
        until = week.until if case.closed_at is None else case.closed_at
        held = sum(case.held.values()) + (0 if case.closed_at is not None else until - case.at)
        assert held == until - case.opened_at
    for service in as_json(week, diary)["services"]:
        assert sum(service["held"].values()) == service["age"]
        assert service["ended"] + service["open"] == service["opened"]
    assert diary.closed == sum(case.closed_at is not None for case in cases)


def test_the_agencies_books_sum_to_the_tasks(lived: tuple[Week, Diary]) -> None:
    """What was asked was answered, is owed, was taken back, or waits for an applicant or payer."""
    week, diary = lived
    agencies = as_json(week, diary)["agencies"]
    assert len(agencies) == len(week.network.agencies)
    assert sum(each["tasks"] for each in agencies) < diary.tasks
    for each in agencies:
        assert each["answered"] + each["owed"] <= each["tasks"]
    owed = sum(
        state.status in OWED and state.status != "returned" and step.holder == "agency"
        for case in _cases(week)
        if case.closed_at is None and case.procedure is not None
        for name, state in case.steps.items()
        for step in [week.network.procedures[case.procedure].steps[name]]
    )
    assert owed == sum(each["owed"] for each in agencies) > 0


def test_wrong_events_are_refused_and_nothing_else_is(lived: tuple[Week, Diary]) -> None:
    """Each becomes a dead letter, for want of the right to publish it; no case waits for a person."""
    week, diary = lived
    assert {letter.refusal.category for letter in week.world.dead_letters} == {"rights"}
    assert diary.refused == sum(each.wrong for each in diary.agencies.values()) > 0
    assert diary.incidents.total() == 0


def test_timers_fire_in_the_order_of_their_time(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """Deadlines and warnings of all cases come in due order, among arrivals and answers, at their own ms."""
    week = Week(samarinda, catalog, Script(begins=SCRIPT.begins, cases=30, seed=7, days=30))
    listening = week.diary = Listening(week)
    week.run()
    assert len(listening.ticks) > 50
    assert listening.ticks == listening.wanted
    assert all(before <= after for before, after in pairwise(listening.moments))


class Listening(Diary):
    """A diary that keeps when each decision was made, and when each timer that fired was wanted.

    A timer that is set for a moment that has passed, such as one that counts from a date, is wanted at once.
    """

    def __init__(self, week: Week) -> None:
        """Begin."""
        super().__init__(week.network, week.world.plan, since=week.since)
        self.moments: list[int] = []
        self.ticks: list[int] = []
        self.wanted: list[int] = []
        self._due: dict[CaseId, int] = {}

    def note(self, entry: Entry) -> None:
        """Keep it."""
        super().note(entry)
        self.moments.append(entry.now)
        if isinstance(entry.stimulus, Tick):
            self.ticks.append(entry.now)
            self.wanted.append(self._due[entry.case])
        case = entry.decision.case
        if case is not None and case.due is not None:
            self._due[entry.case] = max(case.due, entry.now)


def test_a_counter_is_late_where_a_system_is_not(lived: tuple[Week, Diary]) -> None:
    """Unequal integration shows: what answers tomorrow misses more of its deadlines than what answers in a minute."""
    week, diary = lived
    late: dict[str, list[int]] = {}
    for code, each in diary.agencies.items():
        if each.asked:
            sums = late.setdefault(week.network.agencies[code].level, [0, 0])
            sums[0] += each.late + each.owed_late
            sums[1] += each.asked
    assert late["counter"][0] / late["counter"][1] > 10 * (late["api"][0] / late["api"][1])


def test_a_month_later_nearly_all_have_ended(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """Nobody waits for ever but those whose wedding or building takes that long; who never came is out by deadline."""
    week = Week(samarinda, catalog, Script(begins=SCRIPT.begins, cases=60, seed=3, days=120))
    diary = week.run()
    ends = {end for each in diary.services.values() for end in each.ends}
    assert diary.closed > 0.5 * diary.opened
    assert {"completed", "rejected"} < ends


def test_a_quick_and_patient_mall_ends_every_case(samarinda: DeclaredNetwork, catalog: Catalog) -> None:
    """As a demonstration plays it: no deadline passes, everybody comes, nothing stays open."""
    script = Script(
        begins=SCRIPT.begins, cases=25, seed=3, days=400, patient=True, speed=1_000_000.0, hub_at=1_795_492_800_000
    )
    week = Week(samarinda, catalog, script, keeps=True)
    diary = week.run()
    assert diary.closed == diary.opened == 25
    assert {end for each in diary.services.values() for end in each.ends} <= {"completed", "rejected"}
    assert len(week.asked) == diary.tasks
    assert week.world.now - 1_795_492_800_000 < 60_000


def test_a_network_without_figures_is_rehearsed_with_the_usual_ones(wabo: DeclaredNetwork, catalog: Catalog) -> None:
    """And the report says so."""
    week = Week(wabo, catalog, Script(begins=SCRIPT.begins, cases=20))
    diary = week.run()
    assert diary.opened == 20
    assert as_json(week, diary)["figures"] == "usual"
    assert any("no mall.yaml" in line for line in as_lines(week, diary))
