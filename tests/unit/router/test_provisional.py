"""Outcomes that stand until they are confirmed or revoked (OSS 52)."""

from typing import Any

import pytest

from hub.names import StepName
from hub.network.plan import AnswerPlan
from hub.rehearsal.world import Rehearsal
from tests import builders as b

ISSUE = StepName("issue")


def answers(**revoked: Any) -> list[AnswerPlan]:
    """Declare what the issuing step may answer."""
    return [
        b.answer("issue", "provisional", complete_within=revoked.pop("within", 60 * b.DAY)),
        b.answer("issue", "done"), b.answer("issue", "progress", clock="resumed"),
        b.answer("issue", "revoked", **revoked),
    ]  # fmt: skip


def licence(**revoked: Any) -> Rehearsal:
    """Open a case whose licence is sent out on a provisional outcome, and is archived when that is confirmed."""
    issue = b.step("issue", answers=answers(**revoked), deadline=b.deadline(5 * b.DAY))
    send = b.step("send", after=["issue"], provisional=frozenset({ISSUE}), fill={"no": b.path("issue.no")})
    return b.opened(issue, send, b.step("archive", after=["issue", "send"]))


def test_what_allows_it_begins_and_the_rest_waits() -> None:
    """The licence goes out at once; what needs the last word does not start, and the case does not end."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    assert b.statuses(world) == {"issue": "active", "send": "active"}
    assert world.tasks[-1].task.data == {"no": "P-1"}
    b.answers(world, "send")
    assert (b.statuses(world), b.case_of(world).status) == ({"issue": "active", "send": "done"}, "open")


def test_its_agency_has_done_its_part_in_time() -> None:
    """The clock of the step ends: nothing of its deadline is told any more, and what is open is the applicant's."""
    world = licence()
    world.wind(b.DAY)
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "send")
    world.wind(20 * b.DAY)
    assert ("DeadlineWarned", "issue") not in b.told(world)
    assert b.case_of(world).held == {"issue": b.DAY}
    assert b.case_of(world).holder == "applicant"


def test_a_confirmation_makes_it_done_and_what_began_goes_on() -> None:
    """Nothing is started twice."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "issue", no="L-1")
    assert (b.statuses(world), b.state(world, "issue").provisional) == ({"issue": "done", "send": "active"}, False)
    b.answers(world, "send")
    b.answers(world, "archive")
    assert (b.case_of(world).status, len(world.tasks)) == ("completed", 3)


def test_a_confirmation_may_come_first() -> None:
    """Then it is an ordinary outcome."""
    world = licence()
    b.answers(world, "issue", no="L-1")
    assert b.statuses(world) == {"issue": "done", "send": "active"}


def test_nobody_confirms_in_time_and_the_coordinator_hears_it() -> None:
    """It goes on standing, and a confirmation still counts."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    world.wind(60 * b.DAY - 1)
    assert ("DeadlineWarned", "coordinator") not in b.told(world)
    world.wind(1)
    assert b.told(world).count(("DeadlineWarned", "coordinator")) == 1
    assert b.answers(world, "issue", no="L-1").outcome == "advanced"


def test_a_revocation_that_rejects_takes_back_what_began_and_ends_the_case() -> None:
    """Whoever began on it is told to stop; the case is rejected."""
    world = licence(then="reject")
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "issue", "revoked")
    assert b.case_of(world).status == "rejected"
    assert ("TaskCancelled", "send") in b.told(world)


def test_a_revocation_that_returns_asks_the_applicant_and_starts_again() -> None:
    """What began is pending; after the completion the step is asked anew, provisionally or not."""
    world = licence(then="return")
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "send")
    b.answers(world, "issue", "revoked")
    assert b.statuses(world) == {"issue": "returned", "send": "pending"}
    world.say("front", "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, "issue"))
    b.answers(world, "issue", no="L-2")
    assert (b.statuses(world), world.tasks[-1].task.data) == ({"issue": "done", "send": "active"}, {"no": "L-2"})


def test_a_revocation_that_needs_a_person_leaves_what_began() -> None:
    """The case waits; skip counts the outcome as confirmed."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "issue", "revoked")
    assert [one.cause for one in b.case_of(world).incidents] == ["provisional"]
    assert b.statuses(world) == {"issue": "active", "send": "active"}
    world.command("skip", b.CASE, step="issue")
    assert (b.statuses(world)["issue"], b.case_of(world).incidents) == ("done", ())


def test_a_revocation_of_what_never_stood_changes_nothing() -> None:
    """It is journaled, and the step waits for its agency as before."""
    world = licence(then="reject")
    due = b.state(world, "issue").due
    assert b.answers(world, "issue", "revoked").outcome == "advanced"
    assert (b.statuses(world), b.state(world, "issue").due) == ({"issue": "active"}, due)


def test_progress_starts_no_clock_of_what_stands() -> None:
    """The agency may tell how it goes on; its clock has ended."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    due = b.state(world, "issue").due
    b.answers(world, "issue", "progress")
    assert (b.state(world, "issue").since, b.state(world, "issue").due) == (None, due)


@pytest.mark.parametrize("act", ["resume", "reassign", "stop-clock"])
def test_operators_do_not_move_what_stands(act: str) -> None:
    """Its clock has ended, and what others began on it is this agency's word."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    decision = world.command(act, b.CASE, step="issue", to="send" if act == "reassign" else None)
    assert decision.applied is False


@pytest.mark.parametrize("late_ms", [-1, 0, 1])
def test_a_confirmation_counts_whenever_it_comes(late_ms: int) -> None:
    """The time to confirm decides nothing: it only has somebody told."""
    world = licence()
    b.answers(world, "issue", "provisional", no="P-1")
    due, task = b.state(world, "issue").due, world.active_task(b.CASE, "issue")
    assert due is not None
    world.now = due + b.DAY
    world.publish(b.event("test.issue.done", "issue", data={"no": "L-1"}, at=due + late_ms, causation=task))
    assert b.statuses(world)["issue"] == "done"


def test_an_early_provisional_outcome_is_used_when_its_step_starts() -> None:
    """It stands from then on."""
    world = b.opened(
        b.step("first"), b.step("issue", after=["first"], answers=answers()),
        b.step("send", after=["issue"], provisional=frozenset({ISSUE})),
    )  # fmt: skip
    world.say("issue", "test.issue.provisional", b.CASE)
    b.answers(world, "first")
    assert b.statuses(world) == {"first": "done", "issue": "active", "send": "active"}


def test_a_return_of_what_stands_takes_back_what_began() -> None:
    """The agency finds the file wanting after all: what was begun on its word is begun anew on the next."""
    issue = b.step("issue", answers=[*answers(), b.answer("issue", "returned")])
    send = b.step("send", after=["issue"], provisional=frozenset({ISSUE}), fill={"no": b.path("issue.no")})
    world = b.opened(issue, send)
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "send")
    b.answers(world, "issue", "returned")
    assert b.statuses(world) == {"issue": "returned", "send": "pending"}
    world.say("front", "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, "issue"))
    b.answers(world, "issue", no="L-2")
    assert world.tasks[-1].task.data == {"no": "L-2"}


def test_a_rejection_with_a_way_left_open_takes_back_what_began() -> None:
    """Who began on the outcome is told to stop before the case goes the other way."""
    issue = b.step("issue", answers=[*answers(), b.answer("issue", "rejected")], on_rejected="appeal")
    send = b.step("send", after=["issue"], provisional=frozenset({ISSUE}))
    world = b.opened(issue, send, b.step("appeal"))
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "issue", "rejected")
    assert b.statuses(world) == {"issue": "rejected", "send": "skipped", "appeal": "active"}
    assert ("TaskCancelled", "send") in b.told(world)


def test_what_was_done_on_an_outcome_that_is_revoked_is_undone() -> None:
    """The case is rejected: who declared that it undoes what it did is told so, though it had done it."""
    issue = b.step("issue", answers=answers(then="reject"))
    send = b.step("send", after=["issue"], provisional=frozenset({ISSUE}), on_cancel="compensate")
    world = b.opened(issue, send, b.step("archive", after=["issue", "send"]))
    b.answers(world, "issue", "provisional", no="P-1")
    b.answers(world, "send")
    b.answers(world, "issue", "revoked")
    assert (b.case_of(world).status, ("TaskCancelled", "send") in b.told(world)) == ("rejected", True)
