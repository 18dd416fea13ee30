"""When steps start: joins, dead paths, guards, agreements, fills (design §7.2, §7.9)."""

import pytest

from hub.rehearsal.world import Rehearsal
from tests import builders as b


def fork(mode: str, *, at_least: int = 1, guards: tuple[object, object, object] = (None, None, None)) -> Rehearsal:
    """Open a case in which `a` is followed by three guarded branches that join in `end`."""
    branches = [b.step(name, after=["a"], when=guard) for name, guard in zip(("x", "y", "z"), guards, strict=True)]
    end = b.step("end", after=["x", "y", "z"], mode=mode, at_least=at_least)
    world = b.opened(b.step("a"), *branches, end)
    b.answers(world, "a")
    return world


NO = b.constant(value=False)


def test_all_waits_for_every_predecessor() -> None:
    """A join of all starts with the last of its predecessors."""
    world = fork("all")
    b.answers(world, "x")
    b.answers(world, "y")
    assert "end" not in b.statuses(world)
    b.answers(world, "z")
    assert b.statuses(world)["end"] == "active"


def test_any_starts_with_the_first_and_fires_once() -> None:
    """A join of any starts once; what comes later does not start it again."""
    world = fork("any")
    b.answers(world, "y")
    assert b.state(world, "end").status == "active"
    b.answers(world, "x")
    assert b.state(world, "end").attempt == 1
    b.answers(world, "end")
    b.answers(world, "z")
    assert b.state(world, "end").attempt == 1
    assert b.case_of(world).status == "completed"


def test_k_of_n_starts_with_the_kth() -> None:
    """A join of two of three starts with the second."""
    world = fork("of", at_least=2)
    b.answers(world, "x")
    assert "end" not in b.statuses(world)
    b.answers(world, "z")
    assert b.statuses(world)["end"] == "active"


def test_k_of_n_asks_no_more_than_are_left() -> None:
    """A skipped step is removed from k of n."""
    world = fork("of", at_least=2, guards=(NO, NO, None))
    b.answers(world, "z")
    assert b.statuses(world)["end"] == "active"


@pytest.mark.parametrize("mode", ["all", "any", "of"])
def test_a_false_guard_skips_and_the_join_goes_on(mode: str) -> None:
    """A skipped branch does not hold a join up, whatever its mode."""
    world = fork(mode, at_least=3, guards=(NO, None, NO))
    assert b.statuses(world)["x"] == "skipped"
    b.answers(world, "y")
    assert b.statuses(world)["end"] == "active"


@pytest.mark.parametrize("mode", ["all", "any", "of"])
def test_a_step_whose_predecessors_are_all_skipped_is_skipped(mode: str) -> None:
    """A dead path ends the case instead of holding it."""
    world = fork(mode, at_least=2, guards=(NO, NO, NO))
    assert b.statuses(world)["end"] == "skipped"
    assert b.case_of(world).status == "completed"


def test_a_guard_that_is_true_starts_the_step() -> None:
    """The guard reads the facts of the case."""
    steps = (b.step("a"), b.step("x", after=["a"], when=b.has("a.wanted")))
    world = b.opened(*steps)
    b.answers(world, "a", wanted=True)
    assert b.statuses(world)["x"] == "active"


@pytest.mark.parametrize("guard", [b.path("a.absent"), b.constant("yes"), b.constant(1)])
def test_a_guard_without_true_or_false_is_an_incident(guard: b.Formula) -> None:
    """What cannot be decided waits for a person; the answer before it counts."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], when=guard))
    b.answers(world, "a")
    (incident,) = b.case_of(world).incidents
    assert (incident.cause, incident.step, b.statuses(world)["a"]) == ("guard", "x", "done")
    assert b.case_of(world).due is None


def test_a_fill_without_a_value_is_an_incident() -> None:
    """A task is never sent with a hole."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], fill={"nik": b.path("a.nik")}))
    decision = b.answers(world, "a")
    assert (decision.outcome, decision.tasks) == ("incident", ())
    assert b.case_of(world).incidents[0].cause == "fill"


def test_a_task_names_the_elements_that_flow() -> None:
    """The journal gets names, never values."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], fill={"nik": b.path("a.nik")}))
    decision = b.answers(world, "a", nik="6472")
    assert decision.elements == ("a.nik",)
    assert "6472" not in str(decision.changes)


def test_the_same_attempt_has_the_same_task_id() -> None:
    """A task id follows from case, step and attempt."""
    first, second = (b.opened(b.step("a")).tasks[0].task.id for _ in range(2))
    assert first == second


def test_an_agreement_that_holds_stops_a_running_case() -> None:
    """With on_expiry hold, no data flows after the agreement's end: an incident until it is renewed."""
    expired = b.agreement(until=b.NOW + b.HOUR, on_expiry="hold")
    world = b.opened(b.step("a"), b.step("x", after=["a"], agreements=(expired,)))
    world.wind(2 * b.HOUR)
    b.answers(world, "a")
    assert b.case_of(world).incidents[0].cause == "agreement"
    world.plan = b.plan(b.procedure(b.step("a"), b.step("x", after=["a"], agreements=(b.agreement(),))))
    world.command("retry", b.CASE)
    assert b.statuses(world)["x"] == "active"


def test_an_agreement_that_lets_finish_does_not_stop_a_running_case() -> None:
    """With on_expiry finish, cases that run go on."""
    expired = b.agreement(until=b.NOW + b.HOUR)
    world = b.opened(b.step("a"), b.step("x", after=["a"], agreements=(expired,)))
    world.wind(2 * b.HOUR)
    b.answers(world, "a")
    assert b.statuses(world)["x"] == "active"


def test_a_deadline_may_count_from_a_date_in_the_facts() -> None:
    """28 days from birth are 28 days from birth, whenever the task is sent."""
    born = b.deadline(28 * b.DAY, start=b.path("application.born_on"))
    world = b.opened(b.step("a", deadline=born), data={"born_on": "2026-01-01"})
    midnight = 1_767_225_600_000
    assert world.tasks[0].task.due == midnight + 28 * b.DAY
    assert b.state(world, "a").elapsed == b.NOW - midnight


def test_a_deadlines_start_that_is_no_time_is_an_incident() -> None:
    """A deadline is never guessed."""
    wrong = b.deadline(start=b.path("application.born_on"))
    world = b.opened(b.step("a", deadline=wrong), data={"born_on": "soon"})
    assert b.case_of(world).incidents[0].cause == "fill"


def test_a_step_that_only_a_rejection_reaches_does_not_start_with_the_case() -> None:
    """It starts when the edge is taken."""
    world = b.opened(b.step("a", on_rejected="appeal"), b.step("appeal"))
    assert b.statuses(world) == {"a": "active"}
    b.answers(world, "a", "rejected")
    assert b.statuses(world) == {"a": "rejected", "appeal": "active"}


def test_a_rejection_edge_not_taken_is_a_dead_path() -> None:
    """When the step ends otherwise, the way after a rejection is skipped and joins go on."""
    steps = (b.step("a", on_rejected="appeal"), b.step("appeal"), b.step("end", after=["a", "appeal"], mode="any"))
    world = b.opened(*steps)
    b.answers(world, "a")
    assert b.statuses(world) == {"a": "done", "appeal": "skipped", "end": "active"}


def test_a_rejected_step_counts_as_skipped_for_those_after_it() -> None:
    """With the edge taken, what follows a done step is a dead path."""
    steps = (b.step("a", on_rejected="appeal"), b.step("appeal"), b.step("issue", after=["a"]))
    world = b.opened(*steps)
    b.answers(world, "a", "rejected")
    assert b.statuses(world)["issue"] == "skipped"


def test_a_step_with_two_ways_waits_for_the_other_one() -> None:
    """A rejection edge that is not taken does not skip a step that may still start after others."""
    steps = (b.step("a", on_rejected="x"), b.step("y"), b.step("x", after=["y"]))
    world = b.opened(*steps)
    b.answers(world, "a")
    assert "x" not in b.statuses(world)
    b.answers(world, "y")
    assert b.statuses(world)["x"] == "active"
