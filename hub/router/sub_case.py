"""What a case tells others: it opens one for a step, gives it up, or tells whoever waits for it that it has ended.

Promises that ids follow from the task in whose place a case stands, so that nothing told again is heard twice; and that
an end is kept as it was told, so that it can be told again when it was lost on its way.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub.errors import ExpressionError
from hub.names import CaseId, EventType, TaskId, derived_id, sub_case_id
from hub.network.model import SUB_CASE_ENDS
from hub.network.plan import ProcedurePlan, StepPlan
from hub.router.case import MAX_DEPTH, Case, End, Parent, Told
from hub.router.decision import HUB_ITSELF, Signal
from hub.router.draft import Draft
from hub.router.incident import opened_by

#: Tells a sub-case that nobody waits for it any more.
CANCELLED: Final = EventType("hub.SubCaseCancelled")
#: Tells a sub-case that the case which waits for it goes in another lane.
LANE_CHANGED: Final = EventType("hub.SubCaseLaneChanged")
#: How each end of a case is told; which of them it was stands in the signal.
TOLD_AS: Final[Mapping[End, EventType]] = {
    "completed": SUB_CASE_ENDS["completed"],
    "rejected": SUB_CASE_ENDS["rejected"],
    "withdrawn": SUB_CASE_ENDS["withdrawn"],
    "deemed_withdrawn": SUB_CASE_ENDS["withdrawn"],
    "expired": SUB_CASE_ENDS["expired"],
    "expired_unpaid": SUB_CASE_ENDS["expired"],
    "uncollected": SUB_CASE_ENDS["expired"],
    "merged": SUB_CASE_ENDS["withdrawn"],
}


def begin(draft: Draft, step: StepPlan, *, data: dict[str, Any]) -> None:
    """Open the case that an active step waits for; said again, it is the same opening."""
    state, above = draft.state(step.name), draft.case.parent
    child = sub_case_id(draft.case.id, state.task)
    draft.note("opened", step=step.name, why=f"case {child} of {step.sub_case}")
    _tell(draft, Signal(
        id=derived_id(child, "open"), type=step.request, agency=HUB_ITSELF, case=child, data=data,
        appended_at=draft.at, digest="", subject=draft.case.subject, causation=TaskId(state.task), kind="open",
        sender=draft.case.id, step=step.name, depth=1 if above is None else above.depth + 1, lane=draft.case.priority,
    ))  # fmt: skip


def is_too_deep(case: Case) -> bool:
    """Tell whether so many cases wait above this one that it may open none itself."""
    return case.parent is not None and case.parent.depth >= MAX_DEPTH


def give_up(draft: Draft, step: StepPlan, *, reason: str) -> None:
    """Tell the case that an active step waits for that it need not go on."""
    state = draft.state(step.name)
    child = sub_case_id(draft.case.id, state.task)
    _tell(draft, Signal(
        id=derived_id(child, "cancel"), type=CANCELLED, agency=HUB_ITSELF, case=child,
        data={"case": draft.case.id, "reason": reason}, appended_at=draft.at, digest="", subject=draft.case.subject,
        causation=TaskId(state.task), kind="cancel", sender=draft.case.id, step=step.name,
    ))  # fmt: skip


def tell_lane(draft: Draft, step: StepPlan, *, why: str) -> None:
    """Tell the case that an active step waits for in which lane this one goes now."""
    state, case = draft.state(step.name), draft.case
    child = sub_case_id(case.id, state.task)
    _tell(draft, Signal(
        id=derived_id(child, "lane", str(case.revision), case.priority), type=LANE_CHANGED, agency=HUB_ITSELF,
        case=child, data={"case": case.id, "reason": why}, appended_at=draft.at, digest="", subject=case.subject,
        causation=TaskId(state.task), kind="lane", sender=case.id, step=step.name, lane=case.priority,
    ))  # fmt: skip


def tell_end(draft: Draft, parent: Parent, *, ends: End) -> bool:
    """Tell the case that waits how this one ends; False, and an incident, when its result cannot be made."""
    if not parent.waits:
        return True
    result = draft.procedure.result
    if ends == "completed" and result is not None:
        try:
            data: dict[str, Any] = {field: expression(draft.case.facts) for field, expression in result.fill}
        except ExpressionError as wrong:
            draft.incident("fill", f"the result: {wrong}")
            return False
        draft.paths |= result.uses
    else:
        why = next((change.why for change in draft.changes if change.after == "closing"), "")
        data = _told(draft.case.id, ends, why=why)
    told = draft.case.told = Told(end_type(draft.procedure, ends), draft.at, data)
    _tell(draft, _end(draft.case, parent, told))
    return True


def tell_again(case: Case, signal: Signal) -> Signal | None:
    """Tell the case that opens one once more how that has ended; None when it has not, or was given up.

    It is the same signal as before: who has heard it takes it for told already.
    """
    if not is_told(case, signal):
        return taken(case, signal, at=signal.appended_at)
    if case.parent is None or not case.parent.waits or case.told is None:
        return None
    return _end(case, case.parent, case.told)


def why_not_again(draft: Draft, step: StepPlan) -> str | None:
    """Say why the opening of a sub-case is not told again: its state may be deleted, and it would be opened anew."""
    ref = draft.plan.openings.get(step.request)
    kept = None if ref is None else draft.plan.procedures[ref].retention
    if kept is None or draft.now - draft.state(step.name).started < kept:
        return None
    return (
        "its sub-case may have ended so long ago that its state is deleted, and would be opened anew; skip the step "
        "with the facts of its end, or amend what it asks for"
    )


def end_type(procedure: ProcedurePlan, ends: End) -> EventType:
    """Name the type by which a case of this procedure says that it ended so."""
    if ends == "completed" and procedure.result is not None:
        return procedure.result.type
    return TOLD_AS[ends]


def never_opened(stub: Case, *, now: int) -> tuple[Signal, ...]:
    """Tell the case that waits for one which could never be opened, and that an operator has withdrawn."""
    if stub.parent is None or not stub.parent.waits:
        return ()
    data = _told(stub.id, "withdrawn", why="withdrawn by an operator before it was opened")
    return (_end(stub, stub.parent, Told(TOLD_AS["withdrawn"], now, data)),)


def given_up(parent: Parent) -> Parent:
    """Remember that nobody waits any more."""
    return msgspec.structs.replace(parent, waits=False)


def is_told(case: Case, signal: Signal) -> bool:
    """Tell whether a signal comes from the case that opened this one, for the same attempt."""
    parent = case.parent
    return parent is not None and (parent.case, parent.task) == (signal.sender, signal.causation)


def taken(case: Case, signal: Signal, *, at: int) -> Signal:
    """Tell the case that opens one under an id which somebody else has used that it will not come."""
    data = _told(signal.case, "withdrawn", why="another case has its id")
    return _end(case, opened_by(signal), Told(TOLD_AS["withdrawn"], at, data))


def _told(case: CaseId, ends: End, *, why: str) -> dict[str, Any]:
    return {"case": case, "outcome": ends, "reason": why}


def _end(case: Case, parent: Parent, told: Told, /) -> Signal:
    return Signal(
        id=derived_id(case.id, "end"), type=told.type, agency=HUB_ITSELF, case=parent.case, data=told.data,
        appended_at=told.at, digest="", subject=case.subject, causation=TaskId(parent.task), kind="end",
        sender=case.id, step=parent.step,
    )  # fmt: skip


def _tell(draft: Draft, signal: Signal) -> None:
    draft.signals = (*draft.signals, signal)
