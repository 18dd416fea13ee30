"""Desks: one file after the other, only with open doors; a system takes all at once."""

from hub.calendar import Calendar
from hub.mall.desk import Desk

HOUR = 3_600_000
#: Open from 8 to 12 on each day, in a zone without an offset.
MORNINGS = Calendar("mornings", "UTC", (((480, 720),),) * 7, {})
#: Midnight of a Monday.
MONDAY = 1_736_121_600_000


def test_a_file_waits_for_a_free_desk_and_for_open_doors() -> None:
    """What is not done by noon is done the next morning."""
    desk = Desk(1, MORNINGS)
    first = desk.serve(MONDAY + 8 * HOUR, 3 * HOUR)
    second = desk.serve(MONDAY + 9 * HOUR, 2 * HOUR)

    assert first == MONDAY + 11 * HOUR
    assert second == MONDAY + 24 * HOUR + 9 * HOUR
    assert desk.waits == [0, 2 * HOUR]
    assert desk.longest_row == 1


def test_two_desks_work_side_by_side() -> None:
    """The third file waits for whoever is free first."""
    desk = Desk(2, MORNINGS)
    done = [desk.serve(MONDAY + 8 * HOUR, hours * HOUR) for hours in (1, 2, 1)]

    assert done == [MONDAY + 9 * HOUR, MONDAY + 10 * HOUR, MONDAY + 10 * HOUR]


def test_a_wait_counts_open_doors_only() -> None:
    """Who comes at night has waited for nobody."""
    desk = Desk(1, MORNINGS)
    assert desk.serve(MONDAY + 20 * HOUR, HOUR) == MONDAY + 33 * HOUR
    assert desk.waits == [0]


def test_a_system_answers_at_any_hour_and_has_no_row() -> None:
    """Nor has it a load."""
    desk = Desk(None, MORNINGS)
    assert [desk.serve(MONDAY, HOUR) for _ in range(3)] == [MONDAY + HOUR] * 3
    assert (desk.load_percent(MONDAY, MONDAY + 24 * HOUR), desk.files) == (None, 3)


def test_the_load_is_the_work_of_all_open_time() -> None:
    """Two desks that are open for four hours have eight."""
    desk = Desk(2, MORNINGS)
    desk.serve(MONDAY + 8 * HOUR, 2 * HOUR)
    assert desk.load_percent(MONDAY, MONDAY + 24 * HOUR) == 25.0
