"""The schema registry through its Confluent API: register, look up by id, ask for compatibility."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, Self

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from httpx2 import HTTPError

from hub.errors import SchemaError, UnknownSchemaError, UnreachableError
from hub.settings import masked

_CONFLICT: Final = 409
_NOT_FOUND: Final = 404
#: Answers that the same question will get again: what was sent is wrong.
_REFUSALS: Final = frozenset({400, 413, 415, 422})
#: Subjects that every registry lists at once; one that has more may leave some out without a word.
_LISTED: Final = 1_000

#: What is known of a subject's rule: nothing, that there is no such subject, or that this very rule was set before.
Rule = Literal["unknown", "absent", "set"]


class Registry:
    """Keep schemas by subject; a subject is the Avro full name."""

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        """Name the registry; nothing is asked until it is used."""
        self._shown = masked(url)
        self._client = SchemaRegistryClient({"url": url, "timeout": timeout_s, "max.retries": 1, "cache.capacity": 1})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections; the registry may not be asked after."""
        self._client.close()

    def register(self, subject: str, schema: str, compatibility: str, *, rule: Rule = "unknown") -> int:
        """Register a schema under its compatibility rule and give its id; the same schema has the same id.

        What is known of the `rule` saves questions, and need not be true any more. Raise SchemaError when the schema
        may not follow the versions there are, UnreachableError when nobody answers.
        """
        with self._translated(f"{subject} ({compatibility})"):
            is_set = rule == "set" or (rule == "unknown" and self._set_compatibility(subject, compatibility))
            found = self._client.register_schema(subject, Schema(schema, "AVRO"))
            if not is_set:
                self._set_compatibility(subject, compatibility)
        return found

    def find(self, subject: str, schema: str) -> int | None:
        """Give the id of a schema that is registered already; None when it is not. Changes nothing."""
        with self._translated(subject):
            try:
                return self._client.lookup_schema(subject, Schema(schema, "AVRO")).schema_id
            except SchemaRegistryError as refused:
                if refused.http_status_code == _NOT_FOUND:
                    return None
                raise

    def schema(self, schema_id: int) -> str:
        """Give the schema of an id; raise UnknownSchemaError (there is none) or UnreachableError (nobody answers)."""
        with self._translated(f"id {schema_id}"):
            try:
                return str(self._client.get_schema(schema_id).schema_str)
            except SchemaRegistryError as refused:
                if refused.http_status_code == _NOT_FOUND:
                    raise UnknownSchemaError(schema_id) from refused
                raise

    def subjects(self) -> list[str]:
        """List the subjects; raise UnreachableError when nobody answers."""
        with self._translated("the list of subjects"):
            return list(self._client.get_subjects())

    def all_subjects(self) -> frozenset[str] | None:
        """List the subjects, where the list is surely whole; None where each must be asked for."""
        found = self.subjects()
        return frozenset(found) if len(found) < _LISTED else None

    def _set_compatibility(self, subject: str, level: str) -> bool:
        """Set a subject's rule; False when the registry knows no such subject yet."""
        try:
            self._client.set_compatibility(subject, level=level)
        except SchemaRegistryError as refused:
            if refused.http_status_code == _NOT_FOUND:
                return False
            raise
        return True

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Tell a refusal, which somebody must mend, from silence, which passes."""
        try:
            yield
        except SchemaRegistryError as refused:
            if refused.http_status_code == _CONFLICT:
                raise SchemaError(
                    f"the registry refuses {what}: it does not go with the versions before; "
                    "add only fields with defaults, or make a new type"
                ) from refused
            if refused.http_status_code in _REFUSALS:
                raise SchemaError(f"the registry refuses {what}: {refused}; mend the schema") from refused
            raise UnreachableError(f"the schema registry at {self._shown} cannot answer now: {refused}") from refused
        except (HTTPError, OSError) as silent:
            raise UnreachableError(
                f"the schema registry at {self._shown} does not answer: {silent}; is it started?"
            ) from silent
