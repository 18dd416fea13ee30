"""Rows of a log as events that the agencies of a network publish, in the log's order.

Case and event ids are the same at every reading, so a log that is read twice is told twice only once.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.errors import ConfigurationError
from hub.events.envelope import MAX_ID_CHARS
from hub.names import AgencyCode, CaseId, EventId, EventType, case_id, derived_id
from hub.rehearsal.log.mapping import ActivityMapping, LogMapping
from hub.rehearsal.log.table import Row, read_table
from hub.rehearsal.log.xes import read_xes

#: Case ids that are remembered while a log is read: the rows of a case mostly stand together.
_REMEMBERED: Final = 4096

_READERS: Final[dict[str, Callable[[Path, Collection[str]], Iterator[Row]]]] = {".csv": read_table, ".xes": read_xes}


class LogEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One row as an event: ``key`` is the case's name and ``at`` the time (ms) in the log; ``data`` fits the schema."""

    line: int
    key: str
    case: CaseId
    activity: str
    agency: AgencyCode
    event_type: EventType
    id: EventId
    data: dict[str, Any]
    at: int


class UnmappedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row whose activity log.yaml does not name: no agency can say it, but somebody must be told."""

    line: int
    key: str
    activity: str


def read_log(path: Path, mapping: LogMapping) -> Iterator[LogEvent | UnmappedRow]:
    """Go over a log (.csv or .xes, also .gz), streaming; raise ConfigurationError that names file, line and remedy."""
    suffixes = [each.lower() for each in path.suffixes if each.lower() != ".gz"]
    reader = _READERS.get(suffixes[-1] if suffixes else "")
    if reader is None:
        raise ConfigurationError(f"{path}: a log is .csv or .xes, or one of them with .gz; name such a file")
    made = _Maker(path, mapping)
    for row in reader(path, mapping.needed):
        yield made.event(row)


@dataclass(slots=True)
class _Maker:
    """Make events of rows."""

    path: Path
    mapping: LogMapping
    case: Callable[[str], CaseId] = field(init=False)
    repeats: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        opener = self.mapping.opener
        self.case = lru_cache(maxsize=_REMEMBERED)(lambda key: case_id(opener, key))

    def event(self, row: Row) -> LogEvent | UnmappedRow:
        columns = self.mapping.columns
        key, name = self._must(row, columns.case), self._must(row, columns.activity)
        activity = self.mapping.activities.get(name)
        if activity is None:
            return UnmappedRow(line=row.line, key=key, activity=name)
        return LogEvent(
            line=row.line,
            key=key,
            case=self.case(key),
            activity=name,
            agency=activity.agency,
            event_type=activity.type,
            id=self._id(row, key, name),
            at=self._at(row),  # before the facts, so that a wrong time is told as the row's
            data=self._data(row, activity),
        )

    def _data(self, row: Row, activity: ActivityMapping) -> dict[str, Any]:
        data = dict(activity.always)
        for each in activity.fields:
            text = row.values[each.column]
            if text not in self.mapping.unknown:
                try:
                    data[each.name] = each.read(text)
                except ValueError as wrong:
                    raise self._error(row, each.column, f"field {each.name!r} {wrong}") from wrong
            elif each.required:
                raise self._error(row, each.column, f"is empty, but field {each.name!r} needs a value")
            else:
                data[each.name] = each.missing
        return data

    def _at(self, row: Row) -> int:
        column = self.mapping.columns.time
        try:
            return self.mapping.instant(self._must(row, column))
        except ValueError as wrong:
            raise self._error(row, column, str(wrong)) from wrong

    def _id(self, row: Row, key: str, name: str) -> EventId:
        column = self.mapping.columns.id
        if column is not None:
            given = self._must(row, column)
            if len(given) > MAX_ID_CHARS:
                raise self._error(row, column, f"must have at most {MAX_ID_CHARS} characters")
            return EventId(given)
        said = (key, name, row.values[self.mapping.columns.time])
        self.repeats[said] += 1
        return derived_id("log", *said, str(self.repeats[said]))

    def _must(self, row: Row, column: str) -> str:
        value = row.values[column]
        if not value:
            raise self._error(row, column, "is empty, but every row needs it")
        return value

    def _error(self, row: Row, column: str, message: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path}:{row.line}: column {column!r} {message}; mend the row or log.yaml")
