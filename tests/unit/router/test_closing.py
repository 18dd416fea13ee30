"""How a case ends (design §7.3, §7.7, §7.8)."""

from typing import Any

from hub.rehearsal.world import Rehearsal
from tests import builders as b


def both(**more: Any) -> Rehearsal:
    """Open a case with two steps side by side; `more` declares the second."""
    return b.opened(b.step("a"), b.step("x", **more), b.step("end", after=["a", "x"]))


def test_a_case_is_completed_when_nothing_is_owed_any_more() -> None:
    """The opener and the front office are told how it ended."""
    world = b.opened(b.step("a"))
    decision = b.answers(world, "a")
    assert (decision.outcome, b.case_of(world).status) == ("closed", "completed")
    assert b.told(world) == [("CaseClosed", "front"), ("CaseClosed", "hospital")]


def test_a_rejection_cancels_what_is_active() -> None:
    """The other agencies need not go on."""
    world = both()
    b.answers(world, "a", "rejected")
    assert b.statuses(world) == {"a": "rejected", "x": "cancelled"}
    assert b.case_of(world).status == "rejected"
    assert ("TaskCancelled", "x") in b.told(world)


def test_the_journal_names_a_rejections_code_and_never_its_words() -> None:
    """Why a step was rejected stands in its change by a code of a closed set; others are told that it was."""
    coded = b.answer("a", "rejected", reason="reason", codes=frozenset({"quota_reached"}))
    for said, told in (("quota_reached", ": quota_reached"), ("Siti has three", ""), (None, "")):
        world = b.opened(b.step("a", answers=[coded]), b.step("x"))
        decision = b.answers(world, "a", "rejected", reason=said, explanation="Siti has three places")
        assert [each.why for each in decision.changes if each.after == "rejected" and each.step == "a"] == [
            f"the agency rejected it{told}"
        ]
        (cancelled,) = [sent.notice for sent in world.notices if sent.notice.type == "hub.TaskCancelled"]
        assert cancelled.data["reason"] == "a was rejected"
        assert "Siti" not in str(decision.changes)


def test_a_code_is_named_also_when_the_rejection_was_there_before_its_step() -> None:
    """An early answer keeps its reason until its step starts."""
    coded = b.answer("x", "rejected", reason="reason", codes=frozenset({"quota_reached"}))
    world = b.opened(b.step("a"), b.step("x", after=["a"], answers=[coded]))
    world.say("x", "test.x.rejected", b.CASE, data={"reason": "quota_reached"})
    decision = b.answers(world, "a")
    assert "the agency rejected it: quota_reached" in [each.why for each in decision.changes]


def test_a_step_may_be_let_finish() -> None:
    """The case is closing until it has answered; nothing new starts."""
    world = both(on_cancel="let_finish")
    b.answers(world, "a", "rejected")
    assert (b.case_of(world).status, b.statuses(world)["x"]) == ("closing", "active")
    b.answers(world, "x")
    assert b.case_of(world).status == "rejected"
    assert "end" not in b.statuses(world)


def test_a_step_let_finish_may_also_be_returned_or_rejected() -> None:
    """While a case ends, every answer ends its step."""
    for outcome, status in (("returned", "cancelled"), ("rejected", "rejected")):
        world = both(on_cancel="let_finish")
        b.answers(world, "a", "rejected")
        b.answers(world, "x", outcome)
        assert (b.statuses(world)["x"], b.case_of(world).status) == (status, "rejected")


def test_what_is_done_already_is_compensated() -> None:
    """An agency whose done work must be undone is told so."""
    world = both(on_cancel="compensate")
    b.answers(world, "x")
    b.answers(world, "a", "rejected")
    (notice,) = [sent.notice for sent in world.notices if sent.notice.type == "hub.TaskCancelled"]
    assert (notice.agency, "undo" in notice.data["reason"]) == ("x", True)
    assert notice.data["task_id"] == world.tasks[1].task.id


def test_a_closed_case_keeps_no_facts() -> None:
    """What no step can use is dropped, at the latest at the end."""
    world = b.opened(b.step("a", fill={"n": b.path("application.n")}), data={"n": "1"})
    b.answers(world, "a")
    assert b.case_of(world).facts == {}


def test_a_closed_case_is_deleted_after_its_retention() -> None:
    """It is kept for repeats and late answers, then its state goes."""
    world = b.opened(b.step("a"), retention=30 * b.DAY)
    b.answers(world, "a")
    world.wind(30 * b.DAY - 1)
    assert world.case(b.CASE) is not None
    world.wind(1)
    assert world.case(b.CASE) is None
    assert world.journal[-1].decision.outcome == "deleted"


def test_a_closed_case_that_waits_for_a_person_is_kept() -> None:
    """Its retention is over when somebody has decided; until then no timer looks at it."""
    world = b.opened(b.step("a", answers=[b.answer("a", "done", legal_effect=True)]), retention=30 * b.DAY)
    b.answers(world, "a")
    world.say("a", "test.a.done", b.CASE)
    assert (b.case_of(world).incidents[0].cause, b.case_of(world).due) == ("legal-effect", None)

    world.wind(40 * b.DAY)
    assert b.case_of(world).status == "completed"

    world.command("retry", b.CASE)
    world.wind(1)
    assert world.case(b.CASE) is None


def test_a_step_that_nothing_can_start_any_more_is_an_incident() -> None:
    """A case never waits for nobody."""
    steps = (b.step("a"), b.step("x", after=["y"]), b.step("y", after=["x"]))
    world = b.opened(*steps)
    b.answers(world, "a")
    assert b.case_of(world).incidents[0].cause == "stuck"
    world.command("withdraw", b.CASE)
    assert b.case_of(world).status == "withdrawn"


def test_early_answers_of_a_closed_case_are_late() -> None:
    """They are journaled, not forgotten in silence."""
    world = both()
    world.say("end", "test.end.done", b.CASE)
    decision = b.answers(world, "a", "rejected")
    assert "late" in [change.after for change in decision.changes]
    assert b.case_of(world).early == ()


def test_an_answer_to_a_closed_case_is_late() -> None:
    """A cancelled agency that answers all the same changes nothing."""
    world = both()
    task = world.active_task(b.CASE, "x")
    b.answers(world, "a", "rejected")
    assert world.say("x", "test.x.done", b.CASE, causation=task).outcome == "late"
    assert world.say("end", "test.end.done", b.CASE).outcome == "late"
    assert b.case_of(world).status == "rejected"


def test_the_time_of_all_holders_is_the_cases_age() -> None:
    """Every ms of a case is somebody's."""
    world = both()
    world.wind(b.HOUR)
    b.answers(world, "a")
    world.wind(2 * b.HOUR)
    b.answers(world, "x")
    world.wind(4 * b.HOUR)
    b.answers(world, "end")
    case = b.case_of(world)
    assert case.held == {"a,x": b.HOUR, "x": 2 * b.HOUR, "end": 4 * b.HOUR}
    assert case.closed_at is not None
    assert sum(case.held.values()) == case.closed_at - case.opened_at


def test_a_closed_case_that_waits_for_a_person_has_no_timer() -> None:
    """An answer with legal effect came late: its state is kept, and no timer fires for ever, until then."""
    world = b.opened(b.step("a", answers=[b.answer("a", "done", legal_effect=True)]))
    b.answers(world, "a")
    world.say("a", "test.a.done", b.CASE, data={"other": 1})
    assert (b.case_of(world).due, b.case_of(world).closed_at is not None) == (None, True)
    world.command("retry", b.CASE)
    assert b.case_of(world).due is not None
