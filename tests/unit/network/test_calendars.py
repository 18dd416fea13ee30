"""A declared calendar becomes office time, and travels with its dates."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.calendar import DAY
from hub.names import ServiceName, StepName
from hub.network import model
from hub.network.calendars import office_of, with_dates
from hub.network.check.calendars import longest
from hub.network.compile import compile_network
from hub.network.span import WorkingTime
from tests.unit.network.town import BIRTH, CALENDAR, NOW, TODAY, Town

HOLIDAYS = {"country": "ID", "years": [2025], "joint_leave": True}


def declared(**more: Any) -> model.Calendar:
    """Declare an office that is open from Monday to Thursday, and half of Friday."""
    day = "08:00-16:00"
    week = {"mon": day, "tue": day, "wed": day, "thu": day, "fri": "08:00-11:30"}
    return model.Calendar.model_validate(
        {
            "calendar": "c", "title": {"id": "K", "en": "C"}, "zone": "Asia/Makassar", "week": week, "evidence": "I",
            **more,
        }
    )  # fmt: skip


def test_the_week_begins_on_monday() -> None:
    """Hours stand on their weekday; a day that is left out is closed."""
    office = office_of(declared())

    assert office.week == (*[((480, 960),)] * 4, ((480, 690),), (), ())
    assert office.days == {}


def test_holidays_and_joint_leave_close() -> None:
    """Over Eid 2025 the doors are closed from 28 March to 7 April, as they were in Samarinda."""
    office = office_of(declared(holidays=HOLIDAYS))

    assert all(office.days[date(2025, 3, day)] == () for day in (28, 31))
    assert all(office.days[date(2025, 4, day)] == () for day in (1, 2, 3, 4, 7))
    assert date(2025, 4, 8) not in office.days
    assert date(2025, 4, 2) not in office_of(declared(holidays=HOLIDAYS | {"joint_leave": False})).days


def test_an_opening_outdoes_a_closure_and_a_holiday() -> None:
    """What is said of one day to open it holds, whatever closes it."""
    office = office_of(
        declared(
            holidays=HOLIDAYS,
            closed=[{"from": "2025-08-16", "until": "2025-08-18", "reason": "festival"}],
            open=[{"on": "2025-08-17", "hours": "09:00-10:00", "reason": "one counter"}],
        )
    )

    assert [office.days[date(2025, 8, day)] for day in (16, 17, 18)] == [(), ((540, 600),), ()]


def test_a_grace_counts_its_last_day_whole() -> None:
    """Days are the office's own, from midnight to midnight; a time of day is taken as it is written."""
    days, times = office_of(
        declared(
            grace=[
                {"from": "2025-04-08", "until": "2025-04-15", "decision": "A"},
                {"from": "2025-05-01 08:00", "until": "2025-05-02 16:00", "decision": "B"},
            ]
        )
    ).grace

    assert [_told(each) for each in (days.since, days.until)] == ["2025-04-07 16:00", "2025-04-15 16:00"]
    assert [_told(each) for each in (times.since, times.until)] == ["2025-05-01 00:00", "2025-05-02 08:00"]
    assert (days.decision, times.decision) == ("A", "B")


def test_a_grace_may_be_for_some_services() -> None:
    """A decision moves what it speaks of; whoever asks for no service gets all graces."""
    calendar = declared(
        grace=[
            {"from": "2025-04-08", "until": "2025-04-15", "decision": "A", "services": ["passport"]},
            {"from": "2025-05-01", "until": "2025-05-02", "decision": "B"},
        ]
    )

    def decisions(service: ServiceName | None) -> list[str]:
        return [grace.decision for grace in office_of(calendar, service).grace]

    assert decisions(ServiceName("passport")) == decisions(None) == ["A", "B"]
    assert decisions(ServiceName("newborn")) == ["B"]


def test_dates_written_out_say_the_same() -> None:
    """What a bundle carries names no country, gives the same office time, and keeps each holiday's name."""
    before = declared(holidays=HOLIDAYS, closed=[{"on": "2025-09-01", "reason": "stocktaking"}])

    after = with_dates(before)
    plain = after.model_dump(mode="json", by_alias=True, exclude_none=True)

    assert "holidays" not in plain
    assert {"on": "2025-04-02", "reason": "Cuti Bersama Hari Raya Idul Fitri"} in plain["closed"]
    assert model.Calendar.model_validate(plain) == after
    assert office_of(after) == office_of(before)
    assert with_dates(declared()) == declared()


def test_the_town_has_a_calendar(town: Town) -> None:
    """A calendar is read from its file, by its name."""
    assert CALENDAR in {f"town/{name}" for name in town.network().documents}
    office = office_of(town.network().calendars["townhall"])

    assert office.week[0] == ((480, 720), (780, 960))
    assert office.days[date(2026, 12, 25)] == ()


def test_time_by_the_clock_knows_a_calendar_for_its_grace_alone(town: Town) -> None:
    """A deadline in days has the agency's calendar while that has a grace for its service, and none otherwise."""

    def calendars() -> list[bool]:
        steps = compile_network(town.network(), town.catalog(), at=NOW).procedures[BIRTH].steps
        found = [steps[StepName(name)].deadline for name in ("record", "enrol")]
        return [deadline is not None and deadline.calendar is not None for deadline in found]

    assert calendars() == [True, False]
    town.edit(CALENDAR, "decision: Order 1/2026", "decision: Order 1/2026, services: [other]")
    assert calendars() == [False, False]


@pytest.mark.parametrize(
    ("days", "clock"), [(1, 5), (5, 11)]
)  # Thursday evening to Monday closing; over Christmas 2026 two more
def test_the_longest_that_working_time_lasts(days: int, clock: int) -> None:
    """The worst start is just after closing, before the longest closure; it is never told too short."""
    office = office_of(declared(closed=[{"from": "2026-12-24", "until": "2026-12-28", "reason": "Christmas"}]))
    time = WorkingTime(days * DAY, "days")

    found = longest(office, time, today=TODAY)

    worst = max(
        office.due(start, time.amount, "days") - start
        for start in range(_millis(2026, 12, 1), _millis(2027, 1, 10), 3_600_000)
    )
    assert worst <= found <= worst + 2 * DAY
    assert found >= clock * DAY


def _told(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _millis(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)
