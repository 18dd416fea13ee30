"""A JSON value held against its schema: every place where it does not fit, by path, never by value.

For what people and HTTP clients send; what comes from Kafka is Avro already.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from hub.errors import SchemaError
from hub.events.catalog import EventSchema
from hub.events.envelope import Facts
from hub.events.identifier import fitted_identifier
from hub.events.logical import fitted_default, parse_millis
from hub.identity import Refusal

#: Levels of records and arrays in one value; protects the stack of whoever reads it.
MAX_DEPTH: Final = 16
#: Wrong places told at once; more would not help a person.
MAX_FOUND: Final = 20

_INT: Final = {"int": 31, "long": 63}


def check_value(schema: EventSchema, value: object) -> Facts:
    """Give the value with defaults filled in and identifiers in normal form.

    Raise SchemaError that lists each wrong path and what fits there.
    """
    wrong: list[tuple[str, str]] = []
    fitted = _fit(schema.avro, value, "", wrong, dict(_named_types(schema.avro)))
    if wrong:
        lines = "; ".join(f"{path or '(the value)'}: {why}" for path, why in wrong[:MAX_FOUND])
        raise SchemaError(f"the data does not fit {schema.type}: {lines}", path=wrong[0][0], misfits=wrong[:MAX_FOUND])
    return fitted  # type: ignore[no-any-return] # a record fits as a dict


def _named_types(avro: Any) -> Iterator[tuple[str, Any]]:
    """Go over the records and enums of a schema by their short names."""
    if isinstance(avro, list):
        for each in avro:
            yield from _named_types(each)
    elif isinstance(avro, dict):
        if "name" in avro:
            yield avro["name"], avro
        for inner in (avro.get("items"), avro.get("values"), *(field["type"] for field in avro.get("fields", ()))):
            yield from _named_types(inner)


def _fit(avro: Any, value: Any, path: str, wrong: list[tuple[str, str]], named: dict[str, Any]) -> Any:
    if path.count(".") + path.count("[") > MAX_DEPTH:
        wrong.append((path, f"is nested deeper than {MAX_DEPTH} levels"))
        return None
    if isinstance(avro, str):
        avro = named.get(avro.rpartition(".")[2], avro)
    if isinstance(avro, list):
        return _fit_union(avro, value, path, wrong, named)
    if isinstance(avro, dict) and avro["type"] == "record":
        return _fit_record(avro, value, path, wrong, named)
    if isinstance(avro, dict) and avro["type"] == "array":
        return _fit_array(avro, value, path, wrong, named)
    why = _misfit(avro, value)
    if why:
        wrong.append((path, why))
    return value


def _fit_union(avro: list[Any], value: Any, path: str, wrong: list[tuple[str, str]], named: dict[str, Any]) -> Any:
    if value is None and "null" in avro:
        return None
    choices = [each for each in avro if each != "null"]
    if len(choices) == 1:
        return _fit(choices[0], value, path, wrong, named)
    for choice in choices:
        misfits: list[tuple[str, str]] = []
        fitted = _fit(choice, value, path, misfits, named)
        if not misfits:
            return fitted
    wrong.append((path, "fits none of the types that may stand here"))
    return None


def _fit_record(
    avro: Mapping[str, Any], value: Any, path: str, wrong: list[tuple[str, str]], named: dict[str, Any]
) -> Any:
    if not isinstance(value, dict):
        wrong.append((path, "must be an object"))
        return None
    fitted: dict[str, Any] = {}
    for field in avro["fields"]:
        inner = f"{path}.{field['name']}" if path else field["name"]
        if field["name"] in value:
            fitted[field["name"]] = _fit_field(field, value[field["name"]], inner, wrong, named)
        elif "default" in field:
            fitted[field["name"]] = fitted_default(field["type"], field["default"])
        else:
            wrong.append((inner, "is missing"))
    known = {field["name"] for field in avro["fields"]}
    wrong.extend((f"{path}.{name}" if path else name, "is no field of this type") for name in _unknown(value, known))
    return fitted


def _fit_field(
    field: Mapping[str, Any], value: Any, path: str, wrong: list[tuple[str, str]], named: dict[str, Any]
) -> Any:
    known = len(wrong)
    fitted = _fit(field["type"], value, path, wrong, named)
    if "identifier" not in field or not isinstance(fitted, str) or len(wrong) > known:
        return fitted
    found = fitted_identifier(field, fitted)
    if isinstance(found, Refusal):
        wrong.append((path, found.why))
    return found


def _unknown(value: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    return (str(name)[:80] for name in value if name not in known)


def _fit_array(
    avro: Mapping[str, Any], value: Any, path: str, wrong: list[tuple[str, str]], named: dict[str, Any]
) -> Any:
    if not isinstance(value, list):
        wrong.append((path, "must be a list"))
        return None
    return [_fit(avro["items"], each, f"{path}[{i}]", wrong, named) for i, each in enumerate(value)]


def _misfit(avro: Any, value: Any) -> str | None:  # noqa: PLR0911 - one answer per kind
    kind = avro if isinstance(avro, str) else str(avro["type"])
    logical = avro.get("logicalType") if isinstance(avro, dict) else None
    if logical == "date":
        return None if _is_date(value) else "must be a date like 2026-01-31"
    if logical in {"timestamp-millis", "timestamp-micros"}:
        return None if _is_instant(value) else "must be a time with offset like 2026-01-31T08:00:00+08:00"
    if kind in _INT:
        fits = isinstance(value, int) and not isinstance(value, bool) and -(2 ** _INT[kind]) <= value < 2 ** _INT[kind]
        return None if fits else "must be a whole number"
    if kind in {"float", "double"}:
        return None if _is_number(value) else "must be a number"
    if kind == "boolean":
        return None if isinstance(value, bool) else "must be true or false"
    if kind == "string":
        return None if _is_text(value) else "must be a text"
    if kind == "enum":
        return None if value in avro["symbols"] else "must be one of " + ", ".join(avro["symbols"])
    return f"{kind} cannot be given as JSON"


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _is_text(value: object) -> bool:
    """Tell whether this is a text that UTF-8 can write: JSON lets half a character pass."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_instant(value: object) -> bool:
    try:
        return isinstance(value, str) and parse_millis(value) is not None
    except ValueError:
        return False
