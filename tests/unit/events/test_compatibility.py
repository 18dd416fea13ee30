"""What a new version may change, and what is said when it may not."""

from collections.abc import Mapping
from typing import Any

import pytest

from hub.events.catalog import Catalog, EventSchema
from hub.events.compatibility import AGENCY_MODE, HUB_MODE, Mode, catalog_misfits, misfits, mode_for
from hub.names import EventType

TYPE = EventType("id.mpp.test.Seen")


def version(number: int, *fields: Mapping[str, Any], name: str = "Seen") -> EventSchema:
    """Make one version of a type with these fields."""
    avro = {"type": "record", "name": name, "namespace": "id.mpp.test", "fields": list(fields)}
    return EventSchema(EventType(f"id.mpp.test.{name}"), number, avro)


def field(name: str, avro: Any = "string", **more: Any) -> dict[str, Any]:
    """Make a field; its element is its name."""
    return {"name": name, "type": avro, "element": name, "class": "general"} | more


def said(newer: EventSchema, *older: EventSchema, mode: Mode = "FULL_TRANSITIVE") -> dict[str, str]:
    """Give what is wrong by path."""
    return {each.path: each.why for each in misfits(newer, older, mode)}


def inside(avro: Any) -> EventSchema:
    """Make a version whose only field is of this type."""
    return version(1, field("it", avro))


def record(*fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make a record that stands in a field."""
    return {"type": "record", "name": "Part", "fields": list(fields)}


DATE = {"type": "int", "logicalType": "date"}
ENUM = {"type": "enum", "name": "Sex", "symbols": ["F", "M"]}


def decimal(precision: int, scale: int) -> dict[str, Any]:
    """Make a decimal."""
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def test_a_field_with_a_default_may_be_added() -> None:
    """Every mode lets a version add a field that has a default."""
    newer = version(2, field("nik"), field("note", default=""))

    assert said(newer, version(1, field("nik"))) == {}


def test_a_field_without_default_is_refused_where_old_is_read() -> None:
    """A new field without a default cannot be read out of what was written before, but may be written."""
    older, newer = version(1, field("nik")), version(2, field("nik"), field("note"))

    assert set(said(newer, older, mode="BACKWARD")) == {"note"}
    assert said(newer, older, mode="FORWARD") == {}


def test_a_field_may_go_only_if_it_had_a_default() -> None:
    """Readers of the older version still need a field that has no default."""
    older, newer = version(1, field("nik"), field("note")), version(2, field("nik"))

    assert set(said(newer, older, mode="FORWARD")) == {"note"}
    assert said(newer, older, mode="BACKWARD") == {}


def test_transitive_looks_at_every_version_before() -> None:
    """A field that was gone in between must not come back as something else."""
    first = version(1, field("nik"), field("age", "string", default=""))
    second, third = version(2, field("nik")), version(3, field("nik"), field("age", "int", default=0))

    assert said(third, first, second, mode="FULL") == {}
    assert set(said(third, first, second, mode="FULL_TRANSITIVE")) == {"age"}


@pytest.mark.parametrize(
    ("newer", "older", "path"),
    [
        (inside(record(field("n", "int"))), inside(record(field("n", "string"))), "it.n"),
        (inside({"type": "array", "items": record(field("n", "int"))}),
         inside({"type": "array", "items": record(field("n", "string"))}), "it[].n"),
        (inside({"type": "map", "values": "int"}), inside({"type": "map", "values": "string"}), "it{}"),
        (inside(["null", record(field("n", DATE))]), inside(["null", record(field("n", "int"))]), "it.n"),
        (inside(["null", "string"]), inside(["null", "string", "int"]), "it"),
        (inside(ENUM | {"symbols": ["F"]}), inside(ENUM), "it"),
        (inside("string"), inside(["null", "string"]), "it"),
        (inside({"type": "fixed", "name": "Hash", "size": 8}), inside({"type": "fixed", "name": "Hash", "size": 16}),
         "it"),
    ],
)  # fmt: skip
def test_the_path_of_a_misfit_is_told(newer: EventSchema, older: EventSchema, path: str) -> None:
    """A misfit inside records, lists, maps and unions is named by its path."""
    assert list(said(newer, older, mode="BACKWARD")) == [path]


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (inside("int"), inside(DATE)),
        (inside({"type": "long", "logicalType": "timestamp-micros"}),
         inside({"type": "long", "logicalType": "timestamp-millis"})),
        (inside({"type": "string", "logicalType": "uuid"}), inside("string")),
        (inside(decimal(9, 2)), inside(decimal(9, 0))),
        (inside(decimal(9, 2)), inside(decimal(12, 2))),
        (inside("bytes"), inside("string")),
    ],
)  # fmt: skip
def test_the_meaning_of_the_same_bytes_stays(newer: EventSchema, older: EventSchema) -> None:
    """What Avro lets pass but a reader would misread is refused: logical types, decimals, text as bytes."""
    assert set(said(newer, older, mode="BACKWARD")) == {"it"}


def test_an_unknown_logical_type_is_only_compared() -> None:
    """A logical type that Avro does not name is no error, but it stays as it is."""
    odd = inside({"type": "string", "logicalType": "nik"})

    assert said(odd, odd) == {}
    assert set(said(odd, inside("string"))) == {"it"}


@pytest.mark.parametrize("name", ["element", "class"])
def test_element_and_class_of_a_field_stay(name: str) -> None:
    """Agreements and protection hang on element and class: no version changes, adds or removes them."""
    older = version(1, field("nik"))
    without = {key: value for key, value in field("nik").items() if key != name}

    assert name in said(version(2, field("nik", **{name: "identity"})), older, mode="FORWARD")["nik"]
    assert name in said(version(2, without), older, mode="FORWARD")["nik"]


def test_a_renamed_field_is_followed_by_its_alias() -> None:
    """Avro reads a renamed field by its alias; its element still may not change."""
    older = version(1, field("nik"))

    assert said(version(2, field("number", aliases=["nik"], element="nik")), older, mode="BACKWARD") == {}
    assert set(said(version(2, field("number", aliases=["nik"])), older, mode="BACKWARD")) == {"number"}


def test_another_type_never_follows() -> None:
    """A type is its full name."""
    assert set(said(version(2, name="Heard"), version(1))) == {""}


def test_a_type_that_holds_itself_is_compared() -> None:
    """A record inside itself ends the comparison instead of never ending it."""
    older = version(1, field("it", record(field("next", ["null", "Part"], default=None), field("n", "int"))))
    newer = version(2, field("it", record(field("next", ["null", "Part"], default=None), field("n", "string"))))

    assert set(said(newer, older)) == {"it.n"}
    assert said(older, older) == {}


def test_wider_numbers_may_be_read_but_not_written() -> None:
    """Avro's promotions hold in one direction."""
    older, newer = inside("int"), inside("long")

    assert said(newer, older, mode="BACKWARD") == {}
    assert set(said(newer, older, mode="FULL")) == {"it"}


def test_a_misfit_reads_as_one_line() -> None:
    """A person sees type, path, reason and versions."""
    (found,) = misfits(version(2, field("nik"), field("note")), [version(1, field("nik"))], "BACKWARD")

    assert str(found) == (
        "id.mpp.test.Seen: note: the newer version cannot read the older: "
        "the field is not there and has no default (v2 against v1)"
    )


def test_agencies_follow_the_strict_rule() -> None:
    """What agencies say is FULL_TRANSITIVE, what only the hub writes FORWARD_TRANSITIVE."""
    assert mode_for(TYPE, said_by_agencies=[TYPE]) == AGENCY_MODE
    assert mode_for(TYPE, said_by_agencies=[]) == HUB_MODE


def test_a_catalog_is_looked_through_type_by_type() -> None:
    """Every version is held against all before it, by its type's rule."""
    catalog = Catalog([version(1, field("nik")), version(2, field("nik"), field("note"))])

    assert [each.path for each in catalog_misfits(catalog, said_by_agencies=[TYPE])] == ["note"]
    assert catalog_misfits(catalog, said_by_agencies=[]) == ()
