"""The schema registry through its Confluent API: register, look up by id, ask for compatibility."""

from typing import Final

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from httpx2 import HTTPError

from hub.errors import SchemaError, UnknownSchemaError, UnreachableError

_CONFLICT: Final = 409
_NOT_FOUND: Final = 404


class Registry:
    """Keep schemas by subject; a subject is the Avro full name."""

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        """Name the registry; nothing is asked until it is used."""
        self._url = url
        self._client = SchemaRegistryClient({"url": url, "timeout": timeout_s, "max.retries": 1, "cache.capacity": 1})

    def register(self, subject: str, schema: str, compatibility: str) -> int:
        """Register a schema under its compatibility rule and give its id; the same schema has the same id.

        Raise SchemaError when it may not follow the versions there are, UnreachableError when nobody answers.
        """
        try:
            if subject in self._client.get_subjects():
                self._client.set_compatibility(subject, level=compatibility)
            found = self._client.register_schema(subject, Schema(schema, "AVRO"))
            self._client.set_compatibility(subject, level=compatibility)
        except SchemaRegistryError as refused:
            if refused.http_status_code == _CONFLICT:
                raise SchemaError(
                    f"the registry refuses {subject}: it is not {compatibility} with the versions before; "
                    "add only fields with defaults, or make a new type"
                ) from refused
            raise self._unreachable(refused) from refused
        except (HTTPError, OSError) as silent:
            raise self._unreachable(silent) from silent
        return found

    def schema(self, schema_id: int) -> str:
        """Give the schema of an id; raise UnknownSchemaError (there is none) or UnreachableError (nobody answers)."""
        try:
            text = self._client.get_schema(schema_id).schema_str
        except SchemaRegistryError as refused:
            if refused.http_status_code == _NOT_FOUND:
                raise UnknownSchemaError(schema_id) from refused
            raise self._unreachable(refused) from refused
        except (HTTPError, OSError) as silent:
            raise self._unreachable(silent) from silent
        return str(text)

    def subjects(self) -> list[str]:
        """List the subjects; raise UnreachableError when nobody answers."""
        try:
            return list(self._client.get_subjects())
        except (SchemaRegistryError, HTTPError, OSError) as silent:
            raise self._unreachable(silent) from silent

    def _unreachable(self, why: Exception) -> UnreachableError:
        return UnreachableError(f"the schema registry at {self._url} does not answer: {why}; is it started?")
