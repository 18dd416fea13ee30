"""The priority lane: a recorded ground, of which only the class travels, and no silent change (R22)."""

import pytest

from hub.names import EventType, StepName
from hub.network.plan import PriorityPlan
from hub.rehearsal.world import Rehearsal
from tests import builders as b
from tests.unit.router import test_sub_case as sub_cases

LANE = PriorityPlan("ground", {"ill": "vulnerable", "old": "age"})
#: The same where an answer of the step "check" may record a ground too.
LATER = PriorityPlan("ground", {"ill": "vulnerable", "old": "age"}, {StepName("check"): ("found",)})


def opened(ground: str, **more: object) -> Rehearsal:
    """Open a case that records a ground, in a procedure with a lane."""
    steps = (b.step("check"), b.step("issue", after=["check"]))
    return b.opened(*steps, data={"ground": ground}, **({"priority": LANE} | more))


def whys(world: Rehearsal, case: str = b.CASE) -> list[str]:
    """List why the lane of a case was set, in order."""
    told = [change for entry in world.journal if entry.case == case for change in entry.decision.changes]
    return [change.why for change in told if change.after == "priority"]


def with_sub_case(ground: str, priority: PriorityPlan = LANE) -> Rehearsal:
    """Open a case that records a ground and waits for another, whose procedure has no lane."""
    wait = b.step("wait", sub_case="child", answers=sub_cases.ends())
    parent = b.procedure(b.step("check"), wait, b.step("end", after=["check", "wait"]), priority=priority)
    child = b.procedure(b.step("work"), b.step("more", after=["work"]), ref="child@1", opens_on="test.wait.Request")
    world = Rehearsal(b.plan(parent, child))
    world.publish(b.event(b.OPENS, b.OPENER, data={"ground": ground}))
    return world


@pytest.mark.parametrize(("ground", "lane"), [("ill", "vulnerable"), ("old", "age"), ("none", ""), ("unheard", "")])
def test_the_opening_says_in_which_lane_a_case_goes(ground: str, lane: str) -> None:
    """A ground that has a class puts the case and its tasks into the priority lane; any other does not."""
    world = opened(ground)
    assert (b.case_of(world).priority, world.tasks[0].task.priority) == (lane, lane != "")


def test_the_ground_itself_is_told_and_journaled_nowhere() -> None:
    """The journal has its class, the agency that it goes first, and the state keeps no ground that no step reads."""
    world = opened("ill")
    decision = world.journal[-1].decision
    assert [change.why for change in decision.changes if change.after == "priority"] == [
        "the opening records a ground of class vulnerable"
    ]
    assert "ill" not in world.tasks[0].task.data.values()
    assert b.case_of(world).facts == {}


def test_an_answer_that_is_declared_so_brings_a_ground() -> None:
    """The case goes first from then on; the journal has whose answer it was and the class, never the ground."""
    world = opened("none", priority=LATER)
    assert world.tasks[-1].task.priority is False
    b.answers(world, "check", found="ill")
    assert (b.case_of(world).priority, world.tasks[-1].task.priority) == ("vulnerable", True)
    assert whys(world) == ["check records a ground of class vulnerable"]


@pytest.mark.parametrize("outcome", ["progress", "returned", "rejected"])
def test_whatever_an_answer_does_to_its_step_its_ground_counts(outcome: str) -> None:
    """What is sent because of it, such as the request to complete the file, goes first already."""
    world = opened("none", priority=LATER)
    b.answers(world, "check", outcome, found="old")
    assert b.case_of(world).priority == "age"
    assert all(sent.task.priority for sent in world.tasks[1:])


def test_a_ground_that_came_early_counts_when_its_answer_does() -> None:
    """What is kept of an early answer has the ground in it."""
    late = PriorityPlan("ground", {"old": "age"}, {StepName("issue"): ("found",)})
    world = opened("none", priority=late)
    world.say("issue", "test.issue.done", b.CASE, data={"found": "old"})
    assert b.case_of(world).priority == ""
    b.answers(world, "check")
    assert whys(world) == ["issue records a ground of class age"]


@pytest.mark.parametrize(
    ("found", "lane", "count"), [("none", "vulnerable", 1), ("ill", "vulnerable", 1), ("old", "age", 2)]
)
def test_an_answer_takes_nobody_out_of_the_lane(found: str, lane: str, count: int) -> None:
    """What is no ground changes nothing, the same class is not journaled twice, another class counts from then on."""
    world = opened("ill", priority=LATER)
    b.answers(world, "check", found=found)
    assert (b.case_of(world).priority, len(whys(world))) == (lane, count)


def test_a_sub_case_goes_in_the_lane_of_the_case_that_waits_for_it() -> None:
    """Though its procedure has none: its own tasks go first, and its journal says why."""
    world = with_sub_case("ill")
    child = sub_cases.sub_case(world)
    assert child.priority == "vulnerable"
    assert [sent.task.priority for sent in world.tasks if sent.case == child.id] == [True]
    assert whys(world, child.id) == [f"it goes as case {b.CASE} does, for a ground of class vulnerable"]
    assert sub_cases.sub_case(with_sub_case("none")).priority == ""


def test_a_sub_cases_own_ground_comes_before_the_inherited_one() -> None:
    """What its own opening records is known of it."""
    wait = b.step("wait", sub_case="child", answers=sub_cases.ends(), fill={"why": b.constant("young")})
    own = PriorityPlan("why", {"young": "child"})
    child = b.procedure(b.step("work"), ref="child@1", opens_on="test.wait.Request", priority=own)
    world = Rehearsal(b.plan(b.procedure(wait, priority=LANE), child))
    world.publish(b.event(b.OPENS, b.OPENER, data={"ground": "ill"}))
    assert (b.case_of(world).priority, sub_cases.sub_case(world).priority) == ("vulnerable", "child")


def test_a_sub_case_goes_along_when_the_lane_changes() -> None:
    """By an answer and by an operator, there and back; what it sends from then on says so."""
    world = with_sub_case("none", LATER)
    child = sub_cases.child_of()
    b.answers(world, "check", found="old")
    assert sub_cases.sub_case(world).priority == "age"
    assert whys(world, child) == [f"it goes as case {b.CASE} does: check records a ground of class age"]
    sub_cases.work(world)
    assert world.tasks[-1].task.priority is True
    world.command("prioritise", b.CASE, facts={"ground": "ordinary"})
    assert sub_cases.sub_case(world).priority == ""
    decision = world.command("prioritise", child, facts={"ground": "age"})
    assert decision.why == f"its procedure has no priority lane; it goes as case {b.CASE} does: act on that one"


def test_a_sub_case_with_a_lane_of_its_own_is_not_taken_out_of_it() -> None:
    """What another case records or loses says nothing against its ground; into the lane it goes along."""
    wait = b.step("wait", sub_case="child", answers=sub_cases.ends(), fill={"why": b.path("application.why")})
    own = PriorityPlan("why", {"young": "child"})
    child = b.procedure(b.step("work"), ref="child@1", opens_on="test.wait.Request", priority=own)
    for why, lanes in (("young", ["child", "child"]), ("none", ["vulnerable", "vulnerable"])):
        world = Rehearsal(b.plan(b.procedure(wait, priority=LANE), child))
        world.publish(b.event(b.OPENS, b.OPENER, data={"ground": "none", "why": why}))
        found = []
        for ground in ("vulnerable", "ordinary"):
            world.command("prioritise", b.CASE, facts={"ground": ground})
            found.append(sub_cases.sub_case(world).priority)
        assert found == lanes
        assert world.command("prioritise", sub_cases.child_of(), facts={"ground": "ordinary"}).applied


def test_a_change_of_lane_is_told_once_and_only_to_who_is_waited_for() -> None:
    """Told again it changes nothing; a sub-case that has ended, or that is given up, stays as it was."""
    world = with_sub_case("none", LATER)
    b.answers(world, "check", found="old")
    (told,) = [each for each in sub_cases.signals(world) if each.kind == "lane"]
    assert (told.type, told.lane) == (EventType("hub.SubCaseLaneChanged"), "age")
    assert world.publish(told).outcome == "duplicate"
    world.command("skip", b.CASE, step="wait")
    world.command("prioritise", b.CASE, facts={"ground": "ordinary"})
    assert sub_cases.sub_case(world).priority == "age"


def test_nothing_else_that_an_agency_or_applicant_says_later_changes_the_lane() -> None:
    """Only the opening and the named answers record a ground."""
    world = opened("none")
    b.answers(world, "check", "returned", ground="ill")
    world.say("front", "hub.ApplicationCompleted", b.CASE, data={"ground": "ill"})
    assert b.case_of(world).priority == ""


def test_an_operator_changes_the_lane_with_a_reason() -> None:
    """What is sent from then on says so, and the journal has who, why and which class."""
    world = opened("none")
    decision = world.command("prioritise", b.CASE, facts={"ground": "age"}, reason="her card says 1940")
    assert (decision.applied, b.case_of(world).priority) == (True, "age")
    assert [change.why for change in decision.changes] == ["put by an operator into the priority lane: age"]
    b.answers(world, "check")
    assert world.tasks[-1].task.priority is True
    decision = world.command("prioritise", b.CASE, facts={"ground": "ordinary"}, reason="it was her mother's card")
    assert (decision.applied, b.case_of(world).priority) == (True, "")


@pytest.mark.parametrize(
    ("ground", "why"),
    [
        ("pregnancy", "name a class of grounds: age, vulnerable, or ordinary"),
        ("", "name a class of grounds: age, vulnerable, or ordinary"),
        ("vulnerable", "the case is in that lane already"),
    ],
)
def test_only_a_declared_class_can_be_named(ground: str, why: str) -> None:
    """A ground itself is no class, and is not repeated."""
    decision = opened("ill").command("prioritise", b.CASE, facts={"ground": ground})
    assert (decision.applied, decision.why) == (False, why)


def test_a_lane_needs_a_reason_a_procedure_with_one_and_an_open_case() -> None:
    """Nobody goes first silently."""
    assert opened("none").command("prioritise", b.CASE, facts={"ground": "age"}, reason=" ").applied is False
    plain = b.opened(b.step("check"))
    assert plain.command("prioritise", b.CASE, facts={"ground": "age"}).why == "its procedure has no priority lane"
    ended = opened("none")
    ended.command("withdraw", b.CASE)
    assert ended.command("prioritise", b.CASE, facts={"ground": "age"}).why == "the case has ended"
