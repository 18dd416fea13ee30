"""Back to the applicant or to an earlier step, and rounds (design §7.3)."""

from typing import Any

from hub.names import EventType, StepName
from hub.rehearsal.world import Rehearsal
from tests import builders as b


def checked(**more: Any) -> Rehearsal:
    """Open a case whose check may be returned to the applicant, with a list."""
    back = b.answer("check", "returned", items="missing", reason="code", **more)
    done = b.answer("check", "done")
    fill = {"photo": b.path("application.photo")}
    steps = (b.step("check", answers=[done, back], fill=fill, deadline=b.deadline()), b.step("issue", after=["check"]))
    return b.opened(*steps, data={"photo": "old.jpg", "name": "Siti"})


def test_a_return_asks_the_front_office_for_a_completion() -> None:
    """The applicant gets a machine-readable list and a reason, through the front office."""
    world = checked(complete_within=30 * b.DAY)
    (task,) = b.answers(world, "check", "returned", missing=["photo"], code="BLURRED").tasks
    assert (task.agency, task.type, task.step) == ("front", "hub.CompletionRequested", "check")
    assert (task.data["items"], task.data["reason"]) == (["photo"], "BLURRED")
    assert task.data["completed_by"] == "hub.ApplicationCompleted"
    assert task.due == world.now + 30 * b.DAY
    assert task.data["due"] == "2026-02-04T00:00:00.000Z"


def test_a_returned_steps_time_is_the_applicants() -> None:
    """The agency's clock stands while the applicant completes the file."""
    world = checked()
    world.wind(b.DAY)
    b.answers(world, "check", "returned")
    assert (b.case_of(world).holder, b.case_of(world).due) == ("applicant", None)
    world.wind(3 * b.DAY)
    world.say("front", "hub.ApplicationCompleted", b.CASE)
    case = b.case_of(world)
    assert (case.holder, case.held) == ("check", {"check": b.DAY, "applicant": 3 * b.DAY})


def test_a_completion_resumes_the_step_with_a_new_attempt_and_new_facts() -> None:
    """What the applicant says now replaces what was said before; the rest stays."""
    world = checked(completed_by=EventType("test.PhotoSent"))
    (asked,) = b.answers(world, "check", "returned").tasks
    assert asked.data["completed_by"] == "test.PhotoSent"
    world.say("front", asked.data["completed_by"], b.CASE, data={"photo": "new.jpg"})
    sent = world.tasks[-1].task
    assert (sent.step, sent.attempt, sent.data) == ("check", 2, {"photo": "new.jpg"})


def test_the_applicants_time_ends_also_when_the_agency_had_missed_its_own() -> None:
    """A step that is returned after its deadline is withdrawn when nobody completes it; it waited for ever."""
    world = checked(complete_within=30 * b.DAY)
    world.wind(11 * b.DAY)
    b.answers(world, "check", "returned")
    assert b.case_of(world).due == world.now + 30 * b.DAY
    world.wind(30 * b.DAY)
    assert b.case_of(world).status == "deemed_withdrawn"


def test_only_the_front_office_completes() -> None:
    """The applicant speaks through the front office, not through any agency."""
    world = Rehearsal(b.plan(b.procedure(b.step("check")), more_publishes={"check": ["hub.ApplicationCompleted"]}))
    world.publish(b.event(b.OPENS, b.OPENER))
    b.answers(world, "check", "returned")
    decision = world.say("check", "hub.ApplicationCompleted", b.CASE)
    assert decision.refusal is not None
    assert decision.refusal.category == "rights"


def test_a_completion_that_nothing_waits_for_is_late() -> None:
    """A completion sent twice does not start the step twice."""
    world = checked()
    b.answers(world, "check", "returned")
    task = world.active_task(b.CASE, "check")
    world.say("front", "hub.ApplicationCompleted", b.CASE, causation=task)
    assert world.say("front", "hub.ApplicationCompleted", b.CASE, causation=task).outcome == "late"
    assert world.say("front", "hub.ApplicationCompleted", b.CASE).outcome == "late"
    assert b.state(world, "check").attempt == 2


def test_a_file_not_completed_in_time_is_withdrawn() -> None:
    """The applicant's time is a deadline, too."""
    world = checked(complete_within=30 * b.DAY)
    b.answers(world, "check", "returned")
    world.wind(30 * b.DAY)
    assert b.case_of(world).status == "deemed_withdrawn"
    assert ("TaskCancelled", "front") in b.told(world)


def test_a_completion_appended_after_its_time_is_late() -> None:
    """It loses even when it is read before the timer."""
    world = checked(complete_within=b.DAY)
    b.answers(world, "check", "returned")
    world.publish(b.event("hub.ApplicationCompleted", "front", at=world.now + b.DAY))
    assert b.case_of(world).status == "deemed_withdrawn"


def test_rounds_are_capped() -> None:
    """A file that goes back and forth for ever needs a person, who may allow more rounds."""
    world = b.opened(b.step("check"), max_rounds=2)
    for _ in range(2):
        b.answers(world, "check", "returned")
        world.say("front", "hub.ApplicationCompleted", b.CASE)
    decision = b.answers(world, "check", "returned")
    assert (decision.outcome, decision.park) == ("incident", True)
    assert b.case_of(world).incidents[0].cause == "rounds"
    world.command("retry", b.CASE)
    assert (b.state(world, "check").status, b.case_of(world).rounds, b.case_of(world).parked) == ("returned", 1, 0)


def looped() -> Rehearsal:
    """Open a case in which `verify` may go back to `record`, with a branch beside."""
    back = b.answer("verify", "returned", to=StepName("record"))
    steps = (
        b.step("record", fill={"hint": b.has("verify.hint")}),
        b.step("photo"),
        b.step("card", after=["record"]),
        b.step("verify", after=["record", "photo"], answers=[back, b.answer("verify", "done")]),
        b.step("end", after=["verify", "card"], mode="any"),
    )
    return b.opened(*steps)


def test_a_return_to_a_step_does_everything_after_it_again() -> None:
    """Active descendants are cancelled, done ones are pending; what is beside stays."""
    world = looped()
    b.answers(world, "record")
    b.answers(world, "photo")
    b.answers(world, "verify", "returned", hint=True)
    assert b.statuses(world) == {"record": "active", "photo": "done", "card": "pending", "verify": "pending"}
    assert ("TaskCancelled", "card") in b.told(world)
    assert (b.state(world, "record").attempt, world.tasks[-1].task.data) == (2, {"hint": True})


def test_a_join_fires_again_in_the_next_generation() -> None:
    """After a return the join fires once more, with a new attempt."""
    world = looped()
    b.answers(world, "record")
    b.answers(world, "photo")
    b.answers(world, "verify", "returned")
    b.answers(world, "record")
    assert (b.state(world, "verify").attempt, b.state(world, "card").attempt) == (2, 2)
    b.answers(world, "verify")
    b.answers(world, "card")
    b.answers(world, "end")
    assert (b.case_of(world).status, b.state(world, "end").attempt) == ("completed", 1)


def test_a_return_forgets_the_facts_of_what_is_done_again() -> None:
    """No step reads an answer of an attempt that does not count any more."""
    back = b.answer("verify", "returned", to=StepName("record"))
    verify = b.step("verify", after=["photo"], answers=[back], fill={"no": b.path("photo.no")})
    world = b.opened(b.step("record"), b.step("photo", after=["record"]), verify)
    b.answers(world, "record")
    b.answers(world, "photo", no="1")
    assert b.case_of(world).facts == {"photo": {"no": "1"}}
    b.answers(world, "verify", "returned")
    assert b.case_of(world).facts == {}


def test_a_return_to_a_step_that_is_not_before_is_an_incident() -> None:
    """A way back that leads nowhere is not followed."""
    back = b.answer("x", "returned", to=StepName("y"))
    world = b.opened(b.step("x", answers=[back]), b.step("y"))
    assert b.answers(world, "x", "returned").outcome == "incident"
    assert b.case_of(world).incidents[0].cause == "return"


def test_facts_that_changed_mark_the_tasks_made_of_them() -> None:
    """A completion that changes what another active task says is noticed when that task is sent again."""
    photo = {"photo": b.path("application.photo")}
    steps = (b.step("check", fill=photo), b.step("print", fill=photo))
    world = b.opened(*steps, data={"photo": "old.jpg"})
    b.answers(world, "check", "returned")
    completed = EventType("hub.ApplicationCompleted")
    world.publish(b.event(completed, "front", data={"photo": "new.jpg"}))
    world.command("resend", b.CASE, step="print")
    sent = world.tasks[-1].task
    assert (sent.attempt, sent.data) == (2, {"photo": "new.jpg"})


def test_a_new_attempt_does_not_remember_what_the_older_one_said() -> None:
    """What a step said when it returned is forgotten when it starts again."""
    back = b.answer("verify", "returned", to=StepName("record"))
    verify = b.step("verify", after=["record"], answers=[back, b.answer("verify", "done")])
    end = b.step("end", after=["verify"], fill={"hint": b.has("verify.hint")})
    world = b.opened(b.step("record", fill={"hint": b.has("verify.hint")}), verify, end)
    b.answers(world, "record")
    b.answers(world, "verify", "returned", hint=True)
    assert world.tasks[-1].task.data == {"hint": True}
    b.answers(world, "record")
    b.answers(world, "verify")
    assert world.tasks[-1].task.data == {"hint": False}


def test_an_early_return_keeps_its_list() -> None:
    """The applicant is told what is missing, also when the answer came early."""
    back = b.answer("x", "returned", items="missing", reason="code")
    world = b.opened(b.step("a"), b.step("x", after=["a"], answers=[back]))
    world.say("x", "test.x.returned", b.CASE, data={"missing": ["photo"], "code": "OLD", "junk": 1})
    b.answers(world, "a")
    assert (world.tasks[-1].task.data["items"], world.tasks[-1].task.data["reason"]) == (["photo"], "OLD")


LISTED = {"photo": ("Pasfoto", "Latar merah."), "card": ("KTP-el", "")}


def test_what_is_missing_is_told_with_its_name_and_how_to_mend_it() -> None:
    """The list's code, name and remedy, and the agency's own sentence; an unknown code comes as it is."""
    back = b.answer("check", "returned", items="missing", reason="code", text="note", codes=frozenset({"INCOMPLETE"}))
    world = b.opened(b.step("check", answers=[back]), requirements=LISTED)
    decision = b.answers(
        world, "check", "returned", missing=["photo", "card", "Siti's hat"], code="INCOMPLETE", note="Bawa hari Senin."
    )
    (task,) = decision.tasks
    assert task.data["items"] == ["photo", "card", "Siti's hat"]
    assert task.data["missing"] == [
        {"code": "photo", "document": "Pasfoto", "text": "Latar merah."},
        {"code": "card", "document": "KTP-el", "text": ""},
        {"code": "Siti's hat", "document": "", "text": ""},
    ]
    assert task.data["text"] == "Bawa hari Senin."
    assert [change.why for change in decision.changes if change.after == "returned"] == [
        "to the applicant (INCOMPLETE): photo, card, 1 more"
    ]


def test_the_journal_repeats_no_words_of_an_agency() -> None:
    """Codes that no closed list knows may be anything, a name too."""
    world = b.opened(b.step("check", answers=[b.answer("check", "returned", items="missing", reason="code")]))
    decision = b.answers(world, "check", "returned", missing=["Siti"], code="Siti is ill")
    assert [change.why for change in decision.changes if change.after == "returned"] == ["to the applicant"]


def test_what_is_missing_is_told_again_when_the_task_is_sent_again() -> None:
    """The list and the sentence stand in the state until the file is complete, and no longer."""
    back = b.answer("check", "returned", items="missing", text="note")
    world = b.opened(b.step("check", answers=[back]), requirements=LISTED)
    (first,) = b.answers(world, "check", "returned", missing=["photo"], note="Bawa hari Senin.").tasks
    (again,) = world.command("resend", b.CASE, step="check").tasks
    assert (again.data["missing"], again.data["text"]) == (first.data["missing"], first.data["text"])
    world.say("front", "hub.ApplicationCompleted", b.CASE)
    assert (b.state(world, "check").items, b.state(world, "check").text) == ((), "")


def test_a_return_to_a_step_journals_what_is_missing() -> None:
    """Who must do it again is named with the list's codes."""
    back = b.answer("check", "returned", to=StepName("draw"), items="missing")
    done = b.answer("check", "done")
    world = b.opened(b.step("draw"), b.step("check", after=["draw"], answers=[done, back]), requirements=LISTED)
    b.answers(world, "draw")
    decision = b.answers(world, "check", "returned", missing=["photo"])
    assert [change.why for change in decision.changes if change.after == "returned"] == ["to draw: photo"]
