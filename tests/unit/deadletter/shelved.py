"""Letters as the engine writes them, for tests that need no broker."""

from typing import Any, Final

from hub.bus.record import Record
from hub.deadletter.letter import Letter, read_letter
from hub.engine.letter import write_dead_letter
from hub.events.codec import Codec
from hub.names import AgencyCode, EventType, deadletters_topic, events_topic
from tests.kafka.city import BANK, PAID, catalog

CASE: Final = "desk.0b6c5b52-0000-4000-8000-000000000001"
CODEC: Final = Codec.over(catalog())


def paid(**facts: Any) -> bytes:
    """Write a payment's value."""
    return CODEC.encode(EventType(PAID), {"receipt": "1"} | facts)


def record(
    value: bytes | None = None,
    *headers: tuple[str, bytes | None],
    key: bytes | None = CASE.encode(),
    category: str = "schema",
    reason: str = "why",
    offset: int = 12,
    at: int = 1_000,
    topic: str = events_topic(BANK),
    agency: AgencyCode = BANK,
) -> Record:
    """Make a record of a letters' topic as a router would have written it of one that stood at offset 7."""
    sent = headers or (("ce_id", b"e-1"), ("ce_type", PAID.encode()))
    stood = Record(topic, 2, 7, at, key, value, sent)
    written = write_dead_letter(stood, category, reason, "SchemaError")
    assert written is not None
    return Record(deadletters_topic(agency), 0, offset, at, written.key, written.value, written.headers)


def letter(value: bytes | None = None, *headers: tuple[str, bytes | None], **more: Any) -> Letter:
    """Read such a record as a letter."""
    found = read_letter(record(value, *headers, **more))
    assert found is not None
    return found
