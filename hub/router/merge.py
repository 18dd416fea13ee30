"""Two cases of the same thing made one: an operator asks the one that stays, which asks the other to end.

Promises that the other ends only as it was seen, under the same procedure, and that the one that stays hears whether it
did: both journals name the other case.
"""

from typing import Final, Literal

from hub.events.envelope import Facts
from hub.names import CaseId, EventType, StepName, derived_id, opener_of
from hub.network.plan import Plan, ProcedurePlan
from hub.router import closing, flow, incident
from hub.router.case import Case
from hub.router.decision import HUB_ITSELF, Command, Decision, Signal
from hub.router.draft import Draft

#: Asks a case to end since it is the same as another.
ASKED: Final = EventType("hub.CaseMergeAsked")
#: Tells who asked whether it has.
DECIDED: Final = EventType("hub.CaseMergeDecided")
#: Makes the id of what is asked out of the act's, so that it can be found in the journal.
MARK: Final = "merge"


def ask(draft: Draft, command: Command) -> str | None:
    """Ask another case to end as merged into this one; say what hinders it."""
    other = CaseId(command.to or "")
    if opener_of(other) is None or other == draft.case.id:
        return "name the other case by its whole id"
    if draft.case.status != "open":
        return f"the case is {draft.case.status}: nothing can be merged into it"
    revision = command.facts.get("revision")
    data: Facts = {
        "case": draft.case.id, "procedure": _name(draft.procedure.ref), "actor": command.actor,
        "reason": command.reason, "revision": revision if isinstance(revision, int) else None,
    }  # fmt: skip
    asked = _signal(draft.case.id, other, kind="merge", made=ASKED, data=data, mark=f"{command.id}/{MARK}", at=draft.at)
    draft.signals = (*draft.signals, asked)
    draft.note("merging", why=f"case {other} is asked to end as merged into this one")
    return None


def asked_id(act: str) -> str:
    """Give the event id under which the other case's journal has what became of an act."""
    return derived_id(f"{act}/{MARK}")


def take(plan: Plan, procedure: ProcedurePlan | None, case: Case, signal: Signal, *, now: int) -> Decision:
    """End a case as merged when it is as it was seen, and tell who asked; or hear that the other has, or why not."""
    if procedure is None:
        detail = f"procedure {case.procedure} is not in the network in force; apply it again, then retry"
        return incident.stop(case, signal, now=now, cause="procedure", detail=detail)
    draft = Draft(plan, procedure, case, now=now, at=signal.appended_at)
    draft.mark(signal.agency, signal.id, signal.digest)
    if signal.kind == "merged":
        return _hear(draft, signal)
    why = _why_not(case, signal)
    draft.signals = (_answer(signal, why=why, at=draft.at),)
    if why:
        draft.note("not merged", why=f"into case {signal.sender}: {why}")
        return draft.decide("late", why=why)
    into = f"merged into case {signal.sender} by {signal.data['actor']}: {signal.data['reason']}"
    draft.note("merging", why=into)
    closing.begin(draft, "merged", why="it was the same as another case, which goes on")  # this agencies are told
    flow.run(draft)
    return draft.decide(draft.outcome("advanced"), why=into, release=draft.release())


def not_there(signal: Signal, *, now: int) -> Decision:
    """Tell who asked that no case has the id, or none that was opened."""
    told = _answer(signal, why="no such case is open", at=now)
    return Decision(outcome="late", signals=(told,), journal=False, why="no such case is open")


def _why_not(case: Case, signal: Signal) -> str:
    if case.status != "open":
        return f"it is {case.status} already"
    if case.procedure is None or _name(case.procedure) != signal.data["procedure"]:
        return f"it is of another procedure: {case.procedure}"
    if signal.data["revision"] not in {None, case.revision}:
        return f"the operator saw revision {signal.data['revision']}, it is at {case.revision}; look again"
    if case.parent is not None and case.parent.waits:
        return f"case {case.parent.case} waits for it"
    if any(bill.paid for bill in case.bills.values()):
        return "its bill is paid, and the other would ask for it again; let this one stay, or reverse the payment"
    return ""


def _hear(draft: Draft, signal: Signal) -> Decision:
    if signal.data["merged"]:
        draft.note("merged in", why=f"case {signal.sender} has ended as merged into this one")
    else:
        draft.note("not merged", why=f"case {signal.sender}: {signal.data['reason']}")
    return draft.decide("advanced")


def _answer(signal: Signal, *, why: str, at: int) -> Signal:
    data: Facts = {"case": signal.case, "merged": not why, "reason": why}
    return _signal(signal.case, signal.sender, kind="merged", made=DECIDED, data=data, mark=f"{signal.id}/told", at=at)


def _signal(
    sender: CaseId, to: CaseId, *, kind: Literal["merge", "merged"], made: EventType, data: Facts, mark: str, at: int
) -> Signal:
    return Signal(
        id=derived_id(mark), type=made, agency=HUB_ITSELF, case=to, data=data, appended_at=at, digest="", kind=kind,
        sender=sender, step=StepName(""),
    )  # fmt: skip


def _name(ref: str) -> str:
    return ref.partition("@")[0]
