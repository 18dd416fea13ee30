"""Facts that fit an event type, made from its schema alone: so that examples need to say only what matters.

The same schema and the same given facts always give the same. Nothing made here looks like a person's data.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hub.events.catalog import EventSchema
from hub.events.envelope import Facts
from hub.events.value import check_value
from hub.identity import KINDS

#: What stands for a value that nobody gave, by Avro's kind and logical type.
_PLAIN: Final[Mapping[str, Any]] = {
    "string": "contoh", "int": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": False, "null": None, "map": {},
    "date": "2026-01-05", "timestamp-millis": "2026-01-05T08:00:00+08:00",
    "timestamp-micros": "2026-01-05T08:00:00+08:00",
}  # fmt: skip


#: The field with a whole amount, beside which shares of it may stand.
_WHOLE: Final = "amount_rupiah"


def sample(schema: EventSchema, given: Mapping[str, Any] | None = None) -> Facts:
    """Fill what is not given and has no default; raise SchemaError when what is given does not fit."""
    made = _record(schema.avro, given or {}, dict(_named(schema.avro, "")))
    if has_shares(schema) and _WHOLE not in (given or {}):
        made[_WHOLE] = sum(made.get(name) or 0 for name in _shares(schema))
    return check_value(schema, made)


def has_shares(schema: EventSchema) -> bool:
    """Tell whether an event says an amount and the share of each payee, whose sum it is."""
    return _WHOLE in schema.fields and any(True for _ in _shares(schema))


def _shares(schema: EventSchema) -> Iterator[str]:
    return (name for name, field in schema.fields.items() if str(field.element).endswith("_share"))


def _named(avro: Any, space: str) -> Iterator[tuple[str, Any]]:
    """List the named types inside a schema, by their short and their full names."""
    if isinstance(avro, list):
        for each in avro:
            yield from _named(each, space)
    elif isinstance(avro, dict):
        space = avro.get("namespace", space)
        if "name" in avro and avro["type"] in ("record", "enum", "fixed"):  # a field's type may be no text
            yield from ((avro["name"], avro), (f"{space}.{avro['name']}", avro))
        for inner in (*avro.get("fields", ()), avro.get("items"), avro.get("values"), avro.get("type")):
            yield from _named(inner, space)


def _record(avro: Mapping[str, Any], given: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(given)
    for field in avro["fields"]:
        name = field["name"]
        if isinstance(made.get(name), dict):
            made[name] = _filled(field["type"], made[name], named)
        elif name not in made and "default" not in field:
            made[name] = _identifier(field) or _value(field["type"], named)
    return made


def _identifier(field: Mapping[str, Any]) -> str | None:
    kind = KINDS.get(field.get("identifier", ""))
    return kind.sample if kind else None


def _filled(avro: Any, given: dict[str, Any], named: Mapping[str, Any]) -> Any:
    for choice in avro if isinstance(avro, list) else [avro]:
        whole = named.get(choice, choice) if isinstance(choice, str) else choice
        if isinstance(whole, dict) and whole["type"] == "record":
            return _record(whole, given, named)
    return given


def _value(avro: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(avro, list):
        return None if "null" in avro else _value(avro[0], named)
    if isinstance(avro, str):
        known = named.get(avro)
        return _PLAIN.get(avro) if known is None else _value(known, named)
    kind = str(avro["type"])
    if kind == "record":
        return _record(avro, {}, named)
    if kind == "enum":
        return avro["symbols"][0]
    if kind == "array":
        return []
    return _PLAIN.get(avro.get("logicalType", kind), _PLAIN.get(kind))
