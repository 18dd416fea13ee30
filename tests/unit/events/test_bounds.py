"""Schemas with which a small value could become a large one, or end the process."""

from typing import Any

import pytest

from hub.events.bounds import MAX_LEVELS, why_unbounded


def record(*types: Any, name: str = "T") -> dict[str, Any]:
    """Make a record with fields of these types."""
    return {
        "type": "record", "name": name, "namespace": "x",
        "fields": [{"name": f"f{number}", "type": each} for number, each in enumerate(types)],
    }  # fmt: skip


def array(items: Any) -> dict[str, Any]:
    """Make a list."""
    return {"type": "array", "items": items}


EMPTY = record(name="Empty")
NULLS = record("null", name="Nulls")
FIXED = {"type": "fixed", "name": "Hash", "size": 16}


def nested(levels: int) -> Any:
    """Make lists within lists."""
    found: Any = "int"
    for _ in range(levels):
        found = array(found)
    return found


@pytest.mark.parametrize(
    "avro",
    [
        record(), record("string", "null"), record(array("int")), record({"type": "map", "values": "null"}),
        record(array(record("int", "null", name="I"))), record(array(["null", "string"])),
        record(record("int", name="A"), "x.A", array("A")), record(array(FIXED), "Hash"),
        record({"type": "int", "logicalType": "date"}), record(nested(MAX_LEVELS // 2)),
        record({"type": "enum", "name": "E", "symbols": ["A"]}, array("E")),
    ],
)  # fmt: skip
def test_usual_schemas_may_be_read(avro: dict[str, Any]) -> None:
    """Records, lists, maps, unions and shared types are bounded."""
    assert why_unbounded(avro) is None


@pytest.mark.parametrize(
    ("avro", "why"),
    [
        (record(["null", "T"]), "inside itself"),
        (record(array("x.T")), "inside itself"),
        (record(record(["null", "A"], name="A")), "inside itself"),
        (record(array("null")), "no bytes"),
        (record(array(EMPTY)), "no bytes"),
        (record(array(NULLS)), "no bytes"),
        (record(EMPTY), "no bytes"),
        (record(FIXED | {"size": 0}), "no bytes"),
        (record(nested(MAX_LEVELS + 1)), "deeper"),
    ],
)
def test_unbounded_schemas_are_told(avro: dict[str, Any], why: str) -> None:
    """Types inside themselves, items of no bytes and bottomless nesting are refused."""
    assert why in str(why_unbounded(avro))


def test_types_that_name_each_other_count_as_deep_as_their_values_are() -> None:
    """A chain of types written side by side is as deep for a reader as one written inside itself."""
    links: list[Any] = [record("int", name="T0")]
    links += [record(f"x.T{number - 1}", name=f"T{number}") for number in range(1, MAX_LEVELS)]
    assert why_unbounded(record(*links[: MAX_LEVELS // 2], name="Whole")) is None
    assert "nested deeper" in (why_unbounded(record(*links, name="Whole")) or "")
