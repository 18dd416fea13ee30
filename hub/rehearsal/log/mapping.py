"""A network's log.yaml, checked and compiled: how each activity of a log becomes an event.

Promises that the network lets the agency say the event, and that its data fits the schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hub.errors import NetworkError
from hub.events.catalog import Catalog, EventSchema
from hub.events.value import check_value
from hub.names import AgencyCode, EventType
from hub.network.folder.finding import as_lines
from hub.network.load import DeclaredNetwork
from hub.rehearsal.log.check import LogCheck, samples
from hub.rehearsal.log.declared import LOG_FILE, Activity, Columns, LogFile, read_declared
from hub.rehearsal.log.field import Reader, instant_reader, reader_of


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Make one field from a column; ``missing`` stands where the log knows nothing, unless it is ``required``."""

    name: str
    column: str
    read: Reader
    required: bool
    missing: Any


@dataclass(frozen=True, slots=True)
class ActivityMapping:
    """Make the event of one activity; ``always`` holds the values and defaults that no column gives."""

    agency: AgencyCode
    type: EventType
    fields: tuple[FieldMapping, ...]
    always: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LogMapping:
    """Hold a compiled log.yaml; ``instant`` reads a time of the log to ms and raises ValueError."""

    opener: AgencyCode
    columns: Columns
    unknown: frozenset[str]
    activities: Mapping[str, ActivityMapping]
    instant: Callable[[str], int]
    needed: tuple[str, ...]


def load_mapping(folder: Path, network: DeclaredNetwork, catalog: Catalog) -> LogMapping:
    """Read a network folder's log.yaml; raise NetworkError that lists everything wrong with it."""
    document, declared, findings = read_declared(folder)
    if declared is not None:
        check = LogCheck(declared, document=document, network=network, types=catalog.types)
        findings = [*findings, *check.findings()]
    if declared is None or findings:
        raise NetworkError(f"{folder / LOG_FILE} cannot be used:\n{as_lines(findings)}", findings)
    return _compiled(declared, zone=ZoneInfo(network.network.time_zone), types=catalog.types)


def _compiled(declared: LogFile, *, zone: ZoneInfo, types: Mapping[EventType, EventSchema]) -> LogMapping:
    instant = instant_reader(zone)
    activities = {
        name: _activity(declared, each, schema=types[each.event], instant=instant)
        for name, each in declared.activities.items()
    }
    columns = declared.columns
    used = {field.column: None for each in activities.values() for field in each.fields}
    own = dict.fromkeys(each for each in (columns.case, columns.activity, columns.time, columns.id) if each is not None)
    return LogMapping(
        opener=declared.opener,
        columns=columns,
        unknown=frozenset({"", *declared.unknown}),
        activities=activities,
        instant=instant,
        needed=tuple(own | used),
    )


def _activity(
    declared: LogFile, activity: Activity, *, schema: EventSchema, instant: Callable[[str], int]
) -> ActivityMapping:
    given = declared.fields_of(activity, schema.fields)
    always = dict(check_value(schema, {**samples(declared, activity, schema=schema), **activity.values}))
    fields = []
    for name, column in given.items():
        field, reader = schema.fields[name], reader_of(schema, name, instant)
        del always[name]
        if reader is not None:
            default = _default(schema, name)
            fields.append(FieldMapping(name, column, reader, not (field.nullable or field.has_default), default))
    return ActivityMapping(activity.agency, activity.event, tuple(fields), always)


def _default(schema: EventSchema, name: str) -> Any:
    return next(raw.get("default") for raw in schema.avro["fields"] if raw["name"] == name)
