"""A record becomes a stimulus, or the reason why it is none, which never holds what it said."""

from typing import Any

from hub.bus.record import Record
from hub.engine.reading import Unreadable, read_stimulus
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.events.envelope import Event
from hub.names import EventType

TYPE = EventType("test.Seen")
NIK = "6472016203950000"
CODEC = Codec(
    {
        1: EventSchema(
            TYPE,
            1,
            {
                "type": "record", "name": "Seen", "namespace": "test",
                "fields": [{"name": "nik", "type": "string", "identifier": "nik"}],
            },
        )
    }
)  # fmt: skip


def record(**changes: Any) -> Record:
    """Give a record of the clinic's with a right NIK."""
    whole: dict[str, Any] = {
        "topic": "agency.clinic.events", "partition": 0, "offset": 7, "timestamp": 1_795_492_800_000,
        "key": b"clinic.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10", "value": CODEC.encode(TYPE, {"nik": NIK}),
        "headers": [("ce_id", b"1"), ("ce_type", TYPE.encode())],
    }  # fmt: skip
    return Record(**(whole | changes))


def test_an_event_with_right_identifiers_is_read() -> None:
    """It is the agency's of its topic, about the case of its key."""
    event = read_stimulus(record(), CODEC)

    assert isinstance(event, Event)
    assert (event.agency, event.data) == ("clinic", {"nik": NIK})


def test_an_event_with_a_malformed_identifier_is_set_aside_by_path() -> None:
    """Its owner gets a dead letter of category schema, which does not repeat the number."""
    found = read_stimulus(record(value=CODEC.encode(TYPE, {"nik": "64720162"})), CODEC)

    assert isinstance(found, Unreadable)
    assert (found.category, found.error) == ("schema", "SchemaError")
    assert "nik: must have 16 digits" in found.reason
    assert "64720162" not in found.reason


def test_a_key_that_is_no_case_is_told_before_what_the_event_says() -> None:
    """The first thing that is wrong is the one that is told."""
    found = read_stimulus(record(key=b"17", value=CODEC.encode(TYPE, {"nik": "1"})), CODEC)

    assert isinstance(found, Unreadable)
    assert found.category == "decode"
