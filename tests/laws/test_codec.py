"""Laws of the wire, for every schema, every value and all bytes."""

import io
from typing import Any

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ParkableError
from hub.events.bounds import why_unbounded
from hub.events.catalog import parse_schema
from hub.events.codec import Codec
from hub.events.compatibility import misfits
from hub.events.envelope import read_headers
from hub.events.value import check_value
from tests.laws.schemas import TYPE, event_type, record_fields, typed

_SAMPLES = settings(max_examples=150, deadline=None)


@_SAMPLES
@given(st.data())
def test_what_is_written_is_read(data: st.DataObject) -> None:
    """Facts of any schema come back the same, and two encodings of them are the same bytes."""
    fields = data.draw(record_fields())
    codec = Codec({1: event_type([field for field, _ in fields])})
    facts = data.draw(st.fixed_dictionaries({field["name"]: values for field, values in fields}))

    value = codec.encode(TYPE, facts)

    assert codec.decode(value) == (TYPE, facts, value[5:])
    assert codec.encode(TYPE, codec.decode(value)[1]) == value


@_SAMPLES
@given(st.data())
def test_other_readers_read_what_is_written(data: st.DataObject) -> None:
    """A reader that knows only Avro reads the body to its end."""
    fields = data.draw(record_fields())
    schema = event_type([field for field, _ in fields])
    facts = data.draw(st.fixed_dictionaries({field["name"]: values for field, values in fields}))
    body = io.BytesIO(Codec({1: schema}).encode(TYPE, facts)[5:])

    read: Any = fastavro.schemaless_reader(body, fastavro.parse_schema(dict(schema.avro)), None)

    assert read.keys() == facts.keys()
    assert body.read() == b""


@settings(max_examples=400, deadline=None)
@given(record_fields(), st.binary(max_size=80))
def test_any_bytes_are_facts_or_set_aside(fields: list[Any], body: bytes) -> None:
    """Random bytes behind a known id are an event, or an error that parks one message; what is read can be written."""
    codec = Codec({1: event_type([field for field, _ in fields])})
    try:
        _, facts, _ = codec.decode(b"\x00\x00\x00\x00\x01" + body)
    except ParkableError:
        return
    assert codec.decode(codec.encode(TYPE, facts))[1] == facts


@_SAMPLES
@given(st.binary(max_size=40))
def test_any_value_is_facts_or_set_aside(value: bytes) -> None:
    """Bytes with no form at all are set aside as well."""
    codec = Codec({1: event_type([{"name": "a", "type": "string"}])})
    try:
        codec.decode(value)
    except ParkableError as wrong:
        assert wrong.category in {"decode", "schema"}  # noqa: PT017 - raising is one of two right answers


@_SAMPLES
@given(st.lists(st.tuples(st.text(max_size=8), st.none() | st.binary(max_size=20)), max_size=6))
def test_any_headers_are_text_or_set_aside(headers: list[tuple[str, bytes | None]]) -> None:
    """Headers of any bytes are read as text, or park one message."""
    try:
        found = read_headers(headers)
    except ParkableError:
        return
    assert found.keys() == {name.lower() for name, value in headers if value is not None}


@_SAMPLES
@given(st.data())
def test_a_value_that_passes_the_check_can_be_written(data: st.DataObject) -> None:
    """JSON that fits its schema is encoded, and is what it was."""
    flat = [each for each in data.draw(record_fields()) if "map" not in str(each[0])]
    schema = event_type([field for field, _ in flat])
    facts = data.draw(st.fixed_dictionaries({field["name"]: values for field, values in flat}))

    checked = check_value(schema, facts)

    codec = Codec({1: schema})
    assert codec.decode(codec.encode(TYPE, checked))[1] == facts


@_SAMPLES
@given(record_fields(), st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_json_is_checked_or_refused(fields: list[Any], value: Any) -> None:
    """The check answers for whatever a client sends: facts that can be written, or a refusal by path."""
    schema = event_type([field for field, _ in fields])
    sent = {field["name"]: value for field, _ in fields}
    try:
        checked = check_value(schema, sent)
        Codec({1: schema}).encode(TYPE, checked)
    except ParkableError as wrong:
        assert wrong.category == "schema"  # noqa: PT017 - raising is one of two right answers


@_SAMPLES
@given(st.data())
def test_a_version_that_may_follow_reads_what_was_written(data: st.DataObject) -> None:
    """Whenever BACKWARD says yes, any value of the older version is read by the newer; FORWARD is its mirror."""
    before = data.draw(record_fields())
    kept = [each for each in before if data.draw(st.booleans())]
    changed = data.draw(st.booleans())
    added = {"name": "f9", "type": data.draw(typed("N", 2))[0], "element": "e9", "class": "general"}
    if data.draw(st.booleans()):
        added |= {"type": "string", "default": "new"}
    first, second = event_type([each for each, _ in before]), event_type([each for each, _ in kept], 2)
    if changed:
        second = event_type([*(each for each, _ in kept), added], 2)
    facts = data.draw(st.fixed_dictionaries({field["name"]: values for field, values in before}))
    value = Codec({1: first}).encode(TYPE, facts)

    backward = misfits(second, [first], "BACKWARD")
    if not backward:
        read = Codec({1: first, 2: second}).decode(value)[1]
        assert {name: fact for name, fact in facts.items() if name in read} == {
            name: fact for name, fact in read.items() if name in facts
        }
    elif all("no default" in each.why for each in backward):
        try:
            Codec({1: first, 2: second}).decode(value)
        except ParkableError:
            pass
        else:
            raise AssertionError(backward)
    assert {(each.path, each.why) for each in misfits(first, [second], "FORWARD")} == {
        (
            each.path,
            each.why.replace("the newer version cannot read the older", "the older version cannot read the newer"),
        )
        for each in backward
    }


@_SAMPLES
@given(record_fields())
def test_a_version_may_always_stay_as_it_is(fields: list[Any]) -> None:
    """Nothing is wrong between a version and itself, and drawn schemas are bounded."""
    schema = event_type([field for field, _ in fields])

    assert misfits(schema, [schema], "FULL_TRANSITIVE") == ()
    assert why_unbounded(schema.avro) is None
    assert parse_schema(schema.text).avro == schema.avro
