"""All event types there are: the ``.avsc`` files of ``schemas/``, read once and made self-contained.

A type is its Avro full name; a file ``<Name>.v<N>.avsc`` is one version of it. The newest is written, all are read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import fastavro.schema

from hub.errors import ConfigurationError
from hub.events.bounds import why_unbounded
from hub.events.identifier import why_misplaced
from hub.names import ElementName, EventType

_FILE = re.compile(r"(?P<name>[A-Za-z0-9]+)\.v(?P<version>[0-9]+)\.avsc")

#: Why a datum needs care; ``none`` is the hub's own bookkeeping.
DataClass = Literal["none", "general", "identity", "health", "biometric", "crime", "child", "finance"]
#: What a field is for guards, fills and JSON: Avro's kinds folded to those that declarations may use.
Kind = Literal[
    "string", "int", "double", "boolean", "date", "timestamp", "enum", "array", "record", "map", "bytes", "decimal"
]

_KINDS: Final[Mapping[str, Kind]] = {
    "string": "string",
    "int": "int",
    "long": "int",
    "float": "double",
    "double": "double",
    "boolean": "boolean",
    "enum": "enum",
    "array": "array",
    "record": "record",
    "map": "map",
    "bytes": "bytes",
    "fixed": "bytes",
}
_LOGICAL_KINDS: Final[Mapping[str, Kind]] = {
    "date": "date",
    "timestamp-millis": "timestamp",
    "timestamp-micros": "timestamp",
    "decimal": "decimal",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event type: its kind, and the element and class by which agreements speak of it.

    ``identifier`` names the kind of number that a text must be, such as "nik"; None for any text.
    """

    name: str
    kind: Kind
    nullable: bool
    has_default: bool
    element: ElementName | None
    data_class: DataClass | None
    symbols: tuple[str, ...] = ()
    doc: str = ""
    identifier: str | None = None


@dataclass(frozen=True)
class EventSchema:
    """One version of one event type; ``avro`` is self-contained, as a registry gets it."""

    type: EventType
    version: int
    avro: Mapping[str, Any]

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """List the top-level fields by name, in the order they are written."""
        return {raw["name"]: _field(raw) for raw in self.avro["fields"]}

    @cached_property
    def text(self) -> str:
        """Write the schema as the JSON that a registry keeps."""
        return json.dumps(self.avro, ensure_ascii=False, separators=(",", ":"))


class Catalog:
    """Look up event types by name; holds every version."""

    def __init__(self, schemas: Iterable[EventSchema]) -> None:
        """Index the schemas by type; the order of the argument does not matter."""
        self._versions: dict[EventType, list[EventSchema]] = {}
        for schema in sorted(schemas, key=lambda each: (each.type, each.version)):
            self._versions.setdefault(schema.type, []).append(schema)

    @classmethod
    def load(cls, folder: Path) -> "Catalog":
        """Read every ``.avsc`` below a folder; raise ConfigurationError that names all unreadable files."""
        wrong: list[str] = []
        files = list(_files(folder, wrong))
        # The newest version of a type is the one that other files mean by its name.
        named = {file.type: file.avro for file in sorted(files, key=lambda each: each.version)}
        schemas = [schema for file in files if (schema := _schema(file, named, wrong)) is not None]
        if not files and not wrong:
            wrong.append(f"{folder}: no .avsc file; name the folder that holds the schemas")
        if wrong:
            raise ConfigurationError("these schemas cannot be read; mend the files:\n  " + "\n  ".join(wrong))
        return cls(schemas)

    def __contains__(self, event_type: object) -> bool:
        """Tell whether this type is known."""
        return event_type in self._versions

    def __iter__(self) -> Iterator[EventSchema]:
        """Go over every version of every type."""
        return (schema for versions in self._versions.values() for schema in versions)

    @property
    def types(self) -> Mapping[EventType, EventSchema]:
        """Map each type to its newest version."""
        return {event_type: versions[-1] for event_type, versions in self._versions.items()}

    def newest(self, event_type: EventType) -> EventSchema:
        """Give the version that is written now; KeyError when the type is unknown."""
        return self._versions[event_type][-1]

    def versions(self, event_type: EventType) -> tuple[EventSchema, ...]:
        """Give all versions of a type, oldest first; KeyError when the type is unknown."""
        return tuple(self._versions[event_type])


class _File(NamedTuple):
    path: Path
    type: EventType
    version: int
    avro: dict[str, Any]


def _files(folder: Path, wrong: list[str]) -> Iterator[_File]:
    """Read the files; say what is wrong with each that is no version of a type."""
    seen: dict[tuple[str, int], Path] = {}
    for path in sorted(folder.rglob("*.avsc")):
        try:
            file = _read(path)
        except (OSError, ValueError, RecursionError) as error:
            wrong.append(f"{path}: {error}")
            continue
        first = seen.setdefault((file.type, file.version), path)
        if first is path:
            yield file
        else:
            wrong.append(f"{path}: {file.type} v{file.version} stands in {first} already")


def _read(path: Path) -> _File:
    name = _FILE.fullmatch(path.name)
    if not name:
        raise ValueError("the file's name must be <Name>.v<N>.avsc")
    avro = json.loads(path.read_text(encoding="utf-8"))
    is_record = isinstance(avro, dict) and avro.get("type") == "record" and "namespace" in avro
    if not is_record or avro.get("name") != name["name"]:
        raise ValueError(f"must be a record named {name['name']!r} with a namespace, as the file's name says")
    return _File(path, EventType(f"{avro['namespace']}.{avro['name']}"), int(name["version"]), avro)


def _schema(file: _File, named: Mapping[EventType, dict[str, Any]], wrong: list[str]) -> EventSchema | None:
    try:
        whole = _inline(file.avro, named, file.avro["namespace"], set())
        _proved(whole)
        _placed(whole)
    except Exception as error:  # noqa: BLE001 - what a file may hold is without end; all of it is told
        wrong.append(f"{file.path}: no Avro schema of ours: {error!r}")
        return None
    return EventSchema(file.type, file.version, whole)


def _placed(avro: Mapping[str, Any]) -> None:
    """Raise unless every identifier of a schema stands where it is checked."""
    if why := why_misplaced(avro):
        raise ValueError(why)


def _proved(avro: Mapping[str, Any]) -> None:
    """Raise unless this is an Avro schema with which bytes of anybody may be read."""
    fastavro.schema.parse_schema(json.loads(json.dumps(avro)))
    if why := why_unbounded(avro):
        raise ValueError(f"{why}; write the type without it")


def _inline(node: Any, named: Mapping[EventType, dict[str, Any]], space: str, seen: set[str]) -> Any:
    """Put named types of other files in place, at their first use; later uses keep the name."""
    if isinstance(node, str):
        full = EventType(node if "." in node else f"{space}.{node}")
        if full in named and full not in seen:
            return _inline(named[full], named, named[full]["namespace"], seen)
        return node
    if isinstance(node, list):
        return [_inline(each, named, space, seen) for each in node]
    inside = next((name for name in ("items", "values") if name in node), "type")
    if node.get("type") == "record":
        space = node.get("namespace", space)
        seen.add(f"{space}.{node['name']}")
        fields = [{**each, "type": _inline(each["type"], named, space, seen)} for each in node["fields"]]
        return {**node, "fields": fields}
    if isinstance(node.get(inside), dict | list) or inside != "type":
        return {**node, inside: _inline(node[inside], named, space, seen)}
    return node


def _field(raw: Mapping[str, Any]) -> Field:
    inner, nullable = unwrap(raw["type"])
    return Field(
        name=raw["name"],
        kind=kind_of(inner),
        nullable=nullable,
        has_default="default" in raw,
        element=raw.get("element"),
        data_class=raw.get("class"),
        symbols=tuple(inner.get("symbols", ())) if isinstance(inner, dict) else (),
        doc=raw.get("doc", ""),
        identifier=raw.get("identifier"),
    )


def unwrap(avro: Any) -> tuple[Any, bool]:
    """Split ``["null", T]`` into T and True; anything else into itself and False."""
    if isinstance(avro, list):
        rest = [each for each in avro if each != "null"]
        return (rest[0] if len(rest) == 1 else avro), len(rest) < len(avro)
    return avro, False


def kind_of(avro: Any) -> Kind:
    """Fold an Avro type to the kind that declarations speak of."""
    if isinstance(avro, str):
        return _KINDS.get(avro, "record")
    if isinstance(avro, dict):
        return _LOGICAL_KINDS.get(avro.get("logicalType", ""), _KINDS.get(str(avro["type"]), "record"))
    return "record"


def parse_schema(text: str) -> EventSchema:
    """Read one self-contained schema as a registry gives it; raise ConfigurationError when it is no record.

    Its version is 0: it is read, never written.
    """
    try:
        avro = json.loads(text)
        _proved(avro)
        name = EventType(f"{avro['namespace']}.{avro['name']}")
    except Exception as wrong:
        raise ConfigurationError(f"a registry's schema is no Avro record with a namespace: {wrong!r}") from wrong
    return EventSchema(name, 0, avro)
