"""The calendar of an office: what is due when, and how much working time lies between two instants.

Promises that ``due`` and ``elapsed`` agree both ways, to the ms, in every zone and over every holiday; and that the
same calendar and zone data give the same answers on every machine. Knows no country: holidays come as dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.calendar.doors import DAY, Doors, Hours, Measure

#: The last ms that a calendar can write (end of the year 9999): what is never due is due then.
LAST_MOMENT: Final = 253_402_300_799_999

__all__ = ["DAY", "LAST_MOMENT", "Calendar", "Grace", "Hours", "Measure"]

_DAYS_IN_WEEK: Final = 7
_MINUTES_IN_DAY: Final = 24 * 60


@dataclass(frozen=True)
class Grace:
    """One recorded decision that nothing falls due from `since` until `until` (ms): it is due at `until` instead."""

    since: int
    until: int
    decision: str


@dataclass(frozen=True)
class Calendar:
    """An office's opening hours in its zone, week by week, with the days that differ and the graces decided.

    `week` has seven days, Monday first. `days` says what holds on one date instead: a holiday or closure is ``()``,
    a half day or an extra opening has its hours. ``ValueError`` when hours or zone make no sense.
    """

    name: str
    zone: str
    week: tuple[Hours, ...]
    days: Mapping[date, Hours] = field(hash=False)
    grace: tuple[Grace, ...] = ()

    def __post_init__(self) -> None:
        if len(self.week) != _DAYS_IN_WEEK:
            raise ValueError(f"calendar {self.name!r} has a week of {len(self.week)} days: give seven, Monday first")
        for hours in (*self.week, *self.days.values()):
            _refuse_bad_hours(self.name, hours)
        for grace in self.grace:
            if grace.since >= grace.until:
                raise ValueError(f"calendar {self.name!r}: the grace {grace.decision!r} ends before it begins")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"calendar {self.name!r}: {self.zone!r} is no time zone, as Asia/Makassar is") from error

    def due(self, start: int, amount: int, measure: Measure) -> int:
        """Tell when `amount` of working time from `start` has passed, at the earliest; what falls in a grace waits.

        An amount of zero or less is due at `start`; one that the doors never give is due at ``LAST_MOMENT``.
        """
        found = start if amount <= 0 else self._doors.due(start, amount, measure)
        return LAST_MOMENT if found is None else self.after_grace(found)

    def elapsed(self, start: int, end: int, measure: Measure) -> int:
        """Count the working time from `start` to `end`: ms, or ``DAY`` for each working day; negative backwards."""
        return self._doors.elapsed(start, end, measure)

    def is_open(self, at: int) -> bool:
        """Tell whether the doors are open; at the moment of closing they are not."""
        return self._doors.next_opening(at) == at

    def next_opening(self, at: int) -> int:
        """Tell when the doors are open next: `at` itself when they are, ``LAST_MOMENT`` when they never are again."""
        found = self._doors.next_opening(at)
        return LAST_MOMENT if found is None else found

    def after_grace(self, due: int) -> int:
        """Move what would be due within a grace to its end; `due` itself outside of all."""
        for since, until in self._graces:
            if since <= due < until:
                due = until
        return due

    def grace_until(self, due: int) -> str:
        """Name the decision of the grace that ends at this moment; empty: none does."""
        return next((grace.decision for grace in self.grace if grace.until == due), "")

    def has_openings(self) -> bool:
        """Tell whether the doors ever open: a calendar without openings is a mistake."""
        return any(self.week) or any(self.days.values())

    @cached_property
    def _doors(self) -> Doors:
        return Doors(ZoneInfo(self.zone), self.week, self.days)

    @cached_property
    def _graces(self) -> tuple[tuple[int, int], ...]:
        return tuple(sorted((grace.since, grace.until) for grace in self.grace))


def _refuse_bad_hours(name: str, hours: Hours) -> None:
    edges = [edge for opening in hours for edge in opening]
    apart = all(opens < closes for opens, closes in hours) and all(a <= b for a, b in pairwise(edges))
    if not apart or any(not 0 <= edge <= _MINUTES_IN_DAY for edge in edges):
        raise ValueError(f"calendar {name!r}: {hours!r} are no opening hours: minutes from 0 to 1440, ascending, apart")
