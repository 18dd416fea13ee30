"""Answers to attempts that are over: journaled and without effect, unless the law gives them one."""

from hub.network.plan import StepPlan
from hub.router import payment
from hub.router.draft import Draft
from hub.router.message import Message


def take(draft: Draft, message: Message, *, step: StepPlan | None, why: str) -> str:
    """Take an answer that nothing waits for, and say why; of a bill that was paid a further receipt is told as such."""
    if step is not None and step.payment is not None and (told := payment.again(draft, step, step.payment, message)):
        return told
    note(draft, message, step="" if step is None else step.name, why=why)
    return why


def note(draft: Draft, message: Message, *, step: str = "", why: str) -> None:
    """Journal an answer as late; one with legal effect needs a person, also when the case has ended."""
    draft.note("late", step=step, why=f"{message.type}: {why}")
    if has_legal_effect(draft, message):
        detail = f"{message.type} has legal effect but came late: {why}; decide what it changes, then retry"
        draft.incident("legal-effect", detail, step=step, event=message.id)


def has_legal_effect(draft: Draft, message: Message) -> bool:
    """Tell whether an answer of this type counts in law at whatever time it comes; money that came always does."""
    for name in draft.procedure.answered_by.get(message.type, ()):
        step = draft.procedure.steps[name]
        answer = step.answers.get(message.type)
        if answer is not None and (answer.legal_effect or (step.payment is not None and answer.outcome == "done")):
            return True
    return False
