"""Steps whose agency an order to the network holds: owed, but not sent, and no time runs."""

from typing import TYPE_CHECKING

from hub.names import AgencyCode
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.router.case import Case, StepState

if TYPE_CHECKING:
    from hub.router.draft import Draft

#: What a case's ``waits`` begin with: a procedure's name follows, or an agency's code.
OPENINGS, AGENCY = "openings:", "agency:"


def hold(draft: "Draft", step: StepPlan, agency: AgencyCode) -> None:
    """Mark a step that is owed as not sent; it is sent when its agency is released."""
    state = draft.edit(step.name)
    state.held, state.since, state.due, state.accept_by = True, None, None, None
    draft.case.waits = tuple(sorted({*draft.case.waits, f"{AGENCY}{agency}"}))
    draft.note("held", step=step.name, why=f"{agency} is held by an order to the network")


def waits_of(plan: Plan, procedure: ProcedurePlan, case: Case) -> tuple[str, ...]:
    """Name the orders that a case's steps wait for."""
    steps = ((procedure.steps[name], state) for name, state in case.steps.items() if state.held)
    return tuple(sorted({f"{AGENCY}{doer(plan, step, state)}" for step, state in steps}))


def doer(plan: Plan, step: StepPlan, state: StepState) -> AgencyCode:
    """Name who has a step's task: its agency, or the front office when it is returned to the applicant."""
    return plan.front_office if state.status == "returned" else step.agency
