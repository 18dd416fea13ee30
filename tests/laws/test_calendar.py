"""Laws of office time, over random calendars: both ways agree, nothing is lost, and a clerk with a watch agrees.

The clerk looks at the wall clock once a minute and counts; he knows no tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.calendar import DAY, LAST_MOMENT, Calendar, Grace, Hours, Measure

_MINUTE: Final = 60_000
_WEEK: Final = 7
_MEASURES: Final[tuple[Measure, ...]] = ("hours", "days")
#: Spans with something in them: Eid, both changes of the clocks, New Year's Eve, a leap day.
_SPANS: Final = [
    ("Asia/Makassar", date(2025, 3, 26), date(2025, 4, 10)),
    ("Asia/Jakarta", date(2025, 3, 28), date(2025, 4, 8)),
    ("Europe/Amsterdam", date(2025, 3, 28), date(2025, 4, 8)),
    ("Europe/Amsterdam", date(2025, 10, 20), date(2025, 11, 1)),
    ("Asia/Makassar", date(2024, 12, 27), date(2025, 1, 8)),
    ("Asia/Kathmandu", date(2024, 2, 24), date(2024, 3, 6)),
]
#: Edges of openings, in minutes; none within the hour in which Amsterdam's clocks change: a wall clock names these
#: instants never or twice.
_EDGES: Final = [minute for minute in range(0, 1441, 15) if not 120 < minute < 180]

_OFFICE: Final = (*(((480, 720), (780, 960)),) * 4, ((480, 690),), (), ())
_EID: Final[dict[date, Hours]] = {date(2025, 3, 28) + timedelta(n): () for n in range(11)}


@dataclass(frozen=True)
class _Story:
    """A calendar and the span in which it is looked at."""

    calendar: Calendar
    first: date
    last: date

    def at(self, share: float) -> int:
        """Tell the instant at this share of the span."""
        marks = _marks(self.calendar.zone, self.first, self.last)
        return marks[0] + int(share * (marks[-1] - marks[0]))

    def minutes(self) -> list[tuple[date, int]]:
        """List what the wall clock shows at each minute of the span."""
        return _wall(self.calendar.zone, self.first, self.last)


@cache
def _wall(zone: str, first: date, last: date) -> list[tuple[date, int]]:
    shown = [datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in _marks(zone, first, last)[:-1]]
    return [(each.date(), each.hour * 60 + each.minute) for each in shown]


@cache
def _marks(zone: str, first: date, last: date) -> list[int]:
    begin, end = (
        round(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) * 1000 for day in (first, last)
    )
    return [*range(begin, end, _MINUTE), end]


def _counted(story: _Story) -> Iterator[tuple[int, int]]:
    """Count minute by minute as the clerk does: the hours worked so far, and the position in working days."""
    calendar, days = story.calendar, 0
    lengths: dict[date, int] = {}
    opened = []
    for day, minute in story.minutes():
        hours = calendar.days.get(day, calendar.week[day.weekday()])
        opened.append(any(opens <= minute < closes for opens, closes in hours))
        lengths[day] = lengths.get(day, 0) + opened[-1] * _MINUTE
    worked = today = 0
    yield 0, 0
    for (day, _), is_open in zip(story.minutes(), opened, strict=True):
        if is_open:
            worked, today = worked + _MINUTE, today + _MINUTE
            if today == lengths[day]:
                days, today = days + 1, 0
        yield worked, days * DAY + (today * DAY // lengths[day] if today else 0)


@st.composite
def _hours(draw: st.DrawFn) -> Hours:
    edges = sorted(draw(st.lists(st.sampled_from(_EDGES), max_size=6, unique=True)))
    return tuple(zip(edges[0::2], edges[1::2], strict=False))


@st.composite
def _stories(draw: st.DrawFn) -> _Story:
    zone, first, last = draw(st.sampled_from(_SPANS))
    week = tuple(draw(st.lists(st.one_of(st.just(()), _hours()), min_size=_WEEK, max_size=_WEEK)))
    span = [first + timedelta(n) for n in range((last - first).days)]
    days = draw(st.dictionaries(st.sampled_from(span), st.one_of(st.just(()), _hours()), max_size=5))
    return _Story(Calendar("any", zone, week, days), first, last)


_SHARES = st.floats(0, 1)
_AMOUNTS = st.one_of(st.integers(1, 5).map(lambda days: days * DAY), st.integers(1, 5 * DAY))
_ANY_MEASURE = st.sampled_from(_MEASURES)
_EID_STORY: Final = _Story(Calendar("eid", "Asia/Makassar", _OFFICE, _EID), date(2025, 3, 26), date(2025, 4, 10))


@settings(max_examples=60, deadline=None)
@example(_EID_STORY, 0.1, 0.95)
@given(_stories(), _SHARES, _SHARES)
def test_a_clerk_who_looks_at_the_clock_each_minute_counts_the_same(story: _Story, one: float, other: float) -> None:
    """Between any two minutes as much time was worked as was counted, in both measures, and doors were as he saw."""
    counted, marks = list(_counted(story)), _marks(story.calendar.zone, story.first, story.last)
    start, end = sorted(round(share * (len(marks) - 1)) for share in (one, other))

    for kind, measure in enumerate(_MEASURES):
        found = story.calendar.elapsed(marks[start], marks[end], measure)
        assert found == counted[end][kind] - counted[start][kind]
    for minute in range(start, end, 97):
        assert story.calendar.is_open(marks[minute]) == (counted[minute + 1][0] > counted[minute][0])


@settings(max_examples=60, deadline=None)
@example(_EID_STORY, 0.1, 2 * DAY, "days")
@example(_EID_STORY, 0.1, 8 * 3_600_000, "hours")
@given(_stories(), _SHARES, _AMOUNTS, _ANY_MEASURE)
def test_what_is_due_is_due_in_the_minute_in_which_the_clerk_has_counted_it(
    story: _Story, share: float, amount: int, measure: Measure
) -> None:
    """The first minute at which enough was counted is the one that ends with the due time, or right after it."""
    counted, marks = list(_counted(story)), _marks(story.calendar.zone, story.first, story.last)
    start = round(share * (len(marks) - 1))
    kind = _MEASURES.index(measure)
    enough = counted[start][kind] + amount
    first = next((at for at, count in zip(marks, counted, strict=True) if count[kind] >= enough), None)
    due = story.calendar.due(marks[start], amount, measure)

    if first is None:
        assert due > marks[-1]
    else:
        assert first - _MINUTE < due <= first


@settings(deadline=None)
@given(_stories(), _SHARES, _AMOUNTS, _ANY_MEASURE)
def test_due_is_the_first_instant_at_which_enough_has_elapsed(
    story: _Story, share: float, amount: int, measure: Measure
) -> None:
    """At the due time the amount has elapsed, a ms before it has not; hours are met to the ms."""
    calendar, start = story.calendar, story.at(share)
    due = calendar.due(start, amount, measure)

    if due == LAST_MOMENT:
        assert calendar.elapsed(start, LAST_MOMENT, measure) < amount
    else:
        assert calendar.elapsed(start, due, measure) >= amount > calendar.elapsed(start, due - 1, measure)
        if measure == "hours":
            assert calendar.elapsed(start, due, measure) == amount
        assert calendar.is_open(due - 1)


@settings(deadline=None)
@given(_stories(), _SHARES, _SHARES, _ANY_MEASURE)
def test_what_has_elapsed_was_due_by_then(story: _Story, one: float, other: float, measure: Measure) -> None:
    """The amount that elapsed until an instant was due at that instant or before, and a little more was not."""
    start, end = sorted((story.at(one), story.at(other)))
    passed = story.calendar.elapsed(start, end, measure)

    assert start <= story.calendar.due(start, passed, measure) <= end
    assert story.calendar.due(start, passed + 1, measure) > end


@settings(deadline=None)
@given(_stories(), st.lists(_SHARES, min_size=3, max_size=3), _ANY_MEASURE)
def test_time_adds_up_over_any_stop(story: _Story, shares: list[float], measure: Measure) -> None:
    """From a to b and from b to c is from a to c, in whatever order they lie."""
    calendar, (a, b, c) = story.calendar, map(story.at, shares)

    assert calendar.elapsed(a, b, measure) + calendar.elapsed(b, c, measure) == calendar.elapsed(a, c, measure)
    assert calendar.elapsed(b, a, measure) == -calendar.elapsed(a, b, measure)


@settings(deadline=None)
@given(_stories(), st.lists(_SHARES, min_size=2, max_size=8), _AMOUNTS, _ANY_MEASURE)
def test_later_and_more_is_never_due_earlier(story: _Story, shares: list[float], amount: int, measure: Measure) -> None:
    """Who starts later, or is given more, is not due before; nor does more time elapse in less."""
    starts = sorted(map(story.at, shares))

    for earlier, later in pairwise(starts):
        assert story.calendar.due(earlier, amount, measure) <= story.calendar.due(later, amount, measure)
        assert story.calendar.due(earlier, amount, measure) <= story.calendar.due(earlier, amount + 1, measure)
        assert story.calendar.elapsed(starts[0], earlier, measure) <= story.calendar.elapsed(starts[0], later, measure)


@settings(deadline=None)
@given(_stories(), _SHARES, _AMOUNTS, _SHARES, _ANY_MEASURE)
def test_a_clock_that_is_stopped_while_doors_are_shut_loses_nothing(
    story: _Story, share: float, amount: int, pause: float, measure: Measure
) -> None:
    """Stopped at one instant and resumed at the next opening with what is left, it is due as if it had run on."""
    calendar, start = story.calendar, story.at(share)
    stopped = start + int(pause * DAY)
    left = amount - calendar.elapsed(start, stopped, measure)

    if left > 0:
        assert calendar.due(calendar.next_opening(stopped), left, measure) == calendar.due(start, amount, measure)


@settings(deadline=None)
@given(_stories(), _SHARES)
def test_doors_are_open_when_time_passes_by_them(story: _Story, share: float) -> None:
    """An instant is open exactly when the ms after it counts; until the next opening nothing counts."""
    calendar, at = story.calendar, story.at(share)
    opening = calendar.next_opening(at)

    assert calendar.is_open(at) == (calendar.elapsed(at, at + 1, "hours") == 1) == (opening == at)
    assert calendar.elapsed(at, opening, "hours") == 0
    assert opening == LAST_MOMENT or calendar.is_open(opening)


@settings(deadline=None)
@given(_stories(), st.lists(_SHARES, min_size=2, max_size=2), _SHARES, _AMOUNTS, _ANY_MEASURE)
def test_a_grace_moves_what_falls_in_it_and_nothing_else(
    story: _Story, shares: list[float], share: float, amount: int, measure: Measure
) -> None:
    """A due time outside the grace stays, one inside is its end: never earlier than without."""
    plain = story.calendar
    since, until = sorted(map(story.at, shares))
    grace = Grace(since, until + 1, "one decision")
    lenient = Calendar(plain.name, plain.zone, plain.week, plain.days, (grace,))
    before, after = (each.due(story.at(share), amount, measure) for each in (plain, lenient))

    assert after == (grace.until if grace.since <= before < grace.until else before)
