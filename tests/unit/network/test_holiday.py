"""Holidays as the library knows them: the days a city really closed, by name, and clear words for what is not known."""

from datetime import date, timedelta

import pytest

from hub.network.holiday import expand

_EID_2025 = [date(2025, 3, 28), date(2025, 3, 29), date(2025, 3, 31), *(date(2025, 4, day) for day in (1, 2, 3, 4, 7))]


def test_eid_of_2025_closes_every_office_for_eleven_days() -> None:
    """With national holidays, joint leave and weekends, no day from 28 March to 7 April 2025 is a working day."""
    days = expand("ID", [2025], joint_leave=True)

    assert [day for day in days if date(2025, 3, 20) < day < date(2025, 4, 15)] == _EID_2025
    span = [date(2025, 3, 28) + timedelta(n) for n in range(11)]
    assert all(day in days or day.weekday() >= 5 for day in span)
    assert days[date(2025, 3, 31)] == "Hari Raya Idul Fitri"
    assert days[date(2025, 4, 7)] == "Cuti Bersama Hari Raya Idul Fitri"


def test_joint_leave_is_left_out_unless_asked_for() -> None:
    """Without it, only the public holidays remain."""
    days = expand("ID", [2025], joint_leave=False)

    assert date(2025, 4, 1) in days
    assert date(2025, 4, 2) not in days
    assert not any("Cuti" in name for name in days.values())


def test_all_joint_leave_of_the_decree_of_2025_is_known() -> None:
    """The eleven days of the three ministers' decree are there, and the one declared in August."""
    both, public = (expand("ID", [2025], joint_leave=each) for each in (True, False))

    decreed = [(1, 28), (3, 28), (4, 2), (4, 3), (4, 4), (4, 7), (5, 13), (5, 30), (6, 9), (8, 18), (12, 26)]
    assert sorted(set(both) - set(public)) == [date(2025, month, day) for month, day in decreed]


def test_only_the_years_asked_for_are_listed_in_order() -> None:
    """Each year has New Year's Day, and the dates ascend."""
    days = list(expand("ID", range(2024, 2028), joint_leave=True))

    assert days == sorted(days)
    assert {day.year for day in days} == {2024, 2025, 2026, 2027}
    assert all(date(year, 1, 1) in days for year in range(2024, 2028))


def test_a_day_that_is_only_estimated_says_so() -> None:
    """A date by the moon that no decree has fixed carries the library's remark in its name."""
    days = expand("ID", [2025, 2027], joint_leave=True)

    estimated = [day for day, name in days.items() if "perkiraan" in name]
    assert {day.year for day in estimated} == {2027}


def test_other_countries_have_theirs() -> None:
    """The Netherlands keep the King's birthday."""
    assert date(2025, 4, 26) in expand("NL", [2025], joint_leave=False)


@pytest.mark.parametrize(
    ("country", "joint_leave", "words"),
    [("XX", False, "no holidays are known of 'XX'"), ("NL", True, "no joint leave is known of 'NL'")],
)
def test_what_the_library_does_not_know_is_refused(country: str, joint_leave: bool, words: str) -> None:  # noqa: FBT001
    """An unknown country, or one without joint leave, is a clear error."""
    with pytest.raises(ValueError, match=words):
        expand(country, [2025], joint_leave=joint_leave)
