"""Bytes to facts and back: the Confluent wire format over fastavro, whose only importer this folder is.

Dates and timestamps are ISO 8601 strings on our side, so that facts are plain JSON everywhere.
"""

import io
from collections.abc import Mapping
from typing import Any

import fastavro
import fastavro.schema

from hub.errors import DecodeError, OversizedError, SchemaError, UnknownSchemaError
from hub.events.catalog import Catalog, EventSchema
from hub.events.envelope import MAX_VALUE_BYTES, Facts
from hub.events.identifier import checks_of, malformed
from hub.events.logical import format_millis, parse_millis, parsed, plain
from hub.names import EventType

__all__ = ["Codec", "format_millis", "parse_millis", "schema_id_of"]


class Codec:
    """Encode and decode events of known schema ids; refuses what it does not know."""

    def __init__(self, schemas: Mapping[int, EventSchema]) -> None:
        """Parse every schema once; `schemas` maps a registry's id to the version it stands for."""
        self._by_id: dict[int, tuple[EventType, Any, Any]] = {}
        self._by_type: dict[EventType, tuple[bytes, Any]] = {}
        self._plain: dict[EventType, tuple[bytes, Any]] = {}
        self._schemas = schemas
        ready = {schema_id: parsed(schema.avro) for schema_id, schema in schemas.items()}
        newest: dict[EventType, tuple[int, int]] = {}
        for schema_id, schema in schemas.items():
            newest[schema.type] = max(newest.get(schema.type, (0, 0)), (schema.version, schema_id))
        for schema_id, schema in schemas.items():
            reader = newest[schema.type][1]
            self._by_id[schema_id] = (schema.type, ready[schema_id], None if reader == schema_id else ready[reader])
        for event_type, (_, schema_id) in newest.items():
            self._by_type[event_type] = (b"\x00" + schema_id.to_bytes(4, "big"), ready[schema_id])
        self._checks = {schema_id: checks_of(schema.avro) for schema_id, schema in schemas.items()}
        self._newest = {event_type: schema_id for event_type, (_, schema_id) in newest.items()}

    @classmethod
    def over(cls, catalog: Catalog) -> "Codec":
        """Make a codec with ids counted from 1, for use without a registry (rehearsals and tests)."""
        return cls(dict(enumerate(catalog, start=1)))

    def can_read(self, schema_id: int) -> bool:
        """Tell whether values under this schema id can be read."""
        return schema_id in self._by_id

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
        schema_id = schema_id_of(value)
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

    def check_identifiers(self, value: bytes, data: Facts) -> None:
        """Raise SchemaError when a decoded value has an identifier that is not in normal form; tells its path only."""
        checks = self._checks[schema_id_of(value)]
        if checks and (wrong := malformed(checks, data)):
            told = "; ".join(f"{path}: {why}" for path, why in wrong)
            raise SchemaError(f"the facts hold what is no identifier: {told}", path=wrong[0][0], misfits=wrong)

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
        except Exception as wrong:  # noqa: BLE001 - what fastavro raises names the value; ours must not
            path = _where(schema, data)
            raise SchemaError(
                f"the facts do not fit {event_type} at {path or 'its top'!r}: {type(wrong).__name__}", path=path
            ) from None
        return stream.getvalue()

    def encode_own(self, event_type: EventType, data: Facts) -> bytes:
        """Write what the hub itself has made: times are ms and no number is held against its size. The same bytes."""
        found = self._plain.get(event_type) or self._make_plain(event_type)
        stream = io.BytesIO()
        stream.write(found[0])
        fastavro.schemaless_writer(stream, found[1], data)
        return stream.getvalue()

    def _make_plain(self, event_type: EventType) -> tuple[bytes, Any]:
        if event_type not in self._newest:
            raise SchemaError(f"event type {event_type!r} has no schema here; register it with `hub apply`")
        found = self._by_type[event_type][0], plain(self._schemas[self._newest[event_type]].avro)
        self._plain[event_type] = found
        return found


def schema_id_of(value: bytes) -> int:
    """Read the schema id of a value in the wire format, without reading what is said under it."""
    return int.from_bytes(value[1:5], "big")


def _where(schema: Any, data: Facts) -> str:
    """Name the first field that does not fit; empty when the whole is no record."""
    for field in schema["fields"]:
        name = field["name"]
        try:
            fastavro.schemaless_writer(io.BytesIO(), field["type"], data.get(name, field.get("default")))
        except fastavro.schema.UnknownType:
            continue  # of a type that an earlier field holds
        except Exception:  # noqa: BLE001 - whatever fastavro raises, this is the field
            return str(name)
    return ""
