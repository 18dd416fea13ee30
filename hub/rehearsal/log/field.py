"""Words of a log as values of event fields: one reader per kind of field.

A reader raises ValueError that says what fits, never the value.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.events.catalog import EventSchema, Field, Kind, unwrap
from hub.events.codec import format_millis, parse_millis

Reader = Callable[[str], Any]

#: Times that are remembered while a log is read: a row and its neighbours repeat them.
_REMEMBERED: Final = 1024
_BOOLEANS: Final[Mapping[str, bool]] = {
    "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False,
}  # fmt: skip
#: A value of each kind that fits, to check a mapping before there is a row.
SAMPLES: Final[Mapping[Kind, Any]] = {
    "string": "x", "int": 0, "double": 0.0, "boolean": False,
    "date": "2010-10-02", "timestamp": "2010-10-02T09:20:39.266Z",
}  # fmt: skip


def instant_reader(zone: ZoneInfo) -> Callable[[str], int]:
    """Make the reader of times to ms; a time without offset is in the network's own zone."""

    @lru_cache(maxsize=_REMEMBERED)
    def read(text: str) -> int:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError as wrong:
            raise ValueError("must be a time like 2010-10-02 09:20:39+02:00") from wrong
        return parse_millis((moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat())

    return read


def reader_of(schema: EventSchema, name: str, instant: Callable[[str], int], /) -> Reader | None:
    """Give the reader of one field of an event type; None when no column can give such a field."""
    field = schema.fields[name]
    if field.kind == "int":
        return _whole(_bits(schema, name))
    if field.kind == "enum":
        return lambda text: _symbol(field, text)
    if field.kind == "timestamp":
        return lambda text: format_millis(instant(text))
    return _PLAIN.get(field.kind)


def sample_of(field: Field) -> Any:
    """Give a value that fits a field; None where there is none."""
    return field.symbols[0] if field.kind == "enum" else SAMPLES.get(field.kind)


def _symbol(field: Field, text: str) -> str:
    if text not in field.symbols:
        raise ValueError(f"must be one of {', '.join(field.symbols)}")
    return text


def _bits(schema: EventSchema, name: str) -> int:
    """Tell how many bits a whole number of this field has, its sign left out."""
    raw = next(each["type"] for each in schema.avro["fields"] if each["name"] == name)
    inner, _ = unwrap(raw)
    return 31 if (inner["type"] if isinstance(inner, dict) else inner) == "int" else 63


def _whole(bits: int) -> Reader:
    def read(text: str) -> int:
        try:
            found = int(text)
        except ValueError as wrong:
            raise ValueError("must be a whole number") from wrong
        if not -(2**bits) <= found < 2**bits:
            raise ValueError(f"must fit {bits + 1} bits")
        return found

    return read


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError as wrong:
        raise ValueError("must be a number") from wrong
    if not math.isfinite(found):
        raise ValueError("must be a finite number")
    return found


def _boolean(text: str) -> bool:
    found = _BOOLEANS.get(text.strip().lower())
    if found is None:
        raise ValueError(f"must be one of {', '.join(_BOOLEANS)}")
    return found


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()[:10]).isoformat()
    except ValueError as wrong:
        raise ValueError("must be a date like 2010-10-02") from wrong


_PLAIN: Final[Mapping[Kind, Reader]] = {
    "string": str, "double": _number, "boolean": _boolean, "date": _date,
}  # fmt: skip
