"""Which agency does a step of a case: the procedure's own, or one that an operator has given it to.

Promises that a step is given only to an agency that may say all of its answers, under agreements in force that let its
data flow.
"""

from hub.errors import ExpressionError
from hub.names import AgencyCode, StepName
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.router import activation, clock, returns
from hub.router.case import Case
from hub.router.draft import Draft


def procedure_of(plan: Plan, case: Case) -> ProcedurePlan | None:
    """Give a case's procedure with the agencies that do its steps; None when it is not in the network in force."""
    declared = None if case.procedure is None else plan.procedures.get(case.procedure)
    if declared is None or not case.assigned:
        return declared
    return declared.assigned({step: agencies[-1] for step, agencies in case.assigned.items()})


def give(draft: Draft, step: StepPlan, *, to: AgencyCode) -> str | None:
    """Take an active step's task back and send it to another agency as a new attempt; say what hinders it."""
    declared = draft.plan.procedures[draft.procedure.ref]
    if hindrance := _why_not(draft, declared, step.name, to=to):
        return hindrance
    try:
        activation.fill(step, draft.case.facts)
    except ExpressionError as wrong:
        return str(wrong)
    returns.cancel_task(draft, step, reason="an operator has given this step to another agency")
    clock.end(draft.move(step.name, "pending", why=f"given to {to} by an operator"), draft.at)
    case = draft.case
    had = case.assigned.get(step.name) or (step.agency,)
    case.assigned = {**case.assigned, step.name: (*had, to)}
    draft.procedure = procedure_of(draft.plan, case) or draft.procedure
    activation.start(draft, draft.procedure.steps[step.name])
    return None


def _why_not(draft: Draft, declared: ProcedurePlan, name: StepName, *, to: AgencyCode) -> str | None:
    agency, step = draft.plan.agencies.get(to), declared.steps[name]
    if agency is None:
        return f"no agency of the network in force is {to[:100]!r}"
    if to == draft.procedure.steps[name].agency:
        return f"{to} has the step already"
    if missing := step.answers.keys() - agency.publishes:
        return f"{to} may not publish {', '.join(sorted(missing))[:300]}"
    if to != step.agency:
        if lacking := _why_no_substitute(draft.case, declared, step, to=to):
            return lacking
        step = step.substitutes[to].steps[name]
    over = next((each.name for each in step.agreements if not each.since <= draft.now < each.until), None)
    return None if over is None else f"agreement {over} is not in force"


def _why_no_substitute(case: Case, declared: ProcedurePlan, step: StepPlan, *, to: AgencyCode) -> str | None:
    substitute = step.substitutes.get(to)
    if substitute is None:
        return f"the network does not let {to} do step {step.name}"
    if substitute.lacks:
        return f"no agreement grants {', '.join(substitute.lacks)[:300]}"
    other = _exchanging(case, declared, step.name, reads=frozenset(substitute.steps))
    return other and f"step {other} was given to another agency too, and the two exchange data"


def _exchanging(case: Case, declared: ProcedurePlan, name: StepName, *, reads: frozenset[StepName]) -> StepName | None:
    """Find a step that was given away too and reads this one's facts, or the other way round."""
    for other, agencies in case.assigned.items():
        if other == name or other not in declared.steps or agencies[-1] == declared.steps[other].agency:
            continue
        substitute = declared.steps[other].substitutes.get(agencies[-1])
        if other in reads or (substitute is not None and name in substitute.steps):
            return other
    return None
