"""What the router decided: plain values that the engine writes in one transaction.

A decision names everything that must become visible together; it does nothing itself.
"""

from typing import Any, Final, Literal

import msgspec

from hub.events.envelope import Event, Facts
from hub.names import AgencyCode, CaseId, EventId, EventType, ProcedureRef, StepName, TaskId
from hub.router.case import Case, encode_case

#: What became of one stimulus; also the metric's label.
Outcome = Literal[
    "opened",
    "advanced",
    "early",
    "late",
    "duplicate",
    "orphaned",
    "parked",
    "refused",
    "incident",
    "fired",
    "commanded",
    "closed",
    "deleted",
    "nothing",
]


#: What an operator may do to a case.
Act = Literal[
    "note", "retry", "skip", "amend", "withdraw", "resend", "reassign", "stop-clock", "resume", "migrate", "prioritise",
    "merge",
]  # fmt: skip


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Ask one agency to do one step now: ``data`` fits the schema ``type``; ``due`` is ms or None.

    ``subject`` is the case's number for people; ``about`` the code of whom in the case the step is, if of one.
    ``priority``: the case is in the priority lane. ``again``: the same task was sent before.
    """

    id: TaskId
    agency: AgencyCode
    type: EventType
    step: StepName
    attempt: int
    procedure: ProcedureRef
    data: Facts
    due: int | None = None
    subject: str | None = None
    about: str = ""
    priority: bool = False
    again: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Tell one agency something about a case on its tasks topic: a control message (``schemas/hub``)."""

    id: EventId
    agency: AgencyCode
    type: EventType
    data: Facts
    causation: str | None = None
    subject: str | None = None


#: Who speaks in a signal: no agency's code.
HUB_ITSELF: Final = AgencyCode("~hub")


class Signal(Event, frozen=True, kw_only=True, gc=False):
    """Carry what one case tells another: that it opens it for a step, gives it up, has ended, or is the same.

    "lane": the lane of the case that waits has changed; ``lane`` is the class of the ground in which it is, empty in
    the ordinary one, and an opened case goes in it too.

    ``case`` is the one told, ``sender`` the one that tells; ``step`` and ``causation`` (its task id) are the waiting
    case's. ``appended_at`` is when it happened to the sender; ``depth`` counts the cases above an opened one.
    """

    kind: Literal["open", "cancel", "end", "merge", "merged", "lane"]
    sender: CaseId
    step: StepName
    depth: int = 1
    lane: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Say what happened to one step (or, with ``step`` empty, to the case), and why.

    ``due``: with "progress", by when the step's task is due (ms) from now on.
    """

    step: str
    before: str
    after: str
    attempt: int = 0
    why: str = ""
    due: int | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Say why an event cannot be taken: it goes to its owner's dead letters. ``reason`` holds no field value."""

    category: Literal["rights", "id-reused", "routing", "orphan", "agreement", "expired", "oversized", "payment"]
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Hold all that one stimulus causes.

    ``case``: the new state (None: unchanged); ``state``: its bytes, made once. ``delete``: the case's state is
    dropped for good. ``park``: keep the stimulus' raw record beside the case, in order. ``release``: route the parked
    records again, in order, before anything newer of this case. ``drop_parked``: they become dead letters.
    ``changes`` and ``elements`` (names, never values) are journaled. ``refusal``: the stimulus is a dead letter.
    ``signals``: what other cases are told. ``applied``: for commands, whether the act was done (``why`` says why not).
    """

    outcome: Outcome
    case: Case | None = None
    delete: bool = False
    tasks: tuple[Task, ...] = ()
    notices: tuple[Notice, ...] = ()
    changes: tuple[Change, ...] = ()
    elements: tuple[str, ...] = ()
    refusal: Refusal | None = None
    park: bool = False
    release: bool = False
    drop_parked: Refusal | None = None
    why: str = ""
    applied: bool | None = None
    journal: bool = True
    state: bytes | None = None
    signals: tuple[Signal, ...] = ()

    def __post_init__(self) -> None:
        """Write the state: what is held against its size limit, kept and hashed are the same bytes."""
        if self.case is not None:
            msgspec.structs.force_setattr(self, "state", encode_case(self.case))


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Carry one act of an operator: refused when ``revision`` is not the case's (None: whatever it is).

    ``to`` is the agency that a step is given to, or the version ("newborn@2") that the case is taken over to.
    """

    id: EventId
    case: CaseId
    act: Act
    actor: str
    reason: str
    revision: int | None = None
    step: StepName | None = None
    facts: dict[str, Any] = {}
    to: AgencyCode | None = None


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a case's time has come: whatever is due by ``now`` fires."""

    case: CaseId
