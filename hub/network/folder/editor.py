"""A JSON Schema for each kind of file, so that editors complete keys and underline mistakes while one writes."""

from typing import Any, Final

from hub.network.load import KINDS
from hub.network.mall import Mall
from hub.network.model import Declared, Network

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def editor_schemas() -> dict[str, dict[str, Any]]:
    """Give the schema of each kind of file: "network", "mall", and the kinds by the name of their folder."""
    kinds: dict[str, type[Declared]] = {"network": Network, "mall": Mall, **KINDS}
    return {name: {"$schema": _DIALECT, **kind.model_json_schema(by_alias=True)} for name, kind in kinds.items()}
