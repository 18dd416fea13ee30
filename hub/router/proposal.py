"""Silence that counts as consent only when an authority says so: it is proposed to it, and the step waits for its word.

Promises that the agency's own answer still counts until then, whenever it was appended.
"""

from hub.names import StepName, TaskId, task_id
from hub.network.plan import DeadlinePlan, StepPlan
from hub.router.case import Case
from hub.router.control import APPROVAL_PROPOSED, task_cancelled
from hub.router.decision import Task
from hub.router.draft import Draft


def make(draft: Draft, step: StepPlan, deadline: DeadlinePlan) -> None:
    """Propose to the authority that a step counts as done since its agency was silent."""
    state = draft.state(step.name)
    data = {
        "case": draft.case.id, "step": step.name, "procedure": draft.procedure.ref, "task_id": state.task,
        "agency": step.agency, "legal_basis": deadline.legal_basis,
    }  # fmt: skip
    draft.tasks.append(
        Task(
            id=proposal_id(draft.case, step.name, state.attempt), agency=deadline.authority or draft.plan.coordinator,
            type=APPROVAL_PROPOSED, step=step.name, attempt=state.attempt, procedure=draft.procedure.ref, data=data,
            subject=draft.case.subject,
        )
    )  # fmt: skip
    draft.note("proposed", step=step.name, why=f"its deadline has passed; {deadline.legal_basis}".rstrip("; "))


def withdraw(draft: Draft, step: StepPlan) -> None:
    """Tell the authority that its word is not waited for any more; nothing when none was proposed."""
    state, deadline = draft.state(step.name), step.deadline
    if is_made(draft.case, step) and deadline is not None:
        proposal = proposal_id(draft.case, step.name, state.attempt)
        authority, reason = deadline.authority or draft.plan.coordinator, "the step's silence is no matter any more"
        draft.notices.append(task_cancelled(draft.case, authority, step=step.name, task=proposal, reason=reason))


def is_made(case: Case, step: StepPlan) -> bool:
    """Tell whether an authority is asked whether the step's silence counts."""
    state = case.steps.get(step.name)
    if state is None or step.deadline is None or step.deadline.form != "proposal":
        return False
    return state.status == "active" and state.missed


def proposal_id(case: Case, step: StepName, attempt: int, /) -> TaskId:
    """Make the id of the task by which a step's silence is proposed to count."""
    return task_id(case.id, StepName(f"{step}/proposal"), attempt)
