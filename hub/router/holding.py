"""Steps whose agency an order to the network holds: owed, but not sent, and no time runs; and proposals to one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.names import AgencyCode
from hub.network.plan import DeadlinePlan, Plan, ProcedurePlan, StepPlan
from hub.router.case import Case, StepState

if TYPE_CHECKING:
    from hub.router.draft import Draft

#: What a case's ``waits`` begin with: a procedure's name follows, or an agency's code.
OPENINGS, AGENCY = "openings:", "agency:"


def hold(draft: "Draft", step: StepPlan, agency: AgencyCode) -> None:
    """Mark a step that is owed as not sent; it is sent when its agency is released."""
    state = draft.edit(step.name)
    state.held, state.since, state.due, state.accept_by = True, None, None, None
    wait_for(draft, agency)
    draft.note("held", step=step.name, why=f"{agency} is held by an order to the network")


def wait_for(draft: "Draft", agency: AgencyCode) -> None:
    """Mark a case as one that waits for the release of an agency."""
    draft.case.waits = tuple(sorted({*draft.case.waits, f"{AGENCY}{agency}"}))


def waits_of(plan: Plan, procedure: ProcedurePlan, case: Case) -> tuple[str, ...]:
    """Name the orders that a case's steps wait for."""
    return tuple(sorted({f"{AGENCY}{agency}" for agency in _held(plan, procedure, case)}))


def _held(plan: Plan, procedure: ProcedurePlan, case: Case) -> Iterator[AgencyCode]:
    for name, state in case.steps.items():
        step = procedure.steps[name] if state.held or state.unasked else None
        if step is not None and state.held:
            yield doer(plan, step, state)
        elif step is not None and step.deadline is not None:
            yield authority_of(plan, step.deadline)


def authority_of(plan: Plan, deadline: DeadlinePlan) -> AgencyCode:
    """Name who is asked whether silence counts as consent."""
    return deadline.authority or plan.coordinator


def doer(plan: Plan, step: StepPlan, state: StepState) -> AgencyCode:
    """Name who has a step's task: its agency, or the front office when it is returned to the applicant."""
    return plan.front_office if state.status == "returned" else step.agency
