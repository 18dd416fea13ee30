"""A declared calendar made into office time: holidays as dates, closures day by day, graces as instants.

Promises that a calendar written out with its dates gives the same office time without knowing any country.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from hub.calendar import Calendar, Grace, Hours
from hub.names import ServiceName
from hub.network import model
from hub.network.holiday import expand

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def office_of(declared: model.Calendar, service: ServiceName | None = None) -> Calendar:
    """Make the office time that a calendar declares, with the graces of one service, or (None) of all of them.

    ``ValueError`` when ``check`` would find an error in it.
    """
    graces = [each for each in declared.grace if service is None or not each.services or service in each.services]
    return Calendar(
        name=declared.calendar,
        zone=declared.zone,
        week=tuple(getattr(declared.week, day) for day in model.Week.model_fields),
        days=_days(declared),
        grace=tuple(_grace(each, ZoneInfo(declared.zone)) for each in graces),
    )


def with_dates(declared: model.Calendar) -> model.Calendar:
    """Write a calendar's holidays out as days on which it is closed, by name: what a bundle carries."""
    if declared.holidays is None:
        return declared
    found = holidays_of(declared.holidays)
    closed = (*declared.closed, *(model.Closure(on=day, reason=name) for day, name in found.items()))
    return declared.model_copy(update={"holidays": None, "closed": closed})


def holidays_of(declared: model.Holidays) -> dict[date, str]:
    """List the days on which a country's holidays close a calendar; ``ValueError`` when they are not known."""
    return dict(_expanded(declared.country, declared.years, joint_leave=declared.joint_leave))


def closed_days(closure: model.Closure) -> Iterator[date]:
    """Go over the days of a closure; none when it says no days, or upside down."""
    first = closure.on or closure.start
    last = closure.on or closure.until
    if first is not None and last is not None:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            yield date.fromordinal(ordinal)


def grace_span(grace: model.GracePeriod) -> tuple[datetime, datetime]:
    """Give the wall clock's moments from which and until which nothing falls due; a last day counts whole."""
    last = grace.until if isinstance(grace.until, datetime) else _midnight(grace.until) + timedelta(days=1)
    return _midnight(grace.start), last


def _days(declared: model.Calendar) -> dict[date, Hours]:
    """List the days that differ from the week: an opening that is declared outdoes closures and holidays."""
    days: dict[date, Hours] = {}
    if declared.holidays is not None:
        days.update(dict.fromkeys(holidays_of(declared.holidays), ()))
    for closure in declared.closed:
        days.update(dict.fromkeys(closed_days(closure), ()))
    days.update({opening.on: opening.hours for opening in declared.open})
    return dict(sorted(days.items()))


def _grace(declared: model.GracePeriod, zone: ZoneInfo) -> Grace:
    since, until = ((moment.replace(tzinfo=zone) - _START) // _MS for moment in grace_span(declared))
    return Grace(since, until, declared.decision)


def _midnight(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


@lru_cache(maxsize=16)
def _expanded(country: str, years: tuple[int, ...], *, joint_leave: bool) -> tuple[tuple[date, str], ...]:
    return tuple(expand(country, years, joint_leave=joint_leave).items())
