"""Of which type a value is, for declarations: Avro's types as CEL sees them, and what fits into what.

Dates are ISO strings, timestamps instants, enums strings of known symbols; decimals and bytes have no type here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hub.events.catalog import EventSchema, kind_of, unwrap

_DATE: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
#: Records within records that are typed; what is deeper, or recursive, is of any type.
_MAX_RECORDS: Final = 6


@dataclass(frozen=True)
class Type:
    """Name a type: a kind, and what is inside a list, a record or an enum.

    ``kind`` is one of the catalog's kinds, or "null", "duration", "any". ``literals`` are all the texts that a
    string may be, where they are known: an enum's symbols, or what an expression writes out.
    """

    kind: str
    item: "Type | None" = None
    members: Mapping[str, "Type"] = field(default_factory=dict)
    nullable: bool = False
    literals: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"array of {self.item}" if self.kind == "array" and self.item else self.kind

    @property
    def there(self) -> "Type":
        """Give the same type for a value that is known to be there."""
        return replace(self, nullable=False) if self.nullable else self

    @property
    def is_text(self) -> bool:
        """Tell whether CEL sees a string."""
        return self.kind in {"string", "date", "enum"}


ANY: Final = Type("any")
NULL: Final = Type("null", nullable=True)
BOOLEAN: Final = Type("boolean")
INT: Final = Type("int")
DOUBLE: Final = Type("double")
STRING: Final = Type("string")
DATE: Final = Type("date")
TIMESTAMP: Final = Type("timestamp")
DURATION: Final = Type("duration")

#: Kinds that no expression may read, and why.
REFUSED: Final[Mapping[str, str]] = {
    "decimal": "decimals are refused: money is whole rupiah, in a field of type long",
    "bytes": "bytes are refused: documents travel as claim checks",
}


def field_types(schema: EventSchema) -> dict[str, Type]:
    """Give the type of each top-level field of an event type."""
    return {raw["name"]: _typed(raw["type"], {}, 0) for raw in schema.avro["fields"]}


def fits(source: Type, target: Type) -> bool:  # noqa: PLR0911 - one per kind
    """Tell whether every value of one type can stand where another is expected; null is looked at elsewhere."""
    if "any" in {source.kind, target.kind} or source.kind == "null":
        return True
    if target.kind == "enum":
        return source.is_text and bool(source.literals) and source.literals <= target.literals
    if target.kind == "string":
        return source.is_text
    if source.kind == "int" and target.kind == "double":
        return True
    if source.kind != target.kind:
        return False
    if source.item and target.item and not _fits_inside(source.item, target.item):
        return False
    return all(
        name in source.members and _fits_inside(source.members[name], inner) for name, inner in target.members.items()
    )


def joined(first: Type, second: Type) -> Type | None:
    """Give the type of a value that is of one or the other; None when they have nothing in common."""
    if "null" in {first.kind, second.kind}:
        other = second if first.kind == "null" else first
        return Type(other.kind, other.item, other.members, nullable=True, literals=other.literals)
    nullable = first.nullable or second.nullable
    if first.is_text and second.is_text and (first.kind != "date" or second.kind != "date"):
        known = first.literals | second.literals if first.literals and second.literals else frozenset[str]()
        kind = "enum" if first.kind == second.kind == "enum" else "string"
        return Type(kind, nullable=nullable, literals=known)
    for one, other in ((first, second), (second, first)):
        if fits(one, other):
            return Type(other.kind, other.item, other.members, nullable=nullable, literals=other.literals)
    return None


def type_of(value: object) -> Type:
    """Give the type of a value that is written out; ANY for lists and mappings."""
    if isinstance(value, str):
        return Type("date" if _DATE.fullmatch(value) else "string", literals=frozenset({value}))
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INT
    return DOUBLE if isinstance(value, float) else NULL if value is None else ANY


def _fits_inside(source: Type, target: Type) -> bool:
    return fits(source, target) and (target.nullable or not source.nullable)


def _typed(avro: Any, named: dict[str, Any], depth: int) -> Type:
    inner, nullable = unwrap(avro)
    if isinstance(inner, str):
        inner = named.get(inner, inner)
    if isinstance(inner, dict) and isinstance(inner.get("type"), dict | list) and "fields" not in inner:
        return _typed(inner["type"], named, depth)
    if isinstance(inner, list) or (isinstance(inner, str) and kind_of(inner) == "record"):
        return Type("any", nullable=nullable)
    kind = kind_of(inner)
    if kind == "record":
        return Type("record", members=_members(inner, named, depth), nullable=nullable) if depth < _MAX_RECORDS else ANY
    if kind in {"array", "map"}:
        return Type(kind, item=_typed(inner["items" if kind == "array" else "values"], named, depth), nullable=nullable)
    if kind == "enum":
        _remember(inner, named)
        return Type("enum", nullable=nullable, literals=frozenset(inner["symbols"]))
    return Type(kind, nullable=nullable)


def _members(avro: Mapping[str, Any], named: dict[str, Any], depth: int) -> dict[str, Type]:
    _remember(avro, named)
    return {raw["name"]: _typed(raw["type"], named, depth + 1) for raw in avro["fields"]}


def _remember(avro: Mapping[str, Any], named: dict[str, Any]) -> None:
    named[avro["name"]] = avro
    if "namespace" in avro:
        named[f"{avro['namespace']}.{avro['name']}"] = avro


def first_refused(types: Iterable[Type]) -> str | None:
    """Say why one of these types may not be read; None when all may."""
    for each in types:
        inside = [*each.members.values(), *([each.item] if each.item else [])]
        why = REFUSED.get(each.kind) or first_refused(inside)
        if why:
            return why
    return None
