"""A table of every opening of an office's doors, made year by year as it is asked about, and searched by halving.

All time is counted in ms with the doors open since the table's beginning; a count of working days follows from that.
Each opening is converted from the wall clock on its own, so a day on which the clocks change has its real length.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, Literal

#: Opening hours of one day: minutes from midnight, ascending, apart; ``()`` is a closed day.
Hours = tuple[tuple[int, int], ...]

#: How time is counted: whole working days, however long each is, or ms with the doors open.
Measure = Literal["days", "hours"]

#: One working day in the measure of days: as many parts as a day has ms, so a share of it is as fine.
DAY: Final = 86_400_000

#: The years a table may span: outside them no door opens. It bounds time (0.2 s) and memory for a wild instant.
FIRST_YEAR: Final = 1969
LAST_YEAR: Final = 2199
#: Due times remembered per calendar: the cases of an agency share starts, and each is asked at every turn.
REMEMBERED: Final = 4096

_MINUTE: Final = 60_000
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Doors:
    """The openings of one calendar, in order, with the working time that lies before each; one thread's own."""

    def __init__(self, zone: tzinfo, week: tuple[Hours, ...], days: Mapping[date, Hours]) -> None:
        """Begin with an empty table."""
        self._zone, self._week, self._days = zone, week, days
        self._last_year = LAST_YEAR if any(week) else max((day.year for day in days), default=FIRST_YEAR)
        self._last_year = min(self._last_year, LAST_YEAR)
        self._begin_at(FIRST_YEAR)
        self.due: Callable[[int, int, Measure], int | None] = lru_cache(REMEMBERED)(self._due)

    def elapsed(self, start: int, end: int, measure: Measure, /) -> int:
        """Count working time from `start` to `end`: ms, or ``DAY`` for each working day."""
        self._reach(min(start, end))
        self._reach(max(start, end))
        before, after = self._worked(start), self._worked(end)
        return self._position(after) - self._position(before) if measure == "days" else after - before

    def next_opening(self, at: int) -> int | None:
        """Tell the first instant from `at` on with the doors open; None: never again."""
        self._reach(at)
        worked = self._worked(at)
        while worked == self._sums[-1]:
            if not self._grow():
                return None
        return max(at, self._opens[bisect_right(self._sums, worked) - 1])

    def _due(self, start: int, amount: int, measure: Measure, /) -> int | None:
        by_days = measure == "days"
        self._reach(start)
        worked = self._worked(start)
        target = self._position(worked) + amount if by_days else worked + amount
        while target > (len(self._dawns) - 1) * DAY if by_days else target > self._sums[-1]:
            if not self._grow():
                return None
        if by_days:
            target = self._worked_at(target)
        opening = bisect_left(self._sums, target) - 1
        return self._opens[opening] + target - self._sums[opening]

    def _worked(self, at: int) -> int:
        """Count the ms with open doors before an instant within the table."""
        opening = bisect_right(self._opens, at) - 1
        if opening < 0:
            return 0
        return min(self._sums[opening + 1], self._sums[opening] + at - self._opens[opening])

    def _position(self, worked: int) -> int:
        """Turn ms worked into parts of working days, rounded down: each day by the share of its own hours."""
        day = bisect_right(self._dawns, worked) - 1
        dawn = self._dawns[day]
        if dawn == worked:
            return day * DAY
        return day * DAY + (worked - dawn) * DAY // (self._dawns[day + 1] - dawn)

    def _worked_at(self, position: int) -> int:
        """Tell the fewest ms worked that give this position: the other way of `_position`."""
        day, parts = divmod(position - 1, DAY)
        dawn, dusk = self._dawns[day], self._dawns[day + 1]
        return dawn - (-(parts + 1) * (dusk - dawn) // DAY)

    def _reach(self, at: int) -> None:
        """Let the table hold the year of an instant, and all between."""
        if self._begin <= at < self._end:
            return
        year = min(max(self._year_of(at), FIRST_YEAR), LAST_YEAR)
        if self._begin == self._end:
            self._begin_at(year)
        elif at < self._begin and year < self._first:
            upto = self._next
            self._begin_at(year)
            while self._next < upto and self._grow():
                pass
        while self._next <= year and self._grow():
            pass

    def _year_of(self, at: int) -> int:
        seconds = min(max(at // 1000, 0), int(datetime(LAST_YEAR, 12, 31, tzinfo=UTC).timestamp()))
        return datetime.fromtimestamp(seconds, self._zone).year

    def _begin_at(self, year: int) -> None:
        self._first = self._next = year
        self._begin = self._end = self._instant(date(year, 1, 1).toordinal(), 0)
        self._opens: list[int] = []  # when the doors open, in ms
        self._sums = [0]  # ms worked before each opening, and at the end of the table
        self._dawns = [0]  # ms worked before each working day, and at the end of the table

    def _grow(self) -> bool:
        """Add the next year's openings; False when no more are to come."""
        if self._next > self._last_year:
            return False
        for openings in self._openings(self._next):
            for opens, closes in openings:
                self._opens.append(opens)
                self._sums.append(self._sums[-1] + closes - opens)
            self._dawns.append(self._sums[-1])
        self._next += 1
        self._end = self._instant(date(self._next, 1, 1).toordinal(), 0)
        return True

    def _openings(self, year: int) -> Iterator[list[tuple[int, int]]]:
        """List the openings of each working day of a year, as instants that never run backwards."""
        first, end = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        last, midnight = 0, self._instant(first, 0)
        for ordinal in range(first, end):
            dawn, midnight = midnight, self._instant(ordinal + 1, 0)
            openings = []
            for hours in self._days.get(date.fromordinal(ordinal), self._week[(ordinal - 1) % 7]):
                if midnight - dawn == DAY:  # the clocks do not change: no need to ask the zone again
                    opens, closes = (dawn + minute * _MINUTE for minute in hours)
                else:
                    opens, closes = (self._instant(ordinal, minute) for minute in hours)
                opens = max(last, opens)
                if opens < closes:  # else the clocks, set forward, leapt over it
                    openings.append((opens, closes))
                    last = closes
            if openings:
                yield openings

    def _instant(self, ordinal: int, minute: int) -> int:
        """Turn a wall clock's date and minute into ms: the first such instant where the clocks are set back."""
        wall = datetime.fromordinal(ordinal) + timedelta(minutes=minute)
        offset = self._zone.utcoffset(wall) or timedelta()
        ahead = (offset.days * 86_400 + offset.seconds) * 1000  # quicker than dividing spans
        return (ordinal - _EPOCH) * DAY + minute * _MINUTE - ahead
