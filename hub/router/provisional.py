"""An outcome that stands until it is confirmed or revoked (OSS 52): steps that allow it begin on it.

Promises that what began on an outcome that was revoked is taken back.
"""

from hub.network.plan import AnswerPlan, StepPlan
from hub.router import clock, returns
from hub.router.control import deadline_warned
from hub.router.draft import Draft
from hub.router.message import Message

_FULL = 100


def begin(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> None:
    """Let an outcome stand for now: the step's clock ends, and what may begin on it is considered."""
    state = draft.edit(step.name)
    clock.stop(state, draft.at, deadline=step.deadline)
    state.provisional, state.returned_by = True, answer.type
    state.started, state.missed, state.accept_by = draft.now, False, None
    within = answer.complete_within
    state.due = None if within is None else clock.after(draft.now, within, by=answer)
    draft.give(step.name, message.data)
    draft.note("provisional", step=step.name, why="it stands until it is confirmed or revoked", due=state.due)
    draft.look.extend(name for name in step.successors if step.name in draft.procedure.steps[name].provisional)


def revoke(draft: Draft, step: StepPlan, answer: AnswerPlan) -> bool:
    """Hear that a provisional outcome does not stand; False when nothing of it is left to decide."""
    if not draft.state(step.name).provisional:
        draft.note("revoked", step=step.name, why="no provisional outcome stood; nothing changes")
        return False
    draft.note("revoked", step=step.name, why="its provisional outcome does not stand any more")
    if answer.then == "incident":
        detail = "its provisional outcome was revoked; skip counts it as done, withdraw ends the case"
        draft.incident("provisional", detail, step=step.name)
        return False
    return True


def take_back(draft: Draft, step: StepPlan) -> None:
    """Take back what began on an outcome that does not stand any more."""
    for name in draft.procedure.steps:
        if name in step.descendants and draft.state(name).status != "pending":
            returns.reset(draft, draft.procedure.steps[name])


def overdue(draft: Draft, step: StepPlan) -> None:
    """Tell the coordinator that nobody has confirmed an outcome in time; it goes on standing."""
    state = draft.edit(step.name)
    state.missed = True
    told = deadline_warned(
        draft.case, draft.plan.coordinator, step=step.name, state=state, percent=_FULL, due=state.due or draft.now,
        level="coordinator",
    )  # fmt: skip
    draft.notices.append(told)
    draft.note("escalated", step=step.name, why="nobody has confirmed it in time; the coordinator is told")
