"""Orders to the whole network: openings that wait, tasks that are held, and how both come back (design §7.6)."""

from typing import Any

import pytest

from hub.names import StepName
from hub.rehearsal.world import Rehearsal
from hub.router.case import ORPHAN_MS, has_owner
from tests import builders as b
from tests.unit.router import test_sub_case as sub_cases

PROCEDURE = "test"


def begun(*steps: Any, held: tuple[str, ...] = (), stopped: tuple[str, ...] = (), data: Any = None) -> Rehearsal:
    """Open the test's case under orders."""
    world = Rehearsal(b.plan(b.procedure(*steps)))
    world.order(held=held, stopped=stopped)
    world.publish(b.event(b.OPENS, b.OPENER, data=data or {}, subject="K-1"))
    return world


def test_an_opening_that_is_stopped_waits_longer_than_an_orphan_and_comes_back_by_itself() -> None:
    """Nothing is sent, nothing is lost; when openings are allowed the case opens with what was said then."""
    world = begun(b.step("a", fill={"n": b.path("application.n")}), stopped=(PROCEDURE,), data={"n": "7"})
    assert (b.case_of(world).status, world.tasks, has_owner(b.case_of(world))) == ("orphan", [], True)
    world.wind(40 * ORPHAN_MS)
    assert (world.dead_letters, b.case_of(world).parked) == ([], 1)
    world.order()
    assert (b.statuses(world), world.tasks[0].task.data) == ({"a": "active"}, {"n": "7"})
    assert (b.case_of(world).parked, b.case_of(world).waits) == (0, ())


def test_what_came_before_its_opening_waits_with_it() -> None:
    """An early answer of the case is not dropped after a day, and is used when the case opens."""
    world = Rehearsal(b.plan(b.procedure(b.step("a"))))
    world.order(stopped=[PROCEDURE])
    world.say("a", "test.a.done", b.CASE)
    world.publish(b.event(b.OPENS, b.OPENER))
    world.say("a", "test.a.done", b.CASE, event_id="again")
    world.wind(2 * ORPHAN_MS)
    assert (b.case_of(world).parked, world.dead_letters) == (3, [])
    world.order()
    assert b.case_of(world).status == "completed"


def test_cases_that_run_are_not_stopped() -> None:
    """Only openings are; and only those of that procedure."""
    world = b.opened(b.step("a"), b.step("c", after=["a"]))
    world.order(stopped=[PROCEDURE, "other"])
    b.answers(world, "a")
    assert b.statuses(world) == {"a": "done", "c": "active"}


def test_a_held_agency_gets_no_task_and_no_time_runs() -> None:
    """The others go on; nothing is due, warned or stuck however long it lasts."""
    world = begun(b.step("a", deadline=b.deadline(b.DAY)), b.step("c"), held=("a",))
    assert [each.task.step for each in world.tasks] == ["c"]
    assert (b.case_of(world).waits, b.state(world, "a").due) == (("agency:a",), None)
    world.wind(10 * b.DAY)
    assert (b.told(world), b.statuses(world), b.case_of(world).incidents) == ([], {"a": "active", "c": "active"}, ())


def test_a_released_agency_gets_what_was_held_once_and_all_its_time() -> None:
    """The task is sent with the facts as they are then; a second release sends nothing."""
    world = begun(b.step("a", fill={"n": b.path("application.n")}, deadline=b.deadline(b.DAY)), held=("a",),
                  data={"n": "1"})  # fmt: skip
    world.command("amend", b.CASE, facts={"n": "2"})
    world.wind(3 * b.DAY)
    world.order()
    (sent,) = world.tasks
    assert (sent.task.data, sent.task.due) == ({"n": "2"}, world.now + b.DAY)
    assert (b.case_of(world).waits, b.state(world, "a").held) == ((), False)
    world.order()
    assert len(world.tasks) == 1
    b.answers(world, "a")
    assert b.case_of(world).status == "completed"


def test_each_agency_is_released_by_itself() -> None:
    """What another order still holds stays."""
    world = begun(b.step("a"), b.step("c"), held=("a", "c"))
    world.order(held=["c"])
    assert ([each.task.step for each in world.tasks], b.case_of(world).waits) == (["a"], ("agency:c",))
    world.order()
    assert [each.task.step for each in world.tasks] == ["a", "c"]


def test_a_held_step_is_let_go_beside_an_incident() -> None:
    """A person is waited for elsewhere in the case: that keeps nothing from being sent."""
    world = begun(b.step("a"), b.step("x", when=b.broken(b.ExpressionError("no"))), held=("a",))
    assert b.case_of(world).incidents
    world.order()
    assert [each.task.step for each in world.tasks] == ["a"]


def test_the_front_office_is_held_too() -> None:
    """A returned file waits to be asked for; the applicant then has all the time."""
    answers = [b.answer("a", "done"), b.answer("a", "returned", complete_within=b.DAY)]
    world = begun(b.step("a", answers=answers), held=(b.FRONT,))
    b.answers(world, "a", "returned")
    assert (len(world.tasks), b.case_of(world).waits) == (1, (f"agency:{b.FRONT}",))
    world.wind(5 * b.DAY)
    assert b.case_of(world).status == "open"
    world.order()
    assert (world.tasks[-1].task.agency, world.tasks[-1].task.due) == (b.FRONT, world.now + b.DAY)


@pytest.mark.parametrize(("act", "more"), [("resend", {}), ("resume", {})])
def test_no_act_goes_past_an_order(act: str, more: dict[str, Any]) -> None:
    """Who wants the task sent ends the order."""
    world = begun(b.step("a"), held=("a",))
    decision = world.command(act, b.CASE, step="a", **more)
    assert (decision.applied, "held by an order" in decision.why) == (False, True)


def test_a_task_that_was_never_sent_is_not_taken_back() -> None:
    """Withdrawn, skipped or given away: the held agency hears nothing of it."""
    world = begun(b.step("a"), b.step("c", after=["a"]), held=("a",))
    world.command("skip", b.CASE, step="a")
    assert (b.told(world), b.statuses(world), b.case_of(world).waits) == ([], {"a": "done", "c": "active"}, ())
    other = begun(b.step("a", on_cancel="let_finish"), held=("a",))
    other.command("withdraw", b.CASE)
    assert b.case_of(other).status == "withdrawn"
    assert not [agency for _, agency in b.told(other) if agency == "a"]
    assert StepName("a") in b.case_of(other).steps


def test_a_stopped_opening_can_be_withdrawn() -> None:
    """An operator drops it: what waits becomes a dead letter, and nothing comes back later."""
    world = begun(b.step("a"), stopped=(PROCEDURE,))
    world.command("withdraw", b.CASE)
    world.order()
    assert (world.case(b.CASE), len(world.dead_letters), world.tasks) == (None, 1, [])


def test_a_sub_case_that_is_stopped_waits_and_hears_what_comes() -> None:
    """The case that opens it waits as ever; given up meanwhile, it is opened and ended when openings are allowed."""
    for is_given_up in (False, True):
        made = Rehearsal(sub_cases.world().plan)
        made.order(stopped=["child"])
        made.publish(b.event(b.OPENS, b.OPENER, data={"value": 7}, subject="K-1"))
        b.answers(made, "first")
        waiting = sub_cases.sub_case(made)
        assert (waiting.status, waiting.parked, waiting.waits) == ("orphan", 1, ("openings:child",))
        assert waiting.parent is not None
        if is_given_up:
            made.command("withdraw", b.CASE)
        made.order()
        assert sub_cases.sub_case(made).status == ("withdrawn" if is_given_up else "open")


def test_a_held_step_that_waits_for_a_person_is_sent_by_the_act_that_mends_it() -> None:
    """The end of the order ends no incident: what is parked beside the case would wait for ever."""
    world = b.opened(b.step("a"), b.step("c"), max_rounds=1)
    b.answers(world, "a", "returned")
    world.order(held=["a"])
    world.say("front", "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, "a"))
    world.say("a", "test.a.returned", b.CASE)
    assert ([one.cause for one in b.case_of(world).incidents], b.case_of(world).parked) == (["rounds"], 1)
    world.order()
    assert (b.state(world, "a").held, len(b.case_of(world).incidents), b.case_of(world).parked) == (True, 1, 1)
    world.command("retry", b.CASE)
    assert (b.statuses(world), b.case_of(world).waits) == ({"a": "returned", "c": "active"}, ())
    assert (b.case_of(world).incidents, b.case_of(world).parked) == ((), 0)


def test_whoever_waits_for_a_stopped_sub_case_hears_that_it_was_withdrawn() -> None:
    """Also when events of it came while its opening waited: who opens it is not forgotten for them."""
    made = Rehearsal(sub_cases.world().plan)
    made.order(stopped=["child"])
    made.publish(b.event(b.OPENS, b.OPENER, data={"value": 7}, subject="K-1"))
    b.answers(made, "first")
    sub_cases.work(made)
    assert sub_cases.sub_case(made).parked == 2
    made.command("withdraw", sub_cases.child_of())
    assert b.case_of(made).status == "rejected"
