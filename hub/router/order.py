"""What orders to the whole network do to one case: its opening waits, its tasks are held, and both come back.

Promises that nothing is lost while it waits, and that what was held is sent once, when nothing holds it any more.
"""

import msgspec

from hub.events.envelope import Event
from hub.names import ProcedureRef
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.router import activation, clock, flow, incident, proposal, returns
from hub.router.case import MAX_PARKED, ORPHAN_MS, Case
from hub.router.control import refused
from hub.router.decision import Change, Decision, Refusal, Signal
from hub.router.draft import Draft
from hub.router.holding import OPENINGS, doer


def is_stopped(plan: Plan, ref: ProcedureRef) -> bool:
    """Tell whether openings of a procedure are stopped, whatever its version."""
    return ref.partition("@")[0] in plan.orders.stopped


def wait_for_openings(stub: Case | None, event: Event, *, ref: ProcedureRef, now: int) -> Decision:
    """Keep an opening until its procedure may be opened again, however long that is."""
    opens = event if isinstance(event, Signal) else None  # what another case tells always finds room
    if opens is None and stub is not None and stub.parked >= MAX_PARKED:
        reason = f"{MAX_PARKED} events wait for this case's opening already; publish it once openings are allowed"
        return refused(event, Refusal(category="oversized", reason=reason))
    at = min(event.appended_at, now)
    old = stub or Case(id=event.case, status="orphan", opened_at=at, at=at)
    procedure = ref.partition("@")[0]
    case = msgspec.structs.replace(
        old, waits=(f"{OPENINGS}{procedure}",), due=None, revision=old.revision + 1, parked=old.parked + 1,
        parent=old.parent if opens is None else incident.opened_by(opens),
    )  # fmt: skip
    changes = () if stub is not None else (Change(step="", before="", after="orphan"),)
    why = f"openings of {procedure} are stopped; it waits until they are allowed"
    return Decision(outcome="orphaned", case=case, park=True, changes=changes, why=why)


def look_again(plan: Plan, procedure: ProcedurePlan | None, case: Case, *, now: int) -> Decision | None:
    """Let go on what no order holds any more; None while every one that it waits for is in force."""
    if all(_is_in_force(plan, each) for each in case.waits):
        return None
    if case.procedure is None:  # with an incident it waits for a person, whose act lets it go on
        return None if case.incidents else _open_again(case, now=now)
    if procedure is None:
        return None
    draft = Draft(plan, procedure, case, now=now, at=now)
    if not send_released(draft):
        return None
    flow.run(draft)
    return draft.decide(draft.outcome("fired"), why="its agency is released")


def send_released(draft: Draft) -> bool:
    """Send what no order holds any more, and tell whether there was any; what waits for a person waits on.

    To send it would end the incident of its step, and with it the wait of what is parked, which only an act ends.
    """
    waiting, steps, released = {one.step for one in draft.case.incidents}, draft.procedure.steps, False
    for name, state in list(draft.case.steps.items()):
        if state.held and name not in waiting and doer(draft.plan, steps[name], state) not in draft.plan.orders.held:
            _send(draft, steps[name])
        elif state.unasked and not proposal.is_held(draft.plan, steps[name]):
            proposal.let_go(draft, steps[name])
        else:
            continue
        released = True
    return released


def _send(draft: Draft, step: StepPlan) -> None:
    """Send what was held: as a new attempt, whose time begins now; the applicant's as it is, with all its time."""
    if draft.state(step.name).status == "returned":
        returns.ask_applicant(draft, step)
        return
    clock.end(draft.move(step.name, "pending", why="its agency is released"), draft.at)
    activation.start(draft, step)


def _open_again(case: Case, *, now: int) -> Decision:
    opened = msgspec.structs.replace(case, waits=(), parked=0, due=now + ORPHAN_MS, revision=case.revision + 1)
    return Decision(outcome="fired", case=opened, release=case.parked > 0, why="openings are allowed again")


def _is_in_force(plan: Plan, waits: str) -> bool:
    is_of_openings, target = waits.startswith(OPENINGS), waits.partition(":")[2]
    return target in (plan.orders.stopped if is_of_openings else plan.orders.held)
