"""Every error of ours, sorted by what must happen next.

::

    HubError
    ├── ConfigurationError      somebody must change a file or a setting; says what and where
    │   ├── SettingsError       an environment variable is missing or wrong
    │   ├── NetworkError        a network folder has findings (they are in ``findings``)
    │   ├── ExpressionSyntaxError  a guard or fill is no CEL that the hub takes
    │   └── MissingPartError    a program or a file the machine lacks; says how to get it
    ├── RetriableError          try again later: nothing is lost
    │   ├── UnreachableError    a broker, registry or database does not answer
    │   ├── LostPartitionError  the broker gave the partition to another worker
    │   └── CommitUnknownError  only the log can tell whether a commit was done
    ├── ParkableError           set this one message aside, go on with the next
    │   ├── DecodeError         bytes that are no event
    │   ├── SchemaError         a value that does not fit its schema; ``path`` says where
    │   ├── UnknownSchemaError  a schema id that nobody here knows yet
    │   ├── OversizedError      larger than the hub accepts
    │   ├── UndeliverableError  a task for an agency that is not in the network
    │   └── ExpressionError     a guard or fill that has no value for these facts
    └── FatalError              stop the worker; its successor restores
        ├── FencedError         another worker carries our name
        └── LostPositionError   the position to go on from is not in the log any more

A message says what was met, what was expected and what to do; never a payload, never a secret.
"""

from collections.abc import Sequence


class HubError(Exception):
    """Say what went wrong in the hub; every error of ours is one."""


class ConfigurationError(HubError):
    """Say what a person must change before the hub can go on."""


class SettingsError(ConfigurationError):
    """Name every setting that is missing or wrong."""


class NetworkError(ConfigurationError):
    """Carry all findings of a network folder that cannot be used."""

    def __init__(self, message: str, findings: Sequence[object] = ()) -> None:
        """Keep the findings beside the message, so that a caller can print them."""
        super().__init__(message)
        self.findings = tuple(findings)


class ExpressionSyntaxError(ConfigurationError):
    """Say what in an expression is not taken."""


class MissingPartError(ConfigurationError):
    """Name a program or file that this machine lacks, and how to get it."""


class RetriableError(HubError):
    """Say that the same act may work later; nothing was lost by trying."""


class UnreachableError(RetriableError):
    """Name a broker, registry or database that does not answer."""


class LostPartitionError(RetriableError):
    """Say that the broker gave our partition to another worker."""


class CommitUnknownError(RetriableError):
    """Say that nobody can tell whether a commit was done; only the log can."""


class ParkableError(HubError):
    """Say that one message cannot be taken; the next one can."""

    #: The dead letter's ``hub_dlq_category``.
    category = "decode"


class DecodeError(ParkableError):
    """Say why bytes are no event."""


class SchemaError(ParkableError):
    """Say at which path a value does not fit its schema; never which value."""

    category = "schema"

    def __init__(self, message: str, path: str = "", misfits: Sequence[tuple[str, str]] = ()) -> None:
        """Keep the dotted path of the first wrong field beside the message, and all of them with what fits there."""
        super().__init__(message)
        self.path = path
        self.misfits = tuple(misfits)


class UnknownSchemaError(ParkableError):
    """Name a schema id that is in neither the bundle nor the registry's cache."""

    category = "schema"

    def __init__(self, schema_id: int) -> None:
        """Keep the id, so that the caller can fetch it."""
        super().__init__(f"schema id {schema_id} is not in the network's bundle; register the schema with `hub apply`")
        self.schema_id = schema_id


class OversizedError(ParkableError):
    """Say that a message is larger than the hub accepts."""

    category = "oversized"


class UndeliverableError(ParkableError):
    """Name the agency, not in the network in force, for which a task would be."""

    category = "routing"


class ExpressionError(ParkableError):
    """Name the expression that has no value for a case's facts; never the facts."""

    category = "routing"


class FatalError(HubError):
    """Say why this worker must stop; its successor goes on from the last commit."""


class FencedError(FatalError):
    """Say that another worker carries our transactional id."""


class LostPositionError(FatalError):
    """Name the position that is not in the log any more: an alarm, never a jump."""
