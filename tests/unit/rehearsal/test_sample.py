"""Facts that fit an event type, made from its schema."""

from pathlib import Path

import pytest

from hub.errors import SchemaError
from hub.events.catalog import Catalog, EventSchema
from hub.events.codec import Codec
from hub.names import EventType
from hub.rehearsal.sample import sample

CATALOG = Catalog.load(Path(__file__).parents[3] / "schemas")
NESTED = EventSchema(
    EventType("test.Nested"),
    1,
    {
        "type": "record", "name": "Nested", "namespace": "test",
        "fields": [
            {"name": "place", "type": {
                "type": "record", "name": "Place",
                "fields": [{"name": "street", "type": "string"}, {"name": "number", "type": "int"}],
            }},
            {"name": "other", "type": ["null", "Place"], "default": None},
            {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["a", "b"]}},
            {"name": "again", "type": "Kind"},
        ],
    },
)  # fmt: skip


def test_every_type_of_the_project_can_be_sampled_and_written() -> None:
    """What is made fits the schema, whatever the type."""
    codec = Codec.over(CATALOG)
    for event_type, schema in CATALOG.types.items():
        assert codec.encode(event_type, sample(schema))[0] == 0


def test_what_is_given_stays() -> None:
    """Only what is not given is made up, also inside a record."""
    made = sample(NESTED, {"place": {"street": "Jalan Contoh"}, "kind": "b", "other": {"number": 7}})
    assert made == {
        "place": {"street": "Jalan Contoh", "number": 1}, "kind": "b", "again": "a",
        "other": {"street": "contoh", "number": 7},
    }  # fmt: skip


def test_the_same_schema_gives_the_same_sample() -> None:
    """Examples end the same every time."""
    assert sample(NESTED) == sample(NESTED)


def test_what_does_not_fit_is_told() -> None:
    """A wrong value or an unknown field is not covered up."""
    with pytest.raises(SchemaError, match="place"):
        sample(NESTED, {"place": {"number": "seven"}})
    with pytest.raises(SchemaError, match="unheard"):
        sample(NESTED, {"unheard": 1})
