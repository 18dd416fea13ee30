"""When a step starts: joins, dead paths, guards, agreements in force, and the task that is sent.

Promises that a join fires once per generation: only a pending step is considered, and starting raises its attempt.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from hub.errors import ExpressionError
from hub.events.envelope import Facts
from hub.names import StepName, TaskId, task_id
from hub.network.plan import AgreementPlan, StepPlan
from hub.router import bill, clock, predecessor, referral, sub_case
from hub.router.case import MAX_DEPTH, Cause
from hub.router.decision import Task
from hub.router.draft import Draft
from hub.router.holding import hold

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


def consider(draft: Draft, name: StepName) -> None:
    """Start or skip a pending step when its predecessors say so; leave it alone otherwise."""
    if draft.case.status != "open" or draft.state(name).status != "pending":
        return
    step = draft.procedure.steps[name]
    ready = is_ready(draft, step)
    if ready:
        start(draft, step)
    elif ready is False:
        skip(draft, step, why="every way to it is closed")


def is_ready(draft: Draft, step: StepPlan) -> bool | None:
    """Tell whether a step may start (True), never will (False), or must wait (None)."""
    by_predecessors = _joined(draft, step)
    if by_predecessors or not step.rejected_by:
        return by_predecessors
    statuses = [draft.state(name).status for name in step.rejected_by]
    if "rejected" in statuses:
        return True
    waits = by_predecessors is None or any(status in {"pending", "active", "returned"} for status in statuses)
    return None if waits else False


def _joined(draft: Draft, step: StepPlan) -> bool | None:
    if step.mode == "start":
        return True
    steps = draft.case.steps
    done = closed = 0
    for name in step.after:
        state = steps.get(name)
        if state is None:
            continue
        if state.status == "done":
            done += 1
        elif state.status == "skipped" or state.status == "rejected":  # noqa: PLR1714 - quicker than a set
            closed += 1
        elif state.provisional and name in step.provisional:
            done += 1
    total = len(step.after)
    if done + closed == total:
        return done > 0
    if step.mode == "any":
        return True if done else None
    if step.mode == "of":
        return True if done >= min(step.at_least, total - closed) else None
    return None


def start(draft: Draft, step: StepPlan) -> None:
    """Send a step's task, or skip it when its guard is false; what cannot be decided is an incident."""
    if over := held_by(step, draft.now):
        _wait(draft, step, cause="agreement", detail=f"agreement {over.name} is not in force; renew it, then retry")
        return
    if step.sub_case is not None and sub_case.is_too_deep(draft.case):
        _wait(draft, step, cause="procedure", detail=f"{MAX_DEPTH} cases wait for this one already; skip the step")
        return
    facts = draft.case.facts
    cause: Cause = "guard"
    try:
        if step.when is not None:
            value = step.when(facts)
            if value is False:
                skip(draft, step, why="its guard is false")
                return
            if value is not True:
                raise ExpressionError(f"the guard {step.when.text!r} gives no true or false")  # noqa: TRY301 - one way out
        if draft.case.lineage is not None and predecessor.uses(draft, step):
            return
        cause = "fill"
        data = fill(step, facts)
        origin = origin_of(step, facts)
        if origin is None and step.referred_by:
            origin = referral.since(draft, step)
    except ExpressionError as wrong:
        _wait(draft, step, cause=cause, detail=str(wrong))
        return
    _begin(draft, step, data=data, origin=origin)


def _begin(draft: Draft, step: StepPlan, *, data: dict[str, Any], origin: int | None) -> None:
    """Send a step's task, or hold it; a bill is counted when its task is sent, not before."""
    if step.sub_case is None and step.agency in draft.plan.orders.held:
        _activate(draft, step, origin=origin)
        hold(draft, step, step.agency)
    elif (step.bill is None and step.payment is None) or bill.prepare(draft, step):
        _activate(draft, step, origin=origin)
        send(draft, step, data=data)


def _activate(draft: Draft, step: StepPlan, *, origin: int | None) -> None:
    case, name = draft.case, step.name
    if case.incidents:
        draft.resolve([one for one in case.incidents if one.step == name], why="the step has started")
    state = draft.move(name, "active")
    state.task = task_id(case.id, name, state.attempt)
    state.stale, state.by, state.referred = False, "", False
    state.accept_by = None if step.accept_within is None else clock.reachable(draft.now + step.accept_within)
    clock.start(state, draft.now, deadline=step.deadline, origin=origin)
    if not (case.bills and bill.is_paid(draft, step)):  # held though it was paid: it is done when it is released
        draft.forget(name)


def send(draft: Draft, step: StepPlan, *, data: dict[str, Any]) -> None:
    """Send what a step's state stands for: its task, or the opening of the case that it waits for."""
    draft.paths |= step.uses
    if step.sub_case is None:
        draft.tasks.append(task_of(draft, step, data=data))
    else:
        sub_case.begin(draft, step, data=data)


def fill(step: StepPlan, facts: Mapping[str, Facts]) -> dict[str, Any]:
    """Make a task's data; raise ExpressionError that names the expression without a value."""
    return {field: expression(facts) for field, expression in step.fill}


def task_of(draft: Draft, step: StepPlan, *, data: dict[str, Any]) -> Task:
    """Write the task that a step's state stands for."""
    state = draft.state(step.name)
    if step.bill is not None:
        data = {**data, **bill.asked(step, draft.case)}
    return Task(
        id=TaskId(state.task), agency=step.agency, type=step.request, step=step.name, attempt=state.attempt,
        procedure=draft.procedure.ref, data=data, due=state.due, subject=draft.case.subject,
        about="" if step.subject is None else step.subject.code, priority=draft.case.priority != "",
    )  # fmt: skip


def skip(draft: Draft, step: StepPlan, *, why: str) -> None:
    """Leave a step out; what follows it is considered."""
    state = draft.move(step.name, "skipped", why=why)
    state.ended = draft.now
    draft.look.extend(step.successors)


def _wait(draft: Draft, step: StepPlan, *, cause: Cause, detail: str) -> None:
    draft.incident(cause, detail, step=step.name)


def held_by(step: StepPlan, now: int, /) -> AgreementPlan | None:
    """Give the agreement that is not in force and whose parties want cases to wait then."""
    for agreement in step.agreements:
        if agreement.on_expiry == "hold" and not agreement.since <= now < agreement.until:
            return agreement
    return None


def origin_of(step: StepPlan, facts: Mapping[str, Facts]) -> int | None:
    """Tell from when a step's deadline counts, when facts say so; raise ExpressionError when they say it wrongly."""
    if step.deadline is None or step.deadline.start is None:
        return None
    value = step.deadline.start(facts)
    found = _moment(value, step.deadline.zone)
    if found is None:
        raise ExpressionError(f"the deadline's start {step.deadline.start.text!r} gives no date or time")
    return found


def _moment(value: object, zone: tzinfo, /) -> int | None:
    """Read a time, or the beginning of a day in a zone; None when it is neither."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=zone)) - _START) // timedelta(milliseconds=1)
