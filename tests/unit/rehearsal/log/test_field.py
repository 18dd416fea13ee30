"""Words of a log as values: what is read is what an event can say."""

from zoneinfo import ZoneInfo

import pytest

from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.names import EventType
from hub.rehearsal.log.field import instant_reader, reader_of

FIELDS = {
    "small": "int", "maybe": ["null", {"type": "int"}], "large": "long", "share": "double", "born": {
        "type": "int", "logicalType": "date",
    },
}  # fmt: skip
AVRO = {
    "type": "record", "name": "Said", "namespace": "test",
    "fields": [{"name": name, "type": kind} for name, kind in FIELDS.items()],
}  # fmt: skip
SCHEMA = EventSchema(EventType("test.Said"), 1, AVRO)
FITTING = {"small": "-2147483648", "maybe": "2147483647", "large": "9223372036854775807", "share": "1e3",
           "born": "2026-01-31"}  # fmt: skip


def read(name: str, text: str) -> object:
    """Read one field's word."""
    reader = reader_of(SCHEMA, name, instant_reader(ZoneInfo("UTC")))
    assert reader is not None
    return reader(text)


def test_what_is_read_can_be_published() -> None:
    """The largest words that a reader takes are written by the codec."""
    facts = {name: read(name, text) for name, text in FITTING.items()}
    assert Codec({1: SCHEMA}).encode(SCHEMA.type, facts)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("small", "2147483648", "must fit 32 bits"), ("maybe", "-2147483649", "must fit 32 bits"),
        ("large", "9" * 40, "must fit 64 bits"), ("large", "9" * 5_000, "must be a whole number"),
        ("share", "nan", "must be a finite number"), ("share", "1e999", "must be a finite number"),
        ("share", "much", "must be a number"), ("small", "1.5", "must be a whole number"),
    ],
)  # fmt: skip
def test_what_no_event_can_say_is_told_without_the_value(name: str, text: str, told: str) -> None:
    """A number that Avro cannot write is a fault of the row, not of whoever publishes it later."""
    with pytest.raises(ValueError, match=told) as raised:
        read(name, text)
    assert text not in str(raised.value)
