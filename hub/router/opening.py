"""How a case begins: its opening, events that came before it, and openings that come twice."""

import msgspec

from hub.events.codec import parse_millis
from hub.events.envelope import Event
from hub.names import APPLICATION, AgencyCode, opener_of
from hub.network.plan import Plan, ProcedurePlan
from hub.router import flow, lane, order, predecessor
from hub.router.bill import pinned
from hub.router.case import DIGEST_CHARS, MAX_PARKED, ORPHAN_MS, Case, Parent
from hub.router.control import TASK_ACCEPTED, refused
from hub.router.decision import Change, Decision, Refusal
from hub.router.draft import Draft


def first(plan: Plan, stub: Case | None, *, event: Event, now: int) -> Decision:
    """Decide an event of a case that no opening has made yet; `stub` holds what was parked before."""
    ref = plan.openings.get(event.type)
    if ref is None:
        return _orphan(plan, stub, event=event, now=now)
    procedure = plan.procedures[ref]
    refusal = _may_open(plan, event) or _in_force(procedure, event) or _too_old(procedure, event, now=now)
    if refusal is not None:
        return refused(event, refusal)
    if plan.orders.stopped and order.is_stopped(plan, ref):
        return order.wait_for_openings(stub, event, ref=ref, now=now)
    return begin(plan, procedure, stub, event=event, now=now)


def begin(
    plan: Plan, procedure: ProcedurePlan, stub: Case | None, *, event: Event, now: int, parent: Parent | None = None
) -> Decision:
    """Open a case with what its opening says; `parent` is the case that opens it as a sub-case."""
    case = Case(
        id=event.case, procedure=procedure.ref, subject=event.subject, revision=0 if stub is None else stub.revision,
        opening=event.digest[:DIGEST_CHARS], opened_at=min(event.appended_at, now), at=min(event.appended_at, now),
        parked=0 if stub is None else stub.parked, parent=parent,
    )  # fmt: skip
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    draft.mark(event.agency, event.id, event.digest)
    why = "" if parent is None else f"step {parent.step} of case {parent.case} waits for it"
    draft.changes.append(Change(step="", before="" if stub is None else "orphan", after="open", why=why))
    if procedure.tariffs or procedure.service_version > 1:
        _pin(draft)
    draft.give(APPLICATION, event.data)
    if procedure.priority is not None or parent is not None:
        lane.enter(draft, event)
    if procedure.predecessor is not None:
        predecessor.enter(draft, event.data)
    draft.look.extend(step.name for step in procedure.steps.values() if step.mode == "start")
    flow.run(draft)
    return draft.decide("opened", release=draft.release())


def _pin(draft: Draft) -> None:
    """Keep the versions of the day for as long as the case lives, and journal which they are."""
    case, procedure = draft.case, draft.procedure
    case.tariffs, case.service = pinned(procedure, case.opened_at), procedure.service_version
    kept = [f"service {procedure.service}@{case.service}", *(f"tariff {name}@{n}" for name, n in case.tariffs.items())]
    draft.note("pinned", why=", ".join(kept))


def again(plan: Plan, procedure: ProcedurePlan, case: Case, *, event: Event, now: int) -> Decision:
    """Decide a further opening of a case: the same content changes nothing, another needs a person."""
    refusal = _may_open(plan, event)
    if refusal is not None:
        return refused(event, refusal)
    if case.opening == event.digest[:DIGEST_CHARS]:
        return Decision(outcome="duplicate", why="the case is open already, with the same content", journal=False)
    draft = Draft(plan, procedure, case, now=now, at=event.appended_at)
    draft.mark(event.agency, event.id, event.digest)
    detail = f"a second {event.type} with other content; amend the facts where it is right, then retry"
    draft.incident("conflict", detail, event=event.id)
    return draft.decide("incident", why="a second opening with other content")


def _orphan(plan: Plan, stub: Case | None, *, event: Event, now: int) -> Decision:
    if event.type == TASK_ACCEPTED or not any(event.type in each.answered_by for each in plan.procedures.values()):
        return refused(event, Refusal(category="routing", reason=f"no case has this id, and {event.type} opens none"))
    if not _can_be_opened(plan, event):
        reason = "no case has this id, and no agency opens one with it; the key is the id of the case's opening"
        return refused(event, Refusal(category="routing", reason=reason))
    if stub is not None and stub.parked >= MAX_PARKED:
        reason = f"{MAX_PARKED} events wait for this case's opening already; publish the opening first"
        return refused(event, Refusal(category="oversized", reason=reason))
    at = min(event.appended_at, now)
    old = stub or Case(id=event.case, status="orphan", opened_at=at, at=at, due=now + ORPHAN_MS)
    case = msgspec.structs.replace(old, revision=old.revision + 1, parked=old.parked + 1)
    changes = () if stub is not None else (Change(step="", before="", after="orphan"),)
    return Decision(outcome="orphaned", case=case, park=True, changes=changes, why="its case is not open yet")


def _can_be_opened(plan: Plan, event: Event, /) -> bool:
    opener = plan.agencies.get(opener_of(event.case) or AgencyCode(""))
    return opener is not None and bool(opener.opens)


def _may_open(plan: Plan, event: Event) -> Refusal | None:
    if opener_of(event.case) != event.agency:
        return Refusal(category="rights", reason="the case id begins with another agency's code; only it may open it")
    if event.type not in plan.agencies[event.agency].opens:
        return Refusal(category="rights", reason=f"{event.type} is not among what {event.agency} may open")
    return None


def _in_force(procedure: ProcedurePlan, event: Event) -> Refusal | None:
    for agreement in procedure.agreements:
        if not agreement.since <= event.appended_at < agreement.until:
            reason = f"agreement {agreement.name} is not in force; cases of {procedure.ref} cannot be opened"
            return Refusal(category="agreement", reason=reason)
    return None


def _too_old(procedure: ProcedurePlan, event: Event, *, now: int) -> Refusal | None:
    """Refuse what may have been a case already whose state is deleted: its own time tells, however late it is sent."""
    said = min(event.appended_at, _moment(event.time, event.appended_at))
    if now - said < procedure.retention:
        return None
    reason = (
        "the opening is older than the time for which closed cases are kept; if it is new, publish it with a newer time"
    )
    return Refusal(category="expired", reason=reason)


def _moment(text: str | None, otherwise: int, /) -> int:
    try:
        return otherwise if text is None else parse_millis(text)
    except (ValueError, OverflowError):
        return otherwise
