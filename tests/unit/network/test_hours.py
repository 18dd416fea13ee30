"""Opening hours and moments are read as people write them."""

from datetime import date, datetime

import pytest

from hub.network.hours import hours_text, parse_hours, parse_moment


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("08:00-12:00, 13:00-16:00", ((480, 720), (780, 960))),
        ("08:00-11:30", ((480, 690),)),
        ("00:00-24:00", ((0, 1440),)),
        ("closed", ()),
    ],
)
def test_hours_come_out_as_they_went_in(text: str, hours: tuple[tuple[int, int], ...]) -> None:
    """Minutes from midnight inside, times of the day outside."""
    assert parse_hours(text) == hours
    assert hours_text(hours) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("16:00-08:00", "'16:00-08:00' closes before it opens; write the earlier time first"),
        ("08:00-08:00", "'08:00-08:00' closes before it opens; write the earlier time first"),
        ("08:00-24:30", "'08:00-24:30' is no time of a day; write times from 00:00 to 24:00"),
        ("08:61-09:00", "'08:61-09:00' is no time of a day; write times from 00:00 to 24:00"),
        (
            "08:00-12:30, 12:00-16:00",
            "12:00-16:00 begins before 08:00-12:30 ends; write a day's hours in order and apart",
        ),
        ("8 to 4", "'8 to 4' are no opening hours; write them like '08:00-12:00, 13:00-16:00', or closed"),
        ("", "'' are no opening hours; write them like '08:00-12:00, 13:00-16:00', or closed"),
        (8, "these are no opening hours; write them like '08:00-12:00, 13:00-16:00', or closed"),
    ],
)
def test_wrong_hours_are_refused(text: object, why: str) -> None:
    """Each with what was met and what to write."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse_hours(text)
    assert str(refused.value) == why


def test_a_moment_is_a_day_or_a_time_of_the_office() -> None:
    """A day stays one; a time has no offset, since the calendar has the zone."""
    assert parse_moment("2025-04-07") == date(2025, 4, 7)
    assert not isinstance(parse_moment("2025-04-07"), datetime)
    assert parse_moment("2025-04-07 16:00") == datetime(2025, 4, 7, 16)  # noqa: DTZ001 - of the office
    for wrong in ("2025-04-07T16:00+08:00", "7 April", 20250407):
        with pytest.raises(ValueError, match="is no day or time of the office"):
            parse_moment(wrong)
