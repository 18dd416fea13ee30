"""Opening hours and moments as people write them in a calendar: "08:00-12:00, 13:00-16:00", "2025-04-08 12:00"."""

import re
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from hub.calendar import Hours

#: The word for a day without opening hours.
CLOSED: Final = "closed"

_OPENING: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_MINUTES_IN_HOUR: Final = 60
_MINUTES_IN_DAY: Final = 24 * _MINUTES_IN_HOUR
_LIKE: Final = "write them like '08:00-12:00, 13:00-16:00', or closed"


def parse_hours(value: object) -> object:
    """Turn "08:00-12:00, 13:00-16:00" into minutes from midnight, "closed" into none; raise ValueError otherwise."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        raise ValueError(f"these are no opening hours; {_LIKE}")  # noqa: TRY004 - pydantic reads ValueError
    if value.strip() == CLOSED:
        return ()
    hours = tuple(_opening(part.strip()) for part in value.split(","))
    for before, after in pairwise(hours):
        if after[0] < before[1]:
            told = f"{_opening_text(after)} begins before {_opening_text(before)} ends"
            raise ValueError(f"{told}; write a day's hours in order and apart")
    return hours


def hours_text(hours: Hours) -> str:
    """Write opening hours as people declare them."""
    return ", ".join(_opening_text(opening) for opening in hours) or CLOSED


def parse_moment(value: object) -> date | datetime:
    """Read a day or a wall clock's time; raise ValueError for all else."""
    if isinstance(value, date):
        return value
    text = value.strip() if isinstance(value, str) else ""
    try:
        moment = datetime.fromisoformat(text)
        is_day = date.fromisoformat(text[:10]).isoformat() == text
    except ValueError:
        moment, is_day = None, False
    if moment is None or moment.tzinfo is not None:
        raise ValueError(
            f"{str(value)[:40]!r} is no day or time of the office; write it like 2025-04-07 or '2025-04-07 16:00'"
        )
    return moment.date() if is_day else moment


def _opening(text: str) -> tuple[int, int]:
    found = _OPENING.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:40]!r} are no opening hours; {_LIKE}")
    minutes = tuple(int(part) for part in found.groups())
    opens, closes = (hour * _MINUTES_IN_HOUR + minute for hour, minute in (minutes[:2], minutes[2:]))
    if closes > _MINUTES_IN_DAY or any(minute >= _MINUTES_IN_HOUR for minute in minutes[1::2]):
        raise ValueError(f"{text!r} is no time of a day; write times from 00:00 to 24:00")
    if opens >= closes:
        raise ValueError(f"{text!r} closes before it opens; write the earlier time first")
    return opens, closes


def _opening_text(opening: tuple[int, int]) -> str:
    return "-".join(f"{minute // _MINUTES_IN_HOUR:02}:{minute % _MINUTES_IN_HOUR:02}" for minute in opening)


_Input = Annotated[str, Field(pattern=r"^(closed|\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}(\s*,.*)?)$")]
#: Opening hours of one day; in YAML "08:00-12:00, 13:00-16:00" or "closed".
OpeningHours = Annotated[
    Hours,
    BeforeValidator(parse_hours, json_schema_input_type=_Input),
    PlainSerializer(hours_text, return_type=str),
]
#: A day, or a time of the office's wall clock; in YAML 2025-04-07 or "2025-04-07 16:00".
Moment = Annotated[
    date | datetime,
    PlainValidator(parse_moment, json_schema_input_type=str),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
]
