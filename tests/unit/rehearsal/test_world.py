"""The in-memory world does what the engine does for one partition."""

from hub.names import CaseId
from hub.rehearsal.world import START, Rehearsal
from hub.router.decision import Tick
from tests import builders as b


def test_timers_fire_at_their_time_and_in_order() -> None:
    """Winding far fires each timer when it is due, not when the winding ends."""
    world = b.opened(b.step("a", deadline=b.deadline(10 * b.DAY)))
    world.wind(100 * b.DAY)
    fired = [entry.now - START for entry in world.journal if isinstance(entry.stimulus, Tick)]
    assert fired == [5 * b.DAY, 8 * b.DAY, 10 * b.DAY]
    assert world.now == START + 100 * b.DAY


def test_a_timer_that_was_moved_does_not_fire_at_its_old_time() -> None:
    """An answer takes the deadline away."""
    world = b.opened(b.step("a", deadline=b.deadline(b.DAY)), b.step("x", after=["a"]))
    b.answers(world, "a")
    world.wind(10 * b.DAY)
    assert b.told(world) == []


def test_cases_are_kept_apart() -> None:
    """Two cases of one procedure know nothing of each other."""
    world, other = b.opened(b.step("a")), CaseId("hospital.2")
    world.publish(b.event(b.OPENS, b.OPENER, case=other, id="other"))
    b.answers(world, "a")
    found = world.case(other)
    assert found is not None
    assert (b.case_of(world).status, found.status) == ("completed", "open")


def test_the_clock_is_never_behind_an_event() -> None:
    """An event appended later than the clock moves it."""
    world = Rehearsal(b.plan(b.procedure(b.step("a"))))
    world.publish(b.event(b.OPENS, b.OPENER, at=START + b.DAY))
    assert world.now == START + b.DAY


def test_released_events_are_routed_before_anything_newer() -> None:
    """What was parked comes in the order in which it was parked."""
    steps = (b.step("a"), b.step("x", after=["a"], fill={"n": b.path("a.n")}), b.step("y", after=["x"]))
    world = b.opened(*steps)
    b.answers(world, "a")
    world.say("x", "test.x.done", b.CASE, event_id="first")
    world.say("y", "test.y.done", b.CASE, event_id="second")
    world.command("amend", b.CASE, step="a", facts={"n": 1})
    world.command("retry", b.CASE)
    outcomes = [entry.decision.outcome for entry in world.journal[-2:]]
    assert (outcomes, b.case_of(world).status) == (["advanced", "closed"], "completed")
