"""Fields with an identifier: what is checked, what an empty one means, and which schemas are refused."""

from typing import Any

import pytest

from hub.errors import SchemaError
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.events.identifier import checks_of, fitted_identifier, malformed, why_misplaced
from hub.identity import Refusal
from hub.names import EventType

NIK = "6472016203950000"
WRONG = "6472016203950"
TYPE = EventType("test.Seen")


def avro(*fields: dict[str, Any]) -> dict[str, Any]:
    """Make a record of these fields."""
    return {"type": "record", "name": "Seen", "namespace": "test", "fields": list(fields)}


def field(name: str = "nik", avro_type: Any = "string", **more: Any) -> dict[str, Any]:
    """Make a field that carries a NIK."""
    return {"name": name, "type": avro_type, "identifier": "nik", **more}


def test_a_text_is_brought_into_its_normal_form_or_refused() -> None:
    """What people write between digits goes; what is no NIK is told without it."""
    assert fitted_identifier(field(), "6472 0162 0395 0000") == NIK
    assert fitted_identifier(field(), WRONG) == Refusal("must have 16 digits")


def test_an_empty_text_says_none_only_where_it_is_the_default() -> None:
    """Where a field may be left out it may be empty; where it must be there it must hold one."""
    assert fitted_identifier(field(default=""), "") == ""
    assert isinstance(fitted_identifier(field(), ""), Refusal)
    assert malformed(checks_of(avro(field(default=""))), {"nik": ""}) == []
    assert malformed(checks_of(avro(field())), {"nik": ""}) == [("nik", "must have 16 digits")]


def test_each_malformed_identifier_is_named_with_what_it_must_be() -> None:
    """Several at once, null and right ones left out, one that is only written otherwise among them."""
    checks = checks_of(
        avro(field("a"), field("b", ["null", "string"]), field("c"), field("d"), {"name": "e", "type": "string"})
    )

    wrong = malformed(checks, {"a": WRONG, "b": None, "c": NIK, "d": f"{NIK[:6]} {NIK[6:]}", "e": WRONG})

    assert [name for name, _ in wrong] == ["a", "d"]
    assert wrong[0][1] == "must have 16 digits"
    assert wrong[1][1].startswith("must have the normal form of its kind: 16 digits")


def test_a_kind_that_this_hub_does_not_know_is_not_checked() -> None:
    """An older worker lets pass what a newer schema asks for."""
    newer = field(identifier="star_sign")
    assert checks_of(avro(newer)) == ()
    assert fitted_identifier(newer, WRONG) == WRONG


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([field(identifier="nikk")], "has an identifier that is none of nik, kk"),
        ([field(avro_type="long")], "an identifier is never a number"),
        ([field(avro_type=["null", "long"], default=None)], "an identifier is never a number"),
        ([field(avro_type={"type": "array", "items": "string"})], "is no string"),
        ([{"name": "who", "type": {"type": "array", "items": avro(field())}}], "inside a record"),
        ([{"name": "who", "type": ["null", avro({"name": "x", "type": avro(field())})]}], "inside a record"),
    ],
)
def test_an_identifier_that_cannot_be_checked_is_told(fields: list[dict[str, Any]], why: str) -> None:
    """A schema that would only seem to be checked is not read at all."""
    told = why_misplaced(avro(*fields))
    assert told is not None
    assert why in told


def test_a_schema_of_right_identifiers_has_none_misplaced() -> None:
    """A text and an optional text may carry one."""
    assert (
        why_misplaced(avro(field(), field("b", ["null", "string"], default=None), {"name": "c", "type": "int"})) is None
    )


def test_what_was_decoded_is_checked_by_the_version_it_was_written_in() -> None:
    """A newer version may ask for more; what was said under an older one stays right."""
    old = EventSchema(TYPE, 1, avro({"name": "nik", "type": "string"}))
    new = EventSchema(TYPE, 2, avro(field()))
    codec = Codec({1: old, 2: new})
    said_before = Codec({1: old}).encode(TYPE, {"nik": WRONG})
    said_now = codec.encode(TYPE, {"nik": WRONG})

    codec.check_identifiers(said_before, codec.decode(said_before)[1])
    codec.check_identifiers(codec.encode(TYPE, {"nik": NIK}), {"nik": NIK})
    with pytest.raises(SchemaError) as wrong:
        codec.check_identifiers(said_now, codec.decode(said_now)[1])
    assert wrong.value.path == "nik"
    assert "nik: must have 16 digits" in str(wrong.value)
    assert WRONG not in str(wrong.value)
