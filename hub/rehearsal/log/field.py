"""Words of a log as values of event fields: one reader per kind of field.

A reader raises ValueError that says what fits, never the value.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.events.catalog import Field, Kind
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


def reader_of(field: Field, instant: Callable[[str], int]) -> Reader | None:
    """Give the reader of one field; None when no column can give such a field."""
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


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as wrong:
        raise ValueError("must be a whole number") from wrong


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as wrong:
        raise ValueError("must be a number") from wrong


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
    "string": str, "int": _whole, "double": _number, "boolean": _boolean, "date": _date,
}  # fmt: skip
