"""A case handed on to the agency that is competent: its clock moves along, and the applicant hears of it."""

from hub.names import StepName
from hub.network.plan import StepPlan
from hub.router.control import case_referred
from hub.router.draft import Draft


def refer(draft: Draft, step: StepPlan, *, to: StepName) -> None:
    """Refer the case with a step that has just been done; the front office is told who goes on."""
    target = draft.procedure.steps[to]
    draft.edit(step.name).referred = True
    told = case_referred(draft.case, draft.plan.front_office, step=to, by=step.agency, to=target.agency)
    draft.notices.append(told)
    draft.note("referred", step=step.name, why=f"to {target.agency}, for {to}")


def since(draft: Draft, step: StepPlan) -> int | None:
    """Tell since when the time of a step counts that the case was referred to; None when it was not, or long before.

    Only its first attempt after the referral: the time of an applicant who completes the file is not the agency's.
    """
    own = draft.state(step.name)
    before = [state for name in step.referred_by if (state := draft.state(name)).referred and state.status == "done"]
    return min((each.started for each in before if not own.attempt or each.started > own.started), default=None)
