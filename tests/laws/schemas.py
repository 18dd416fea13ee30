"""Random event types, and values that fit them: for laws about every schema."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from hub.events.catalog import EventSchema
from hub.events.codec import format_millis
from hub.names import EventType

TYPE = EventType("law.Said")
#: An Avro type and the values that fit it.
Typed = tuple[Any, st.SearchStrategy[Any]]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_MOMENT = st.datetimes(timezones=st.just(UTC))
_PLAIN: tuple[Typed, ...] = (
    ("string", _TEXT),
    ("int", st.integers(-(2**31), 2**31 - 1)),
    ("long", st.integers(-(2**63), 2**63 - 1)),
    ("float", st.floats(width=32, allow_nan=False, allow_infinity=False)),
    ("double", st.floats(allow_nan=False, allow_infinity=False)),
    ("boolean", st.booleans()),
    ({"type": "int", "logicalType": "date"}, st.dates().map(date.isoformat)),
    (
        {"type": "long", "logicalType": "timestamp-millis"},
        st.integers(-(10**13), 10**14).map(format_millis),
    ),
    (
        {"type": "long", "logicalType": "timestamp-micros"},
        _MOMENT.map(lambda when: datetime.isoformat(when, timespec="microseconds").replace("+00:00", "Z")),
    ),
    ({"type": "string", "logicalType": "uuid"}, st.uuids().map(str)),
)


@st.composite
def typed(draw: st.DrawFn, path: str = "T", level: int = 0) -> Typed:
    """Draw an Avro type; named types are named by their path, so that no name comes twice."""
    kinds = ["plain", "plain", "enum", "null", "array", "map", "record"] if level < 3 else ["plain"]
    match draw(st.sampled_from(kinds)):
        case "enum":
            symbols = draw(st.lists(st.sampled_from("ABCDEFG"), min_size=1, unique=True))
            return {"type": "enum", "name": f"{path}e", "symbols": symbols}, st.sampled_from(symbols)
        case "null":
            inner, values = draw(typed(f"{path}n", 3))
            return ["null", inner], st.none() | values
        case "array":
            inner, values = draw(typed(f"{path}i", level + 1))
            return {"type": "array", "items": inner}, st.lists(values, max_size=3)
        case "map":
            inner, values = draw(typed(f"{path}v", level + 1))
            return {"type": "map", "values": inner}, st.dictionaries(_TEXT, values, max_size=3)
        case "record":
            fields = draw(record_fields(path, level + 1, least=1))
            avro = {"type": "record", "name": f"{path}r", "fields": [each for each, _ in fields]}
            return avro, st.fixed_dictionaries({each["name"]: values for each, values in fields})
    return draw(st.sampled_from(_PLAIN))


@st.composite
def record_fields(
    draw: st.DrawFn, path: str = "T", level: int = 0, least: int = 0
) -> list[tuple[dict[str, Any], st.SearchStrategy[Any]]]:
    """Draw a record's fields with the values of each; some have a default."""
    found = []
    for number in range(draw(st.integers(least, 4))):
        avro, values = draw(typed(f"{path}{number}", level))
        field = {"name": f"f{number}", "type": avro, "element": f"e{number}", "class": "general"}
        if avro == "string" and draw(st.booleans()):
            field["default"] = "?"
        if isinstance(avro, list):
            field["default"] = None
        found.append((field, values))
    return found


def event_type(fields: list[dict[str, Any]], version: int = 1) -> EventSchema:
    """Make one version of the laws' type."""
    return EventSchema(TYPE, version, {"type": "record", "name": "Said", "namespace": "law", "fields": fields})
