"""JSON values against their schema: every wrong place by its path, no value told."""

import math
from typing import Any

import pytest

from hub.errors import SchemaError
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.events.value import MAX_DEPTH, MAX_FOUND, check_value
from hub.names import EventType

NIK = "6472016203950000"
TYPE = EventType("test.Seen")
DATE = {"type": "int", "logicalType": "date"}
TIME = {"type": "long", "logicalType": "timestamp-millis"}


def schema(*fields: dict[str, Any]) -> EventSchema:
    """Make a schema of these fields."""
    return EventSchema(TYPE, 1, {"type": "record", "name": "Seen", "namespace": "test", "fields": list(fields)})


def of(avro: Any, **more: Any) -> EventSchema:
    """Make a schema whose only field, ``it``, is of this type."""
    return schema({"name": "it", "type": avro, **more})


@pytest.mark.parametrize(
    ("avro", "value"),
    [
        ("string", "x"), ("string", ""), ("int", -(2**31)), ("long", 2**63 - 1), ("double", 1), ("double", 0.5),
        ("boolean", False), (DATE, "2026-01-31"), (TIME, "2026-01-31T08:00:00+08:00"), (["null", "string"], None),
        (["null", "string"], "x"), (["null", "string", "int"], 3), ({"type": "array", "items": DATE}, ["2026-01-31"]),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B"),
    ],
)  # fmt: skip
def test_what_fits_can_be_written(avro: Any, value: Any) -> None:
    """A value that passes is given back, and the codec writes it."""
    fitted = check_value(of(avro), {"it": value})

    assert fitted == {"it": value}
    assert Codec({1: of(avro)}).encode(TYPE, fitted)


@pytest.mark.parametrize(
    ("avro", "value"),
    [
        ("string", 5), ("string", None), ("string", "\ud800"), ("int", 2**31), ("int", True), ("int", 1.0),
        ("int", "5"), ("long", 2**63), ("double", math.nan), ("double", math.inf), ("double", "1"),
        ("double", 10**400), ("boolean", 0), (DATE, "2026-02-31"), (DATE, "31-01-2026"), (DATE, 5),
        (TIME, "2026-01-31T08:00:00"), (TIME, "2026-01-31"), (TIME, 17), (TIME, "9999-12-31T23:59:59-14:00"),
        (["null", "string"], 3), (["null", "string", "int"], []), ({"type": "array", "items": "int"}, "x"),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "C"),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, ["A"]), ("bytes", "x"),
        ({"type": "map", "values": "int"}, {"a": 1}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_path(avro: Any, value: Any) -> None:
    """Each kind of misfit names the field."""
    with pytest.raises(SchemaError) as wrong:
        check_value(of(avro), {"it": value})
    assert wrong.value.path == "it"
    assert "it: " in str(wrong.value)


def test_every_wrong_place_is_told_at_once() -> None:
    """Missing, unknown and wrong fields are told together, each by its path."""
    inner = {"type": "record", "name": "Person", "fields": [{"name": "nik", "type": "string"}]}
    declared = schema(
        {"name": "people", "type": {"type": "array", "items": inner}},
        {"name": "mother", "type": "Person"},
        {"name": "count", "type": "int"},
    )

    with pytest.raises(SchemaError) as wrong:
        check_value(declared, {"people": [{"nik": "1"}, {"nik": 2}], "mother": {"nik": 3, "x": 4}, "y": 5})
    assert [path for path, _ in wrong.value.misfits] == ["people[1].nik", "mother.nik", "mother.x", "count", "y"]


@pytest.mark.parametrize(
    ("avro", "value"),
    [
        ("int", NIK), (DATE, NIK), (TIME, NIK), ("boolean", NIK), (["null", "int"], NIK),
        (["null", "int", DATE], NIK), ({"type": "enum", "name": "E", "symbols": ["A"]}, NIK),
        ({"type": "array", "items": "int"}, [NIK]), ({"type": "array", "items": "int"}, NIK),
    ],
)  # fmt: skip
def test_no_value_is_told(avro: Any, value: Any) -> None:
    """What a person sent stands in no message."""
    with pytest.raises(SchemaError) as wrong:
        check_value(of(avro), {"it": value})
    assert NIK not in str(wrong.value)


def test_defaults_are_filled_in_as_facts() -> None:
    """A field that is not given has its default, a date's as its text."""
    declared = schema(
        {"name": "note", "type": "string", "default": "-"},
        {"name": "since", "type": DATE, "default": 1},
        {"name": "until", "type": ["null", DATE], "default": None},
    )

    assert check_value(declared, {}) == {"note": "-", "since": "1970-01-02", "until": None}


def test_a_named_type_is_known_wherever_it_was_said_first() -> None:
    """A type that an optional field declares is known to later fields also when that field is not given."""
    sex = {"type": "enum", "name": "Sex", "namespace": "test.common", "symbols": ["F", "M"]}
    declared = schema(
        {"name": "mother", "type": ["null", sex], "default": None}, {"name": "child", "type": "test.common.Sex"}
    )

    assert check_value(declared, {"child": "F"})["child"] == "F"
    with pytest.raises(SchemaError, match="one of F, M"):
        check_value(declared, {"child": "X"})


def test_identifiers_are_brought_into_form_and_refused_by_path() -> None:
    """A number of a person is kept in one form; one that is none is named by its path, wherever it stands."""
    declared = schema(
        {"name": "nik", "type": "string", "identifier": "nik"},
        {"name": "father_nik", "type": "string", "identifier": "nik", "default": ""},
        {"name": "mother_nik", "type": ["null", "string"], "identifier": "nik", "default": None},
    )
    spaced = f"{NIK[:6]} {NIK[6:12]} {NIK[12:]}"

    assert check_value(declared, {"nik": spaced}) == {"nik": NIK, "father_nik": "", "mother_nik": None}
    with pytest.raises(SchemaError) as wrong:
        check_value(declared, {"nik": "", "father_nik": NIK[:-1], "mother_nik": int(NIK)})
    assert wrong.value.misfits == (
        ("nik", "must have 16 digits"), ("father_nik", "must have 16 digits"), ("mother_nik", "must be a text"),
    )  # fmt: skip
    assert NIK[:-1] not in str(wrong.value)


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_only_an_object_is_a_value(value: Any) -> None:
    """An event's data is an object."""
    with pytest.raises(SchemaError, match="the value"):
        check_value(of("int"), value)


def test_depth_and_number_of_findings_have_a_limit() -> None:
    """A value cannot make the check or its answer endless."""
    deep: Any = "int"
    value: Any = 1
    for _ in range(MAX_DEPTH + 2):
        deep, value = {"type": "array", "items": deep}, [value]
    with pytest.raises(SchemaError, match="deeper"):
        check_value(of(deep), {"it": value})
    with pytest.raises(SchemaError) as wrong:
        check_value(of({"type": "array", "items": "int"}), {"it": ["x"] * 1000})
    assert len(wrong.value.misfits) == MAX_FOUND
