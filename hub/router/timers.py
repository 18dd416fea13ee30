"""What time alone decides: warnings, deadlines, acceptance, the applicant's time, orphans and retention.

Of several passed thresholds only the highest is told.
"""

from hub.network.plan import DeadlinePlan, Plan, ProcedurePlan, StepPlan
from hub.router import clock, closing, flow, outcome, payment, proposal, provisional
from hub.router.case import Case, StepState, is_closed
from hub.router.control import deadline_warned
from hub.router.decision import Change, Decision, Refusal
from hub.router.draft import Draft
from hub.router.returns import cancel_task

_FULL = 100
#: How late (ms) a timer may fire without the journal saying so: longer than an ordinary stop and start takes.
_LATE_MS = 60_000


def tick(plan: Plan, procedure: ProcedurePlan, case: Case, *, now: int) -> Decision | None:
    """Fire all that is due, in the order of its times; before that only count anew. None when nothing is to do."""
    if case.due is None or case.due > now:
        return _count_anew(plan, procedure, case, now=now)
    draft, due = Draft(plan, procedure, case, now=now, at=now), case.due
    if is_closed(case):
        draft.changes.append(Change(step="", before=case.status, after="deleted"))
        return draft.decide("deleted", delete=True, why="its retention is over")
    step = _first_due(draft)
    late = "" if step is None else _lateness(draft, step, due=due)
    while not draft.case.incidents and step is not None:
        fire(draft, step)
        flow.run(draft)
        step = _first_due(draft)
    return draft.decide(draft.outcome("fired"), why=late)


def _count_anew(plan: Plan, procedure: ProcedurePlan, case: Case, *, now: int) -> Decision | None:
    """Move the due times that a changed calendar has moved; what is due by it fires when it is its turn."""
    if is_closed(case) or not clock.counted_anew(procedure, case):
        return None
    draft = Draft(plan, procedure, case, now=now, at=now)
    return draft.decide("fired", why="; ".join(dict.fromkeys(change.why for change in draft.changes)))


def drop_orphan(case: Case, *, now: int) -> Decision | None:
    """Give up waiting for an opening; None while it may still come."""
    if case.due is None or case.due > now:
        return None
    refusal = Refusal(
        category="orphan",
        reason="no opening of this case came in time; publish the opening, then this again, or ask for its redrive",
    )
    last = Case(
        id=case.id, status="orphan", opened_at=case.opened_at, at=now, revision=case.revision + 1, closed_at=now
    )
    changes = (Change(step="", before="orphan", after="deleted"),)
    return Decision(outcome="deleted", case=last, delete=True, drop_parked=refusal, changes=changes, why=refusal.reason)


def _lateness(draft: Draft, step: StepPlan, *, due: int) -> str:
    """Say how long after it was due a timer fires; nothing while that is usual, or when its step began no earlier."""
    late = draft.now - max(due, draft.state(step.name).started)
    if late < _LATE_MS:
        return ""
    hours, minutes = divmod(late // 60_000, 60)
    days, hours = divmod(hours, 24)
    spans = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return f"fired {' '.join(spans)} after it was due"


def fire(draft: Draft, step: StepPlan) -> None:
    """Do what a step's next timer is for."""
    state = draft.state(step.name)
    if state.accept_by is not None and state.accept_by <= draft.now:
        _not_accepted(draft, step, due=state.accept_by)
    elif state.status == "returned":
        closing.begin(draft, "deemed_withdrawn", why="the applicant did not complete the file in time")
    elif state.provisional:
        provisional.overdue(draft, step)
    elif state.due is not None and step.deadline is not None:
        _threshold(draft, step, deadline=step.deadline, due=state.due)
    else:
        draft.edit(step.name).missed = True  # a newer plan has taken the deadline away


def is_overtaken(draft: Draft, step: StepPlan, *, appended_at: int) -> bool:
    """Tell whether an answer came after a deadline that had decided the step already, though it has not fired yet."""
    state = draft.state(step.name)
    if state.due is None or state.provisional or min(appended_at, draft.now) < state.due:
        return False
    if state.status == "returned":
        return True
    deadline = step.deadline
    return deadline is not None and deadline.on_missed != "escalate" and deadline.form != "proposal"


def _first_due(draft: Draft) -> StepPlan | None:
    due = [(moment, step) for step, moment in clock.timers(draft.procedure, draft.case) if moment <= draft.now]
    return min(due, key=lambda each: each[0])[1] if due and not is_closed(draft.case) else None


def _not_accepted(draft: Draft, step: StepPlan, *, due: int) -> None:
    state = draft.edit(step.name)
    state.accept_by = None
    told = deadline_warned(
        draft.case, draft.plan.coordinator, step=step.name, state=state, percent=0, due=due, level="coordinator"
    )
    draft.notices.append(told)
    draft.note("not accepted", step=step.name, why="the coordinator is told")


def _threshold(draft: Draft, step: StepPlan, *, deadline: DeadlinePlan, due: int) -> None:
    state = draft.edit(step.name)
    passed = [
        percent
        for percent in deadline.warn
        if percent > state.warned and clock.warning_at(deadline, state, percent=percent, due=due) <= draft.now
    ]
    if passed:
        state.warned = passed[-1]
        _warn(draft, step, state=state, percent=passed[-1], due=due)
    if due <= draft.now:
        _miss(draft, step, state=state, deadline=deadline, due=due)


def _warn(draft: Draft, step: StepPlan, *, state: StepState, percent: int, due: int) -> None:
    told = deadline_warned(
        draft.case, step.agency, step=step.name, state=state, percent=percent, due=due, level="agency"
    )
    draft.notices.append(told)
    draft.note("warned", step=step.name, why=f"{percent} percent of its time")


def _miss(draft: Draft, step: StepPlan, *, state: StepState, deadline: DeadlinePlan, due: int) -> None:
    state.missed = True
    if deadline.on_missed == "deemed" and deadline.form == "proposal":
        proposal.make(draft, step, deadline)
    elif deadline.on_missed == "deemed":
        cancel_task(draft, step, reason="it counts as done since its deadline has passed")
        why = f"deemed: its deadline has passed; {deadline.legal_basis}".rstrip("; ")
        outcome.finish(draft, step, data=deadline.facts, why=why, by="deadline")
    elif step.payment is not None and payment.is_renewed(draft, step, step.payment):
        return
    elif deadline.on_missed == "escalate":
        told = deadline_warned(
            draft.case, draft.plan.coordinator,
            step=step.name, state=state, percent=_FULL, due=due, level="coordinator",
        )  # fmt: skip
        draft.notices.append(told)
        draft.note("escalated", step=step.name, why="the deadline has passed; the coordinator is told")
    else:
        closing.begin(draft, deadline.on_missed, why=f"the deadline of {step.name} has passed")
        if draft.state(step.name).status == "active":  # let finish, but not for ever
            cancel_task(draft, step, reason="its deadline has passed")
            clock.end(draft.move(step.name, "cancelled", why="its deadline has passed"), draft.at)
