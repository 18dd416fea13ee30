"""What a case hears from another: it is opened for it, given up by it, goes first with it, or its sub-case has ended.

Promises that a signal is applied once and never refused for want of room: what cannot be decided is an incident.
"""

import msgspec

from hub.events.envelope import Event
from hub.network.plan import Plan, ProcedurePlan
from hub.router import answer, assignment, closing, flow, incident, lane, late, merge, opening, order, sub_case
from hub.router.case import Case, is_closed, mark_of
from hub.router.decision import Change, Decision, Refusal, Signal
from hub.router.draft import Draft


def take(plan: Plan, case: Case | None, signal: Signal, *, now: int) -> Decision:
    """Decide what a case hears from another."""
    if signal.kind == "merge" and (case is None or case.procedure is None):
        return merge.not_there(signal, now=now)
    if case is not None:
        if mark_of(signal.agency, signal.id) in case.applied:
            return _again(case, signal)
        if signal.kind == "merge":  # before incidents, which end with the case
            return merge.take(plan, assignment.procedure_of(plan, case), case, signal, now=now)
        if case.incidents or (case.waits and case.procedure is None):
            return incident.park(case, signal)
        if case.procedure is not None:
            return _heard(plan, case, signal, now)
    return _open(plan, case, signal, now) if signal.kind == "open" else _unheard()


def _again(case: Case, signal: Signal) -> Decision:
    """Change nothing by what was taken already; but who opens a case again that has ended did not hear of its end."""
    told = sub_case.tell_again(case, signal) if signal.kind == "open" and case.procedure is not None else None
    if told is None:
        return Decision(outcome="duplicate", why="this signal was taken already", journal=False)
    why = f"case {signal.sender} asks again how it ended"
    return Decision(
        outcome="duplicate", case=msgspec.structs.replace(case, revision=case.revision + 1), signals=(told,),
        changes=(Change(step="", before="", after="told again", why=why),), why=why,
    )  # fmt: skip


def _open(plan: Plan, stub: Case | None, signal: Signal, now: int, /) -> Decision:
    ref = plan.openings.get(signal.type)
    if ref is None:
        detail = f"no procedure of the network in force opens with {signal.type}; apply one that does, then retry"
        return incident.stop(stub, signal, now=now, cause="procedure", detail=detail)
    procedure = plan.procedures[ref]
    over = next((each.name for each in procedure.agreements if not each.since <= now < each.until), None)
    if over is not None:
        detail = f"agreement {over} is not in force; renew it, then retry"
        return incident.stop(stub, signal, now=now, cause="agreement", detail=detail)
    if plan.orders.stopped and order.is_stopped(plan, ref):
        return order.wait_for_openings(stub, signal, ref=ref, now=now)
    return opening.begin(plan, procedure, stub, event=signal, now=now, parent=incident.opened_by(signal))


def _heard(plan: Plan, case: Case, signal: Signal, now: int, /) -> Decision:
    procedure = assignment.procedure_of(plan, case)
    if procedure is None:
        detail = f"procedure {case.procedure} is not in the network in force; apply it again, then retry"
        return incident.stop(case, signal, now=now, cause="procedure", detail=detail)
    if signal.kind == "merged":
        return merge.take(plan, procedure, case, signal, now=now)
    if signal.kind == "end":
        return _ended(plan, procedure, case, signal=signal, now=now)
    draft = _draft(plan, procedure, case, event=signal, now=now)
    if signal.kind == "lane":
        return _goes_along(draft, signal)
    return _taken(draft, signal) if signal.kind == "open" else _give_up(draft, signal)


def _taken(draft: Draft, signal: Signal) -> Decision:
    """Leave alone a case that somebody has opened under the id of a sub-case; whoever waits for that is told."""
    draft.signals = (*draft.signals, sub_case.taken(draft.case, signal, at=draft.at))
    draft.note("late", why=f"case {signal.sender} would open it as a sub-case, but it is another case")
    return draft.decide("late")


def _give_up(draft: Draft, signal: Signal) -> Decision:
    case = draft.case
    if case.parent is None or not sub_case.is_told(case, signal):
        draft.note("late", why="another case gives it up that does not wait for it")
        return draft.decide("late")
    case.parent = sub_case.given_up(case.parent)
    if is_closed(case):
        draft.note("late", why="given up, but it has ended")
        return draft.decide("late")
    draft.note("given up", why=f"case {signal.sender} does not wait for it any more")
    closing.begin(draft, "withdrawn", why="the case that opened it does not wait for it any more")
    flow.run(draft)
    return draft.decide(draft.outcome("advanced"))


def _goes_along(draft: Draft, signal: Signal) -> Decision:
    if is_closed(draft.case) or not sub_case.is_told(draft.case, signal):
        draft.note("late", why="the lane of another case has changed, which this one does not go along with any more")
        return draft.decide("late")
    lane.follow(draft, signal)
    return draft.decide("advanced")


def _ended(plan: Plan, procedure: ProcedurePlan, case: Case, *, signal: Signal, now: int) -> Decision:
    step = next((procedure.steps[name] for name, state in case.steps.items() if state.task == signal.causation), None)
    if step is not None and signal.type not in step.answers:
        detail = f"step {step.name} takes no {signal.type}; apply a network in which it does, then retry, or skip it"
        return incident.stop(case, signal, now=now, cause="procedure", detail=detail)
    draft = _draft(plan, procedure, case, event=signal, now=now)
    if step is None:
        late.note(draft, signal, step=signal.step, why="its sub-case is not waited for any more")
        return draft.decide(draft.outcome("late"))
    return answer.move(draft, step, event=signal, why=f"case {signal.sender} has ended")


def _draft(plan: Plan, procedure: ProcedurePlan, case: Case, *, event: Event, now: int) -> Draft:
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    draft.mark(event.agency, event.id, event.digest)
    return draft


def _unheard() -> Decision:
    refusal = Refusal(category="routing", reason="no case has this id that could hear it; its state is deleted")
    return Decision(outcome="refused", refusal=refusal, why=refusal.reason, journal=False)
