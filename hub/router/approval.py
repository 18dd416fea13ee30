"""An authority's word on a proposal that silence counts as consent: the step is done, or goes on waiting."""

from hub.events.envelope import Event
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.router import flow, late, outcome
from hub.router.case import Case
from hub.router.control import refused, task_cancelled
from hub.router.decision import Decision, Refusal
from hub.router.draft import Draft
from hub.router.proposal import is_made, proposal_id


def take(plan: Plan, procedure: ProcedurePlan, case: Case, *, event: Event, now: int) -> Decision:
    """Decide an authority's word: what it approves is done, what it does not goes on waiting for its agency."""
    mine = [
        step for step in procedure.steps.values()
        if step.deadline is not None and (step.deadline.authority or plan.coordinator) == event.agency
        and step.deadline.form == "proposal"
    ]  # fmt: skip
    if not mine:
        return refused(event, Refusal(category="rights", reason="nothing is proposed to this agency in this procedure"))
    found = [step for step in mine if is_made(case, step) and _is_meant(case, step, event)]
    if len(found) > 1:
        reason = "several proposals wait for this agency; name the proposal in ce_causationid"
        return refused(event, Refusal(category="routing", reason=reason))
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    draft.mark(event.agency, event.id, event.digest)
    if not found:
        late.note(draft, event, why="no proposal waits for it")
        return draft.decide(draft.outcome("late"), why="no proposal waits for it")
    why = _decide(draft, found[0], event)
    flow.run(draft)
    return draft.decide(draft.outcome("advanced"), why=why)


def _decide(draft: Draft, step: StepPlan, event: Event) -> str:
    deadline = step.deadline
    if deadline is None or event.data.get("approved") is not True:
        draft.note("not approved", step=step.name, why=f"{event.agency} does not let its silence count")
        return "the step goes on waiting for its agency"
    reason = "it counts as done: its deadline has passed, and the authority approved"
    task = draft.state(step.name).task
    draft.notices.append(task_cancelled(draft.case, step.agency, step=step.name, task=task, reason=reason))
    told = f"deemed: approved by {event.agency}; {deadline.legal_basis}".rstrip("; ")
    outcome.finish(draft, step, data=deadline.facts, why=told, by="deadline")
    return "approved by the authority"


def _is_meant(case: Case, step: StepPlan, event: Event) -> bool:
    return event.causation in {None, "", proposal_id(case, step.name)}
