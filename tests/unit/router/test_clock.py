"""A step's clock stops, runs on and begins anew; the case's never stops (design §7.3, D2 CT5)."""

from typing import Any

from hub.events.codec import format_millis
from hub.names import EventType
from hub.rehearsal.world import Rehearsal
from hub.router.case import STOPPED
from hub.router.clock import owed
from tests import builders as b


def surveyed(**more: Any) -> Rehearsal:
    """Open a case whose one step may move its clock (OSS 41 to 44)."""
    kinds = [
        b.answer("a", "progress", type=EventType(f"test.a.{clock}"), clock=clock)
        for clock in ("stopped", "resumed", "reset")
    ]
    return b.opened(b.step("a", answers=[*kinds, b.answer("a", "done")], deadline=b.deadline(10 * b.DAY), **more))


def test_a_stopped_clock_has_no_deadline() -> None:
    """Time in which the agency waits does not count against it, and is told apart."""
    world = surveyed()
    world.wind(4 * b.DAY)
    b.answers(world, "a", "stopped")
    case = b.case_of(world)
    assert (case.due, case.holder, b.state(world, "a").elapsed) == (None, STOPPED, 4 * b.DAY)
    world.wind(100 * b.DAY)
    assert b.told(world) == []


def test_a_resumed_clock_goes_on_where_it_stopped() -> None:
    """What was used stays used."""
    world = surveyed()
    world.wind(4 * b.DAY)
    b.answers(world, "a", "stopped")
    world.wind(20 * b.DAY)
    b.answers(world, "a", "resumed")
    assert b.state(world, "a").due == world.now + 6 * b.DAY


def test_a_reset_begins_anew_and_is_counted() -> None:
    """A reset gives the whole time again; that it was given can be seen."""
    world = surveyed()
    world.wind(9 * b.DAY)
    b.answers(world, "a", "reset")
    state = b.state(world, "a")
    assert (state.due, state.resets, state.warned) == (world.now + 10 * b.DAY, 1, 0)


def test_stopping_twice_and_resuming_twice_is_as_once() -> None:
    """A repeated word of the same kind changes no time."""
    world = surveyed()
    world.wind(b.DAY)
    b.answers(world, "a", "stopped")
    world.wind(b.DAY)
    b.answers(world, "a", "stopped")
    b.answers(world, "a", "resumed")
    world.wind(b.DAY)
    b.answers(world, "a", "resumed")
    assert b.state(world, "a").due == world.now + 8 * b.DAY


def test_the_cases_own_clock_never_stops() -> None:
    """All time is somebody's, also the time in which every clock stood."""
    world = surveyed()
    world.wind(b.DAY)
    b.answers(world, "a", "stopped")
    world.wind(2 * b.DAY)
    b.answers(world, "a")
    case = b.case_of(world)
    assert case.held == {"a": b.DAY, STOPPED: 2 * b.DAY}


def test_the_payers_time_is_the_payers() -> None:
    """A step that waits for payment runs the payer's clock."""
    world = surveyed(holder="payer")
    world.wind(b.DAY)
    b.answers(world, "a")
    assert b.case_of(world).held == {"payer": b.DAY}


def test_the_time_of_an_incident_is_the_hubs() -> None:
    """While a person of the hub is waited for, no agency's time runs."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], fill={"n": b.path("a.n")}))
    b.answers(world, "a")
    world.wind(b.DAY)
    world.command("withdraw", b.CASE)
    assert b.case_of(world).held == {"hub": b.DAY}


def test_an_early_answer_takes_no_time() -> None:
    """A step that was answered before it started took none of its agency's time, and not less."""
    world = b.opened(b.step("a"), b.step("x", after=["a"]), b.step("end", after=["x"]))
    world.say("x", "test.x.done", b.CASE)
    answer = b.event("test.a.done", "a", at=world.now + b.HOUR)
    world.now += 2 * b.HOUR
    world.publish(answer)
    state = b.state(world, "x")
    assert (state.elapsed, state.started, state.ended) == (0, world.now, world.now)


def test_the_time_of_an_exception_is_the_hubs() -> None:
    """What the hub cannot decide is not the agency's delay."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], when=b.broken(RuntimeError())))
    world.wind(b.HOUR)
    b.answers(world, "a")
    world.wind(b.DAY)
    world.command("withdraw", b.CASE)
    assert b.case_of(world).held == {"a": b.HOUR, "hub": b.DAY}


def test_a_date_that_leads_nowhere_stays_within_the_calendar() -> None:
    """A due time can always be written, whatever an agency says and a procedure declares."""
    for said, within in (("9999-12-31", 28 * b.DAY), ("0001-01-01", b.DAY), ("2026-01-01", 2**62)):
        late = b.deadline(within, start=b.path("application.on"))
        world = b.opened(b.step("a", deadline=late, accept_within=2**62), data={"on": said})
        due = world.tasks[0].task.due
        assert due is not None
        assert format_millis(due)
        assert b.case_of(world).due is not None


def test_people_are_told_of_the_answer_and_not_of_a_warning() -> None:
    """The next timer is a warning; what a person wants to know is by when the answer is owed."""
    world = surveyed()
    case = b.case_of(world)
    assert (case.due, owed(case).due) == (world.now + 5 * b.DAY, world.now + 10 * b.DAY)
    b.answers(world, "a", "stopped")
    assert owed(b.case_of(world)).due is None


def test_an_operator_stops_a_clock_and_resumes_it() -> None:
    """The time between is not the agency's; what was used before stays used (R11)."""
    world = b.opened(b.step("a", deadline=b.deadline(10 * b.DAY)))
    world.wind(4 * b.DAY)
    assert world.command("stop-clock", b.CASE, step="a").applied
    case = b.case_of(world)
    assert (case.due, case.holder, b.state(world, "a").elapsed) == (None, STOPPED, 4 * b.DAY)
    world.wind(20 * b.DAY)
    assert b.told(world) == []
    assert world.command("resume", b.CASE, step="a").applied
    assert (b.state(world, "a").due, b.case_of(world).holder) == (world.now + 6 * b.DAY, "a")
    world.wind(b.HOUR)
    b.answers(world, "a")
    assert b.case_of(world).held == {"a": 4 * b.DAY + b.HOUR, STOPPED: 20 * b.DAY}


def test_the_time_of_a_stopped_step_is_the_others() -> None:
    """While one clock stands, the agencies whose clocks run hold the time."""
    world = b.opened(b.step("a"), b.step("c"))
    world.command("stop-clock", b.CASE, step="a")
    assert b.case_of(world).holder == "c"
    world.command("resume", b.CASE, step="a")
    assert b.case_of(world).holder == "a,c"


def test_a_clock_is_stopped_only_where_one_runs() -> None:
    """Neither twice, nor at a step that nobody is at, nor at one that is not there; resumed only where one stands."""
    world = b.opened(b.step("a"), b.step("x", after=["a"]))
    assert world.command("resume", b.CASE, step="a").applied is False
    assert world.command("stop-clock", b.CASE, step="a").applied
    for act, step in (("stop-clock", "a"), ("stop-clock", "x"), ("resume", "x"), ("stop-clock", "nowhere")):
        assert world.command(act, b.CASE, step=step).applied is False
    assert world.command("resume", b.CASE).applied is False


def test_a_returned_files_clock_is_the_applicants() -> None:
    """The applicant's time is not an agency's clock: no operator stops it."""
    world = b.opened(b.step("a"))
    b.answers(world, "a", "returned")
    assert world.command("stop-clock", b.CASE, step="a").applied is False
    assert b.case_of(world).holder == "applicant"


def test_a_deadline_that_has_passed_is_not_stopped_away() -> None:
    """What follows of it follows, however late its timer fires; once it is told, the clock can be stopped."""
    world = b.opened(b.step("a", deadline=b.deadline(b.DAY, on_missed="escalate")))
    world.now += 2 * b.DAY
    assert world.command("stop-clock", b.CASE, step="a").applied is False
    world.wind(0)
    assert ("DeadlineWarned", "coordinator") in b.told(world)
    assert world.command("stop-clock", b.CASE, step="a").applied
    assert b.state(world, "a").elapsed == 2 * b.DAY


def test_agency_and_operator_move_the_same_clock() -> None:
    """Either resumes what the other has stopped; the journal says who did."""
    world = surveyed()
    b.answers(world, "a", "stopped")
    assert world.command("resume", b.CASE, step="a").applied
    world.wind(b.DAY)
    world.command("stop-clock", b.CASE, step="a")
    world.wind(b.DAY)
    b.answers(world, "a", "resumed")
    assert b.state(world, "a").due == world.now + 9 * b.DAY
