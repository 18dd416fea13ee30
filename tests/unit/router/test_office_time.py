"""Deadlines in working days and hours: what the router makes of an office's calendar (design §7.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.calendar import DAY, Calendar, Grace, Measure
from hub.names import EventType, StepName
from hub.rehearsal.world import Rehearsal
from hub.router.case import STOPPED
from tests import builders as b

#: Mon-Thu 08:00-16:00, Friday half a day; closed over Eid 2025 as Samarinda's counters were.
WEEK = (((480, 960),),) * 4 + (((480, 690),), (), ())
EID = {date.fromordinal(day): () for day in range(date(2025, 3, 28).toordinal(), date(2025, 4, 8).toordinal())}


def office(*grace: Grace) -> Calendar:
    """Give the calendar of an office in Samarinda."""
    return Calendar("city", "Asia/Makassar", WEEK, EID, grace)


def at(text: str) -> int:
    """Read a wall clock of Samarinda."""
    return int(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000)


def wall(moment: int | None) -> str:
    """Write a moment by the wall clock of Samarinda."""
    assert moment is not None
    return datetime.fromtimestamp(moment / 1000 + 8 * 3600, UTC).strftime("%Y-%m-%d %H:%M")


def opened(begins: str, within: int, measure: Measure = "days", **more: Any) -> Rehearsal:
    """Open a case at a moment, whose one step is due after so much office time."""
    kinds = [
        b.answer("a", "progress", type=EventType(f"test.a.{clock}"), clock=clock)
        for clock in ("stopped", "resumed", "reset")
    ]
    calendar = more.pop("calendar", office())
    returned = b.answer(
        "a", "returned", complete_within=more.pop("complete_within", None), measure=measure, calendar=calendar
    )
    step = b.step(
        "a",
        answers=[*kinds, returned, b.answer("a", "done")],
        deadline=b.deadline(within, measure=measure, calendar=calendar, **more),
    )
    world = Rehearsal(b.plan(b.procedure(step)), now=at(begins))
    world.publish(b.event(b.OPENS, b.OPENER, at=world.now))
    return world


def wind_to(world: Rehearsal, text: str) -> None:
    """Let time pass until a moment."""
    world.wind(at(text) - world.now)


def percents(world: Rehearsal) -> list[tuple[str, int]]:
    """List the warnings that were sent: when, and at how many percent."""
    return [(wall(sent.at), sent.notice.data["percent"]) for sent in world.notices]


def test_a_weekend_is_no_time() -> None:
    """Two working days from Thursday 10:00 end on Monday at the same share of the day, half Friday counted whole."""
    world = opened("2025-03-13 10:00", 2 * DAY)

    assert wall(b.state(world, "a").due) == "2025-03-17 10:00"
    assert world.tasks[0].task.due == b.state(world, "a").due


def test_holidays_are_no_time() -> None:
    """Four working days from the day before the holidays of Eid 2025 end a fortnight later."""
    world = opened("2025-03-26 12:00", 4 * DAY)

    assert wall(b.state(world, "a").due) == "2025-04-10 12:00"
    wind_to(world, "2025-04-10 11:59")
    assert not b.state(world, "a").missed
    wind_to(world, "2025-04-10 12:00")
    assert b.state(world, "a").missed


def test_working_hours_count_open_doors() -> None:
    """Eight working hours from Thursday 14:00 use two that day, three and a half on Friday and the rest on Monday."""
    world = opened("2025-03-13 14:00", 8 * b.HOUR, "hours")

    assert wall(b.state(world, "a").due) == "2025-03-17 10:30"


def test_warnings_come_at_shares_of_the_working_time() -> None:
    """Half of four working days from Thursday noon is Monday noon: the weekend between uses nothing up."""
    world = opened("2025-03-13 12:00", 4 * DAY)

    wind_to(world, "2025-04-30 12:00")

    assert percents(world) == [
        ("2025-03-17 12:00", 50), ("2025-03-18 13:36", 80), ("2025-03-19 12:00", 100), ("2025-03-19 12:00", 100),
    ]  # fmt: skip
    assert b.told(world)[-1] == ("DeadlineWarned", "coordinator")


def test_a_stopped_clock_keeps_what_was_used() -> None:
    """A day and a half is used; the holidays of Eid and three working weeks stopped use nothing more."""
    world = opened("2025-03-25 08:00", 4 * DAY)
    wind_to(world, "2025-03-26 12:00")
    b.answers(world, "a", "stopped")
    state = b.state(world, "a")
    assert (state.due, state.elapsed, b.case_of(world).holder) == (None, 3 * DAY // 2, STOPPED)

    wind_to(world, "2025-04-15 08:00")
    b.answers(world, "a", "resumed")

    assert wall(b.state(world, "a").due) == "2025-04-17 12:00"


def test_stopping_and_resuming_while_closed_changes_nothing() -> None:
    """Over a weekend a clock that was stopped ends when one that ran on does, to the ms."""
    world, other = opened("2025-03-13 10:07", 3 * DAY), opened("2025-03-13 10:07", 3 * DAY)
    wind_to(world, "2025-03-15 09:00")
    b.answers(world, "a", "stopped")
    wind_to(world, "2025-03-16 21:00")
    b.answers(world, "a", "resumed")

    assert b.state(world, "a").due == b.state(other, "a").due


def test_a_reset_gives_the_whole_working_time_again() -> None:
    """It counts anew from the next opening when the doors are closed."""
    world = opened("2025-03-13 10:00", 2 * DAY)
    wind_to(world, "2025-03-14 20:00")
    b.answers(world, "a", "reset")

    state = b.state(world, "a")
    assert (wall(state.due), state.resets, state.warned) == ("2025-03-18 16:00", 1, 0)


def test_a_date_before_the_task_has_used_working_time() -> None:
    """What counts from a date has used the working days since; one long past is due at once."""
    for day, due in (("2025-03-12", "2025-03-19 16:00"), ("2025-01-06", "2025-03-17 10:00")):
        world = opened("2025-03-17 10:00", 6 * DAY, start=b.constant(f"{day}T08:00:00+08:00"))
        assert wall(b.state(world, "a").due) == due


def test_a_date_after_the_task_is_counted_from_then() -> None:
    """Working time before the date it counts from does not use it up."""
    world = opened("2025-03-13 10:00", DAY, start=b.constant("2025-03-24T08:00:00+08:00"))

    assert wall(b.state(world, "a").due) == "2025-03-24 16:00"


def test_an_applicant_completes_within_working_days() -> None:
    """The time to complete a returned file is counted by the calendar of the agency that returned it."""
    world = opened("2025-03-26 12:00", 4 * DAY, complete_within=3 * DAY)
    b.answers(world, "a", "returned")

    assert wall(b.state(world, "a").due) == "2025-04-09 12:00"
    wind_to(world, "2025-04-09 11:59")
    assert b.state(world, "a").status == "returned"
    wind_to(world, "2025-04-09 12:00")
    assert b.case_of(world).status == "deemed_withdrawn"


@pytest.mark.parametrize(
    ("decision", "due"),
    [
        (("2025-04-08 00:00", "2025-04-15 16:00"), "2025-04-15 16:00"),
        (("2025-04-11 00:00", "2025-04-15 16:00"), "2025-04-10 12:00"),
    ],
)
def test_a_grace_moves_what_falls_due_in_it(decision: tuple[str, str], due: str) -> None:
    """A recorded decision lets what is due within be due at its end, and leaves what is due before it alone."""
    since, until = decision
    world = opened("2025-03-26 12:00", 4 * DAY, calendar=office(Grace(at(since), at(until), "SE 1/2025")))

    assert wall(b.state(world, "a").due) == due
    world.wind(b.state(world, "a").due - world.now - 1)  # type: ignore[operator] # shown above
    assert not b.state(world, "a").missed


def test_within_a_grace_only_the_highest_warning_is_told() -> None:
    """What would have been told at 80 and 100 percent within a grace comes once, at its end."""
    world = opened(
        "2025-03-26 12:00", 4 * DAY, calendar=office(Grace(at("2025-04-08 00:00"), at("2025-04-15 16:00"), ""))
    )

    wind_to(world, "2025-04-30 12:00")

    assert percents(world) == [("2025-04-15 16:00", 100), ("2025-04-15 16:00", 100)]


def test_deemed_approval_waits_for_working_days() -> None:
    """Silence over the holidays decides nothing; the fifth working day does."""
    world = opened("2025-03-26 10:00", 5 * DAY, on_missed="deemed", facts={"number": "AUTO"})
    wind_to(world, "2025-04-11 08:00")
    assert b.state(world, "a").status == "active"

    wind_to(world, "2025-04-11 12:00")

    assert (b.state(world, "a").status, b.case_of(world).status) == ("done", "completed")


def test_a_calendar_that_never_opens_holds_no_worker_up() -> None:
    """Such a calendar is refused when it is checked; a case that met one all the same waits for ever, and is shown."""
    never = Calendar("never", "Asia/Makassar", ((),) * 7, {})
    world = opened("2025-03-26 12:00", DAY, calendar=never)

    world.wind(10_000 * b.DAY)

    assert not b.state(world, "a").missed
    assert b.case_of(world).due is not None


def changed(world: Rehearsal, calendar: Calendar) -> None:
    """Put a bundle in force in which the office works by another calendar."""
    (ref, procedure), *_ = world.plan.procedures.items()
    step = procedure.steps[StepName("a")]
    assert step.deadline is not None
    answers = {kind: replace(each, calendar=calendar) for kind, each in step.answers.items()}
    other = replace(step, answers=answers, deadline=replace(step.deadline, calendar=calendar))
    fresh = replace(procedure, steps={step.name: other}, needed_cache={})
    world.plan = replace(world.plan, procedures={ref: fresh})


def leave(*days: date) -> Calendar:
    """Give the office's calendar with a joint leave that was declared late."""
    return Calendar("city", "Asia/Makassar", WEEK, {**EID, **dict.fromkeys(days, ())})


def test_a_leave_declared_late_moves_running_deadlines() -> None:
    """At the old due time nothing is missed: the time is counted anew, journaled, and fires when it is over."""
    world = opened("2025-03-13 10:00", 2 * DAY)
    changed(world, leave(date(2025, 3, 14)))

    wind_to(world, "2025-03-17 12:00")

    assert not b.state(world, "a").missed
    assert wall(b.state(world, "a").due) == "2025-03-18 10:00"
    told = [change for entry in world.journal for change in entry.decision.changes if change.due is not None]
    assert [(change.step, change.why, wall(change.due)) for change in told] == [
        ("a", "its calendar has changed", "2025-03-18 10:00")
    ]
    assert percents(world) == [("2025-03-17 10:00", 50)]
    wind_to(world, "2025-03-18 10:00")
    assert b.state(world, "a").missed


def test_a_leave_that_is_called_off_counts_from_the_next_word() -> None:
    """A due time that moves forward is known when anything happens in the case."""
    world = opened("2025-03-13 10:00", 2 * DAY, calendar=leave(date(2025, 3, 17)))
    assert wall(b.state(world, "a").due) == "2025-03-18 10:00"
    changed(world, office())

    world.say("a", b.ACCEPTED, b.CASE, causation=world.active_task(b.CASE, "a"))

    assert wall(b.state(world, "a").due) == "2025-03-17 10:00"


def test_an_applicant_gains_a_leave_that_is_declared_late() -> None:
    """The time to complete a returned file is counted anew too."""
    world = opened("2025-03-13 10:00", 2 * DAY, complete_within=2 * DAY)
    b.answers(world, "a", "returned")
    changed(world, leave(date(2025, 3, 14)))

    wind_to(world, "2025-03-17 12:00")

    assert b.state(world, "a").status == "returned"
    wind_to(world, "2025-03-18 10:00")
    assert b.case_of(world).status == "deemed_withdrawn"


def test_what_was_missed_stays_missed() -> None:
    """A leave for days that are over undoes nothing that people were told."""
    world = opened("2025-03-13 10:00", 2 * DAY)
    wind_to(world, "2025-03-17 12:00")
    changed(world, leave(date(2025, 3, 14)))
    before = b.state(world, "a")

    world.say("a", b.ACCEPTED, b.CASE, causation=world.active_task(b.CASE, "a"))

    assert (b.state(world, "a").due, b.state(world, "a").missed) == (before.due, True)


def test_a_grace_decided_late_is_journaled_by_its_decision() -> None:
    """One recorded decision moves what is running, by working time or by the clock, and each case names it."""
    decided = Grace(at("2025-03-17 00:00"), at("2025-03-20 16:00"), "SE 1/2025")
    world = opened("2025-03-13 10:00", 2 * DAY)
    changed(world, office(decided))

    wind_to(world, "2025-03-17 12:00")

    assert not b.state(world, "a").missed
    told = [change for entry in world.journal for change in entry.decision.changes if change.due is not None]
    assert [(change.why, wall(change.due)) for change in told] == [("a grace: SE 1/2025", "2025-03-20 16:00")]


def test_a_grace_moves_what_is_due_by_the_clock_too() -> None:
    """An expiry that falls into a grace waits for its end; time by the clock runs on, and its warnings are not late."""
    decided = Grace(at("2025-04-08 00:00"), at("2025-04-15 16:00"), "SE 1/2025")
    deadline = b.deadline(30 * b.DAY, on_missed="expired", calendar=office(decided))
    world = Rehearsal(b.plan(b.procedure(b.step("a", deadline=deadline))), now=at("2025-03-10 12:00"))
    world.publish(b.event(b.OPENS, b.OPENER, at=world.now))
    assert wall(b.state(world, "a").due) == "2025-04-15 16:00"

    wind_to(world, "2025-04-15 15:59")

    assert b.case_of(world).status == "open"
    assert percents(world) == [("2025-03-25 12:00", 50), ("2025-04-03 12:00", 80)]
    wind_to(world, "2025-04-15 16:00")
    assert b.case_of(world).status == "expired"
