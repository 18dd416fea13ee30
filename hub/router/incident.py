"""What only a person can mend: the case waits, its later events are parked, the partition goes on.

These decisions need no procedure and evaluate nothing, so that they can always be made.
"""

import traceback

import msgspec

from hub.events.envelope import Event
from hub.router.case import HUB, MAX_PARKED, Case, Cause, Incident, Parent
from hub.router.clock import account
from hub.router.control import refused
from hub.router.decision import Change, Command, Decision, Refusal, Signal, Tick

#: What is decided on.
Stimulus = Event | Command | Tick


def park(case: Case, event: Event) -> Decision:
    """Keep an event beside a case that waits for a person; what another case tells it always finds room."""
    if case.parked >= MAX_PARKED and not isinstance(event, Signal):
        reason = (
            f"{MAX_PARKED} events wait already until a person has mended this case; publish it again then, or ask "
            "for its redrive"
        )
        return refused(event, Refusal(category="oversized", reason=reason))
    held = msgspec.structs.replace(case, revision=case.revision + 1, parked=case.parked + 1)
    return Decision(outcome="parked", case=held, park=True, why="the case waits for a person")


def stop(case: Case | None, stimulus: Stimulus, *, now: int, cause: Cause, detail: str) -> Decision:
    """Leave a case as it was before a stimulus, but for an incident; an event is parked until a person has acted."""
    event = stimulus if isinstance(stimulus, Event) else None
    if event is not None and case is not None and case.parked >= MAX_PARKED and not isinstance(event, Signal):
        return park(case, event)
    old = case or Case(id=stimulus.case, status="orphan", opened_at=now, at=now)
    opens = stimulus if isinstance(stimulus, Signal) and stimulus.kind == "open" and old.procedure is None else None
    made = Incident(cause=cause, since=now, detail=detail, event="" if event is None else event.id)
    stopped = msgspec.structs.replace(
        old, revision=old.revision + 1, incidents=(*old.incidents, made), due=None,
        parked=old.parked + (event is not None), parent=opened_by(opens) if opens else old.parent,
    )  # fmt: skip
    account(stopped, now)
    stopped.holder = HUB
    changes = (Change(step="", before="", after="incident", why=f"{cause}: {detail}"),)
    return Decision(
        outcome="incident", case=stopped, park=event is not None, changes=changes, why=f"{cause}: {detail}"
    )  # fmt: skip


def opened_by(signal: Signal) -> Parent:
    """Name the case that a signal opens one for."""
    return Parent(signal.sender, signal.step, signal.causation or "", signal.depth)


def describe(error: Exception) -> str:
    """Name an error and where it was raised; never its message, which may hold values."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{where}; mend the cause, then retry"
