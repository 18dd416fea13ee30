"""The priority lane: a recorded ground, of which only the class travels, and no silent change (R22)."""

import pytest

from hub.network.plan import PriorityPlan
from hub.rehearsal.world import Rehearsal
from tests import builders as b

LANE = PriorityPlan("ground", {"ill": "vulnerable", "old": "age"})


def opened(ground: str, **more: object) -> Rehearsal:
    """Open a case that records a ground, in a procedure with a lane."""
    steps = (b.step("check"), b.step("issue", after=["check"]))
    return b.opened(*steps, data={"ground": ground}, priority=LANE, **more)


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


def test_nothing_an_agency_or_applicant_says_later_changes_the_lane() -> None:
    """Only the opening records a ground."""
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
