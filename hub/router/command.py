"""What an operator may do to a case: note, retry, skip, amend, withdraw, resend, reassign, migrate, stop a clock.

Promises that an act is done whole or not at all, only on the revision that the operator saw, and is journaled either
way.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from hub.errors import ExpressionError
from hub.names import APPLICATION, StepName, opener_of
from hub.network.plan import FactPath, Plan, ProcedurePlan, StepPlan
from hub.router import (
    activation,
    assignment,
    clock,
    closing,
    flow,
    lane,
    merge,
    migration,
    order,
    outcome,
    predecessor,
    returns,
    sub_case,
)
from hub.router.case import DIGEST_CHARS, ORPHAN_MS, OWED, Case, Incident, StepState, is_closed, mark_of
from hub.router.decision import Change, Command, Decision, Refusal
from hub.router.draft import Draft, unfinished_steps
from hub.router.holding import doer

#: What makes an act impossible, in words; None when it was done.
Hindrance = str | None


def obey(plan: Plan, procedure: ProcedurePlan, case: Case, *, command: Command, now: int) -> Decision:
    """Do an operator's act, or say why not."""
    draft = Draft(plan, procedure, case, now=now, at=now)
    draft.mark("", command.id, command.act)
    hindrance = _do(draft, command)
    if hindrance is not None:
        return decline(case, command, why=hindrance)
    if draft.case.waits:  # an order may have ended while the case waited for this act
        order.send_released(draft)
    flow.run(draft)
    return draft.decide("commanded", applied=True, release=draft.release())


def _do(draft: Draft, command: Command) -> Hindrance:
    if (on_case := _ON_CASES.get(command.act)) is not None:
        return on_case(draft, command)
    step = _step_of(draft, command.step)
    return "name a step of this procedure" if step is None else _ON_STEPS[command.act](draft, step, command)


def precheck(case: Case | None, command: Command) -> Decision | None:
    """Decide an act that cannot be done at all: no such case, done before, or another revision than was seen."""
    if case is None:
        return of_nobody(command, why="no case has this id")
    if mark_of("", command.id) in case.applied:
        return Decision(outcome="duplicate", why="this act was decided already", journal=False)
    if command.revision is not None and command.revision != case.revision:
        seen = f"the operator saw revision {command.revision}, the case is at {case.revision}; look again"
        return decline(case, command, why=seen)
    if not command.actor.strip() or not command.reason.strip():
        return decline(case, command, why="an act needs an actor and a reason")
    return None


def of_nobody(command: Command, *, why: str) -> Decision:
    """Journal an act on a case that is not there, or not any more: as revision 0, of which nothing is kept."""
    if opener_of(command.case) is None:
        return Decision(outcome="commanded", applied=False, why=why, journal=False)
    return Decision(
        outcome="commanded", case=Case(id=command.case, status="orphan"), delete=True, applied=False, why=why
    )


def note(case: Case, command: Command) -> Decision:
    """Journal what an operator has to say of a case, whatever state it is in; nothing else changes."""
    return Decision(outcome="commanded", case=_touched(case, command), applied=True)


def decline(case: Case, command: Command, *, why: str) -> Decision:
    """Journal that an act was not done."""
    return Decision(outcome="commanded", case=_touched(case, command), applied=False, why=why)


def decline_for_size(case: Case, *, why: str) -> Decision:
    """Journal that an act was not done, without remembering it: the case may not grow any more."""
    case = msgspec.structs.replace(case, revision=case.revision + 1)
    return Decision(outcome="commanded", case=case, applied=False, why=why)


def obey_orphan(stub: Case, command: Command, *, now: int) -> Decision:
    """Do an act on a case that no opening has made: only retry and withdraw mean anything."""
    case = _touched(stub, command)
    if command.act == "withdraw":
        case.incidents, case.due = (), None
        refusal = Refusal(category="orphan", reason="an operator has withdrawn the case before it was opened")
        gone = Change(step="", before="orphan", after="deleted", why="withdrawn by an operator")
        return Decision(
            outcome="commanded", case=case, delete=True, drop_parked=refusal, changes=(gone,), applied=True,
            signals=sub_case.never_opened(case, now=now),
        )  # fmt: skip
    if command.act != "retry" or not stub.incidents:
        return decline(stub, command, why=f"the case is not open; there is nothing to {command.act}")
    case.incidents, case.waits, case.parked, case.due = (), (), 0, now + ORPHAN_MS
    changes = tuple(Change(step="", before="incident", after="resolved", why="retried") for _ in stub.incidents)
    return Decision(outcome="commanded", case=case, changes=changes, release=stub.parked > 0, applied=True)


def _touched(case: Case, command: Command) -> Case:
    applied = {**case.applied, mark_of("", command.id): command.act[:DIGEST_CHARS]}
    return msgspec.structs.replace(case, revision=case.revision + 1, applied=applied)


def _retry(draft: Draft, command: Command) -> Hindrance:
    chosen = [one for one in draft.case.incidents if command.step is None or one.step == command.step]
    if not chosen:
        return "there is no such incident"
    draft.resolve(chosen, why="retried by an operator")
    for one in chosen:
        draft.look.extend(_to_consider(draft, one))
    return None


def _to_consider(draft: Draft, incident: Incident) -> Iterable[StepName]:
    if incident.cause == "rounds":
        draft.case.rounds = 0
    if incident.cause == "stuck":
        return list(draft.procedure.steps)
    return [StepName(incident.step)] if incident.step in draft.procedure.steps else []


def _skip(draft: Draft, step: StepPlan, command: Command) -> Hindrance:
    here = [one for one in draft.case.incidents if one.step == step.name or one.cause == "stuck"]
    status = draft.state(step.name).status
    if status not in OWED and not (status == "pending" and here and draft.case.status == "open"):
        return f"step {step.name} is {status}: nobody waits for it"
    returns.cancel_task(draft, step, reason="an operator has skipped this step")
    draft.resolve(here, why="skipped by an operator")
    outcome.finish(draft, step, data=command.facts, why="skipped by an operator", by="operator")
    return None


def _amend(draft: Draft, command: Command) -> Hindrance:
    source = APPLICATION if command.step is None else command.step
    if is_closed(draft.case):
        return "the case has ended"
    if source != APPLICATION and _step_of(draft, command.step) is None:
        return "name a step of this procedure, or none for the application"
    needed = draft.procedure.needed(unfinished_steps(draft.procedure, draft.case)).get(source, frozenset())
    usable = {field: value for field, value in command.facts.items() if field in needed}
    if len(usable) < len(command.facts) or not usable:
        return f"no step can use {', '.join(sorted(command.facts.keys() - usable.keys()))[:300] or 'nothing'}"
    paths: list[FactPath] = [(source, field) for field in usable]
    draft.give(source, usable)
    returns.mark_stale(draft, paths)
    if source == APPLICATION and draft.case.lineage is not None:
        predecessor.corrected(draft, usable)
    draft.paths |= frozenset(paths)
    draft.note("amended", step="" if source == APPLICATION else source, why="amended by an operator")
    return None


def _withdraw(draft: Draft, _: Command) -> Hindrance:
    if draft.case.status != "open":
        return f"the case is {draft.case.status} already"
    closing.begin(draft, "withdrawn", why="withdrawn by an operator")
    return None


def _resend(draft: Draft, step: StepPlan, _: Command) -> Hindrance:
    state = draft.state(step.name)
    if state.status not in OWED:
        return f"step {step.name} is {state.status}: it has no task"
    if (agency := doer(draft.plan, step, state)) in draft.plan.orders.held:
        return f"{agency} is held by an order to the network; release it first"
    if state.status == "returned":
        draft.tasks.append(msgspec.structs.replace(returns.completion_task(draft, step), again=True))
    elif state.stale:
        returns.cancel_task(draft, step, reason="it is sent again with other facts")
        clock.end(draft.move(step.name, "pending", why="its facts have changed"), draft.at)
        activation.start(draft, step)
        return None
    elif hindrance := _send_again(draft, step):
        return hindrance
    draft.note("resent", step=step.name, why="sent again by an operator")
    return None


def _reassign(draft: Draft, step: StepPlan, command: Command) -> Hindrance:
    if command.to is None:
        return "name the agency that is to do the step"
    state = draft.state(step.name)
    if state.status != "active":
        return f"step {step.name} is {state.status}: no agency is at it"
    if state.provisional:
        return f"step {step.name} stands provisionally; its agency confirms or revokes it"
    if _is_overdue(draft, state):
        return f"the deadline of step {step.name} has passed"
    return assignment.give(draft, step, to=command.to)


def _is_overdue(draft: Draft, state: StepState) -> bool:
    """Tell whether what follows of a missed deadline is about to be decided."""
    return state.due is not None and state.due <= draft.now and not state.missed


def _send_again(draft: Draft, step: StepPlan) -> Hindrance:
    if held := activation.held_by(step, draft.now):
        return f"agreement {held.name} is not in force"
    if step.sub_case is not None and (why := sub_case.why_not_again(draft, step)):
        return why
    try:
        data = activation.fill(step, draft.case.facts)
    except ExpressionError as wrong:
        return str(wrong)
    state = draft.edit(step.name)
    state.accept_by = None if step.accept_within is None else clock.reachable(draft.now + step.accept_within)
    activation.send(draft, step, data=data)
    draft.tasks = [msgspec.structs.replace(each, again=True) for each in draft.tasks]
    return None


def _stop_clock(draft: Draft, step: StepPlan, _: Command) -> Hindrance:
    state = draft.state(step.name)
    if state.status != "active":
        return f"step {step.name} is {state.status}: it has no clock that could be stopped"
    if state.since is None:
        return f"the clock of step {step.name} stands already"
    if _is_overdue(draft, state):
        return f"the deadline of step {step.name} has passed"
    clock.stop(draft.edit(step.name), draft.at, deadline=step.deadline)
    draft.note("progress", step=step.name, why="the clock is stopped by an operator")
    return None


def _resume(draft: Draft, step: StepPlan, _: Command) -> Hindrance:
    state = draft.state(step.name)
    if state.status != "active":
        return f"step {step.name} is {state.status}: it has no clock that could run on"
    if state.since is not None:
        return f"the clock of step {step.name} runs already"
    if state.held:
        return f"the task of step {step.name} is held by an order to the network"
    if state.provisional:
        return f"step {step.name} stands provisionally: its clock has ended"
    state = draft.edit(step.name)
    clock.resume(state, draft.at, deadline=step.deadline)
    draft.note("progress", step=step.name, why="the clock is resumed by an operator", due=state.due)
    return None


def _prioritise(draft: Draft, command: Command) -> Hindrance:
    return lane.change(draft, str(command.facts.get("ground", "")))


def _step_of(draft: Draft, name: StepName | None) -> StepPlan | None:
    return None if name is None else draft.procedure.steps.get(name)


_ON_CASES: Final[Mapping[str, Callable[[Draft, Command], Hindrance]]] = {
    "retry": _retry, "amend": _amend, "withdraw": _withdraw, "migrate": migration.go, "merge": merge.ask,
    "prioritise": _prioritise,
}  # fmt: skip
_ON_STEPS: Final[Mapping[str, Callable[[Draft, StepPlan, Command], Hindrance]]] = {
    "skip": _skip, "resend": _resend, "reassign": _reassign, "stop-clock": _stop_clock, "resume": _resume,
}  # fmt: skip
