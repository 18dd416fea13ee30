"""May a version of an event type follow the ones before? Avro's rules, and ours for what Avro does not look at.

Ours: logical types, decimals, and the ``element`` and ``class`` by which agreements speak of a field stay as they are.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import IgnoredLogicalType
from avro.schema import ArraySchema, Field, MapSchema, RecordSchema, Schema, UnionSchema, parse

from hub.events.catalog import Catalog, EventSchema
from hub.names import EventType

Mode = Literal["BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"]

#: Agencies write and read at versions of their own, so each must read what any other wrote.
AGENCY_MODE: Final[Mode] = "FULL_TRANSITIVE"
#: The hub writes the newest; agencies that read older versions must go on reading.
HUB_MODE: Final[Mode] = "FORWARD_TRANSITIVE"

#: Attributes of a field that no version may change, and why.
_OURS: Final = {
    "element": "agreements speak of the datum by it",
    "class": "the care a datum needs does not change by a version",
}
_TRANSITIVE: Final = "_TRANSITIVE"
_TEXT_AND_BYTES: Final = {"string", "bytes"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """Say at which path, and why, one version cannot read what another writes.

    ``older`` is the version that the newer one does not go with; ``path`` is dotted, "" for the type itself.
    """

    type: EventType
    newer: int
    older: int
    path: str
    why: str

    def __str__(self) -> str:
        """Write the misfit as one line for a person."""
        place = f"{self.type}: {self.path}" if self.path else self.type
        return f"{place}: {self.why} (v{self.newer} against v{self.older})"


def mode_for(event_type: EventType, *, said_by_agencies: Iterable[EventType]) -> Mode:
    """Tell which rule a type's versions follow: agencies' events the strict one, what only the hub writes forward."""
    return AGENCY_MODE if event_type in said_by_agencies else HUB_MODE


def misfits(newer: EventSchema, older: Sequence[EventSchema], mode: Mode) -> tuple[Misfit, ...]:
    """List all reasons why `newer` may not follow the `older` versions (oldest first); empty when it may."""
    against = older if mode.endswith(_TRANSITIVE) else older[-1:]
    found = [
        Misfit(newer.type, newer.version, each.version, path, why)
        for each in against
        for path, why in _between(newer, each, mode.removesuffix(_TRANSITIVE))
    ]
    return tuple(dict.fromkeys(found))


def catalog_misfits(catalog: Catalog, *, said_by_agencies: Iterable[EventType]) -> tuple[Misfit, ...]:
    """List what is wrong between the versions of every type, each held against all before it."""
    said = frozenset(said_by_agencies)
    found: list[Misfit] = []
    for event_type in catalog.types:
        versions, mode = catalog.versions(event_type), mode_for(event_type, said_by_agencies=said)
        for count, version in enumerate(versions):
            found.extend(misfits(version, versions[:count], mode))
    return tuple(found)


def _between(newer: EventSchema, older: EventSchema, mode: str) -> Iterator[tuple[str, str]]:
    if newer.type != older.type:
        yield "", f"is another type than {older.type}; a type is its full name"
        return
    new, old = _parsed(newer), _parsed(older)
    if mode in {"BACKWARD", "FULL"}:
        yield from _Pair("the newer version cannot read the older", new, old).reasons()
    if mode in {"FORWARD", "FULL"}:
        yield from _Pair("the older version cannot read the newer", old, new).reasons()


def _parsed(schema: EventSchema) -> Schema:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IgnoredLogicalType)  # a logical type of somebody else's is only compared
        return parse(schema.text)


class _Pair:
    """Hold a reader's schema against a writer's."""

    def __init__(self, who: str, reader: Schema, writer: Schema) -> None:
        self._who = who
        self._reader = reader
        self._writer = writer
        self._seen: set[tuple[int, int]] = set()

    def reasons(self) -> Iterator[tuple[str, str]]:
        """Give path and reason of each misfit; Avro's own word on the whole is the last."""
        found = list(self._walk(self._reader, self._writer, ""))
        yield from found
        if not found and (why := _avro_says(self._reader, self._writer)):
            yield "", f"{self._who}: {why}"

    def _walk(self, reader: Schema, writer: Schema, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(reader, UnionSchema) or isinstance(writer, UnionSchema):
            yield from self._walk_branches(reader, writer, path)
            return
        yield from ((path, why) for why in _meaning_misfits(reader, writer))
        if isinstance(reader, RecordSchema) and isinstance(writer, RecordSchema) and reader.name == writer.name:
            yield from self._walk_fields(reader, writer, path)
        elif isinstance(reader, ArraySchema) and isinstance(writer, ArraySchema):
            yield from self._walk(reader.items, writer.items, f"{path}[]")
        elif isinstance(reader, MapSchema) and isinstance(writer, MapSchema):
            yield from self._walk(reader.values, writer.values, f"{path}{{}}")
        elif why := _avro_says(reader, writer):
            yield path, f"{self._who}: {why}"

    def _walk_fields(self, reader: RecordSchema, writer: RecordSchema, path: str) -> Iterator[tuple[str, str]]:
        if (id(reader), id(writer)) in self._seen:
            return  # a record inside itself
        self._seen.add((id(reader), id(writer)))
        for field in reader.fields:
            inner = f"{path}.{field.name}" if path else field.name
            written = _written(field, writer)
            if written is not None:
                yield from ((inner, why) for why in _changed(field, written))
                yield from self._walk(field.type, written.type, inner)
            elif not field.has_default:
                yield inner, f"{self._who}: the field is not there and has no default"

    def _walk_branches(self, reader: Schema, writer: Schema, path: str) -> Iterator[tuple[str, str]]:
        """Go into the branch that takes what is written, whatever the order of the branches."""
        for branch in _branches(writer):
            taker = _taker(reader, branch)
            if taker is None:
                yield path, f"{self._who}: {_kind(branch)} may be written and is not read"
            else:
                yield from self._walk(taker, branch, path)


def _branches(schema: Schema) -> Sequence[Schema]:
    return schema.schemas if isinstance(schema, UnionSchema) else (schema,)


def _taker(reader: Schema, branch: Schema) -> Schema | None:
    """Find the branch that reads this one: of the same kind and name first, else one that Avro promotes to."""
    among = _branches(reader)
    same = (each for each in among if _kind(each) == _kind(branch))
    return next(same, None) or next((each for each in among if not _avro_says(each, branch)), None)


def _kind(schema: Schema) -> str:
    name = getattr(schema, "name", None)
    return f"{schema.type} {name}" if name else str(schema.type)


def _written(field: Field, writer: RecordSchema) -> Field | None:
    """Find the field that is read as this one: by name, else by an alias."""
    aliases: Any = field.other_props.get("aliases") or ()
    return next((writer.fields_dict[name] for name in (field.name, *aliases) if name in writer.fields_dict), None)


def _changed(read: Field, written: Field) -> Iterator[str]:
    for name, reason in _OURS.items():
        one, other = (each.other_props.get(name) for each in (read, written))
        if one != other:
            among = " and ".join(sorted(f"{each!r}" if each else "none" for each in (one, other)))
            yield f"its {name} is changed ({among}): {reason}; add a field of another name"


def _meaning_misfits(reader: Schema, writer: Schema) -> Iterator[str]:
    """Compare what Avro does not: what the same bytes mean."""
    one: Any = reader.props
    other: Any = writer.props
    if {one["type"], other["type"]} == _TEXT_AND_BYTES:
        yield "text and bytes are not the same to guards and fills"
    if one.get("logicalType") != other.get("logicalType"):
        among = " and ".join(sorted(str(each.get("logicalType") or "none") for each in (one, other)))
        yield f"its logical type is changed ({among}): the same number would mean something else"
    elif one.get("logicalType") == "decimal":
        if one.get("scale", 0) != other.get("scale", 0):
            yield "the scale of its decimal is changed: the same digits would mean another amount"
        if one["precision"] < other["precision"]:
            yield "its decimal may be written with more digits than are read"


def _avro_says(reader: Schema, writer: Schema) -> str:
    """Ask Avro's own checker about a pair; empty when the reader reads what the writer may write."""
    answer = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)  # type: ignore[no-untyped-call]
    if answer.compatibility is SchemaCompatibilityType.compatible:
        return ""
    return "; ".join(sorted({each.value.replace("_", " ") for each in answer.incompatibilities})) or "not compatible"
