"""The wire: bytes to facts and back, and every refusal as one of ours."""

from pathlib import Path
from typing import Any

import pytest

from hub.errors import DecodeError, OversizedError, SchemaError, UnknownSchemaError
from hub.events.catalog import Catalog, EventSchema
from hub.events.codec import Codec, format_millis, parse_millis
from hub.events.envelope import MAX_VALUE_BYTES
from hub.names import EventType
from hub.settings import shipped

NIK = "6472016203950000"
TYPE = EventType("test.Seen")
DATE = {"type": "int", "logicalType": "date"}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}


def version(number: int, *fields: dict[str, Any]) -> EventSchema:
    """Make one version of the test's type."""
    avro = {"type": "record", "name": "Seen", "namespace": "test", "fields": list(fields)}
    return EventSchema(TYPE, number, avro)


def field(avro: Any, name: str = "it", **more: Any) -> dict[str, Any]:
    """Make a field."""
    return {"name": name, "type": avro, **more}


def codec_of(avro: Any) -> Codec:
    """Make a codec of a type whose only field is of this Avro type."""
    return Codec({7: version(1, field(avro))})


def test_the_wire_is_confluents() -> None:
    """A value is 0x00, four bytes of id, then Avro."""
    value = codec_of("string").encode(TYPE, {"it": "ab"})

    assert value == b"\x00\x00\x00\x00\x07\x04ab"
    assert codec_of("string").decode(value) == (TYPE, {"it": "ab"}, b"\x04ab")


@pytest.mark.parametrize(
    ("avro", "fact"),
    [
        (DATE, "2026-01-31"), (DATE, "0001-01-01"), (MILLIS, "2026-01-31T00:00:00.123Z"),
        (MICROS, "2026-01-31T00:00:00.123456Z"), (MICROS, "2026-01-31T00:00:00.000000Z"), (["null", DATE], None),
        (["null", DATE], "2026-01-31"), ({"type": "array", "items": DATE}, ["2026-01-31"]),
        ({"type": "map", "values": MILLIS}, {"a": "1969-12-31T23:59:59.999Z"}), ("int", -(2**31)), ("long", 2**63 - 1),
        ("double", 0.5), ({"type": "string", "logicalType": "uuid"}, "no uuid"), (["null", "int", "string"], "x"),
        (["null", "int", "string"], 5),
    ],
)  # fmt: skip
def test_facts_come_back_as_plain_json(avro: Any, fact: Any) -> None:
    """Dates and times are text on our side; a foreign logical type is the plain value."""
    codec = codec_of(avro)

    assert codec.decode(codec.encode(TYPE, {"it": fact}))[1] == {"it": fact}


def test_a_time_with_any_offset_is_the_same_instant() -> None:
    """Offsets are read, UTC is written."""
    codec = codec_of(MILLIS)

    written = codec.encode(TYPE, {"it": "2026-01-31T08:00:00+08:00"})
    assert codec.decode(written)[1] == {"it": "2026-01-31T00:00:00.000Z"}
    assert parse_millis("2026-01-31T08:00:00+08:00") == parse_millis("2026-01-31T00:00:00Z")
    assert format_millis(parse_millis("2026-01-31T00:00:00.5Z")) == "2026-01-31T00:00:00.500Z"


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T08:00:00", "x", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_no_instant_is_refused(text: str) -> None:
    """Without offset, or outside what can be said, there is no instant."""
    with pytest.raises(ValueError, match=r"."):
        parse_millis(text)


@pytest.mark.parametrize(
    ("avro", "fact"),
    [
        ("string", 5), ("string", None), ("int", 2**31), ("int", -(2**31) - 1), ("int", "x"), ("long", 2**63),
        (DATE, NIK), (DATE, "2026-02-31"), (MILLIS, "2026-01-31T08:00:00"), (["null", DATE], NIK),
        ("double", float("nan")), ("double", float("inf")), ("float", 1e300),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, NIK),
    ],
)  # fmt: skip
def test_facts_that_do_not_fit_are_told_by_field(avro: Any, fact: Any) -> None:
    """What no other reader could read is not written; the field is named, the fact is not, in no cause either."""
    codec = Codec({7: version(1, field("string", "before"), field(avro))})

    with pytest.raises(SchemaError) as wrong:
        codec.encode(TYPE, {"before": "x", "it": fact})
    assert wrong.value.path == "it"
    assert NIK not in str(wrong.value)
    assert wrong.value.__cause__ is None
    assert wrong.value.__suppress_context__


def test_a_missing_field_is_told() -> None:
    """A field without default must be there."""
    with pytest.raises(SchemaError) as wrong:
        codec_of("string").encode(TYPE, {})
    assert wrong.value.path == "it"


def test_a_misfit_in_a_type_said_before_is_told_by_its_own_field() -> None:
    """The field is found also where its type stands in an earlier field."""
    person = {"type": "record", "name": "Person", "fields": [field("string", "nik")]}
    codec = Codec({7: version(1, field(person, "mother"), field("Person", "child"), field("int", "count"))})

    with pytest.raises(SchemaError) as wrong:
        codec.encode(TYPE, {"mother": {"nik": "1"}, "child": {"nik": "2"}, "count": "x"})
    assert wrong.value.path == "count"


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"\x00", b"\x00\x00\x00\x00", b"\x01\x00\x00\x00\x07\x04ab", b"\x00\x00\x00\x00\x07",
        b"\x00\x00\x00\x00\x07\x04a", b"\x00\x00\x00\x00\x07\x04abc", b"\x00\x00\x00\x00\x07\x04\xff\xff",
        b"\x00\x00\x00\x00\x07\x03", b"\x00\x00\x00\x00\x07" + b"\xff" * 9 + b"\x01",
        b'{"it": "6472016203950000"}',
    ],
)  # fmt: skip
def test_bytes_that_are_no_event_are_refused(value: bytes | None) -> None:
    """Poison bytes are a DecodeError that tells nothing of them."""
    with pytest.raises(DecodeError) as wrong:
        codec_of("string").decode(value)
    assert NIK not in str(wrong.value)


@pytest.mark.parametrize(
    ("avro", "body"),
    [
        (DATE, b"\xfe\xff\xff\xff\x0f"),
        (MILLIS, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        ("double", b"\x00\x00\x00\x00\x00\x00\xf8\x7f"),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, b"\x02"),
        (["null", "int"], b"\x08"),
        ({"type": "array", "items": "int"}, b"\xff\xff\xff\xff\x0f"),
    ],
)
def test_values_beyond_meaning_are_refused(avro: Any, body: bytes) -> None:
    """Dates after the year 9999, numbers that are none, branches and symbols that are not there."""
    with pytest.raises(DecodeError):
        codec_of(avro).decode(b"\x00\x00\x00\x00\x07" + body)


def test_an_unknown_id_is_told_apart() -> None:
    """An id that nobody here knows may be known to the registry."""
    with pytest.raises(UnknownSchemaError) as wrong:
        codec_of("string").decode(b"\x00\x00\x00\x00\x08\x04ab")
    assert wrong.value.schema_id == 8


def test_a_giant_is_refused_unread() -> None:
    """A value over the limit is oversized, whatever it holds."""
    with pytest.raises(OversizedError):
        codec_of("string").decode(b"\x00\x00\x00\x00\x07" + bytes(MAX_VALUE_BYTES))


def test_an_unknown_type_cannot_be_written() -> None:
    """The refusal says what to do."""
    codec = codec_of("string")

    assert codec.knows(TYPE)
    assert not codec.knows(EventType("test.Heard"))
    with pytest.raises(SchemaError, match="hub apply"):
        codec.encode(EventType("test.Heard"), {})


def test_older_versions_are_read_as_the_newest() -> None:
    """What was written by an older version has the newest one's fields; a default date is a text as well."""
    old, new = (
        version(1, field("string", "a"), field("string", "gone", default="")),
        version(
            2,
            field("string", "a"),
            field(DATE, "since", default=1),
            field(["null", MILLIS], "at", default=None),
            field({"type": "record", "name": "Part", "fields": [field(DATE, "day")]}, "part", default={"day": 2}),
            field({"type": "array", "items": DATE}, "days", default=[3]),
        ),
    )
    written = Codec({1: old}).encode(TYPE, {"a": "x", "gone": "y"})

    assert Codec({1: old, 2: new}).decode(written)[1] == {
        "a": "x", "since": "1970-01-02", "at": None, "part": {"day": "1970-01-03"}, "days": ["1970-01-04"],
    }  # fmt: skip


def test_the_newest_version_is_written_whatever_its_id() -> None:
    """Versions count, not the order in which a registry gave ids."""
    old, new = version(1, field("string", "a")), version(2, field("string", "a", default="x"))

    assert Codec({9: old, 3: new}).encode(TYPE, {"a": "x"})[:5] == b"\x00\x00\x00\x00\x03"


def test_a_default_is_written_for_what_is_not_given() -> None:
    """A date's default can be written as it is read."""
    codec = Codec({7: version(1, field(DATE, default=1))})

    assert codec.decode(codec.encode(TYPE, {}))[1] == {"it": "1970-01-02"}


def test_the_shipped_schemas_have_a_codec() -> None:
    """Every type that the hub ships can be written."""
    catalog = Catalog.load(Path(shipped("schemas")))
    codec = Codec.over(catalog)

    assert all(codec.knows(event_type) for event_type in catalog.types)


def test_what_the_hub_made_itself_is_the_same_on_the_wire() -> None:
    """Writing without checks gives the bytes that writing with them gives, times in ms and what is left out too."""
    codec = Codec({7: version(
        1, field(MILLIS, "at"), field(["null", MILLIS], "due", default=None), field("int", "count", default=3),
        field({"type": "array", "items": {
            "type": "record", "name": "Inner", "fields": [field(["null", MILLIS], "since"), field("string", "what")],
        }}, "parts"),
    )})  # fmt: skip

    for facts in ({"at": 5, "due": 1_760_000_000_000, "parts": [{"since": 7, "what": "a"}]}, {"at": 5, "parts": []}):
        assert codec.encode_own(TYPE, facts) == codec.encode(TYPE, facts)
    with pytest.raises(SchemaError):
        codec.encode_own(EventType("test.Other"), {})
