"""What a value that does not fit is told: what was met and what to do, in words of people who write files, not code."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

#: Characters of a wrong value that are shown again.
_SHOWN: Final = 40

#: What a text must be written like, by the pattern that it must match.
PATTERNS: Final[Mapping[str, str]] = {
    "^[a-z][a-z0-9-]{1,30}$": "write lower-case letters, digits and dashes, at most 31",
    "^[a-z][a-z0-9_-]{0,40}$": "write lower-case letters, digits, dashes and underscores, at most 41",
    "^[a-z0-9][a-z0-9_-]{0,60}$": "write lower-case letters, digits, dashes and underscores, at most 61",
    r"^[A-Za-z_][\w-]*\.[A-Za-z_]\w*$": "write it as <step>.<field> or application.<field>",
    "^[VSBI](-[HML])?$": "write V, S, B or I, and -H, -M or -L for how sure it is",
    "^[0-9A-Za-z_-]{1,20}$": "write letters, digits, dashes and underscores, at most 20",
}
_TEXT: Final = ("this must be text", "write a word, or put the value in quotes")
_TRUTH: Final = ("this must be true or false", "write one of the two, without quotes")
_DAY: Final = ("this is no day", "write it like 2026-01-31")
_MOMENT: Final = ("this is no time", "write it like 2026-01-31T08:00:00+08:00, with its zone")
_NUMBER: Final = ("this must be a number", "write it with a point, like 0.5")
_WHOLE: Final = ("this must be a whole number", "write digits alone")
_LIST: Final = ("this must be a list", "write [one, two], or each in a line of its own after a dash")
_KEYS: Final = ("this must be keys with values", "write key: value lines")
#: What is said of each kind of error, and what to do; braces are filled with what the error knows.
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": _TEXT,
    "string_too_long": ("this has more than {max_length} characters", "write it shorter"),
    "string_too_short": ("this has fewer than {min_length} characters", "write what it is"),
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": ("this is a day with a time", "write the day alone, like 2026-01-31"),
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": ("this time has no zone", "write it like 2026-01-31T08:00:00+08:00"),
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": ("this number has more than {max_digits} digits", "write a shorter one"),
    "decimal_max_places": ("this number has more than {decimal_places} digits after its point", "write a shorter one"),
    "decimal_whole_digits": ("this number has more than {whole_digits} digits before its point", "write a smaller one"),
    "finite_number": _NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "greater_than": ("this must be more than {gt}", "write a larger number"),
    "greater_than_equal": ("this must be {ge} or more", "write {ge}, or a larger number"),
    "less_than": ("this must be less than {lt}", "write a smaller number"),
    "less_than_equal": ("this must be {le} or less", "write {le}, or a smaller number"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "too_long": ("this holds more than {max_length}", "take some out, or split it"),
    "too_short": ("this holds fewer than {min_length}", "add what is missing"),
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
}


def say(error: ErrorDetails) -> tuple[str, str]:
    """Say what is wrong with a value, and what to do about it."""
    context: dict[str, Any] = error.get("ctx") or {}
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f"{_shown(error['input'])} does not fit here", PATTERNS.get(pattern, f"it must match {pattern}")
    if kind == "literal_error":
        return f"{_shown(error['input'])} does not fit here", f"write one of {context['expected']}"
    if kind == "value_error":
        message, _, fix = str(context["error"]).partition("; ")
        return message, fix or "mend the value"
    if kind in _SAID:
        message, fix = _SAID[kind]
        return message.format_map(context), fix.format_map(context)
    message = error["msg"]
    return message[:1].lower() + message[1:], "mend the value"


def _shown(value: object) -> str:
    written = repr(value)
    return written if len(written) <= _SHOWN else f"{written[: _SHOWN - 1]}…"
