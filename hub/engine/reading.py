"""One record turned into what the router decides on, or into the reason why it cannot be.

Knows the wire; decides nothing. A record on a partition that its key does not belong to is told apart, not read.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hub.bus.origin import appended_at, owner_of
from hub.bus.record import Record
from hub.engine.signal import read_signal
from hub.errors import ParkableError, UnknownSchemaError
from hub.events.codec import Codec
from hub.events.envelope import MAX_ID_CHARS, MAX_REASON_CHARS, Event, content_digest, read_event, read_headers
from hub.names import COMMANDS, SIGNALS, AgencyCode, CaseId, EventId, EventType, StepName, opener_of
from hub.network.order import Standing, read_standing
from hub.router.decision import Command

CASE_COMMAND: Final = EventType("hub.CaseCommand")
BUNDLE_ACTIVATED: Final = EventType("hub.BundleActivated")
NETWORK_ORDERED: Final = EventType("hub.NetworkOrdered")

#: Bytes of the facts that an operator sends with an act.
_MAX_FACTS_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Activation:
    """Say that a partition goes over to the bundle with this sequence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Say why a record is no stimulus; its owner gets it as a dead letter."""

    category: str
    reason: str
    error: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """Say that a partition decides under these orders to the whole network from here on, who changed them and why."""

    standing: Standing
    act: str
    actor: str
    reason: str


Stimulus = Event | Command | Activation | Ordered | Unreadable


def read_stimulus(record: Record, codec: Codec) -> Stimulus:
    """Read a record; raise UnknownSchemaError when its schema must be fetched first."""
    try:
        headers = read_headers(record.headers)
        event_type, data, body = codec.decode(record.value)
        if record.topic == COMMANDS:
            return _read_command(record, headers, event_type, data)
        agency = owner_of(record)
        if agency is None:
            return _read_own(record, headers, event_type, data, body)
        declared = headers.get("ce_type")
        if declared is not None and declared != event_type:
            return Unreadable(
                "decode", f"header ce_type says {declared[:200]!r}, the value is a {event_type}", "DecodeError"
            )
        event = read_event(
            headers, agency=agency, key=record.key, event_type=event_type, data=data,
            digest=content_digest(event_type, body), appended_at=appended_at(record),
        )  # fmt: skip
        if opener_of(event.case) is None:
            return Unreadable("decode", "the key is no case id; it is <opener's code>.<uuid>", "DecodeError")
        codec.check_identifiers(record.value or b"", data)
    except UnknownSchemaError:
        raise
    except ParkableError as wrong:
        return Unreadable(wrong.category, str(wrong), type(wrong).__name__)
    return event


def _read_own(record: Record, headers: dict[str, str], event_type: EventType, data: Any, body: bytes, /) -> Stimulus:
    """Read what stands on no agency's topic: only signals may."""
    if record.topic != SIGNALS:
        return Unreadable("routing", "the record stands on no agency's topic", "RoutingError")
    return read_signal(record, headers, event_type, data=data, body=body)


def _read_command(record: Record, headers: dict[str, str], event_type: str, data: Any) -> Stimulus:
    if event_type == BUNDLE_ACTIVATED:
        return Activation(data["sequence"])
    if event_type == NETWORK_ORDERED:
        return _read_orders(data)
    if event_type != CASE_COMMAND:
        return Unreadable("routing", f"{event_type} is no command", "RoutingError")
    event_id = headers.get("ce_id") or f"{record.topic}-{record.partition}-{record.offset}"
    if too_large := _why_too_large(event_id, data):
        return Unreadable("oversized", too_large, "OversizedError")
    try:
        return msgspec.convert(
            {
                "id": EventId(event_id), "case": CaseId(data["case"]),
                "act": data["act"], "actor": data["actor"], "reason": data["reason"],
                "revision": data["revision"], "step": data["step"] and StepName(data["step"]),
                "to": data.get("to") and AgencyCode(data["to"]),
                "facts": msgspec.json.decode(data["facts"] or "{}", type=dict[str, Any]),
            },
            Command,
        )  # fmt: skip
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as wrong:
        return Unreadable("schema", f"the command is malformed: {type(wrong).__name__}", "SchemaError")


def _read_orders(data: Any) -> Ordered | Unreadable:
    try:
        return Ordered(read_standing(data), data["act"], data["actor"], data["reason"])
    except msgspec.ValidationError as wrong:
        return Unreadable("schema", f"the orders are malformed: {type(wrong).__name__}", "SchemaError")


def _why_too_large(event_id: str, data: Any) -> str | None:
    """Say what of an act does not fit where it is kept or told."""
    if (
        max(len(each) for each in (event_id, data["case"], data["actor"], data["step"] or "", data.get("to") or ""))
        > MAX_ID_CHARS
    ):
        return f"an id or name is over {MAX_ID_CHARS} characters"
    if len(data["reason"]) > MAX_REASON_CHARS:
        return f"the reason is over {MAX_REASON_CHARS} characters"
    return f"facts are over {_MAX_FACTS_BYTES} bytes" if len(data["facts"]) > _MAX_FACTS_BYTES else None
