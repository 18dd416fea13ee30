"""Cases that open cases and wait for them (design §7.11): what the one that waits does."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hub.events.envelope import Event
from hub.names import CaseId, EventType, StepName, sub_case_id, task_id
from hub.network.model import SUB_CASE_ENDS
from hub.network.plan import AnswerPlan, ResultPlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import ENDS, MAX_DEPTH, Case, decode_case
from hub.router.decision import Command, Decision, Signal, Tick
from hub.router.route import route
from hub.router.sub_case import TOLD_AS
from tests import builders as b
from tests.unit.router.test_migration import NEW, OLD, go, migration

#: What follows from each end of the sub-case, where a test says nothing else.
FOLLOWS = {"completed": "done", "rejected": "rejected", "withdrawn": "rejected", "expired": "rejected"}


def ends(done: EventType | None = None, **follows: Any) -> list[AnswerPlan]:
    """Say what follows from each end."""
    types = SUB_CASE_ENDS | ({"completed": done} if done else {})
    return [AnswerPlan(type=types[end], outcome=outcome) for end, outcome in (FOLLOWS | follows).items()]


def child_of(attempt: int = 1, case: CaseId = b.CASE, step: str = "wait") -> CaseId:
    """Name the case that an attempt of the step opens."""
    return sub_case_id(case, task_id(case, StepName(step), attempt))


def world(**more: Any) -> Rehearsal:
    """Open a case whose step "wait" opens another, of the step "work", between "first" and "last"."""
    result = more.pop("result", None)
    on_cancel = more.pop("work_on_cancel", "cancel")
    wait = b.step(
        "wait", after=["first"], sub_case="child", answers=more.pop("answers", ends(result and result.type)),
        fill={"value": b.path("application.value")}, **more,
    )  # fmt: skip
    parent = b.procedure(b.step("first"), wait, b.step("last", after=["wait"], fill={"x": b.constant(1)}))
    work = b.step("work", fill={"value": b.path("application.value")}, on_cancel=on_cancel)
    child = b.procedure(work, ref="child@1", opens_on="test.wait.Request", result=result)
    made = Rehearsal(b.plan(parent, child))
    made.publish(b.event(b.OPENS, b.OPENER, data={"value": 7}, subject="K-1"))
    b.answers(made, "first")
    return made


def sub_case(made: Rehearsal, attempt: int = 1, *, step: str = "wait") -> Case:
    """Read the sub-case."""
    found = made.case(child_of(attempt, step=step))
    assert found is not None
    return found


def work(made: Rehearsal, outcome: str = "done", attempt: int = 1, **data: Any) -> None:
    """Let the sub-case's agency answer."""
    made.say("work", f"test.work.{outcome}", child_of(attempt), data=data)


def signals(made: Rehearsal) -> list[Signal]:
    """List what cases told each other, in the order in which it was heard."""
    return [entry.stimulus for entry in made.journal if isinstance(entry.stimulus, Signal)]


def test_a_step_opens_a_case_and_waits() -> None:
    """The sub-case has what the step fills in and knows who waits; no agency has a task of the step."""
    made = world()
    child = sub_case(made)
    assert (child.procedure, child.status, child.subject) == ("child@1", "open", "K-1")
    assert child.parent is not None
    assert (child.parent.case, child.parent.step) == (b.CASE, "wait")
    assert b.statuses(made) == {"first": "done", "wait": "active"}
    assert [(each.case, each.task.step) for each in made.tasks] == [(b.CASE, "first"), (child.id, "work")]
    assert made.tasks[-1].task.data == {"value": 7}


def test_both_journals_name_the_other_case() -> None:
    """Whoever reads one of them finds the other."""
    made = world()
    opened = [change.why for entry in made.journal for change in entry.decision.changes if change.after == "opened"]
    assert opened == [f"case {child_of()} of child"]
    begun = next(entry for entry in made.journal if entry.case == child_of())
    assert begun.decision.changes[0].why == f"step wait of case {b.CASE} waits for it"


def test_a_completed_sub_case_is_the_answer() -> None:
    """What follows goes on."""
    made = world()
    work(made)
    assert sub_case(made).status == "completed"
    assert b.statuses(made) == {"first": "done", "wait": "done", "last": "active"}


def test_a_result_is_handed_back() -> None:
    """Facts of the sub-case that its result reads are kept until its end, and are then the step's."""
    result = ResultPlan(EventType("test.Result"), (("found", b.path("work.value")),), frozenset({("work", "value")}))
    made = world(result=result)
    work(made, value=9)
    (end,) = [each for each in signals(made) if each.kind == "end"]
    assert (end.type, end.data) == ("test.Result", {"found": 9})
    assert b.statuses(made)["wait"] == "done"


@pytest.mark.parametrize(
    ("act", "ends_as"), [("withdraw", ("withdrawn", "rejected")), ("amend", ("completed", "open"))]
)
def test_a_result_that_cannot_be_made_waits_for_a_person(act: str, ends_as: tuple[str, str]) -> None:
    """The sub-case does not end before; an operator brings the fact, or withdraws it."""
    result = ResultPlan(EventType("test.Result"), (("found", b.path("work.value")),), frozenset({("work", "value")}))
    made = world(result=result)
    work(made)
    assert [each.cause for each in sub_case(made).incidents] == ["fill"]
    assert b.statuses(made)["wait"] == "active"
    if act == "withdraw":
        made.command("withdraw", child_of())
    else:
        made.command("amend", child_of(), step="work", facts={"value": 9})
        made.command("retry", child_of())
    assert (sub_case(made).status, b.case_of(made).status) == ends_as


@pytest.mark.parametrize("outcome", ["rejected", "returned"])
def test_what_follows_from_a_rejection_is_declared(outcome: str) -> None:
    """A rejected sub-case rejects the step, or returns it to the applicant, whose completion opens a new one."""
    made = world(answers=ends(rejected=outcome))
    work(made, "rejected")
    assert sub_case(made).status == "rejected"
    assert b.statuses(made)["wait"] == outcome
    if outcome == "returned":
        made.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, data={"value": 8})
        assert made.tasks[-1].task.data == {"value": 8}
        work(made, attempt=2)
        assert b.statuses(made)["wait"] == "done"


def test_every_end_of_a_case_is_told() -> None:
    """Whatever ends a case are told there are, whoever waits hears of it."""
    assert TOLD_AS.keys() == ENDS
    assert set(TOLD_AS.values()) == set(SUB_CASE_ENDS.values())


def test_an_operators_withdrawal_of_a_sub_case_is_its_end() -> None:
    """Whoever waits hears of it."""
    made = world(answers=ends(withdrawn="returned"))
    made.command("withdraw", child_of())
    assert (sub_case(made).status, b.statuses(made)["wait"]) == ("withdrawn", "returned")


def _skip(made: Rehearsal) -> None:
    made.command("skip", b.CASE, step="wait")


def _withdraw(made: Rehearsal) -> None:
    made.command("withdraw", b.CASE)


def _wait(made: Rehearsal) -> None:
    made.wind(11 * b.DAY)


@pytest.mark.parametrize(
    ("happens", "on_missed", "parent"),
    [
        (_skip, "escalate", "open"), (_withdraw, "escalate", "withdrawn"),
        (_wait, "deemed", "open"), (_wait, "expired", "expired"),
    ],
)  # fmt: skip
def test_a_sub_case_that_nobody_waits_for_is_withdrawn(happens: Any, on_missed: str, parent: str) -> None:
    """Its agency is told to stop; whoever gave it up does not hear of its end."""
    made = world(deadline=b.deadline(10 * b.DAY, on_missed=on_missed))
    happens(made)
    assert (b.case_of(made).status, sub_case(made).status) == (parent, "withdrawn")
    assert ("TaskCancelled", "work") in b.told(made)
    assert [each.kind for each in signals(made)] == ["open", "cancel"]


def test_a_step_that_is_let_finish_lets_its_sub_case_finish() -> None:
    """The case ends after it."""
    made = world(on_cancel="let_finish")
    _withdraw(made)
    assert (b.case_of(made).status, sub_case(made).status) == ("closing", "open")
    work(made)
    assert b.case_of(made).status == "withdrawn"


def test_an_end_that_came_too_late_changes_nothing() -> None:
    """A sub-case may end while it is given up; the later of both is journaled as late."""
    made = world(work_on_cancel="let_finish")
    end = Signal(
        id=b.event("x", "y").id, type=SUB_CASE_ENDS["completed"], agency=b.event("x", "~hub").agency, case=b.CASE,
        data={}, appended_at=b.NOW, digest="d", causation=None, kind="end", sender=child_of(), step=StepName("wait"),
    )  # fmt: skip
    _skip(made)
    before = b.statuses(made)
    made.publish(end)
    assert made.journal[-1].decision.outcome == "late"
    assert b.statuses(made) == before


def test_what_is_told_twice_changes_nothing() -> None:
    """Each signal is taken once, whatever comes again; a sub-case that has ended says so once more."""
    made = world()
    work(made)
    before = dict(made.states)
    for signal in signals(made):
        assert made.publish(signal).outcome == "duplicate"
    assert made.states[b.CASE] == before[b.CASE]
    was, now = decode_case(before[child_of()]), sub_case(made)
    assert now == msgspec.structs.replace(was, revision=was.revision + 1)


class Lossy(Rehearsal):
    """A world in which what cases tell each other is lost, as by a power cut, while ``lost`` names its kind."""

    lost = ""

    def _route(self, case: CaseId, stimulus: Event | Command | Tick) -> Decision:
        if isinstance(stimulus, Signal) and stimulus.kind == self.lost:
            return Decision(outcome="nothing", journal=False)
        return super()._route(case, stimulus)


def lossy(lost: str = "end", **more: Any) -> Lossy:
    """Open the same cases in a world that loses the end of the sub-case."""
    made = Lossy(world(**more).plan)
    made.publish(b.event(b.OPENS, b.OPENER, data={"value": 7}, subject="K-1"))
    made.lost = lost
    b.answers(made, "first")
    return made


RESULT = ResultPlan(EventType("test.Result"), (("found", b.path("work.value")),), frozenset({("work", "value")}))


@pytest.mark.parametrize(
    ("outcome", "result", "becomes"), [("done", None, "done"), ("done", RESULT, "done"), ("rejected", None, "rejected")]
)
def test_an_end_that_was_lost_is_told_again_when_its_case_is_asked(
    outcome: str, result: ResultPlan | None, becomes: str
) -> None:
    """A resend of the step asks; the end comes as it was told first, with when it was, and both journals say so."""
    made = lossy(result=result)
    made.wind(b.HOUR)
    work(made, outcome, value=9)
    ended = made.now
    assert (sub_case(made).status != "open", b.statuses(made)["wait"]) == (True, "active")
    made.lost = ""
    made.wind(b.DAY)
    decision = made.command("resend", b.CASE, step="wait")
    assert (decision.applied, b.statuses(made)["wait"]) == (True, becomes)
    (end,) = [each for each in signals(made) if each.kind == "end"]
    assert end.appended_at == ended
    assert end.data == {"found": 9} if result else end.data["case"] == child_of()
    notes = [change for entry in made.journal for change in entry.decision.changes]
    assert [change.why for change in notes if change.after == "told again"] == [
        f"case {b.CASE} asks again how it ended"
    ]
    assert [change.step for change in notes if change.after == "resent"] == ["wait"]


def test_an_end_that_was_heard_is_not_heard_twice() -> None:
    """Told again it is the same signal: what came of it stands."""
    made = lossy()
    work(made)
    made.lost = ""
    made.command("resend", b.CASE, step="wait")
    before = made.states[b.CASE]
    (opening,) = [each for each in signals(made) if each.kind == "open" and each.case == child_of()][:1]
    assert made.publish(opening).outcome == "duplicate"
    assert made.states[b.CASE] == before


def test_an_opening_that_was_lost_is_told_again_too() -> None:
    """The sub-case begins when it hears that it is to."""
    made = lossy("open")
    assert made.case(child_of()) is None
    made.lost = ""
    made.command("resend", b.CASE, step="wait")
    work(made)
    assert b.statuses(made)["wait"] == "done"


def test_an_end_of_a_case_that_was_given_up_is_not_told_again() -> None:
    """Nobody waits for it."""
    made = world(work_on_cancel="let_finish")
    (opening,) = signals(made)
    made.command("skip", b.CASE, step="wait")
    work(made)
    made.publish(opening)
    assert [each.kind for each in signals(made)] == ["open", "cancel"]


def test_what_somebody_elses_case_answers_is_told_again() -> None:
    """A case that has the id of a sub-case by chance still says that none will come."""
    made = lossy("")
    other = Lossy(made.plan)
    other.publish(b.event("test.wait.Request", b.OPENER, case=child_of(), data={"value": 1}))
    other.lost = "end"
    other.publish(b.event(b.OPENS, b.OPENER, data={"value": 7}))
    b.answers(other, "first")
    other.lost = ""
    assert b.statuses(other)["wait"] == "active"
    other.command("resend", b.CASE, step="wait")
    assert b.case_of(other).status == "rejected"


def test_nothing_is_asked_again_whose_state_may_be_deleted() -> None:
    """A sub-case whose retention is over would be opened anew: an operator brings the facts of its end instead."""
    made = lossy()
    work(made)
    made.lost = ""
    made.wind(90 * b.DAY)
    assert made.case(child_of()) is None
    decision = made.command("resend", b.CASE, step="wait")
    assert (decision.applied, "skip the step with the facts of its end" in decision.why) == (False, True)
    made.command("skip", b.CASE, step="wait")
    assert b.statuses(made)["last"] == "active"


def test_what_a_sub_case_handed_back_is_all_that_a_closed_one_keeps() -> None:
    """Of a case that nobody waits for nothing is kept."""
    made = world(result=RESULT)
    work(made, value=9, other="s")
    child = sub_case(made)
    assert (child.facts, child.told and child.told.data) == ({}, {"found": 9})
    assert b.case_of(made).told is None


def test_an_opening_can_be_told_again() -> None:
    """An operator's resend is the same opening; when the facts have changed, a new case takes the old one's place."""
    made = world()
    made.command("resend", b.CASE, step="wait")
    assert [each.kind for each in signals(made)] == ["open"]
    made.command("amend", b.CASE, facts={"value": 8})
    made.command("resend", b.CASE, step="wait")
    assert (sub_case(made).status, sub_case(made, 2).status) == ("withdrawn", "open")
    assert made.tasks[-1].task.data == {"value": 8}


def test_no_ring_opens_cases_for_ever() -> None:
    """After so many cases above each other a person must look; check refuses rings before."""
    ring = b.procedure(b.step("wait", sub_case="test", answers=ends()), opens_on="test.wait.Request")
    made = Rehearsal(b.plan(ring))
    made.publish(b.event("test.wait.Request", b.OPENER))
    case = b.CASE
    for _ in range(MAX_DEPTH):
        case = child_of(case=case)
    found = made.case(case)
    assert found is not None
    assert [each.cause for each in found.incidents] == ["procedure"]
    assert len(made.states) == MAX_DEPTH + 1


def test_time_is_somebodys_in_both_cases() -> None:
    """The step's agency holds the time in which its case waits; the sub-case began with the step."""
    made = world(agency="owner")
    made.wind(3 * b.DAY)
    work(made)
    case, child = b.case_of(made), sub_case(made)
    assert case.held["owner"] == 3 * b.DAY
    assert (child.opened_at, child.held) == (b.NOW, {"work": 3 * b.DAY})


def test_no_agency_may_say_that_a_sub_case_has_ended() -> None:
    """Not even the one that answers for the step."""
    made = world(agency="work")
    task = made.active_task(b.CASE, "wait")
    decision = made.say("work", SUB_CASE_ENDS["completed"], b.CASE, causation=task)
    assert (decision.outcome, decision.refusal and decision.refusal.category) == ("refused", "rights")


def test_a_step_that_waits_for_a_case_goes_to_no_other_agency() -> None:
    """There is no task that could be given away."""
    made = world()
    decision = made.command("reassign", b.CASE, step="wait", to="work")
    assert decision.applied is False


@pytest.mark.parametrize("kind", ["kept", "anew"])
def test_a_sub_case_goes_along_to_another_version(kind: str) -> None:
    """A step under another name waits for the same sub-case; where it asks otherwise, that one is given up."""
    wait = b.step("wait", sub_case="child", answers=ends())
    request = wait.request if kind == "kept" else EventType("test.other.Request")
    renamed = replace(b.step("hold", agency="wait", sub_case="child", answers=ends()), request=request)
    old, new = b.procedure(wait), b.procedure(renamed, ref=NEW)
    child, other = (
        b.procedure(b.step("work"), ref=ref, opens_on=opens)
        for ref, opens in (("child@1", wait.request), ("other@1", "test.other.Request"))
    )
    goes = migration(new, {"wait": "hold"})
    made = Rehearsal(replace(b.plan(new, old, child, other), migrations={(OLD, NEW): goes}))
    made.publish(b.event(b.OPENS, b.OPENER))
    assert go(made).applied
    if kind == "kept":
        work(made)
        assert b.case_of(made).status == "completed"
    else:
        assert (sub_case(made).status, sub_case(made, 2, step="hold").status) == ("withdrawn", "open")


def test_signals_decide_the_same_again() -> None:
    """A journal is decided once more from the signals that stand in Kafka."""
    made = world()
    work(made)
    states: dict[CaseId, Case | None] = {}
    for entry in made.journal:
        again = route(made.plan, states.get(entry.case), entry.stimulus, entry.now)
        assert again == entry.decision
        states[entry.case] = again.case
