"""Steps for each of several subjects: whose answer it is, what is completed, and joins over them (R20, R21)."""

from itertools import permutations
from typing import Any

import pytest

from hub.names import EventType, StepName
from hub.network.plan import StepPlan, SubjectPlan
from hub.rehearsal.world import Rehearsal
from hub.router.decision import Decision
from tests import builders as b

DONE, BACK, MENDED = EventType("test.Done"), EventType("test.Back"), EventType("test.Mended")
PEOPLE = ("ann", "bob", "cat")


def one(person: str, *, name: str = "check", after: tuple[str, ...] = ()) -> StepPlan:
    """Declare the step for one of several people; all are answered by the same types."""
    answers = [
        b.answer(name, "done", type=DONE),
        b.answer(name, "returned", type=BACK, completed_by=MENDED, items="missing"),
    ]
    return b.step(
        f"{name}_{person}", agency="office", answers=answers, after=after,
        fill={"nik": b.path(f"application.{person}")}, subject=SubjectPlan(person, "person", {"nik": person}),
    )  # fmt: skip


def opened(*more: StepPlan) -> Rehearsal:
    """Open a case about three people, each checked at once by one office."""
    data = dict.fromkeys(PEOPLE, "old")
    return b.opened(*(one(person) for person in PEOPLE), *more, data=data)


def says(world: Rehearsal, person: str, event_type: EventType = DONE, **more: Any) -> Decision:
    """Let the office, or the front office, speak of one person without naming a task."""
    agency = "front" if event_type == MENDED else "office"
    return world.say(agency, event_type, b.CASE, data={"person": person, **more})


def test_each_subject_has_a_task_that_says_of_whom_it_is() -> None:
    """One task for each, with the subject's code."""
    world = opened()
    assert [(each.task.step, each.task.about) for each in world.tasks] == [(f"check_{one}", one) for one in PEOPLE]


def test_an_answer_without_a_task_moves_the_step_of_whom_it_names() -> None:
    """Three tasks of one office run together, and one event type answers each of them on its own."""
    world = opened(b.step("end", after=[f"check_{each}" for each in PEOPLE]))
    says(world, "bob")
    assert b.statuses(world) == {"check_ann": "active", "check_bob": "done", "check_cat": "active"}
    says(world, "cat")
    says(world, "ann")
    assert b.state(world, "end").status == "active"


def test_an_answer_that_comes_again_is_not_taken_for_another_person() -> None:
    """With only one task left, an answer about somebody who is done is late and moves nothing."""
    world = opened(b.step("end", after=[f"check_{each}" for each in PEOPLE]))
    says(world, "ann")
    says(world, "bob")
    assert world.say("office", DONE, b.CASE, data={"person": "ann"}, event_id="again").outcome == "late"
    assert b.state(world, "check_cat").status == "active"


def test_an_answer_that_contradicts_its_task_is_refused() -> None:
    """It names ann's task and says bob: the hub does not choose, and says no value."""
    world = opened()
    task = world.active_task(b.CASE, "check_ann")
    decision = world.say("office", DONE, b.CASE, data={"person": "bob"}, causation=task)
    assert decision.refusal is not None
    assert decision.refusal.category == "routing"
    assert decision.refusal.reason == "its 'person' names another subject than the task is about"
    assert {each.status for each in b.case_of(world).steps.values()} == {"active"}


def test_an_answer_about_nobody_known_is_refused() -> None:
    """A subject that the procedure does not have is nobody's task."""
    decision = says(opened(), "dan")
    assert decision.refusal is not None
    assert decision.refusal.reason == "no step that takes test.Done is about the subject that it names"


def test_an_answer_without_subject_and_task_fits_too_many() -> None:
    """Who is meant is not guessed."""
    decision = opened().say("office", DONE, b.CASE)
    assert decision.refusal is not None
    assert "several tasks fit" in decision.refusal.reason


def test_what_is_returned_for_one_is_completed_for_one() -> None:
    """The others go on; the completion speaks in the subject's words and replaces that person's facts only."""
    world = opened()
    (asked,) = says(world, "bob", BACK, missing=["nik"]).tasks
    assert (asked.step, asked.about, asked.data["subject"]) == ("check_bob", "bob", "bob")
    says(world, "ann")
    says(world, "bob", MENDED, nik="new")
    sent = world.tasks[-1].task
    assert (sent.step, sent.attempt, sent.data) == ("check_bob", 2, {"nik": "new"})
    assert b.case_of(world).facts["application"] == {"bob": "new", "cat": "old"}
    assert b.state(world, "check_cat").status == "active"


def test_a_subjects_early_answer_is_kept_for_that_subject() -> None:
    """It came before the step of whom it names; the other's step does not take it."""
    world = b.opened(
        b.step("first"), one("ann", after=("first",)), one("bob", after=("first",)), data=dict.fromkeys(PEOPLE, "x")
    )
    assert says(world, "bob").outcome == "early"
    b.answers(world, "first")
    assert b.statuses(world) == {"first": "done", "check_ann": "active", "check_bob": "done"}


@pytest.mark.parametrize("least", [1, 2, 3])
def test_a_join_over_subjects_fires_once(least: int) -> None:
    """Any, some or all of them: in every order, each answer told twice and late ones too, one task is sent."""
    after = [f"check_{each}" for each in PEOPLE]
    for order in permutations(PEOPLE):
        world = opened(b.step("join", after=after, mode="of", at_least=least), b.step("last", after=["join", *after]))
        for number, person in enumerate(order, start=1):
            says(world, person)
            world.say("office", DONE, b.CASE, data={"person": person}, event_id=f"{person} again")
            world.say("office", DONE, b.CASE, data={"person": person}, event_id=f"{person} again")
            assert b.state(world, "join").attempt == (1 if number >= least else 0)
            if number == least:
                b.answers(world, "join")
        sent = [each.task.step for each in world.tasks]
        assert (sent.count(StepName("join")), sent.count(StepName("last"))) == (1, 1)
