"""Fields that carry an identifier (``"identifier": "nik"`` beside ``element``), held against its kind.

What comes as JSON is brought into its normal form; what comes as Avro must have it already. No value is ever told.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from hub.events.envelope import Facts
from hub.identity import KINDS, Refusal

#: A field's name, what tells whether a text may stand there, and the name of its kind.
Check = tuple[str, Callable[[str], object], str]

_TEXTS: Final = ("string", ["null", "string"])


def fitted_identifier(field: Mapping[str, Any], value: str) -> str | Refusal:
    """Give the text of a field in the normal form of its kind; a text that says "none" as it is."""
    kind = KINDS.get(field["identifier"])
    if kind is None or _says_none(field, value):
        return value
    return kind.check(value)


def checks_of(avro: Mapping[str, Any]) -> tuple[Check, ...]:
    """List what is checked of the facts that one version of a type holds, in the order of its fields.

    A kind that this hub does not know is not checked: a schema may be newer than the worker that reads it.
    """
    return tuple(
        (field["name"], _pattern(field).fullmatch, field["identifier"])
        for field in avro["fields"]
        if field.get("identifier") in KINDS and field["type"] in _TEXTS
    )


def malformed(checks: tuple[Check, ...], facts: Facts) -> list[tuple[str, str]]:
    """List the fields whose text is not in the normal form of its kind, each with what it must be."""
    wrong = []
    for name, fits, kind in checks:
        text = facts.get(name)
        if isinstance(text, str) and not fits(text):
            wrong.append((name, _why(kind, text)))
    return wrong


def why_misplaced(avro: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the first identifier of a schema that no check can be made of."""
    for field in avro["fields"]:
        if "identifier" in field and field["identifier"] not in KINDS:
            return f"field {field['name']!r} has an identifier that is none of {', '.join(KINDS)}"
        if "identifier" in field and field["type"] not in _TEXTS:
            return f"field {field['name']!r} has an identifier and is no string; an identifier is never a number"
        if any("identifier" in inner for inner in _inner_fields(field["type"])):
            return f"field {field['name']!r} holds an identifier inside a record; put it beside the others"
    return None


def _says_none(field: Mapping[str, Any], text: str) -> bool:
    return text == "" == field.get("default")


def _pattern(field: Mapping[str, Any]) -> re.Pattern[str]:
    pattern = KINDS[field["identifier"]].pattern
    return re.compile(f"(?:{pattern.pattern})?") if _says_none(field, "") else pattern


def _why(kind: str, text: str) -> str:
    found = KINDS[kind].check(text)
    return found.why if isinstance(found, Refusal) else f"must have the normal form of its kind: {KINDS[kind].form}"


def _inner_fields(avro: Any) -> Iterator[Mapping[str, Any]]:
    """Go over the fields of all records inside a type."""
    if isinstance(avro, list):
        for each in avro:
            yield from _inner_fields(each)
    elif isinstance(avro, dict):
        for field in avro.get("fields", ()):
            yield field
            yield from _inner_fields(field["type"])
        for name in ("items", "values"):
            yield from _inner_fields(avro.get(name))
