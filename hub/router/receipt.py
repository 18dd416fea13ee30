"""Receipts that are there before their step is: held against the bill as soon as it is known, and taken back.

Promises that none of them counts for another bill, that none is silently given up, and that one which was taken back
before its bill was out never counts.
"""

from hub.events.envelope import Event
from hub.network.plan import PaymentPlan, StepPlan
from hub.router import payment
from hub.router.case import EarlyAnswer
from hub.router.decision import Decision
from hub.router.draft import Draft


def decide_early(draft: Draft, step: StepPlan, taken: PaymentPlan, event: Event) -> Decision | None:
    """Decide a receipt whose step has not begun when that can be told now; None: it is kept until the step begins.

    A further one of a bill that was paid changes nothing; one that is not the bill that is out already comes back.
    """
    if why := payment.again(draft, step, taken, event):
        return draft.decide("late", why=why)
    if not _is_receipt(step, event) or not payment.refuse_early(draft, step, taken, event):
        return None
    draft.unmark(event.agency, event.id)
    return draft.decide("incident", why="" if draft.refusal is None else draft.refusal.reason)


def give_up(draft: Draft, kept: EarlyAnswer) -> None:
    """Keep a receipt no longer that was no receipt of the bill: who sent it was told, and may send it again."""
    draft.refusal = None  # its record is gone: it can be no dead letter
    draft.case.early = tuple(one for one in draft.case.early if one is not kept)
    draft.unmark(kept.agency, kept.id)


def take_back(draft: Draft, step: StepPlan, taken: PaymentPlan, event: Event) -> str:
    """Take a receipt back that waits for its step to begin; empty when none does that the event means."""
    for kept in draft.case.early:
        if _is_receipt(step, kept) and _is_meant(taken, kept, event):
            draft.case.early = tuple(one for one in draft.case.early if one is not kept)
            draft.note("reversed", step=step.name, why="a receipt that was there before its bill was taken back")
            return "a receipt that was there before its bill was taken back: it does not count"
    return ""


def _is_receipt(step: StepPlan, message: EarlyAnswer | Event) -> bool:
    answer = step.answers.get(message.type)
    return answer is not None and answer.outcome == "done" and message.agency == step.agency


def _is_meant(taken: PaymentPlan, kept: EarlyAnswer, event: Event) -> bool:
    """Tell whether an event takes this receipt back; one that names no number means the one that would count."""
    number = None if taken.number is None else event.data.get(taken.number)
    return not number or payment.mark_of_receipt(taken, kept) == payment.mark_of_receipt(taken, event)
