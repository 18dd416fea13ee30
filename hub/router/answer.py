"""An event about a case that is known: it moves a step, is kept because it is early, is late, or is refused."""

from typing import Any

from hub.events.envelope import Event
from hub.network.model import APPROVAL_DECIDED
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.router import approval, flow, late, opening, outcome, payment, receipt, timers
from hub.router.case import MAX_EARLY, Case, EarlyAnswer
from hub.router.control import TASK_ACCEPTED, refused
from hub.router.decision import Decision, Refusal
from hub.router.draft import Draft
from hub.router.matching import Match, find, find_task


def take(plan: Plan, procedure: ProcedurePlan, case: Case, *, event: Event, now: int) -> Decision:
    """Decide what an event does to a case of a procedure that no incident holds."""
    if event.type == TASK_ACCEPTED:
        return _accept(plan, procedure, case, event=event, now=now)
    found = find(plan, procedure, case, message=event)
    if event.type in plan.openings and found.kind not in {"now", "early"}:
        return opening.again(plan, procedure, case, event=event, now=now)
    if found.kind != "now" and (event.type == APPROVAL_DECIDED or event.type in procedure.reversals):
        apart = approval.take if event.type == APPROVAL_DECIDED else _reverse
        return apart(plan, procedure, case, event=event, now=now)
    if found.kind == "rights" or found.kind == "routing":  # noqa: PLR1714 - quicker than a set
        return refused(event, Refusal(category=found.kind, reason=found.why))
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    draft.mark(event.agency, event.id, event.digest)
    if found.kind == "now" and found.step is not None:
        return move(draft, found.step, event=event, why=found.why)
    return _keep(draft, found, event=event) if found.kind == "early" else _late(draft, found, event=event)


def move(draft: Draft, step: StepPlan, *, event: Event, why: str) -> Decision:
    """Let an answer that was waited for move its step, unless a deadline has decided it before."""
    if timers.is_overtaken(draft, step, appended_at=event.appended_at):
        while timers.is_overtaken(draft, step, appended_at=event.appended_at):
            timers.fire(draft, step)
        flow.run(draft)
        return _late(draft, Match("late", step, why="it was appended after its deadline"), event=event)
    if not outcome.apply(draft, step, message=event, why=why):
        draft.unmark(event.agency, event.id)
        if draft.refusal is not None:
            return draft.decide("incident", why=draft.refusal.reason)
        draft.case.parked += 1
        return draft.decide("incident", park=True, why="the case waits for a person")
    flow.run(draft)
    return draft.decide(draft.outcome("advanced"), why=why)


def _keep(draft: Draft, found: Match, *, event: Event) -> Decision:
    step = found.step
    if step is not None and step.payment is not None:
        decided = receipt.decide_early(draft, step, step.payment, event)
        if decided is not None:
            return decided
    if len(draft.case.early) >= MAX_EARLY:
        reason = f"{MAX_EARLY} answers wait already until their steps start; publish it again when its task has come"
        return refused(event, Refusal(category="oversized", reason=reason))
    kept = EarlyAnswer(
        id=event.id, type=event.type, agency=event.agency, at=draft.at, data=_usable(draft, event),
        causation=event.causation,
    )  # fmt: skip
    draft.case.early = (*draft.case.early, kept)
    draft.note("early", step=found.name, why=event.type)
    return draft.decide("early", why="its step is not active yet")


def _usable(draft: Draft, event: Event) -> dict[str, Any]:
    """Keep what a step may still use of an answer, and what a return tells the applicant."""
    fields: set[str | None] = set()
    needed = draft.procedure.needed(frozenset(draft.procedure.steps))
    for name in draft.procedure.answered_by.get(event.type, ()):
        answer = draft.procedure.steps[name].answers.get(event.type)
        fields |= needed.get(name, frozenset())
        if answer is not None:
            fields |= set(answer.told.values())
            fields |= {answer.items, answer.reason, answer.text}
        if (subject := draft.procedure.steps[name].subject) is not None:
            fields.add(subject.said_in)
        fields |= payment.fields_of(draft.procedure.steps[name])
        if draft.procedure.priority is not None:
            fields |= set(draft.procedure.priority.answers.get(name, ()))
    return {field: value for field, value in event.data.items() if field in fields}


def _late(draft: Draft, found: Match, *, event: Event) -> Decision:
    why = late.take(draft, event, step=found.step, why=found.why)
    return draft.decide(draft.outcome("late"), why=why)


def _reverse(plan: Plan, procedure: ProcedurePlan, case: Case, *, event: Event, now: int) -> Decision:
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    step = payment.named(draft, procedure.reversals[event.type], event)
    if isinstance(step, str):
        reason = "no payment that it could take back goes to this agency; name the payment's task in ce_causationid"
        return refused(event, Refusal(category=step, reason=reason))
    draft.mark(event.agency, event.id, event.digest)
    why, taken = "", step.payment
    if taken is not None:
        why = receipt.take_back(draft, step, taken, event) or payment.reverse(draft, step, taken, event)
    flow.run(draft)
    return draft.decide(draft.outcome("advanced"), why=why)


def _accept(plan: Plan, procedure: ProcedurePlan, case: Case, *, event: Event, now: int) -> Decision:
    found = find_task(plan, procedure, case, message=event)
    if found.kind == "rights" or found.kind == "routing":  # noqa: PLR1714 - quicker than a set
        return refused(event, Refusal(category=found.kind, reason=found.why))
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    draft.mark(event.agency, event.id, event.digest)
    if found.step is None or found.kind != "now":
        draft.note("late", step=found.name, why="accepted, but not waited for any more")
        return draft.decide("late", why=found.why)
    draft.edit(found.step.name).accept_by = None
    draft.note("accepted", step=found.name)
    return draft.decide("advanced", why="accepted")
