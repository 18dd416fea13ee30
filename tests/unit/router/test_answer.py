"""Early, late, accepted and lawful answers (design §7.4, §5)."""

from typing import Any

from hub.events.envelope import Event
from hub.names import EventType, StepName, task_id
from hub.rehearsal.world import Rehearsal
from hub.router.case import MAX_EARLY
from hub.router.decision import Decision
from tests import builders as b


def chain(**more: Any) -> Rehearsal:
    """Open a case of two steps, one after the other."""
    return b.opened(b.step("a", **more), b.step("x", after=["a"]))


def category(decision: Decision) -> str:
    """Read why an event was refused."""
    assert decision.refusal is not None
    return decision.refusal.category


def test_an_early_answer_is_kept_and_used_when_its_step_starts() -> None:
    """An answer that overtakes another agency's is not lost and not asked for again."""
    world = chain()
    assert world.say("x", "test.x.done", b.CASE).outcome == "early"
    decision = b.answers(world, "a")
    assert [task.step for task in decision.tasks] == ["x"]
    assert b.case_of(world).status == "completed"


def test_an_early_answer_keeps_only_what_a_step_can_use() -> None:
    """Facts that nobody reads do not wait in the state."""
    steps = (b.step("a"), b.step("x", after=["a"]), b.step("z", after=["x"], fill={"no": b.path("x.no")}))
    world = b.opened(*steps)
    world.say("x", "test.x.done", b.CASE, data={"no": "1", "junk": "2"})
    assert b.case_of(world).early[0].data == {"no": "1"}
    b.answers(world, "a")
    assert world.tasks[-1].task.data == {"no": "1"}


def test_an_early_answer_of_a_step_that_is_skipped_is_late() -> None:
    """What can never be used is journaled and dropped."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], when=b.constant(value=False)), b.step("y", after=["a"]))
    world.say("x", "test.x.done", b.CASE)
    decision = b.answers(world, "a")
    assert ("x", "late") in [(change.step, change.after) for change in decision.changes]
    assert b.case_of(world).early == ()


def test_an_early_answer_may_name_the_task_that_will_be_sent() -> None:
    """After a power cut an agency may answer a task that the hub has not sent again yet."""
    world = chain()
    named = world.say("x", "test.x.done", b.CASE, causation=task_id(b.CASE, StepName("x"), 1))
    assert named.outcome == "early"
    b.answers(world, "a")
    assert b.case_of(world).status == "completed"


def test_an_answer_to_a_finished_step_is_late_and_changes_nothing() -> None:
    """It is journaled and remembered, no more."""
    world = chain()
    task = world.active_task(b.CASE, "a")
    b.answers(world, "a")
    before = b.statuses(world)
    decision = world.say("a", "test.a.rejected", b.CASE, causation=task)
    assert (decision.outcome, decision.journal, b.statuses(world)) == ("late", True, before)


def test_an_answer_to_an_older_attempt_is_late() -> None:
    """An answer that names an older attempt's task does not move the new one."""
    world = chain()
    old = world.active_task(b.CASE, "a")
    b.answers(world, "a", "returned")
    world.say("front", "hub.ApplicationCompleted", b.CASE)
    assert world.say("a", "test.a.done", b.CASE, causation=old).outcome == "late"
    assert b.state(world, "a").status == "active"


def test_a_late_answer_with_legal_effect_is_an_incident() -> None:
    """What counts in law whenever it comes needs a person, also when the case has ended."""
    lawful = [b.answer("a", "done"), b.answer("a", "rejected", legal_effect=True)]
    world = b.opened(b.step("a", answers=lawful))
    b.answers(world, "a")
    decision = world.say("a", "test.a.rejected", b.CASE)
    assert (decision.outcome, b.case_of(world).incidents[0].cause) == ("incident", "legal-effect")
    world.wind(200 * b.DAY)
    assert world.case(b.CASE) is not None
    world.command("retry", b.CASE)
    world.wind(1)
    assert world.case(b.CASE) is None


def test_an_answer_without_causation_matches_by_type() -> None:
    """If exactly one active task fits, the journal says how it was found."""
    decision = chain().say("a", "test.a.done", b.CASE)
    assert (decision.outcome, decision.why) == ("advanced", "matched by type")


def test_an_answer_without_causation_that_fits_two_tasks_is_refused() -> None:
    """The hub never guesses which task is meant."""
    both = b.answer("x", "done", type=EventType("test.Done"))
    steps = [b.step(name, agency="same", answers=[both]) for name in ("a", "x")]
    world = b.opened(*steps)
    assert category(world.say("same", "test.Done", b.CASE)) == "routing"
    named = world.say("same", "test.Done", b.CASE, causation=world.active_task(b.CASE, "x"))
    assert named.outcome == "advanced"
    assert world.say("same", "test.Done", b.CASE).outcome == "closed"


def test_an_answer_of_a_type_that_its_task_does_not_take_is_refused() -> None:
    """A task is answered by its step's own types only."""
    steps = [b.step("a", agency="same"), b.step("x", agency="same")]
    world = b.opened(*steps)
    decision = world.say("same", "test.x.done", b.CASE, causation=world.active_task(b.CASE, "a"))
    assert category(decision) == "routing"


def test_an_answer_to_a_task_that_was_never_sent_is_refused() -> None:
    """An invented task id is a dead letter."""
    assert category(chain().say("a", "test.a.done", b.CASE, causation="invented")) == "routing"


def test_a_type_that_the_procedure_does_not_take_is_refused() -> None:
    """An event that can never match this case does not wait in it."""
    world = Rehearsal(b.plan(b.procedure(b.step("a")), more_publishes={"a": ["test.Other"]}))
    world.publish(b.event(b.OPENS, b.OPENER))
    assert category(world.say("a", "test.Other", b.CASE)) == "routing"


def test_accepting_a_task_stops_the_accept_timer_and_no_more() -> None:
    """An acknowledgement does not end the task."""
    world = chain(accept_within=b.HOUR)
    world.say("a", b.ACCEPTED, b.CASE, causation=world.active_task(b.CASE, "a"))
    world.wind(2 * b.HOUR)
    assert (b.told(world), b.state(world, "a").status) == ([], "active")


def test_only_the_tasks_agency_may_accept_it() -> None:
    """An acknowledgement of somebody else is refused."""
    world = b.opened(b.step("a", accept_within=b.HOUR), b.step("x"))
    assert category(world.say("x", b.ACCEPTED, b.CASE, causation=world.active_task(b.CASE, "a"))) == "rights"
    assert category(world.say("a", b.ACCEPTED, b.CASE)) == "routing"


def test_accepting_a_task_that_is_over_is_late() -> None:
    """An acknowledgement that comes after the answer changes nothing."""
    world = chain()
    task = world.active_task(b.CASE, "a")
    b.answers(world, "a")
    assert world.say("a", b.ACCEPTED, b.CASE, causation=task).outcome == "late"


def test_progress_keeps_facts_and_the_task() -> None:
    """A step may tell how far it is; the task stays the same."""
    steps = (b.step("a"), b.step("x", after=["a"], fill={"room": b.path("a.room"), "no": b.path("a.no")}))
    world = b.opened(*steps)
    task = world.active_task(b.CASE, "a")
    b.answers(world, "a", "progress", room="3")
    assert world.active_task(b.CASE, "a") == task
    b.answers(world, "a", no="17")
    assert world.tasks[-1].task.data == {"room": "3", "no": "17"}


def test_an_answer_appended_before_the_deadline_wins_whenever_it_is_read() -> None:
    """The broker's time of the answer counts, not the time of its reading."""
    world = b.opened(b.step("a", deadline=b.deadline(b.DAY, on_missed="expired")))
    answer: Event = b.event("test.a.done", "a", at=world.now + b.DAY - 1)
    world.now += 3 * b.DAY
    assert world.publish(answer).outcome == "closed"
    assert b.case_of(world).status == "completed"


def test_an_answer_appended_after_a_deciding_deadline_loses_though_the_timer_is_not_read_yet() -> None:
    """Whether the timer or the answer is looked at first makes no difference."""
    world = b.opened(b.step("a", deadline=b.deadline(b.DAY, on_missed="expired")))
    world.publish(b.event("test.a.done", "a", at=world.now + b.DAY))
    assert b.case_of(world).status == "expired"


def test_an_answer_after_a_deadline_that_only_escalates_still_counts() -> None:
    """A missed deadline that decides nothing leaves the step to be answered."""
    world = b.opened(b.step("a", deadline=b.deadline(b.DAY)))
    world.wind(2 * b.DAY)
    b.answers(world, "a")
    assert b.case_of(world).status == "completed"


def test_an_early_answer_waits_with_a_case_that_waits() -> None:
    """While a person is needed, nothing that came early is used."""
    steps = (b.step("a"), b.step("x", after=["a"]), b.step("z", after=["a"], fill={"no": b.path("a.no")}))
    world = b.opened(*steps)
    world.say("x", "test.x.done", b.CASE)
    b.answers(world, "a")
    assert b.statuses(world)["x"] == "active"
    world.command("amend", b.CASE, step="a", facts={"no": "1"})
    world.command("retry", b.CASE)
    assert b.statuses(world) == {"a": "done", "x": "done", "z": "active"}


def test_accepting_without_a_task_is_refused() -> None:
    """An acknowledgement that names nothing is never taken for one of a task that is over."""
    world = chain()
    b.answers(world, "a")
    assert category(world.say("a", b.ACCEPTED, b.CASE, causation="")) == "routing"


def test_no_more_answers_are_kept_than_can_be_looked_at() -> None:
    """An agency that sends its answer hundreds of times before its step starts gets the rest back."""
    world = chain()
    for number in range(MAX_EARLY):
        assert world.say("x", "test.x.done", b.CASE, event_id=f"e-{number}").outcome == "early"
    assert category(world.say("x", "test.x.done", b.CASE)) == "oversized"
    b.answers(world, "a")
    assert b.case_of(world).status == "completed"
