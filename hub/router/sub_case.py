"""What a case tells others: it opens one for a step, gives it up, or tells whoever waits for it that it has ended.

Promises that ids follow from the task in whose place a case stands, so that nothing told again is heard twice.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub.errors import ExpressionError
from hub.events.envelope import Facts
from hub.names import CaseId, EventType, TaskId, derived_id, sub_case_id
from hub.network.model import SUB_CASE_ENDS
from hub.network.plan import ProcedurePlan, StepPlan
from hub.router.case import MAX_DEPTH, Case, End, Parent
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
            data: Facts = {field: expression(draft.case.facts) for field, expression in result.fill}
        except ExpressionError as wrong:
            draft.incident("fill", f"the result: {wrong}")
            return False
        draft.paths |= result.uses
    else:
        why = next((change.why for change in draft.changes if change.after == "closing"), "")
        data = _told(draft.case.id, ends, why=why)
    _tell(draft, _end(draft.case, parent, kind=end_type(draft.procedure, ends), data=data, at=draft.at))
    return True


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
    return (_end(stub, stub.parent, kind=TOLD_AS["withdrawn"], data=data, at=now),)


def given_up(parent: Parent) -> Parent:
    """Remember that nobody waits any more."""
    return msgspec.structs.replace(parent, waits=False)


def is_told(case: Case, signal: Signal) -> bool:
    """Tell whether a signal comes from the case that opened this one, for the same attempt."""
    parent = case.parent
    return parent is not None and (parent.case, parent.task) == (signal.sender, signal.causation)


def taken(draft: Draft, signal: Signal) -> None:
    """Tell the case that opens one under an id which somebody else has used that it will not come."""
    data = _told(signal.case, "withdrawn", why="another case has its id")
    parent = opened_by(signal)
    _tell(draft, _end(draft.case, parent, kind=TOLD_AS["withdrawn"], data=data, at=draft.at))


def _told(case: CaseId, ends: End, *, why: str) -> Facts:
    return {"case": case, "outcome": ends, "reason": why}


def _end(case: Case, parent: Parent, *, kind: EventType, data: Facts, at: int) -> Signal:
    return Signal(
        id=derived_id(case.id, "end"), type=kind, agency=HUB_ITSELF, case=parent.case, data=data, appended_at=at,
        digest="", subject=case.subject, causation=TaskId(parent.task), kind="end", sender=case.id, step=parent.step,
    )  # fmt: skip


def _tell(draft: Draft, signal: Signal) -> None:
    draft.signals = (*draft.signals, signal)
