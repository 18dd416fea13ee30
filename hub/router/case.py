"""The state of one case: what must be remembered to decide its next event, and nothing more.

A value: decisions make new ones. Kept as compact JSON, in which what is as usual is not written.
"""

from binascii import b2a_base64
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, Literal, get_args

import msgspec

from hub.names import AgencyCode, CaseId, EventId, EventType, ProcedureRef, StepName

#: Bytes of one case's state; beyond it an incident, so that one case cannot fill a worker or a record.
MAX_CASE_BYTES: Final = 256 * 1024
#: Records parked beside one case; beyond it they are dead letters, so that one case cannot fill a worker.
MAX_PARKED: Final = 1_000
#: Answers kept beside a case until their steps start; beyond it they are dead letters. Each is looked at again whenever
#: one of them is used, so that thousands would hold up a partition.
MAX_EARLY: Final = 200
#: Cases above one another; beyond it an incident, so that no ring of procedures opens cases for ever.
MAX_DEPTH: Final = 5
#: How long events of an unknown case wait for its opening, in ms.
ORPHAN_MS: Final = 24 * 3_600_000
#: Characters of an event's digest that a case remembers: enough to tell another content from the same.
DIGEST_CHARS: Final = 8

#: How a closed case ended: somebody withdrew it, or the applicant was silent, did not pay or did not fetch it in time;
#: ``merged``: it was the same as another, which goes on.
End = Literal[
    "completed", "rejected", "withdrawn", "deemed_withdrawn", "expired_unpaid", "uncollected", "expired", "merged",
]  # fmt: skip
CaseStatus = Literal["orphan", "open", "closing", End]
StepStatus = Literal["pending", "active", "returned", "done", "skipped", "rejected", "cancelled"]
#: Why a person is needed. Closed set: it is a metric's label.
Cause = Literal[
    "guard", "fill", "agreement", "rounds", "return", "conflict", "legal-effect", "stuck", "oversized", "procedure",
    "exception", "payment", "provisional",
]  # fmt: skip

#: Statuses in which somebody outside the hub owes an answer.
OWED: Final = frozenset({"active", "returned"})
#: Statuses after which a step needs no facts any more.
FINISHED: Final = frozenset({"done", "skipped", "rejected", "cancelled"})

#: Statuses of a case that has ended.
ENDS: Final[frozenset[str]] = frozenset(get_args(End))

#: Holder of the time in which only the hub or an operator could have acted.
HUB: Final = "hub"
#: Holder of the time in which every clock was stopped by an answer.
STOPPED: Final = "stopped"


class StepState(msgspec.Struct, omit_defaults=True, gc=False):
    """Hold where one step stands: the current attempt, the task it waits for, and its clock.

    ``task`` is the id that an answer must name while the step is owed. The clock ran for ``elapsed`` (ms, or what the
    deadline's measure counts) before ``since``; ``since`` None: it is stopped. ``due`` is None without a deadline and
    while stopped.
    ``warned`` is the highest percent told. ``returned_by``, ``items``, ``reason`` and ``text`` are what the applicant
    was told and is told again on a resend. ``stale``: facts of its task have changed since it was sent.
    ``by`` says who ended it when no answer did. ``referred``: its answer referred the case to another step.
    ``held``: its task is not sent yet, since its agency is held by an order to the network.
    ``provisional``: its outcome stands until it is confirmed or revoked.
    ``unasked``: its silence is to be proposed to an authority that is held by an order to the network.
    """

    status: StepStatus = "pending"
    attempt: int = 0
    task: str = ""
    started: int = 0
    ended: int = 0
    since: int | None = None
    elapsed: int = 0
    due: int | None = None
    warned: int = 0
    missed: bool = False
    accept_by: int | None = None
    resets: int = 0
    returned_by: EventType | None = None
    items: tuple[str, ...] = ()
    reason: str = ""
    stale: bool = False
    by: Literal["", "deadline", "operator", "predecessor"] = ""
    text: str = ""
    referred: bool = False
    held: bool = False
    provisional: bool = False
    unasked: bool = False


class Lineage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Say whose case it is, by a digest of the applicant; and which case it follows, with what was verified there.

    ``verified``: by step, when (ms).
    """

    applicant: str
    case: str = ""
    verified: dict[StepName, int] = {}


class Incident(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Say what only a person can mend; ``detail`` holds no field value."""

    cause: Cause
    since: int
    detail: str
    step: str = ""
    event: str = ""


class EarlyAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Keep an answer that came before its step was active; ``data`` holds only fields that can still be used."""

    id: EventId
    type: EventType
    agency: str
    at: int
    data: dict[str, Any] = {}
    causation: str | None = None


class Rejection(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Hold why a case was rejected, and by whom; ``hidden`` names what may be told to the front office only."""

    step: StepName
    agency: AgencyCode
    reason: str = ""
    legal_basis: str = ""
    explanation: str = ""
    appeal: str = ""
    hidden: tuple[str, ...] = ()


class Bill(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Hold what is owed at one step, in whole rupiah, and whether it was paid.

    ``tariff`` names the version it was reckoned by, empty when somebody else did. ``issued`` counts the bills that were
    sent for it. ``paid``: the mark of the receipt, empty while it is owed; ``task``: the payment task that was paid.
    """

    total: int
    shares: dict[str, int] = {}
    tariff: str = ""
    issued: int = 0
    paid: str = ""
    task: str = ""


class Parent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Name the case whose step opened this one, and the task id of that attempt; ``depth`` counts the cases above.

    ``waits`` is False once that case has given it up: it is not told of the end then.
    """

    case: CaseId
    step: StepName
    task: str
    depth: int = 1
    waits: bool = True


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold what the end of a sub-case told the case that waited for it: as which type, when (ms), and what it said."""

    type: EventType
    at: int
    data: dict[str, Any] = {}


class Case(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Hold one case. ``procedure`` is None while only events of it are known, not its opening.

    ``revision`` counts the journaled decisions. Times are ms. ``facts`` are by source: "application" or a step.
    ``steps`` names only steps that have left "pending" once. ``ends`` is the outcome of a closing case.
    ``applied`` maps the mark of each event taken to the start of its digest. ``due`` is when it must be looked at
    next. ``holder`` (agency codes, applicant, payer, stopped or hub) holds the time since ``at``;
    ``held`` sums the time before by holder, so that all of it together is the case's age. ``assigned`` lists, of a
    step that was given to another agency, who had it, the declared one first; the last has it now. ``priority`` is the
    class of the recorded ground for which the case goes first; empty in the ordinary lane. ``tariffs`` and ``service``
    are the versions of the day of opening; ``bills`` what is owed, by the step that asks for it.
    ``parent``: the case that opened this one as a sub-case.
    ``rejection``: why it was rejected, once it was; when it has ended, without what speaks of a person.
    ``lineage``: only where the procedure lets cases follow others.
    ``waits`` names the orders to the network that hold its opening or some of its tasks.
    ``counted_by``: the mark of the calendars by which its due times were counted last.
    ``told``: of a closed sub-case, what its end said, so that it can be said again.
    """

    due: int | None = None  # first: the engine reads it from the bytes without decoding the case
    waits: tuple[str, ...] = ()  # second, for the same reason
    id: CaseId
    procedure: ProcedureRef | None = None
    status: CaseStatus = "open"
    revision: int = 0
    opened_at: int = 0
    closed_at: int | None = None
    subject: str | None = None
    opening: str = ""
    ends: End | None = None
    facts: dict[str, dict[str, Any]] = {}
    steps: dict[StepName, StepState] = {}
    early: tuple[EarlyAnswer, ...] = ()
    incidents: tuple[Incident, ...] = ()
    applied: dict[str, str] = {}
    parked: int = 0
    rounds: int = 0
    holder: str = HUB
    held: dict[str, int] = {}
    at: int = 0
    assigned: dict[StepName, tuple[AgencyCode, ...]] = {}
    priority: str = ""
    tariffs: dict[str, int] = {}
    bills: dict[StepName, Bill] = {}
    service: int = 1
    parent: Parent | None = None
    rejection: Rejection | None = None
    lineage: Lineage | None = None
    counted_by: str = ""
    told: Told | None = None


#: What a step that was never looked at is.
PENDING: Final = StepState()

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Case)


def encode_case(case: Case) -> bytes:
    """Write a case as the bytes that are kept."""
    return _encoder.encode(case)


def decode_case(state: bytes) -> Case:
    """Read a case from the bytes that were kept."""
    return _decoder.decode(state)


@lru_cache(maxsize=16)
def mark_of(agency: str, event_id: str) -> str:
    """Make the mark by which a case remembers an event: 8 characters of agency and id, 48 bits."""
    digest = blake2b(f"{agency}/{event_id}".encode(), digest_size=6).digest()
    return b2a_base64(digest, newline=False).decode()


def is_closed(case: Case) -> bool:
    """Tell whether nothing more is owed in this case."""
    return case.closed_at is not None


def has_owner(case: Case) -> bool:
    """Tell whether somebody or some time will move this case: a step that is owed, a timer, an incident or an order."""
    return (
        bool(case.incidents or case.waits)
        or case.due is not None
        or any(state.status in OWED for state in case.steps.values())
    )
