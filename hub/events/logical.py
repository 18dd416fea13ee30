"""What fastavro is told beside the schema: dates and times as ISO 8601 text, numbers that every reader can read."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import fastavro
import fastavro.read
import fastavro.write

_EPOCH: Final = date(1970, 1, 1).toordinal()
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INT_BITS: Final = 31
_FLOAT_MAX: Final = 3.4028234663852886e38


@lru_cache(maxsize=4096)
def format_millis(millis: int) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds."""
    return (_START + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_millis(text: str) -> int:
    """Read an RFC 3339 instant to milliseconds since the epoch; raise ValueError when it has no offset."""
    return _since_epoch(text) // timedelta(milliseconds=1)


def _since_epoch(text: str) -> timedelta:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, such as 2026-01-31T08:00:00+08:00")
    try:
        return moment.astimezone(UTC) - _START
    except OverflowError as wrong:
        raise ValueError("a time lies between the years 1 and 9999 in UTC") from wrong


def _read_date(days: int, *_: object) -> str:
    return date.fromordinal(days + _EPOCH).isoformat()


def _write_date(value: object, *_: object) -> object:
    return date.fromisoformat(value).toordinal() - _EPOCH if isinstance(value, str) else value


def _read_millis(millis: int, *_: object) -> str:
    return format_millis(millis)


def _write_millis(value: object, *_: object) -> object:
    return parse_millis(value) if isinstance(value, str) else value


def _read_micros(micros: int, *_: object) -> str:
    return (_START + timedelta(microseconds=micros)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _write_micros(value: object, *_: object) -> object:
    return _since_epoch(value) // timedelta(microseconds=1) if isinstance(value, str) else value


def _finite(value: Any, *_: object) -> Any:
    """Let a number pass that JSON can say."""
    if not math.isfinite(value):
        raise ValueError("a number must be finite")
    return value


def _write_float(value: Any, *_: object) -> Any:
    """Let a number pass that 32 bits can say; fastavro would write infinity for a larger one."""
    if not -_FLOAT_MAX <= value <= _FLOAT_MAX:
        raise ValueError("a number must fit a float of 32 bits")
    return value


def _write_int(value: Any, *_: object) -> Any:
    """Let a number pass that 32 bits can say; fastavro writes larger ones, which other readers refuse."""
    if not -(2**_INT_BITS) <= value < 2**_INT_BITS:
        raise ValueError("a number must fit 32 bits")
    return value


_ISO: Final = {"date": "iso-date", "timestamp-millis": "iso-millis", "timestamp-micros": "iso-micros"}
_PLAIN: Final = {"int": "32-bits", "float": "finite", "double": "finite"}
_READERS: Final[Mapping[str, Callable[..., Any]]] = {
    "int-iso-date": _read_date, "long-iso-millis": _read_millis, "long-iso-micros": _read_micros,
    "float-finite": _finite, "double-finite": _finite,
}  # fmt: skip
_WRITERS: Final[Mapping[str, Callable[..., Any]]] = {
    "int-iso-date": _write_date, "long-iso-millis": _write_millis, "long-iso-micros": _write_micros,
    "float-finite": _write_float, "double-finite": _finite, "int-32-bits": _write_int,
}  # fmt: skip
_DEFAULTS: Final[Mapping[str, Callable[[int], str]]] = {
    name: reader
    for avro, reader in (("date", _read_date), ("timestamp-millis", _read_millis), ("timestamp-micros", _read_micros))
    for name in (avro, _ISO[avro])
}


def parsed(avro: Mapping[str, Any]) -> Any:
    """Make of a self-contained schema what fastavro reads and writes with, our logical types in it."""
    fastavro.read.LOGICAL_READERS.update(_READERS)
    fastavro.write.LOGICAL_WRITERS.update(_WRITERS)
    schema = fastavro.parse_schema(_with_our_types(avro))
    _fit_defaults(schema)
    return schema


def plain(avro: Mapping[str, Any]) -> Any:
    """Make of a self-contained schema what fastavro writes fastest with: no logical types, no text beside the names."""
    return fastavro.parse_schema(_bare(avro))


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    if set(node) <= {"type", "logicalType"}:
        return node["type"]
    kept = {name: _bare(each) for name, each in node.items() if name in {"type", "items", "values"}}
    kept |= {name: each for name, each in node.items() if name in {"name", "namespace", "symbols", "size"}}
    if "fields" in node:
        kept["fields"] = [
            {"name": each["name"], "type": _bare(each["type"])}
            | ({"default": each["default"]} if "default" in each else {})
            for each in node["fields"]
        ]
    return kept


def fitted_default(avro: Any, value: Any) -> Any:
    """Turn a default as a schema writes it into the fact it stands for: a date's days into its text."""
    if isinstance(avro, list):
        return None if value is None else fitted_default(avro[0], value)
    if not isinstance(avro, dict):
        return value
    if (reader := _DEFAULTS.get(avro.get("logicalType", ""))) and isinstance(value, int):
        return reader(value)
    fit = _FITTED_INSIDE.get(avro["type"])
    return fit(avro, value) if fit else value


def _fitted_record(avro: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    given = {each["name"]: each["default"] for each in avro["fields"] if "default" in each} | dict(value)
    return {each["name"]: fitted_default(each["type"], given[each["name"]]) for each in avro["fields"]}


_FITTED_INSIDE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "record": _fitted_record,
    "array": lambda avro, value: [fitted_default(avro["items"], each) for each in value],
    "map": lambda avro, value: {name: fitted_default(avro["values"], each) for name, each in value.items()},
}


def _fit_defaults(node: Any) -> None:
    """Put facts in the place of the defaults of a schema; fastavro hands them on as they stand."""
    if isinstance(node, list):
        for each in node:
            _fit_defaults(each)
    elif isinstance(node, dict):
        for name in ("type", "items", "values"):
            _fit_defaults(node.get(name))
        for field in node.get("fields", ()):
            _fit_defaults(field["type"])
            if "default" in field:
                field["default"] = fitted_default(field["type"], field["default"])


def _with_our_types(node: Any) -> Any:
    """Copy a schema with our logical types in the place of Avro's; other logical types but decimal are dropped."""
    if isinstance(node, str):
        return {"type": node, "logicalType": _PLAIN[node]} if node in _PLAIN else node
    if isinstance(node, list):
        # In a union of several a value looks for its branch, so our plain types may not raise there.
        several = len(node) > 2  # noqa: PLR2004 - null and one type
        return [each if several and isinstance(each, str) else _with_our_types(each) for each in node]
    found = {name: _with_our_types(each) if name in {"items", "values"} else each for name, each in node.items()}
    if "fields" in node:
        found["fields"] = [{**each, "type": _with_our_types(each["type"])} for each in node["fields"]]
    logical = found.pop("logicalType", "")
    if ours := logical if logical == "decimal" else _ISO.get(logical) or _PLAIN.get(node["type"]):
        found["logicalType"] = ours
    return found
