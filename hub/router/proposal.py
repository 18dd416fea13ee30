"""Silence that counts as consent only when an authority says so: it is proposed to it, and the step waits for its word.

Promises that the agency's own answer still counts until then, whenever it was appended; and that an authority which is
held by an order to the network is asked when it is released, if there is still anything to ask.
"""

from hub.names import AgencyCode, StepName, TaskId, task_id
from hub.network.plan import DeadlinePlan, Plan, StepPlan
from hub.router.case import Case
from hub.router.control import APPROVAL_PROPOSED, task_cancelled
from hub.router.decision import Task
from hub.router.draft import Draft
from hub.router.holding import authority_of, wait_for


def make(draft: Draft, step: StepPlan, deadline: DeadlinePlan) -> None:
    """Propose to the authority that a step counts as done since its agency was silent; one that is held, later."""
    authority = authority_of(draft.plan, deadline)
    if authority in draft.plan.orders.held:
        draft.edit(step.name).unasked = True
        wait_for(draft, authority)
        draft.note("proposal held", step=step.name, why=f"{authority} is held by an order to the network")
    else:
        _ask(draft, step, deadline=deadline, authority=authority)


def let_go(draft: Draft, step: StepPlan) -> None:
    """Ask the authority that was held, now that it is released."""
    deadline = step.deadline
    if deadline is not None:
        draft.edit(step.name).unasked = False
        _ask(draft, step, deadline=deadline, authority=authority_of(draft.plan, deadline))


def is_held(plan: Plan, step: StepPlan) -> bool:
    """Tell whether the authority that is to be asked about a step gets nothing now."""
    return step.deadline is not None and authority_of(plan, step.deadline) in plan.orders.held


def _ask(draft: Draft, step: StepPlan, *, deadline: DeadlinePlan, authority: AgencyCode) -> None:
    state = draft.state(step.name)
    data = {
        "case": draft.case.id, "step": step.name, "procedure": draft.procedure.ref, "task_id": state.task,
        "agency": step.agency, "legal_basis": deadline.legal_basis,
    }  # fmt: skip
    draft.tasks.append(
        Task(
            id=proposal_id(draft.case, step.name), agency=authority, type=APPROVAL_PROPOSED,
            step=step.name, attempt=state.attempt, procedure=draft.procedure.ref, data=data,
            subject=draft.case.subject, priority=draft.case.priority != "",
        )
    )  # fmt: skip
    draft.note("proposed", step=step.name, why=f"its deadline has passed; {deadline.legal_basis}".rstrip("; "))


def withdraw(draft: Draft, step: StepPlan) -> None:
    """Tell the authority that its word is not waited for any more; nothing when none was proposed."""
    deadline = step.deadline
    if is_made(draft.case, step) and deadline is not None:
        proposal = proposal_id(draft.case, step.name)
        authority, reason = authority_of(draft.plan, deadline), "the step's silence is no matter any more"
        draft.notices.append(task_cancelled(draft.case, authority, step=step.name, task=proposal, reason=reason))


def is_made(case: Case, step: StepPlan) -> bool:
    """Tell whether an authority is asked whether the step's silence counts."""
    return is_due(case, step) and not case.steps[step.name].unasked


def is_due(case: Case, step: StepPlan) -> bool:
    """Tell whether an authority is asked, or will be once it is released."""
    state = case.steps.get(step.name)
    if state is None or step.deadline is None or step.deadline.form != "proposal":
        return False
    return state.status == "active" and state.missed


def proposal_id(case: Case, step: StepName) -> TaskId:
    """Make the id of the task by which the silence of a step's attempt is proposed to count.

    An agency that starts its time anew may be silent again: that is another proposal.
    """
    state = case.steps[step]
    again = f"/{state.resets}" if state.resets else ""
    return task_id(case.id, StepName(f"{step}/proposal{again}"), state.attempt)
