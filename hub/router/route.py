"""The router's one door: what a case becomes by one stimulus, and what that causes.

Promises to be total and deterministic, never to raise and never to change its arguments: what cannot be decided is
an incident on that case, and the partition goes on.
"""

from typing import Final

from hub.events.envelope import Event
from hub.network.plan import Plan
from hub.router import answer, assignment, command, incident, opening, order, signal, timers
from hub.router.case import DIGEST_CHARS, MAX_CASE_BYTES, Case, mark_of
from hub.router.control import refused
from hub.router.decision import Command, Decision, Refusal, Signal, Tick

_NOTHING: Final = Decision(outcome="nothing", journal=False)


def route(plan: Plan, case: Case | None, stimulus: Event | Command | Tick, now: int) -> Decision:
    """Decide one stimulus of one case; `now` is the partition's clock in ms."""
    try:
        decision = _decide(plan, case, stimulus, now)
        if decision.state is not None and len(decision.state) > MAX_CASE_BYTES:
            return _oversized(case, stimulus, now)
    except Exception as error:  # noqa: BLE001 - one case must never stop a partition
        return _failed(case, stimulus, now=now, detail=incident.describe(error))
    return decision


def _decide(plan: Plan, case: Case | None, stimulus: Event | Command | Tick, now: int, /) -> Decision:
    if isinstance(stimulus, Event):
        return _event(plan, case, stimulus, now)
    if isinstance(stimulus, Command):
        return _command(plan, case, stimulus, now)
    return _tick(plan, case, stimulus, now)


def _event(plan: Plan, case: Case | None, event: Event, now: int, /) -> Decision:
    agency = plan.agencies.get(event.agency)
    if agency is None or event.type not in agency.publishes:
        return _signal(plan, case, event, now)
    if case is not None:
        known = case.applied.get(mark_of(event.agency, event.id))
        if known is not None:
            return _repeat(event, known)
        if case.incidents:
            return incident.park(case, event)
        if case.procedure is not None:
            procedure = assignment.procedure_of(plan, case)
            if procedure is None:
                return _unplanned(case, event, now)
            return answer.take(plan, procedure, case, event=event, now=now)
    return opening.first(plan, case, event=event, now=now)


def _signal(plan: Plan, case: Case | None, event: Event, now: int, /) -> Decision:
    """Take what no agency may say: only another case tells it."""
    if isinstance(event, Signal):
        return signal.take(plan, case, event, now=now)
    return refused(event, Refusal(category="rights", reason=f"{event.agency} may not publish {event.type}"))


def _repeat(event: Event, known: str) -> Decision:
    if known == event.digest[:DIGEST_CHARS]:
        return Decision(outcome="duplicate", why="this event was taken already", journal=False)
    reason = "an event with this id was taken already, with other content; give every event an id of its own"
    return refused(event, Refusal(category="id-reused", reason=reason))


def _command(plan: Plan, case: Case | None, act: Command, now: int, /) -> Decision:
    decided = command.precheck(case, act)
    if decided is not None or case is None:
        return decided or _NOTHING
    if act.act == "note":
        return command.note(case, act)
    if case.procedure is None:
        return command.obey_orphan(case, act, now=now)
    procedure = assignment.procedure_of(plan, case)
    if procedure is None:
        return command.decline(case, act, why=_missing(case))
    return command.obey(plan, procedure, case, command=act, now=now)


def _tick(plan: Plan, case: Case | None, tick: Tick, now: int, /) -> Decision:
    if case is None:
        return _NOTHING
    if case.waits and (let_go := order.look_again(plan, assignment.procedure_of(plan, case), case, now=now)):
        return let_go
    if case.incidents:
        return _NOTHING
    if case.procedure is None:
        return timers.drop_orphan(case, now=now) or _NOTHING
    procedure = assignment.procedure_of(plan, case)
    if procedure is None:
        return _unplanned(case, tick, now)
    return timers.tick(plan, procedure, case, now=now) or _NOTHING


def _unplanned(case: Case, stimulus: Event | Tick, now: int, /) -> Decision:
    return incident.stop(case, stimulus, now=now, cause="procedure", detail=_missing(case))


def _missing(case: Case) -> str:
    return f"procedure {case.procedure} is not in the network in force; apply it again, then retry"


def _oversized(case: Case | None, stimulus: Event | Command | Tick, now: int, /) -> Decision:
    detail = f"the case would be over {MAX_CASE_BYTES} bytes; send documents as claim checks, or withdraw"
    if isinstance(stimulus, Command) and case is not None:
        return command.decline_for_size(case, why=detail)
    return incident.stop(case, stimulus, now=now, cause="oversized", detail=detail)


def _failed(case: Case | None, stimulus: Event | Command | Tick, *, now: int, detail: str) -> Decision:
    if isinstance(stimulus, Command):
        why = f"the act failed: {detail}"
        if case is None:
            return command.of_nobody(stimulus, why=why)
        return command.decline(case, stimulus, why=why)
    return incident.stop(case, stimulus, now=now, cause="exception", detail=detail)
