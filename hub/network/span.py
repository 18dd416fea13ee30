"""Lengths of time as people declare them: "36 hours" of the clock, "2 working days" of an office's calendar."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from hub.calendar import DAY, Measure

_SPAN = re.compile(r"(\d+)\s*(minute|hour|day)s?")
_WORKING = re.compile(r"(\d+)\s*working\s+(day|hour)s?")
_UNIT_MS = {"minute": 60_000, "hour": 3_600_000, "day": DAY}
#: The longest time that may be declared (ms), a hundred years: what is longer is a slip, and no broker keeps it.
MAX_SPAN_MS = 36_525 * _UNIT_MS["day"]
#: The longest working time that may be declared, ten years of it: looking for its end takes time.
MAX_WORKING_DAYS: Final = 2_500
MAX_WORKING_HOURS: Final = 25_000
#: Digits of a length that are read: more are too long in any unit.
_DIGITS = 15

_MEASURES: Final[dict[str, Measure]] = {"day": "days", "hour": "hours"}


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """A length of office time; ``amount`` is in the measure's units: ``DAY`` for a working day, or open ms."""

    amount: int
    measure: Measure

    def __str__(self) -> str:
        unit = self.measure[:-1]
        return _counted(self.amount // _UNIT_MS[unit], f"working {unit}")


def parse_span(value: object) -> object:
    """Turn "2 days" or "36 hours" into milliseconds; leave numbers alone; raise ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("this is no length of time; write it like '2 days', '36 hours' or '30 minutes'")  # noqa: TRY004 - pydantic reads ValueError
    if isinstance(value, int):
        return _reasonable(value)
    found = _SPAN.fullmatch(value.strip())
    if not found:
        if _WORKING.fullmatch(value.strip()):
            raise ValueError("working time cannot stand here; write it like '2 days', '36 hours' or '30 minutes'")
        raise ValueError(f"{value[:40]!r} is no length of time; write it like '2 days', '36 hours' or '30 minutes'")
    return _reasonable(int(found[1][:_DIGITS]) * _UNIT_MS[found[2]])


def parse_time(value: object) -> int | WorkingTime:
    """Turn "2 working days" or "8 working hours" into working time, all else into ms as `parse_span` does."""
    if isinstance(value, WorkingTime):
        return value
    found = _WORKING.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        return _working(int(found[1][:_DIGITS]), found[2])
    span = parse_span(value)
    if not isinstance(span, int) or span <= 0:
        raise ValueError("a length of time is more than nothing; write one such as '1 day'")
    return span


def _reasonable(span: int) -> int:
    if span > MAX_SPAN_MS:
        raise ValueError(f"a length of time is at most {MAX_SPAN_MS // _UNIT_MS['day']} days; write a shorter one")
    return span


def _working(count: int, unit: str) -> WorkingTime:
    most = MAX_WORKING_DAYS if unit == "day" else MAX_WORKING_HOURS
    if not count:
        raise ValueError("a length of time is more than nothing; write one such as '1 working day'")
    if count > most:
        raise ValueError(f"working time is at most {most} {unit}s; write a shorter one")
    return WorkingTime(count * _UNIT_MS[unit], _MEASURES[unit])


def span_text(span: int | WorkingTime) -> str:
    """Write a length of time as people declare it, in its largest whole unit; what has none in milliseconds."""
    if isinstance(span, WorkingTime):
        return str(span)
    for unit, unit_ms in reversed(_UNIT_MS.items()):
        if span % unit_ms == 0:
            return _counted(span // unit_ms, unit)
    return f"{span} ms"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _plain(span: int | WorkingTime) -> int | str:
    return str(span) if isinstance(span, WorkingTime) else span


#: What an editor takes as a length of time.
SpanInput = Annotated[int, Field(gt=0)] | Annotated[str, Field(pattern=f"^{_SPAN.pattern}$")]
#: What an editor takes where working time may stand too.
TimeInput = SpanInput | Annotated[str, Field(pattern=f"^{_WORKING.pattern}$")]
#: A length of time, in milliseconds; in YAML "2 days", "36 hours", "30 minutes".
SpanMs = Annotated[int, Field(gt=0), BeforeValidator(parse_span, json_schema_input_type=SpanInput)]
#: A length of time in milliseconds, or of office time; in YAML also "2 working days", "8 working hours".
Time = Annotated[
    int | WorkingTime,
    PlainValidator(parse_time, json_schema_input_type=TimeInput),
    PlainSerializer(_plain, return_type=int | str),
]
