"""One event as the hub reads it, and the headers by which it travels (CloudEvents 1.0, binary mode).

Promises that nothing but this module knows the headers' names. Values are plain JSON data, decoded by ``codec``.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from hub.errors import DecodeError
from hub.names import AgencyCode, CaseId, EventId, EventType, TaskId

SPEC: Final = b"1.0"
CONTENT_TYPE: Final = b"application/avro"

#: Bytes of one event's value that the hub accepts; protects the transaction from one giant.
MAX_VALUE_BYTES: Final = 512 * 1024
#: Bytes of all headers together, names and values.
MAX_HEADER_BYTES: Final = 16 * 1024
#: Characters of an id: event ids, case ids and task ids stand in state and journal.
MAX_ID_CHARS: Final = 200
#: Characters of why an operator acts: it stands in the journal, which takes no record of any size.
MAX_REASON_CHARS: Final = 2_000

Headers = tuple[tuple[str, bytes], ...]
#: Plain JSON data: what Avro values are decoded to. Dates and timestamps are ISO 8601 strings.
Facts = Mapping[str, Any]


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """State one fact that an agency published about a case.

    ``agency`` is whose topic it stood on, never a header. ``appended_at`` is the broker's time in ms;
    ``digest`` is the hash of type and content by which a repeat is told from a reused id.
    """

    id: EventId
    type: EventType
    agency: AgencyCode
    case: CaseId
    data: Facts
    appended_at: int
    digest: str
    time: str | None = None
    source: str | None = None
    subject: str | None = None
    causation: TaskId | None = None


def content_digest(event_type: str, body: bytes) -> str:
    """Hash what an event says: 16 hex characters of BLAKE2b over its type and Avro body."""
    return hashlib.blake2b(body, digest_size=8, key=event_type.encode()[:64]).hexdigest()


def to_headers(
    event_id: str,
    event_type: str,
    *,
    source: str,
    time: str,
    case: str,
    subject: str | None = None,
    causation: str | None = None,
    extra: Iterable[tuple[str, str]] = (),
) -> list[tuple[str, bytes]]:
    """Write the headers of an event or task; `time` is RFC 3339."""
    headers = [
        ("ce_specversion", SPEC),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", time.encode()),
        ("ce_correlationid", case.encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if subject:
        headers.append(("ce_subject", subject.encode()))
    if causation:
        headers.append(("ce_causationid", causation.encode()))
    headers.extend((name, value.encode()) for name, value in extra)
    return headers


def read_headers(headers: Iterable[tuple[str, bytes | None]] | None) -> dict[str, str]:
    """Read headers into text by lower-case name; the last of a name wins, undecodable ones raise DecodeError."""
    found: dict[str, str] = {}
    size = 0
    for name, value in headers or ():
        size += len(name) + len(value or b"")
        if size > MAX_HEADER_BYTES:
            raise DecodeError(f"headers are over {MAX_HEADER_BYTES} bytes; send the content in the value")
        if value is not None:
            try:
                found[name.lower()] = value.decode()
            except UnicodeDecodeError as wrong:
                raise DecodeError(f"header {name!r} is no UTF-8; send CloudEvents headers as text") from wrong
    return found


def read_event(
    headers: Mapping[str, str],
    *,
    agency: AgencyCode,
    key: bytes | None,
    event_type: EventType,
    data: Facts,
    digest: str,
    appended_at: int,
) -> Event:
    """Build the event from its record's parts; raise DecodeError that says which part is missing or too long."""
    if not key:
        raise DecodeError("the record has no key; the key is the case id")
    event_id = headers.get("ce_id", "")
    if not event_id:
        raise DecodeError("header ce_id is missing; every event needs an id of its source")
    try:
        case = key.decode()
    except UnicodeDecodeError as wrong:
        raise DecodeError("the record's key is no UTF-8; the key is the case id") from wrong
    if max(len(event_id), len(case), len(headers.get("ce_causationid", ""))) > MAX_ID_CHARS:
        raise DecodeError(f"an id is over {MAX_ID_CHARS} characters; use a short unique id")
    causation = headers.get("ce_causationid")
    return Event(
        id=EventId(event_id),
        type=event_type,
        agency=agency,
        case=CaseId(case),
        data=data,
        appended_at=appended_at,
        digest=digest,
        time=headers.get("ce_time"),
        source=headers.get("ce_source"),
        subject=headers.get("ce_subject"),
        causation=TaskId(causation) if causation else None,
    )
