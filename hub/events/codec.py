"""Bytes to facts and back: the Confluent wire format over fastavro, whose only importer this folder is.

Dates and timestamps are ISO 8601 strings on our side, so that facts are plain JSON everywhere.
"""

import copy
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import fastavro
import fastavro.read
import fastavro.write

from hub.errors import DecodeError, OversizedError, SchemaError, UnknownSchemaError
from hub.events.catalog import Catalog, EventSchema
from hub.events.envelope import MAX_VALUE_BYTES, Facts
from hub.names import EventType

_EPOCH: Final = date(1970, 1, 1).toordinal()
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOGICAL: Final = {"date": "iso-date", "timestamp-millis": "iso-millis", "timestamp-micros": "iso-micros"}


def format_millis(millis: int) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds."""
    return (_START + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_millis(text: str) -> int:
    """Read an RFC 3339 instant to milliseconds since the epoch; raise ValueError when it has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, such as 2026-01-31T08:00:00+08:00")
    return (moment - _START) // timedelta(milliseconds=1)


def _read_date(days: int, *_: object) -> str:
    return date.fromordinal(days + _EPOCH).isoformat()


def _write_date(value: object, *_: object) -> object:
    return date.fromisoformat(value).toordinal() - _EPOCH if isinstance(value, str) else value


def _read_millis(millis: int, *_: object) -> str:
    return format_millis(millis)


def _write_millis(value: object, *_: object) -> object:
    return parse_millis(value) if isinstance(value, str) else value


def _read_micros(micros: int, *_: object) -> str:
    return (_START + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")


def _write_micros(value: object, *_: object) -> object:
    return (datetime.fromisoformat(value) - _START) // timedelta(microseconds=1) if isinstance(value, str) else value


def _name_logical_types() -> None:
    """Tell fastavro our three logical types; their names are ours, so its own stay as they are."""
    readers, writers = fastavro.read.LOGICAL_READERS, fastavro.write.LOGICAL_WRITERS
    readers |= {"int-iso-date": _read_date, "long-iso-millis": _read_millis, "long-iso-micros": _read_micros}
    writers |= {"int-iso-date": _write_date, "long-iso-millis": _write_millis, "long-iso-micros": _write_micros}


class Codec:
    """Encode and decode events of known schema ids; refuses what it does not know."""

    def __init__(self, schemas: Mapping[int, EventSchema]) -> None:
        """Parse every schema once; `schemas` maps a registry's id to the version it stands for."""
        _name_logical_types()
        self._by_id: dict[int, tuple[EventType, Any, Any]] = {}
        self._by_type: dict[EventType, tuple[bytes, Any]] = {}
        parsed = {schema_id: _parse(schema) for schema_id, schema in schemas.items()}
        newest: dict[EventType, tuple[int, int]] = {}
        for schema_id, schema in schemas.items():
            newest[schema.type] = max(newest.get(schema.type, (0, 0)), (schema.version, schema_id))
        for schema_id, schema in schemas.items():
            reader = newest[schema.type][1]
            self._by_id[schema_id] = (schema.type, parsed[schema_id], None if reader == schema_id else parsed[reader])
        for event_type, (_, schema_id) in newest.items():
            self._by_type[event_type] = (b"\x00" + schema_id.to_bytes(4, "big"), parsed[schema_id])

    @classmethod
    def over(cls, catalog: Catalog) -> "Codec":
        """Make a codec with ids counted from 1, for use without a registry (rehearsals and tests)."""
        return cls(dict(enumerate(catalog, start=1)))

    def knows(self, event_type: EventType) -> bool:
        """Tell whether this type can be written."""
        return event_type in self._by_type

    def decode(self, value: bytes | None) -> tuple[EventType, Facts, bytes]:
        """Read a value into its type, its facts and the Avro body.

        Raise DecodeError (no such bytes), UnknownSchemaError (ask the registry) or OversizedError.
        """
        if value is None or len(value) < 5 or value[0] != 0:  # noqa: PLR2004 - magic byte and id
            raise DecodeError(
                "the value is not in the Confluent wire format; send 0x00, 4 bytes of schema id, then Avro"
            )
        if len(value) > MAX_VALUE_BYTES:
            raise OversizedError(
                f"the value has {len(value)} bytes, over {MAX_VALUE_BYTES}; send documents as claim checks"
            )
        schema_id = int.from_bytes(value[1:5], "big")
        found = self._by_id.get(schema_id)
        if found is None:
            raise UnknownSchemaError(schema_id)
        event_type, writer, reader = found
        body = value[5:]
        stream = io.BytesIO(body)
        try:
            data: Any = fastavro.schemaless_reader(stream, writer, reader)
        except Exception as wrong:  # fastavro raises anything from EOFError to UnicodeDecodeError on foreign bytes
            raise DecodeError(
                f"the value is no {event_type} (schema id {schema_id}): {type(wrong).__name__}"
            ) from wrong
        if stream.tell() != len(body):
            raise DecodeError(
                f"{len(body) - stream.tell()} bytes follow the {event_type} in the value; send one record"
            )
        return event_type, data, body

    def encode(self, event_type: EventType, data: Facts) -> bytes:
        """Write facts as a value of the type's newest schema; raise SchemaError when they do not fit."""
        found = self._by_type.get(event_type)
        if found is None:
            raise SchemaError(f"event type {event_type!r} has no schema here; register it with `hub apply`")
        prefix, schema = found
        stream = io.BytesIO()
        stream.write(prefix)
        try:
            fastavro.schemaless_writer(stream, schema, data)
        except Exception as wrong:  # what fastavro raises names the value; ours must not
            raise SchemaError(f"the facts do not fit {event_type}: {type(wrong).__name__}") from wrong
        return stream.getvalue()


def _parse(schema: EventSchema) -> Any:
    return fastavro.parse_schema(_with_our_types(copy.deepcopy(dict(schema.avro))))


def _with_our_types(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_our_types(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {
        name: _with_our_types(each) if name in {"type", "items", "values", "fields"} else each
        for name, each in node.items()
    }
    if "logicalType" in found:
        ours = _LOGICAL.get(found["logicalType"])
        if ours:
            found["logicalType"] = ours
        elif found["logicalType"] != "decimal":
            del found["logicalType"]
    return found
