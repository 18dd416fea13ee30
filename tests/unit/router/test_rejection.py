"""What whoever is rejected is told (R17), and who else may see it."""

from typing import Any

from hub.rehearsal.world import Rehearsal
from hub.router.case import Rejection
from hub.router.rejection import shown
from tests import builders as b

TOLD = {"reason": "reason", "legal_basis": "legal_basis", "explanation": "words", "appeal": "appeal"}
SAID = {"reason": "quota", "legal_basis": "Contoh 1/2026", "words": "Nama Anda ada di daftar.", "appeal": "Loket 3"}


def refusable(*shown_names: str, **more: Any) -> Rehearsal:
    """Open a case whose first step may be rejected, beside one that is let finish."""
    rejected = b.answer("a", "rejected", reason="reason", told=TOLD, shown=frozenset(shown_names))
    return b.opened(
        b.step("a", answers=[b.answer("a", "done"), rejected]), b.step("slow", on_cancel="let_finish", **more)
    )


def closings(world: Rehearsal) -> dict[str, Any]:
    """Give what each agency was told of the end."""
    return {sent.notice.agency: sent.notice.data for sent in world.notices if sent.notice.type == "hub.CaseClosed"}


def test_the_front_office_is_told_why_when_the_case_has_ended() -> None:
    """Code, law, plain words and where to object; who opened the case hears only the end."""
    world = refusable("reason", "legal_basis", "appeal")
    b.answers(world, "a", "rejected", **SAID)
    assert closings(world) == {}
    b.answers(world, "slow")

    told = closings(world)
    assert told["hospital"] == {"case": b.CASE, "outcome": "rejected"}
    assert told["front"]["rejection"] == {
        "step": "a", "agency": "a", "reason": "quota", "legal_basis": "Contoh 1/2026",
        "explanation": "Nama Anda ada di daftar.", "appeal": "Loket 3",
    }  # fmt: skip


def test_words_are_forgotten_once_they_were_told() -> None:
    """A closed case keeps what anybody may see, and no sentence about a person."""
    world = refusable("reason", "legal_basis", "appeal")
    b.answers(world, "slow")
    b.answers(world, "a", "rejected", **SAID)
    kept = b.case_of(world).rejection
    assert kept == Rejection(step=b.StepName("a"), agency=b.AgencyCode("a"), reason="quota",
                             legal_basis="Contoh 1/2026", appeal="Loket 3")  # fmt: skip
    assert b"daftar" not in world.states[b.CASE]


def test_subscribers_see_no_code_that_speaks_of_a_person() -> None:
    """A reason of a specific class is the front office's alone, before the end and after it."""
    world = refusable("legal_basis", "appeal")
    b.answers(world, "a", "rejected", **SAID)
    open_yet = b.case_of(world).rejection
    assert open_yet is not None
    assert open_yet.reason == "quota"
    seen = {"step": "a", "agency": "a", "reason": "", "legal_basis": "Contoh 1/2026", "appeal": "Loket 3"}
    assert shown(open_yet) == seen
    b.answers(world, "slow")
    closed = b.case_of(world).rejection
    assert closed is not None
    assert (shown(closed), closed.reason) == (seen, "")
    assert closings(world)["front"]["rejection"]["reason"] == "quota"


def test_a_rejection_that_says_little_tells_what_it_says() -> None:
    """What is missing is empty; what is too long for a letter is cut."""
    world = refusable()
    b.answers(world, "slow")
    b.answers(world, "a", "rejected", words="x" * 5_000, appeal=7)
    told = closings(world)["front"]["rejection"]
    assert (told["reason"], told["appeal"], len(told["explanation"])) == ("", "", 2_000)


def test_a_rejection_while_a_case_ends_otherwise_is_not_its_reason() -> None:
    """The case was withdrawn; that a step was rejected after that changes nothing of why it ended."""
    world = refusable(answers=[b.answer("slow", "rejected", told=TOLD)])
    world.command("withdraw", b.CASE)
    b.answers(world, "slow", "rejected", **SAID)
    assert (b.case_of(world).status, b.case_of(world).rejection) == ("withdrawn", None)
    assert "rejection" not in closings(world)["front"]


def test_a_rejection_that_came_early_is_told_whole() -> None:
    """What it says is kept until its step starts."""
    rejected = b.answer("late", "rejected", reason="reason", told=TOLD)
    world = b.opened(b.step("first"), b.step("late", after=["first"], answers=[b.answer("late", "done"), rejected]))
    world.say("late", "test.late.rejected", b.CASE, data=SAID)
    b.answers(world, "first")
    assert closings(world)["front"]["rejection"]["explanation"] == SAID["words"]
