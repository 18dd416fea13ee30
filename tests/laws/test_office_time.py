"""Laws of deadlines in working time: closed doors miss nothing, stops lose nothing, and time stays somebody's."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.calendar import DAY, LAST_MOMENT, Calendar, Hours, Measure
from hub.names import EventType
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Rehearsal
from tests import builders as b
from tests.laws import invariants
from tests.laws.procedures import law

_ANSWERS = ("stopped", "resumed", "reset")


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw a calendar with a few openings a week, and days near the start that differ from it."""
    hours: st.SearchStrategy[Hours] = st.sampled_from([(), ((480, 690),), ((480, 720), (780, 960)), ((0, 1440),)])
    week = draw(st.tuples(*[hours] * 7).filter(any))
    first = date(2026, 1, 1).toordinal()
    days = draw(st.dictionaries(st.integers(0, 40).map(lambda n: date.fromordinal(first + n)), hours, max_size=20))
    return Calendar("c", draw(st.sampled_from(["Asia/Makassar", "Asia/Jakarta", "Europe/Berlin"])), week, days)


def opened(calendar: Calendar, begins: int, within: int, *, measure: Measure) -> tuple[Rehearsal, ProcedurePlan]:
    """Open a case whose step is due after so much working time."""
    kinds = [b.answer("a", "progress", type=EventType(f"test.a.{clock}"), clock=clock) for clock in _ANSWERS]
    deadline = b.deadline(within, measure=measure, calendar=calendar, warn=(1, 50, 100))
    procedure = b.procedure(b.step("a", answers=[*kinds, b.answer("a", "done")], deadline=deadline))
    world = Rehearsal(b.plan(procedure), now=begins)
    world.publish(b.event(b.OPENS, b.OPENER, at=begins))
    return world, procedure


moments = st.integers(b.NOW, b.NOW + 30 * b.DAY)
amounts = st.one_of(
    st.tuples(st.integers(1, 8).map(lambda days: days * DAY), st.just("days")),
    st.tuples(st.integers(1, 40).map(lambda hours: hours * b.HOUR), st.just("hours")),
)


@given(calendars(), moments, amounts)
@law(60)
def test_nothing_fires_while_the_doors_have_been_closed(
    calendar: Calendar, begins: int, amount: tuple[int, Measure]
) -> None:
    """Neither a warning nor a deadline comes before the office has opened once since the task was sent."""
    within, measure = amount
    world, _ = opened(calendar, begins, within, measure=measure)
    opening = calendar.next_opening(begins)

    world.wind(min(opening, begins + 400 * b.DAY) - begins)

    assert world.notices == []
    assert not b.state(world, "a").missed
    assert opening < LAST_MOMENT


@given(calendars(), moments, amounts, st.lists(st.integers(1, 4 * b.DAY), max_size=6))
@law(60)
def test_stops_lose_and_give_nothing(
    calendar: Calendar, begins: int, amount: tuple[int, Measure], pauses: list[int]
) -> None:
    """However often a clock is stopped, it is due as soon as the working time in which it ran is what was given."""
    within, measure = amount
    world, procedure = opened(calendar, begins, within, measure=measure)
    ran, since = 0, begins
    for span in pauses:
        world.wind(span)
        b.answers(world, "a", "stopped")
        ran += calendar.elapsed(since, world.now, measure)
        assert b.state(world, "a").elapsed == ran
        world.wind(span)
        b.answers(world, "a", "resumed")
        since = world.now
        invariants.hold(world, procedure)

    due = b.state(world, "a").due
    assert due is not None
    if ran < within:
        assert ran + calendar.elapsed(since, due, measure) >= within
        assert ran + calendar.elapsed(since, due - 1, measure) < within
    else:
        assert due == since
    world.wind(max(0, due - world.now))
    assert b.state(world, "a").missed
    invariants.hold(world, procedure)


@given(calendars(), moments, amounts, st.lists(st.tuples(st.sampled_from(_ANSWERS), st.integers(0, 3 * b.DAY))))
@law(40)
def test_time_is_always_somebodys(
    calendar: Calendar, begins: int, amount: tuple[int, Measure], told: list[tuple[str, int]]
) -> None:
    """Working time decides when; who held the case's time is counted by the clock, and sums to its age."""
    within, measure = amount
    world, procedure = opened(calendar, begins, within, measure=measure)
    for clock, span in told[:8]:
        world.wind(span)
        b.answers(world, "a", clock)
        invariants.hold(world, procedure)
    b.answers(world, "a", "done")

    case = b.case_of(world)
    assert sum(case.held.values()) == case.closed_at - case.opened_at  # type: ignore[operator] # it is closed
