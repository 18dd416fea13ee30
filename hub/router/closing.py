"""How a case ends: what is still owed is cancelled or let finish, then everybody who must know is told.

Promises that an ending case starts nothing new, and that a closed one keeps no facts but what a sub-case handed back.
"""

from hub.names import opener_of, task_id
from hub.network.plan import StepPlan
from hub.router import clock, late, predecessor, rejection, sub_case
from hub.router.case import OWED, End
from hub.router.control import case_closed, task_cancelled
from hub.router.decision import Change
from hub.router.draft import Draft
from hub.router.returns import cancel_task


def begin(draft: Draft, ends: End, *, why: str) -> None:
    """Begin to end an open case: each step does what its ``on_cancel`` says; one that ends already goes on ending."""
    case = draft.case
    if case.status != "open":
        return
    draft.changes.append(Change(step="", before="open", after="closing", why=why))
    case.status, case.ends = "closing", ends
    draft.moved = True
    draft.resolve(case.incidents, why=why)
    for name, step in draft.procedure.steps.items():
        status = draft.state(name).status
        if status == "returned" or (status == "active" and (step.on_cancel != "let_finish" or draft.state(name).held)):
            cancel_task(draft, step, reason=_told(step, why))
            clock.end(draft.move(name, "cancelled", why=why), draft.at)
        elif status == "done" and step.on_cancel == "compensate":
            _compensate(draft, step, why=why)


def settle(draft: Draft) -> None:
    """End the case when nothing in it is owed or reachable; one that nothing can move any more is an incident."""
    case = draft.case
    if case.closed_at is not None or case.incidents:
        return
    for state in case.steps.values():
        if state.status in OWED:
            return
    if case.status == "closing":
        _end(draft, case.ends or "withdrawn")
        return
    waiting = [name for name in draft.procedure.steps if draft.state(name).status == "pending"]
    if waiting:
        draft.incident("stuck", f"no answer can start {', '.join(waiting)[:300]}; skip these steps or withdraw")
    else:
        _end(draft, "completed")


def _end(draft: Draft, ends: End) -> None:
    case = draft.case
    if case.parent is not None and not sub_case.tell_end(draft, case.parent, ends=ends):
        return
    for answer in case.early:
        late.note(draft, answer, why="the case has ended")
    proof = predecessor.proof_of(draft, ends) if case.lineage is not None else ""
    clock.account(case, draft.now)
    draft.changes.append(Change(step="", before=case.status, after=ends))
    case.status, case.ends, case.closed_at, case.early, case.facts = ends, None, draft.now, (), {}
    front_office = draft.plan.front_office
    for agency in sorted({front_office, opener_of(case.id) or front_office}):
        why = rejection.told(case.rejection) if case.rejection is not None and agency == front_office else None
        draft.notices.append(case_closed(case, agency, outcome=ends, rejection=why, proof=proof))
    if case.rejection is not None:
        case.rejection = rejection.without_person(case.rejection)


def _compensate(draft: Draft, step: StepPlan, *, why: str) -> None:
    attempt = draft.state(step.name).attempt
    if attempt:
        task = task_id(draft.case.id, step.name, attempt)
        told = task_cancelled(draft.case, step.agency, step=step.name, task=task, reason=_told(step, why))
        draft.notices.append(told)
        draft.note("compensated", step=step.name, why=why)


def _told(step: StepPlan, why: str, /) -> str:
    return f"{why}; undo what was done for it" if step.on_cancel == "compensate" else why
