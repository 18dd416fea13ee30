"""Who comes to a mall when, and for which service: drawn from its declared figures, the same for the same seed."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from hub.calendar import Calendar
from hub.errors import ConfigurationError
from hub.events.catalog import EventSchema
from hub.events.envelope import Facts
from hub.mall.chance import dice
from hub.mall.desk import calendars_of
from hub.mall.form import fill_form
from hub.names import AgencyCode, CaseId, EventType, ServiceName, case_id
from hub.network.load import DeclaredNetwork
from hub.network.mall import WEEKDAYS, Arrivals, Mall, Spread

#: A prime, so that case numbers of following cases do not follow each other.
_SCATTER: Final = 739_391
_HOUR_MS: Final = 3_600_000
#: Parts of an hour in which an opener without a calendar has people.
_ANY: Final = 1


@dataclass(frozen=True, slots=True)
class Arrival:
    """Let one person come: with which opening, to whom, when (ms of the mall's clock); ``number`` counts from 0.

    ``ahead``: fields of forms whose date lies ahead, and how far.
    """

    number: int
    at: int
    opener: AgencyCode
    type: EventType
    service: ServiceName
    ahead: Mapping[str, Spread] = field(default_factory=dict, compare=False)

    def facts(self, types: Mapping[EventType, EventSchema], *, seed: int, now: int) -> Facts:
        """Fill in the application; dates are near `now`."""
        return fill_form(types[self.type], dice(seed, "application", self.number), now=now, ahead=self.ahead)

    def case(self, *, seed: int, run: str = "") -> CaseId:
        """Name the case; `run` keeps two malls on one cluster apart."""
        return case_id(self.opener, f"mall/{run}/{seed}/{self.number}")

    @property
    def subject(self) -> str:
        """Give the case number for people."""
        return case_number(self.number)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Hold the times at which people come to one opener: begin and length in ms, and weights summed."""

    begins: tuple[int, ...]
    lengths: tuple[int, ...]
    sums: tuple[float, ...]

    def at(self, where: float) -> int:
        """Give the moment at a share of all that come; 0 up to, but not, 1."""
        target = where * self.sums[-1]
        number = min(bisect_right(self.sums, target), len(self.sums) - 1)
        before = self.sums[number - 1] if number else 0.0
        return self.begins[number] + int(self.lengths[number] * (target - before) / (self.sums[number] - before))


class Crowd:
    """Draw person after person, each by their number alone, for some days; numbers of any size may be asked for."""

    def __init__(self, network: DeclaredNetwork, mall: Mall, *, seed: int, begins: date, days: int) -> None:
        """Find the hours in which people come; raise ConfigurationError when there is none.

        A service whose openers are closed all the time has nobody; the others have its people.
        """
        calendars, zone = calendars_of(network), ZoneInfo(network.network.time_zone)
        self._windows = {
            code: _windows(mall.arrivals, calendars[code], zone=zone, begins=begins, days=days)
            for code, agency in network.agencies.items()
            if agency.opens
        }
        open_ways = {
            service: [way for way in found if self._windows[way[0]].sums] for service, found in _ways(network).items()
        }
        self._seed, self._ahead = seed, mall.public.ahead
        self._ways = {
            service: open_ways[service]
            for service, share in mall.services.items()
            if share.parts and open_ways.get(service)
        }
        if not self._ways:
            raise ConfigurationError(f"nobody can come from {begins} on: no doors are open; choose another day")
        self._services = list(self._ways)
        self._sums = list(accumulate(mall.services[service].parts for service in self._services))

    def person(self, number: int) -> Arrival:
        """Draw the person of this number."""
        random = dice(self._seed, "arrival", number)
        service = self._services[bisect_right(self._sums, random.random() * self._sums[-1])]
        opener, kind = random.choice(self._ways[service])
        at = self._windows[opener].at(random.random())
        return Arrival(number, at, opener, kind, service, self._ahead)


def arrivals(crowd: Crowd, cases: int, *, first: int = 0) -> tuple[Arrival, ...]:
    """Let so many people come, from a number on, in the order in which they come."""
    found = (crowd.person(number) for number in range(first, first + cases))
    return tuple(sorted(found, key=lambda each: (each.at, each.number)))


def midnight(day: date, zone: str) -> int:
    """Give the moment (ms) at which a day begins in a time zone."""
    return _instant(day, 0, ZoneInfo(zone))


def case_number(number: int) -> str:
    """Make a case number for people: five digits that mean nothing, and a check digit."""
    digits = f"{number * _SCATTER % 100_000:05}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, (3, 7, 1, 3, 7), strict=True)) % 10
    return f"{digits}-{check}"


def _ways(network: DeclaredNetwork) -> dict[ServiceName, list[tuple[AgencyCode, EventType]]]:
    """List, by service, who may open a case with what; of an opening type the newest version's service counts."""
    services = {
        each.opens_on: each.service for each in sorted(network.procedures.values(), key=lambda one: one.version)
    }
    found: dict[ServiceName, list[tuple[AgencyCode, EventType]]] = {}
    for code, agency in network.agencies.items():
        for kind in agency.opens:
            if kind in services:
                found.setdefault(services[kind], []).append((code, kind))
    return found


def _windows(declared: Arrivals, calendar: Calendar | None, *, zone: ZoneInfo, begins: date, days: int) -> _Windows:
    found = [each for each in _weighted(declared, calendar, zone, begins, days) if each[1] > 0 and each[2] > 0]
    return _Windows(
        tuple(begin for begin, _, _ in found),
        tuple(length for _, length, _ in found),
        tuple(accumulate(weight for _, _, weight in found)),
    )


def _weighted(
    declared: Arrivals, calendar: Calendar | None, zone: ZoneInfo, begins: date, days: int, /
) -> Iterator[tuple[int, int, float]]:
    """Go over the hours of the days: begin, open ms within, and how many come (an hour half open has half)."""
    hours = {each.start: each.parts for each in declared.hours}
    for day in (begins + timedelta(days=number) for number in range(days)):
        parts = declared.days.get(WEEKDAYS[day.weekday()], 0)
        for hour in range(24):
            begin, end = _instant(day, hour, zone), _instant(day, hour + 1, zone)
            if calendar is None:
                yield begin, end - begin, _ANY
            elif (opens := calendar.next_opening(begin)) < end:
                length = calendar.elapsed(begin, end, "hours")
                yield opens, length, parts * hours.get(hour, 0) * length / _HOUR_MS


def _instant(day: date, hour: int, zone: ZoneInfo) -> int:
    moment = datetime.combine(day, time(), zone) + timedelta(hours=hour)  # the wall clock's hours
    return int(moment.astimezone(UTC).timestamp()) * 1000
