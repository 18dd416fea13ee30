"""What an answer does to its step: done, progress, rejected; what returns do is in ``returns``.

Only the step itself changes here, and what must be considered next is named; ``flow`` goes on from there.
"""

from typing import Literal

from hub.events.envelope import Facts
from hub.network.plan import AnswerPlan, StepPlan
from hub.router import clock, closing, lane, payment, proposal, provisional, referral, rejection, returns
from hub.router.draft import Draft
from hub.router.message import Message


def apply(draft: Draft, step: StepPlan, *, message: Message, why: str) -> bool:
    """Let an answer or a completion move its step; False when the case first needs a person."""
    if draft.state(step.name).status == "returned":
        returns.complete(draft, step, message=message)
        return True
    answer = step.answers[message.type]
    if draft.procedure.priority is not None:
        lane.learn(draft, step.name, message)  # first: what follows of the answer is sent in the lane that it brings
    if step.deadline is not None and step.deadline.form == "proposal" and answer.outcome != "progress":
        proposal.withdraw(draft, step)
    if answer.outcome == "revoked":
        return _revoke(draft, step, answer=answer, message=message)
    if answer.outcome == "returned":
        return _send_back(draft, step, answer=answer, message=message)
    if answer.outcome == "done":
        return _done(draft, step, answer=answer, message=message, why=why)
    if answer.outcome == "rejected":
        reject(draft, step, answer=answer, message=message)
    elif answer.outcome == "provisional":
        provisional.begin(draft, step, answer=answer, message=message)
    else:
        _progress(draft, step, answer=answer, message=message)
    return True


def _done(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message, why: str) -> bool:
    if step.payment is not None:
        if draft.state(step.name).held and payment.again(draft, step, step.payment, message):
            return True  # it is done with the receipt that it has when its agency is released
        if not payment.receive(draft, step, step.payment, message):
            return False
    finish(draft, step, data=message.data, why=why)
    if answer.refers_to is not None:
        referral.refer(draft, step, to=answer.refers_to)
    return True


def _revoke(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> bool:
    if not provisional.revoke(draft, step, answer):
        return True
    if answer.then == "return":
        return _send_back(draft, step, answer=answer, message=message)
    reject(draft, step, answer=answer, message=message)
    return True


def _send_back(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> bool:
    if draft.state(step.name).provisional:
        provisional.take_back(draft, step)
    return returns.send_back(draft, step, answer=answer, message=message)


def finish(
    draft: Draft, step: StepPlan, *, data: Facts, why: str, by: Literal["", "deadline", "operator"] = ""
) -> None:
    """Count a step as done: its facts are kept, what follows is considered."""
    if by == "operator" and step.payment is not None:
        payment.settle(draft, step, step.payment)
    state = draft.move(step.name, "done", why=why)
    state.by = by
    clock.end(state, draft.at)
    draft.give(step.name, data)
    draft.look.extend(step.successors)


def reject(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> None:
    """Take the way that the procedure leaves open after a rejection, or begin to end the case.

    The journal names the reason's code, never its words; other agencies are told neither.
    """
    said = message.data.get(answer.reason) if answer.reason is not None else None
    code = f": {said}" if isinstance(said, str) and said in answer.codes else ""
    if step.on_rejected is not None and draft.state(step.name).provisional:  # else the end of the case settles it
        provisional.take_back(draft, step)
    state = draft.move(step.name, "rejected", why=f"the agency rejected it{code}")
    clock.end(state, draft.at)
    if step.on_rejected is None:
        if draft.case.status == "open":
            draft.case.rejection = rejection.made(step, answer, message)
        closing.begin(draft, "rejected", why=f"{step.name} was rejected")
        return
    draft.give(step.name, message.data)
    draft.look.extend(step.successors)


def _progress(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> None:
    state = draft.edit(step.name)
    if state.provisional:
        pass  # its clock has ended; it stands or falls
    elif answer.clock == "stopped":
        clock.stop(state, draft.at, deadline=step.deadline)
    elif answer.clock == "resumed":
        clock.resume(state, draft.at, deadline=step.deadline)
    elif answer.clock == "reset":
        proposal.withdraw(draft, step)  # its time begins again, and so does the question whether it was silent
        clock.reset(state, draft.at, deadline=step.deadline)
    draft.give(step.name, message.data)
    told = f"the clock is {answer.clock}" if answer.clock else "work goes on"
    draft.note("progress", step=step.name, why=told, due=state.due)
