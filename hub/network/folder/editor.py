"""A JSON Schema for each kind of file, so that editors complete keys and underline mistakes while one writes."""

from typing import Any, Final

from hub.network.load import KINDS
from hub.network.model import Declared, Network

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def editor_schemas() -> dict[str, dict[str, Any]]:
    """Give the schema of each kind by the name of its file: network, agency, service, procedure, agreement."""
    kinds: list[type[Declared]] = [Network, *KINDS.values()]
    return {_name(kind): _schema(kind) for kind in kinds}


def _name(kind: type[Declared]) -> str:
    return f"{kind.__name__.lower()}.schema.json"


def _schema(kind: type[Declared]) -> dict[str, Any]:
    schema = kind.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": _DIALECT, "$id": _name(kind), **schema}
