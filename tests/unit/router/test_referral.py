"""A case handed on to the agency that is competent (R23, design §6)."""

from typing import Any

from hub.names import StepName
from hub.rehearsal.world import Rehearsal
from tests import builders as b

_TO = StepName("verify")


def world(**more: Any) -> Rehearsal:
    """Open a case that the health office refers, or takes itself, before the social office verifies it."""
    answers = [b.answer("refer", "done", refers_to=_TO), b.answer("refer", "done", type="test.refer.kept")]
    verify = b.step(
        "verify", after=["refer"], agency="dinsos", referred_by=(StepName("refer"),),
        deadline=b.deadline(3 * b.DAY), **more,
    )  # fmt: skip
    return b.opened(b.step("refer", agency="dinkes", answers=answers), verify)


def test_the_clock_moves_along() -> None:
    """The time since the referring agency got the case counts already; who holds it is the competent one."""
    made = world()
    made.wind(2 * b.DAY)
    b.answers(made, "refer")
    assert b.state(made, "verify").due == b.NOW + 3 * b.DAY
    assert (b.case_of(made).holder, b.case_of(made).held) == ("dinsos", {"dinkes": 2 * b.DAY})


def test_the_front_office_tells_the_applicant() -> None:
    """It hears who refers the case, to whom, and for which step."""
    made = world()
    b.answers(made, "refer")
    (told,) = [sent.notice for sent in made.notices if sent.notice.type == "hub.CaseReferred"]
    assert told.agency == b.FRONT
    assert told.data == {"case": b.CASE, "step": "verify", "referred_by": "dinkes", "referred_to": "dinsos"}


def test_what_is_done_without_a_referral_starts_a_clock_of_its_own() -> None:
    """Another answer, or an operator's skip, hands nothing on."""
    for how in ("answer", "skip"):
        made = world()
        made.wind(2 * b.DAY)
        if how == "answer":
            made.say("dinkes", "test.refer.kept", b.CASE)
        else:
            made.command("skip", b.CASE, step="refer")
        assert b.state(made, "verify").due == b.NOW + 5 * b.DAY
        assert ("CaseReferred", b.FRONT) not in b.told(made)


def test_an_applicants_time_is_not_the_competent_agencys() -> None:
    """A step that is done again after a return has its own time, though the referral stands."""
    made = world()
    b.answers(made, "refer")
    b.answers(made, "verify", "returned")
    made.wind(20 * b.DAY)
    made.say(b.FRONT, "hub.ApplicationCompleted", b.CASE)
    assert b.state(made, "verify").due == b.NOW + 23 * b.DAY
