"""Which event a row of a log is, as people declare it: the shape of ``log.yaml`` in a network folder."""

from collections.abc import Container
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError

from hub.errors import ConfigurationError
from hub.names import EventType
from hub.network.folder.finding import Finding
from hub.network.folder.misfit import misfits
from hub.network.folder.yaml import Document, read_yaml
from hub.network.model import Code, Declared

LOG_FILE: Final = "log.yaml"


class Columns(Declared):
    """Name the columns that every row has; without ``id`` an event's id is made from what the row says."""

    case: str
    activity: str
    time: str
    id: str | None = None


class Activity(Declared):
    """Say who says what when this activity is in the log: fields from columns, and values that are always the same."""

    agency: Code
    event: EventType
    fields: dict[str, str] = Field(default_factory=dict)
    values: dict[str, Any] = Field(default_factory=dict)


class LogFile(Declared):
    """How rows of a log become events.

    ``opener`` gives the case ids its code. ``fields`` are given with every activity whose event type has them.
    ``unknown`` are the log's words for "not known". Columns are named as in a table's first line; in XES as its
    attributes, those of traces with ``case:`` before them.
    """

    opener: Code
    columns: Columns
    unknown: tuple[str, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    activities: dict[str, Activity]

    def fields_of(self, activity: Activity, known: Container[str]) -> dict[str, str]:
        """Map the fields of one activity's event to columns: the common ones among those known, and its own."""
        return {**{name: column for name, column in self.fields.items() if name in known}, **activity.fields}


def read_declared(folder: Path) -> tuple[Document, LogFile | None, list[Finding]]:
    """Read a network folder's log.yaml: its places, what it declares, and what is wrong with its shape.

    Raise ConfigurationError when there is none.
    """
    try:
        content = (folder / LOG_FILE).read_bytes()
    except OSError as wrong:
        message = f"{folder / LOG_FILE}: cannot be read: {wrong.strerror}; write there which event a row of the log is"
        raise ConfigurationError(message) from wrong
    document, findings = read_yaml(LOG_FILE, content)
    if findings:
        return document, None, findings
    try:
        return document, LogFile.model_validate(document.value), findings
    except ValidationError as wrong:
        return document, None, list(misfits(document, LogFile, wrong))
