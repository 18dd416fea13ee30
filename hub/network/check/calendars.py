"""Whether calendars make sense: a zone, doors that open, known holidays, days and graces the right way round.

Also how long working time may last by the clock, which only a calendar can tell.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from hub.calendar import DAY, Calendar
from hub.network.calendars import closed_days, grace_span, holidays_of, office_of
from hub.network.check.actors import check_zone
from hub.network.check.report import FileReport, Report
from hub.network.folder.finding import errors, meant
from hub.network.load import DeclaredNetwork
from hub.network.model import Agency, Closure, Holidays, Week
from hub.network.model import Calendar as Declared
from hub.network.span import WorkingTime

#: Days of one closure: more is a slip, and each is kept by itself.
MAX_CLOSED_DAYS: Final = 366
#: How long before a year begins its holidays should be listed: the decree for a year comes in the autumn before.
_AHEAD: Final = timedelta(days=31)
_YEAR: Final = timedelta(days=366)
#: How far ahead is looked for the longest that a working time may last: it bounds the time that a check takes.
_FORESEEN: Final = timedelta(days=3660)


class CalendarCheck:
    """Check the calendars of a network, and whether its agencies name those that are there."""

    def __init__(self, network: DeclaredNetwork, report: Report, *, today: date) -> None:
        """Keep what is checked."""
        self._network = network
        self._report = report
        self._today = today

    def run(self) -> None:
        """Report everything that is wrong."""
        for calendar in self._network.calendars.values():
            self._check(calendar, self._report.of(calendar))
        for agency in self._network.agencies.values():
            self._check_agency(agency, self._report.of(agency))

    def _check_agency(self, agency: Agency, report: FileReport) -> None:
        name, known = agency.calendar, self._network.calendars
        if name is not None and name not in known:
            fix = meant(name, known, otherwise=f"add calendars/{name}.yaml")
            report.at(("calendar",), "unknown-calendar", f"calendar {name!r} is not in this network", fix=fix)

    def _check(self, calendar: Declared, report: FileReport) -> None:
        check_zone(calendar.zone, report, path=("zone",))
        week = [getattr(calendar.week, day) for day in Week.model_fields]
        if not any(week) and not any(opening.hours for opening in calendar.open):
            message = f"calendar {calendar.calendar!r} never opens: no day has hours, so nothing would ever be due"
            report.at_key(("week",), "never-open", message, fix="write hours under week, such as mon: 08:00-16:00")
        if calendar.holidays is not None:
            self._check_holidays(calendar.holidays, report)
        for i, closure in enumerate(calendar.closed):
            _check_closure(closure, report, index=i)
        _check_openings(calendar, report)
        self._check_graces(calendar, report)

    def _check_graces(self, calendar: Declared, report: FileReport) -> None:
        for i, grace in enumerate(calendar.grace):
            since, until = grace_span(grace)
            if until <= since:
                message = f"the grace ends on {grace.until}, before it begins on {grace.start}"
                report.at(("grace", i, "until"), "calendar-grace", message, fix="mend the days")
            for j, service in enumerate(grace.services):
                if service not in self._network.services:
                    message = f"service {service!r} is not in this network"
                    fix = meant(service, self._network.services, otherwise=f"add services/{service}.yaml")
                    report.at(("grace", i, "services", j), "unknown-service", message, fix=fix)

    def _check_holidays(self, holidays: Holidays, report: FileReport) -> None:
        for key, changes in (("country", {"joint_leave": False}), ("joint_leave", {})):
            try:
                holidays_of(holidays.model_copy(update=changes))
            except ValueError as wrong:
                message, _, fix = str(wrong).partition(": ")
                report.at(("holidays", key), "unknown-holidays", message, fix=fix)
                return
        for year in sorted({self._today.year, (self._today + _AHEAD).year} - set(holidays.years)):
            message = f"the holidays of {year} are not listed, so its working days count too many"
            report.at(("holidays", "years"), "holidays-end", message, fix=f"add {year} to years", level="warning")


def working_calendars(network: DeclaredNetwork, report: Report) -> dict[str, Calendar]:
    """Make the office time of each calendar in which no error was found."""
    wrong = {finding.file for finding in errors(report.findings)}
    return {
        name: office_of(each) for name, each in network.calendars.items() if network.document(each).file not in wrong
    }


def longest(calendar: Calendar, time: WorkingTime, *, today: date) -> int:
    """Tell how many ms a working time may last, in whole days: the worst of its starts until a year after its days."""
    last = min(max([*calendar.days, today]) + _YEAR, today + _FORESEEN)
    starts = (_midnight(day) for day in _days(today, last))
    worst = max(calendar.due(start, time.amount, time.measure) - start for start in starts)
    return (worst // DAY + 2) * DAY  # a start between two midnights may be a day worse


def _check_closure(closure: Closure, report: FileReport, *, index: int) -> None:
    path = ("closed", index)
    is_span = closure.start is not None and closure.until is not None
    if (closure.on is None) != is_span or (closure.on is not None and (closure.start or closure.until)):
        message = "this closure says neither one day nor a first and a last"
        report.at(path, "calendar-days", message, fix="write on:, or from: and until:")
    elif closure.start and closure.until and closure.until < closure.start:
        message = f"the closure ends on {closure.until}, before it begins on {closure.start}"
        report.at((*path, "until"), "calendar-days", message, fix="mend the days")
    elif closure.start and closure.until and (closure.until - closure.start).days >= MAX_CLOSED_DAYS:
        message = f"the closure lasts over {MAX_CLOSED_DAYS} days"
        report.at((*path, "until"), "calendar-days", message, fix="mend the days, or write another week")


def _check_openings(calendar: Declared, report: FileReport) -> None:
    first: dict[date, int] = {}
    for i, opening in enumerate(calendar.open):
        if not opening.hours:
            message = f"the opening on {opening.on} has no hours"
            report.at(("open", i, "hours"), "calendar-days", message, fix="write its hours, or put it under closed")
        if first.setdefault(opening.on, i) != i:
            message = f"{opening.on} is opened twice"
            report.at(("open", i, "on"), "calendar-days", message, fix="write all hours of the day in one line")


def _days(first: date, last: date) -> Iterator[date]:
    return closed_days(Closure(start=first, until=last, reason=""))


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
