"""A step is given to another agency that may do it, in one case (design §7.6)."""

from dataclasses import replace
from typing import Any

import pytest

from hub.events.envelope import Event
from hub.names import AgencyCode, StepName, task_id
from hub.network.plan import StepPlan, Substitute
from hub.rehearsal.world import Rehearsal
from tests import builders as b

SPARE = AgencyCode("spare")


def begun(*more: StepPlan, **given: Any) -> Rehearsal:
    """Open a case whose first step is at its own agency, and may be done by a spare one."""
    first = b.step("a", fill={"n": b.path("application.n")}, deadline=b.deadline(10 * b.DAY), **given)
    return b.opened(first, *(more or (b.step("end", after=["a"]),)), data={"n": "1"}, spare=SPARE)


def give(world: Rehearsal, step: str = "a", to: str | None = SPARE) -> bool | None:
    """Let an operator give a step to an agency; tell whether that was done."""
    return world.command("reassign", b.CASE, step=step, to=to).applied


def forbid(world: Rehearsal, **changed: Any) -> None:
    """Change what the network says of the step's substitute."""
    (ref,) = world.plan.procedures
    procedure = world.plan.procedures[ref]
    step = procedure.steps[StepName("a")]
    substitute = replace(step.substitutes[SPARE], **changed)
    steps = {**procedure.steps, StepName("a"): replace(step, substitutes={SPARE: substitute})}
    world.plan = replace(world.plan, procedures={ref: replace(procedure, steps=steps, assigned_cache={})})


def test_the_old_agency_is_told_and_the_new_one_gets_the_task() -> None:
    """A new attempt with the same facts, whose time begins anew and is the new agency's."""
    world = begun()
    world.wind(b.DAY)
    assert give(world)
    first, second = (each.task for each in world.tasks)
    assert (second.agency, second.attempt, second.data, second.due) == (SPARE, 2, first.data, world.now + 10 * b.DAY)
    assert [(each.notice.agency, each.notice.causation) for each in world.notices] == [("a", first.id)]
    assert (b.case_of(world).holder, b.case_of(world).held) == (SPARE, {"a": b.DAY})


def test_only_the_new_agency_answers() -> None:
    """What the old one says of its task, or by type alone, comes late and changes nothing."""
    world = begun()
    give(world)
    for causation in (task_id(b.CASE, StepName("a"), 1), None):
        assert world.say("a", "test.a.done", b.CASE, causation=causation).outcome == "late"
    assert world.say("a", "test.a.done", b.CASE, causation=world.active_task(b.CASE, "a")).outcome == "refused"
    assert b.statuses(world) == {"a": "active"}
    assert world.say(SPARE, "test.a.done", b.CASE).outcome == "advanced"
    assert b.statuses(world) == {"a": "done", "end": "active"}


@pytest.mark.parametrize(
    ("step", "to", "why"),
    [
        ("a", None, "name the agency"),
        ("a", "nobody", "no agency of the network"),
        ("a", "a", "has the step already"),
        ("a", "end", "may not publish test.a.done"),
        ("end", SPARE, "is pending"),
        ("nowhere", SPARE, "name a step"),
    ],
)
def test_who_may_not_do_a_step_does_not_get_it(step: str, to: str | None, why: str) -> None:
    """The reason is told, and nothing is sent."""
    world = begun()
    decision = world.command("reassign", b.CASE, step=step, to=to)
    assert (decision.applied, why in decision.why) == (False, True)
    assert len(world.tasks) == 1


def test_without_a_grant_no_step_is_given_away() -> None:
    """The elements that nobody granted are named; one that is over grants nothing new."""
    world = begun()
    forbid(world, lacks=("nik from hospital to spare",))
    decision = world.command("reassign", b.CASE, step="a", to=SPARE)
    assert decision.why == "no agreement grants nik from hospital to spare"
    over = b.agreement(until=b.NOW, on_expiry="finish")
    plan = world.plan.procedures[b.case_of(world).procedure or world.plan.openings[b.OPENS]].steps[StepName("a")]
    forbid(world, lacks=(), steps={StepName("a"): replace(plan, agency=SPARE, agreements=(over,))})
    assert "agreement pks is not in force" in world.command("reassign", b.CASE, step="a", to=SPARE).why


def test_a_step_goes_back_to_the_agency_it_came_from() -> None:
    """The declared agency is as good as any other."""
    world = begun()
    give(world)
    assert give(world, to="a")
    assert [(each.task.agency, each.task.attempt) for each in world.tasks] == [("a", 1), (SPARE, 2), ("a", 3)]
    assert world.say(SPARE, "test.a.done", b.CASE).outcome == "late"
    assert b.answers(world, "a").outcome == "advanced"


def test_what_is_told_of_the_step_is_told_to_the_new_agency() -> None:
    """Warnings, and that what was done must be undone."""
    world = begun(on_cancel="compensate")
    give(world)
    world.wind(5 * b.DAY)
    b.answers(world, "a")
    world.command("withdraw", b.CASE)
    assert [(kind, to) for kind, to in b.told(world) if to == SPARE] == [
        ("DeadlineWarned", SPARE), ("TaskCancelled", SPARE),
    ]  # fmt: skip


def test_a_returned_file_comes_back_to_the_new_agency() -> None:
    """In this case the step is the new agency's until somebody gives it to another."""
    world = begun()
    give(world)
    b.answers(world, "a", "returned")
    assert give(world, to="a") is False
    world.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, "a"))
    assert (world.tasks[-1].task.agency, world.tasks[-1].task.attempt) == (SPARE, 3)


def test_a_deadline_that_has_passed_is_not_given_away() -> None:
    """What follows of it follows first."""
    world = begun()
    world.now += 11 * b.DAY
    assert give(world) is False
    world.wind(0)
    assert give(world)


def test_who_reads_its_facts_waits_for_the_new_agencys_agreement() -> None:
    """Facts of the new agency flow under its agreements, not under those of the agency that had the step."""
    world = begun(b.step("end", after=["a"], fill={"v": b.path("a.v")}))
    (ref,) = world.plan.procedures
    own, end = (world.plan.procedures[ref].steps[StepName(name)] for name in ("a", "end"))
    held = replace(end, agreements=(b.agreement(until=b.NOW + b.DAY, on_expiry="hold"),))
    forbid(world, steps={StepName("a"): replace(own, agency=SPARE), StepName("end"): held})
    give(world)
    world.wind(2 * b.DAY)
    b.answers(world, "a", v=1)
    assert [(each.cause, each.step) for each in b.case_of(world).incidents] == [("agreement", "end")]


def test_steps_that_exchange_data_are_not_both_given_away() -> None:
    """Nobody has looked whether two substitutes may give each other what they must."""
    reads = b.step("x", after=["a"], fill={"v": b.path("a.v")})
    world = begun(reads)
    give(world)
    b.answers(world, "a", v=1)
    decision = world.command("reassign", b.CASE, step="x", to=SPARE)
    assert (decision.applied, "step a was given to another agency too" in decision.why) == (False, True)


def test_to_an_agency_that_may_not_any_more_nothing_flows() -> None:
    """A network that no longer lets the agency do the step holds what would be sent to it, until a person acts."""
    world = begun()
    give(world)
    b.answers(world, "a", "returned")
    forbid(world, lacks=("nik from hospital to spare",))
    world.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, "a"))
    (incident,) = b.case_of(world).incidents
    assert (incident.cause, "lets spare do a" in incident.detail) == ("agreement", True)
    assert all(not isinstance(entry.stimulus, Event) or entry.decision.outcome != "refused" for entry in world.journal)


def test_a_substitute_leaves_the_other_steps_alone() -> None:
    """Only the step and its readers change."""
    world = begun()
    (procedure,) = world.plan.procedures.values()
    given = procedure.assigned({StepName("a"): SPARE})
    assert given.steps[StepName("a")].agency == SPARE
    assert given.steps[StepName("end")] is procedure.steps[StepName("end")]
    assert procedure.assigned({StepName("a"): SPARE}) is given
    assert isinstance(procedure.steps[StepName("a")].substitutes[SPARE], Substitute)
