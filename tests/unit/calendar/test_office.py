"""What an office's calendar promises: over weekends, half days, holidays, changing clocks, closures and graces."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.calendar import DAY, LAST_MOMENT, Calendar, Grace, Hours
from hub.calendar.doors import Doors

_HOUR = 3_600_000
_LONG: Hours = ((480, 720), (780, 960))  # 08.00-12.00, 13.00-16.00
_FRIDAY: Hours = ((480, 690),)  # 08.00-11.30
_OFFICE = (_LONG, _LONG, _LONG, _LONG, _FRIDAY, (), ())
#: A tenant of the mall that comes on Monday, Wednesday and Friday, mornings only (D1.1).
_MORNING: Hours = ((480, 720),)
_TENANT = (_MORNING, (), _MORNING, (), _MORNING, (), ())
#: Nyepi and Eid of 2025 with their joint leave, as the three ministers decreed them.
_EID: dict[date, Hours] = {
    date(2025, 3, 28): (),  # joint leave, Nyepi
    date(2025, 3, 29): (),  # Nyepi
    date(2025, 3, 31): (),  # Eid
    date(2025, 4, 1): (),  # Eid, second day
    date(2025, 4, 2): (),  # joint leave, Eid
    date(2025, 4, 3): (),
    date(2025, 4, 4): (),
    date(2025, 4, 7): (),
}


def _calendar(
    week: tuple[Hours, ...] = _OFFICE,
    days: dict[date, Hours] | None = None,
    *,
    zone: str = "Asia/Makassar",
    grace: tuple[Grace, ...] = (),
) -> Calendar:
    return Calendar("office", zone, week, days or {}, grace)


def _at(text: str, zone: str = "Asia/Makassar") -> int:
    """Read an instant as a wall clock shows it: "2025-03-24 10:00"."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


# Working days


def test_two_working_days_end_at_the_same_share_of_the_day() -> None:
    """From Monday 10.00, two working days last until Wednesday 10.00."""
    office = _calendar()

    assert office.due(_at("2025-03-24 10:00"), 2 * DAY, "days") == _at("2025-03-26 10:00")


def test_a_friday_half_day_counts_as_a_whole_day() -> None:
    """From the middle of Thursday, one working day lasts to the middle of Friday, which is shorter."""
    office = _calendar()

    assert office.due(_at("2025-03-20 11:30"), DAY, "days") == _at("2025-03-21 09:45")
    assert office.due(_at("2025-03-20 11:30"), 2 * DAY, "days") == _at("2025-03-24 11:30")


def test_a_start_outside_hours_counts_from_the_next_opening() -> None:
    """Saturday, Sunday night and Monday before eight are one start."""
    office = _calendar()
    opening = office.due(_at("2025-03-24 08:00"), DAY + DAY // 7, "days")

    assert opening == _at("2025-03-25 09:00")
    for start in ("2025-03-21 11:30", "2025-03-22 10:00", "2025-03-23 23:59", "2025-03-24 07:59"):
        assert office.due(_at(start), DAY + DAY // 7, "days") == opening


def test_a_whole_day_from_the_opening_ends_at_the_closing() -> None:
    """It is due at the earliest instant: on the evening before, not on the next morning."""
    office = _calendar()

    assert office.due(_at("2025-03-24 08:00"), DAY, "days") == _at("2025-03-24 16:00")


def test_nothing_is_worked_in_the_eid_week_of_2025() -> None:
    """From 28 March to 7 April 2025 the offices are closed (R10): a deadline of Thursday ends a fortnight later."""
    office = _calendar(days=_EID)
    begin, end = _at("2025-03-28 00:00"), _at("2025-04-08 00:00")

    assert office.elapsed(begin, end, "days") == office.elapsed(begin, end, "hours") == 0
    assert not any(office.is_open(at) for at in range(begin, end, _HOUR // 4))
    assert office.next_opening(begin) == _at("2025-04-08 08:00")
    assert office.due(_at("2025-03-26 10:00"), 2 * DAY, "days") == _at("2025-04-08 10:00")
    assert office.due(_at("2025-03-27 15:00"), 2 * _HOUR, "hours") == _at("2025-04-08 09:00")
    assert _calendar().due(_at("2025-03-26 10:00"), 2 * DAY, "days") < _at("2025-03-29 00:00")


def test_a_scheduled_tenant_works_three_mornings_a_week() -> None:
    """Three working days of one that comes Mon/Wed/Fri are a week; its four hours are one morning."""
    tenant = _calendar(_TENANT)

    assert tenant.due(_at("2025-02-03 10:00"), 3 * DAY, "days") == _at("2025-02-10 10:00")
    assert tenant.due(_at("2025-02-03 10:00"), 4 * _HOUR, "hours") == _at("2025-02-05 10:00")
    assert tenant.next_opening(_at("2025-02-03 12:00")) == _at("2025-02-05 08:00")
    assert tenant.elapsed(_at("2025-02-01 00:00"), _at("2025-03-01 00:00"), "days") == 12 * DAY


# Working hours


def test_working_hours_pass_with_open_doors_only() -> None:
    """Eight hours from Thursday 15.00 run over the half day and the weekend to Monday."""
    office = _calendar()

    assert office.due(_at("2025-03-20 15:00"), 8 * _HOUR, "hours") == _at("2025-03-24 11:30")


def test_the_midday_break_does_not_count() -> None:
    """From 11.30, one hour lasts until 13.30."""
    office = _calendar()

    assert office.due(_at("2025-03-24 11:30"), _HOUR, "hours") == _at("2025-03-24 13:30")
    assert office.elapsed(_at("2025-03-24 11:30"), _at("2025-03-24 13:30"), "hours") == _HOUR
    assert office.elapsed(_at("2025-03-24 12:00"), _at("2025-03-24 13:00"), "days") == 0


def test_backwards_is_negative() -> None:
    """From a later instant to an earlier one, as much is taken as was given."""
    office, early, late = _calendar(), _at("2025-03-20 15:00"), _at("2025-03-24 11:30")

    assert office.elapsed(late, early, "hours") == -8 * _HOUR


def test_nothing_more_is_due_at_once() -> None:
    """An amount that is used up is due at its start, open or not."""
    office, saturday = _calendar(), _at("2025-03-22 10:00")

    assert office.due(saturday, 0, "days") == office.due(saturday, -5, "hours") == saturday


# Days that differ


def test_a_closed_day_and_an_extra_opening_count_as_declared() -> None:
    """A Tuesday that is closed passes without counting; a Saturday that is opened counts."""
    closed = _calendar(days={date(2025, 3, 25): ()})
    extra = _calendar(days={date(2025, 3, 22): _FRIDAY})

    assert closed.due(_at("2025-03-24 10:00"), DAY, "days") == _at("2025-03-26 10:00")
    assert extra.due(_at("2025-03-20 10:00"), 3 * DAY, "days") == _at("2025-03-24 10:00")
    assert extra.is_open(_at("2025-03-22 09:00"))


def test_a_half_day_by_exception_is_a_whole_working_day() -> None:
    """A Tuesday of three and a half hours: half of it is gone after one hour and three quarters."""
    office = _calendar(days={date(2025, 3, 25): _FRIDAY})

    assert office.due(_at("2025-03-24 11:30"), DAY, "days") == _at("2025-03-25 09:45")
    assert office.elapsed(_at("2025-03-25 00:00"), _at("2025-03-26 00:00"), "days") == DAY


def test_an_office_that_opens_on_single_days_only_is_due_on_these() -> None:
    """With no day in the week, the days declared are all there is; after the last nothing falls due."""
    fair = _calendar(((),) * 7, {date(2025, 5, 3): _MORNING, date(2026, 5, 2): _MORNING})
    start = _at("2024-01-01 00:00")

    assert fair.due(start, 2 * DAY, "days") == _at("2026-05-02 12:00")
    assert fair.due(start, 2 * DAY + 1, "days") == LAST_MOMENT
    assert fair.next_opening(_at("2026-05-02 12:00")) == LAST_MOMENT
    assert fair.next_opening(_at("2031-01-01 00:00")) == LAST_MOMENT
    assert fair.elapsed(_at("2031-01-01 00:00"), _at("2025-05-03 08:00"), "days") == -2 * DAY


def test_a_calendar_without_openings_never_has_anything_due() -> None:
    """It says so, and answers the last moment there is."""
    never = _calendar(((),) * 7, {date(2025, 5, 3): ()})

    assert not never.has_openings()
    assert never.due(_at("2025-01-01 00:00"), 1, "hours") == LAST_MOMENT
    assert never.next_opening(0) == LAST_MOMENT
    assert never.elapsed(0, LAST_MOMENT, "days") == 0
    assert _calendar().has_openings()


# Doors


def test_doors_are_open_from_the_opening_up_to_the_closing() -> None:
    """The opening instant belongs to the day's work, the closing instant does not."""
    office = _calendar()

    assert office.is_open(_at("2025-03-24 08:00"))
    assert office.is_open(_at("2025-03-24 12:00") - 1)
    assert not office.is_open(_at("2025-03-24 12:00"))
    assert not office.is_open(_at("2025-03-24 08:00") - 1)


def test_the_next_opening_is_now_while_the_doors_are_open() -> None:
    """Else it is after the break, or on the next working day."""
    office = _calendar()

    assert office.next_opening(_at("2025-03-24 09:17")) == _at("2025-03-24 09:17")
    assert office.next_opening(_at("2025-03-24 12:00")) == _at("2025-03-24 13:00")
    assert office.next_opening(_at("2025-03-21 11:30")) == _at("2025-03-24 08:00")
    assert office.next_opening(_at("2025-12-31 16:00")) == _at("2026-01-01 08:00")


# Zones


def test_hours_follow_the_wall_clock_when_the_clocks_change() -> None:
    """In Amsterdam an office opens at eight before and after the last Sunday of March: that night is shorter."""
    office = _calendar(zone="Europe/Amsterdam")
    friday, monday = _at("2025-03-28 08:00", "Europe/Amsterdam"), _at("2025-03-31 08:00", "Europe/Amsterdam")

    assert office.next_opening(_at("2025-03-28 11:30", "Europe/Amsterdam")) == monday
    assert monday - friday == 3 * DAY - _HOUR
    assert office.due(friday, 8 * _HOUR, "hours") == _at("2025-03-31 13:30", "Europe/Amsterdam")


def test_a_day_on_which_the_clocks_change_has_its_real_length() -> None:
    """Open round the clock, the last Sunday of March has 23 hours, of October 25; each is one working day."""
    always = _calendar((((0, 1440),),) * 7, zone="Europe/Amsterdam")
    zone = "Europe/Amsterdam"

    for day, after, hours in (("2025-03-30", "2025-03-31", 23), ("2025-10-26", "2025-10-27", 25)):
        begin, end = _at(f"{day} 00:00", zone), _at(f"{after} 00:00", zone)
        assert always.elapsed(begin, end, "hours") == hours * _HOUR
        assert always.elapsed(begin, end, "days") == DAY


def test_an_opening_that_the_clocks_leap_over_never_happens() -> None:
    """From 02.00 to 03.00 there is nothing on the night on which the clocks go from two to three."""
    night = _calendar((((120, 180), (540, 600)),) * 7, zone="Europe/Amsterdam")
    begin, end = _at("2025-03-30 00:00", "Europe/Amsterdam"), _at("2025-03-31 00:00", "Europe/Amsterdam")

    assert night.elapsed(begin, end, "hours") == _HOUR
    assert night.elapsed(begin, end, "days") == DAY
    assert night.next_opening(begin) == _at("2025-03-30 09:00", "Europe/Amsterdam")


def test_each_office_keeps_its_own_zone() -> None:
    """A national system in Jakarta opens an hour after Samarinda."""
    here, there = _calendar(), _calendar(zone="Asia/Jakarta")
    at = _at("2025-03-24 00:00")

    assert there.next_opening(at) - here.next_opening(at) == _HOUR


# Graces


def test_what_falls_in_a_grace_is_due_at_its_end() -> None:
    """Licences that expired while the offices were closed were renewed until 15 April 2025 by one decision."""
    grace = Grace(_at("2025-03-28 00:00"), _at("2025-04-16 00:00"), "grace after Eid 2025")
    office = _calendar(days=_EID, grace=(grace,))

    assert office.due(_at("2025-03-26 10:00"), 2 * DAY, "days") == grace.until
    assert office.due(_at("2025-03-26 10:00"), DAY, "days") == _at("2025-03-27 10:00")
    assert office.due(_at("2025-04-10 10:00"), 4 * DAY, "days") == _at("2025-04-16 10:00")
    assert office.due(grace.since, 0, "hours") == grace.until


def test_graces_that_follow_each_other_hand_on() -> None:
    """What one grace moves into the next waits for the end of that, in whatever order they were declared."""
    first = Grace(_at("2025-03-24 00:00"), _at("2025-04-08 00:00"), "first")
    second = Grace(_at("2025-04-07 00:00"), _at("2025-04-16 00:00"), "second")
    office = _calendar(grace=(second, first))

    assert office.due(_at("2025-03-24 10:00"), DAY, "days") == second.until


def test_a_grace_stops_no_clock() -> None:
    """It moves what is due; time worked in it is worked."""
    grace = Grace(_at("2025-03-24 00:00"), _at("2025-03-29 00:00"), "a week's grace")

    assert _calendar(grace=(grace,)).elapsed(grace.since, grace.until, "days") == 5 * DAY


# Limits


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    """A table that was begun late and reaches back gives the same as one begun early."""
    begun_late, begun_early = _calendar(days=_EID), _calendar(days=_EID)
    late, early = _at("2031-07-01 09:00"), _at("2019-05-02 10:00")

    begun_late.elapsed(late, late, "days")
    begun_early.elapsed(early, early, "days")
    for measure in ("days", "hours"):
        assert begun_late.elapsed(early, late, measure) == begun_early.elapsed(early, late, measure)
        assert begun_late.due(early, 3000 * DAY, measure) == begun_early.due(early, 3000 * DAY, measure)


def test_a_span_without_reason_ends_at_the_last_moment() -> None:
    """Beyond the year 2199 no door opens: a wild amount, or an instant of the year 9999, costs no more than that."""
    office = _calendar()

    assert office.due(_at("2025-03-24 10:00"), 10**18, "hours") == LAST_MOMENT
    assert office.due(LAST_MOMENT, 1, "days") == LAST_MOMENT
    assert office.next_opening(LAST_MOMENT) == LAST_MOMENT
    assert office.elapsed(_at("2199-12-31 08:00"), LAST_MOMENT, "days") == DAY
    assert office.elapsed(-(10**15), 0, "hours") == office.elapsed(_at("1969-01-01 00:00"), 0, "hours")


def test_a_due_time_is_remembered() -> None:
    """Asked again, it is found and not searched."""
    office = _calendar()
    doors: Doors = office._doors
    for _ in range(3):
        office.due(_at("2025-03-24 10:00"), DAY, "days")

    assert doors.due.cache_info().misses == 1  # type: ignore[attr-defined]


def test_calendars_of_the_same_words_are_equal_and_have_one_hash() -> None:
    """A calendar is a value: what it has worked out makes no difference."""
    used, fresh = _calendar(days=_EID), _calendar(days=dict(_EID))
    used.due(_at("2025-03-24 10:00"), DAY, "days")

    assert used == fresh
    assert hash(used) == hash(fresh)
    assert used != _calendar()


@pytest.mark.parametrize(
    ("week", "zone", "words"),
    [
        (_OFFICE[:5], "Asia/Makassar", "a week of 5 days"),
        ((((720, 480),), *_OFFICE[1:]), "Asia/Makassar", "no opening hours"),
        ((((480, 720), (700, 960)), *_OFFICE[1:]), "Asia/Makassar", "no opening hours"),
        ((((480, 1441),), *_OFFICE[1:]), "Asia/Makassar", "no opening hours"),
        (_OFFICE, "Asia/Samarinda", "is no time zone"),
        (_OFFICE, "../etc", "is no time zone"),
        (_OFFICE, "", "is no time zone"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(week: tuple[Hours, ...], zone: str, words: str) -> None:
    """Hours, week and zone are looked at when it is made, and the message names the calendar."""
    with pytest.raises(ValueError, match=f"calendar 'office'.*{words}"):
        _calendar(week, zone=zone)


def test_a_grace_that_ends_before_it_begins_is_refused() -> None:
    """The message names the decision."""
    with pytest.raises(ValueError, match="'SE 1' ends before it begins"):
        _calendar(grace=(Grace(5, 5, "SE 1"),))


def test_hours_of_a_single_day_are_looked_at_too() -> None:
    """An exception has hours as a day of the week has."""
    with pytest.raises(ValueError, match="no opening hours"):
        _calendar(days={date(2025, 3, 25): ((960, 480),)})
