"""One entry of the journal as the views read it: the record's decoded facts with a type on them."""

from typing import Any, Final

import msgspec

from hub.bus.record import Record
from hub.errors import DecodeError
from hub.events.codec import Codec
from hub.names import EventType

#: The type of every record of ``cases.journal``.
JOURNAL_ENTRY: Final = EventType("hub.JournalEntry")


class Change(msgspec.Struct, frozen=True):
    """Say what happened to one step, or (``step`` empty) to the case; ``due`` of its task, with "progress"."""

    step: str
    before: str
    after: str
    attempt: int = 0
    why: str = ""
    due: str | None = None


class SentTask(msgspec.Struct, frozen=True):
    """Name a task that the decision sent."""

    task_id: str
    step: str
    agency: str
    attempt: int
    due: str | None = None


class OpenIncident(msgspec.Struct, frozen=True):
    """Name an incident that is open after the decision."""

    cause: str
    since: str
    step: str = ""
    detail: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one decision about one case: schema hub.JournalEntry; times are RFC 3339 texts in UTC."""

    case: str
    revision: int
    status: str
    outcome: str
    at: str
    kind: str
    bundle: int
    procedure: str = ""
    event_id: str = ""
    event_type: str = ""
    actor: str = ""
    topic: str = ""
    partition: int = -1
    offset: int = -1
    appended_at: str | None = None
    changes: tuple[Change, ...] = ()
    tasks: tuple[SentTask, ...] = ()
    elements: tuple[str, ...] = ()
    incidents: tuple[OpenIncident, ...] = ()
    why: str = ""
    reason: str = ""
    applied: bool | None = None
    subject: str = ""
    due: str | None = None
    holder: str = ""
    state_hash: str = ""
    event_hash: str = ""
    priority: str = ""
    parent: str = ""
    orders: int = 0


class Placed(msgspec.Struct, frozen=True):
    """Hold an entry with its place in the journal."""

    partition: int
    offset: int
    entry: Entry


def read_entry(data: Any) -> Entry:
    """Type an entry's decoded facts; raise DecodeError when they are none."""
    try:
        return msgspec.convert(data, Entry)
    except msgspec.ValidationError as wrong:
        raise DecodeError(f"this is no journal entry: {wrong}; only the hub may write to cases.journal") from wrong


def decode_entry(codec: Codec, record: Record) -> Placed:
    """Decode a record of ``cases.journal``; raise DecodeError, or UnknownSchemaError when a bundle is missing."""
    event_type, data, _ = codec.decode(record.value)
    if event_type != JOURNAL_ENTRY:
        raise DecodeError(
            f"cases.journal holds a {event_type} at {record.partition}/{record.offset}; only the hub may write it"
        )
    return Placed(record.partition, record.offset, read_entry(data))
