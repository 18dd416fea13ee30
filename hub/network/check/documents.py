"""Whose the documents of an example are: of a subject that its procedure names, or the whole case's."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hub.events.catalog import EventSchema, unwrap
from hub.network.check.report import FileReport
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.model import Procedure

#: The type of a document's claim check, and its field that says of whom it is.
DOCUMENT: Final = "id.mpp.common.Document"
_SUBJECT: Final = "subject"


def check_documents(
    schema: EventSchema, data: Mapping[str, Any], procedure: Procedure, *, report: FileReport, path: Path
) -> None:
    """Report each document in an event's data, which stand at a path, that is of nobody whom the procedure names."""
    codes = [code for group in procedure.subjects.values() for code in group.of]
    for place, document in _documents(schema.avro, data, path):
        said = document.get(_SUBJECT, "")
        if said and said not in codes:
            message = f"a document is of {said!r}, who is no subject of procedure {procedure.procedure}"
            fix = meant(str(said), codes, otherwise="leave it out: the document is the whole case's")
            report.at((*place, _SUBJECT), "document-subject", message, fix=fix)


def _documents(avro: Any, value: Any, path: Path, /) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Go over the documents that a value of an Avro type holds, with where each stands."""
    kind, _ = unwrap(avro)
    if isinstance(value, Mapping) and _name(kind) == DOCUMENT:
        yield path, value
    elif isinstance(value, list) and isinstance(kind, Mapping):
        for i, each in enumerate(value):
            yield from _documents(kind.get("items"), each, (*path, i))
    elif isinstance(value, Mapping) and isinstance(kind, Mapping):
        types = {each["name"]: each["type"] for each in kind.get("fields", ())}
        for name, each in value.items():
            yield from _documents(types.get(name, kind.get("values")), each, (*path, name))


def _name(kind: Any, /) -> str:
    """Give the full name of a named Avro type, which stands in full only where it is used first."""
    if isinstance(kind, Mapping):
        return f"{kind.get('namespace')}.{kind.get('name')}"
    return str(kind)
