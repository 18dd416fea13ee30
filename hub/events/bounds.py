"""Which schemas foreign bytes may be read with: what a value of them becomes in memory is bounded by its bytes.

A type inside itself overflows the reader's stack and ends the process; items of no bytes let ten bytes of an event
become gigabytes.
"""

from collections.abc import Mapping
from typing import Any, Final

#: Levels of one schema; protects the stack of whoever reads a value of it.
MAX_LEVELS: Final = 32


def why_unbounded(avro: Mapping[str, Any]) -> str | None:
    """Say why foreign bytes must not be read with a self-contained schema; None when they may."""
    measure = _Measure()
    measure.fields(avro, "", 1)
    return measure.wrong


class _Measure:
    """Go over a schema once, keeping of each named type the least bytes it is written with and the levels in it."""

    def __init__(self) -> None:
        self.wrong: str | None = None
        self._least: dict[str, int] = {}
        self._levels: dict[str, int] = {}
        self._open: set[str] = set()
        self._deepest = 0

    def fields(self, record: Mapping[str, Any], space: str, level: int) -> int:
        """Measure a record by its fields."""
        full = _full(record, space)
        inner = full.rpartition(".")[0]
        self._open.add(full)
        around, self._deepest = self._deepest, level
        least = sum(self._least_of(each["type"], inner, level + 1) for each in record["fields"])
        self._open.discard(full)
        self._least[full], self._levels[full] = least, self._deepest - level
        self._deepest = max(around, self._deepest)
        return least

    def _least_of(self, node: Any, space: str, level: int) -> int:
        if self._is_too_deep(level):
            return 1
        if isinstance(node, str):
            return self._named(node, space, level)
        if isinstance(node, list):
            return 1 + min((self._least_of(each, space, level + 1) for each in node), default=0)
        if node["type"] in {"record", "enum", "fixed"}:
            return self._new(node, space, level)
        if node["type"] in {"array", "map"}:
            return self._many(node, space, level)
        return self._least_of(node["type"], space, level + 1)

    def _is_too_deep(self, level: int) -> bool:
        self._deepest = max(self._deepest, level)
        if level > MAX_LEVELS:
            self.wrong = f"it is nested deeper than {MAX_LEVELS} levels"
        return level > MAX_LEVELS

    def _named(self, name: str, space: str, level: int) -> int:
        full = name if "." in name else f"{space}.{name}"
        if full in self._open:
            self.wrong = f"type {name} is inside itself"
        self._is_too_deep(level + self._levels.get(full, 0))
        return 0 if name == "null" else self._least.get(full, 1)

    def _new(self, node: Mapping[str, Any], space: str, level: int) -> int:
        if node["type"] == "record":
            least = self.fields(node, space, level)
        else:
            least = int(node.get("size", 1))
            self._least[_full(node, space)] = least
        if least == 0:
            self.wrong = f"{node['type']} {node['name']} inside it is written with no bytes"
        return least

    def _many(self, node: Mapping[str, Any], space: str, level: int) -> int:
        least = self._least_of(node["items"] if node["type"] == "array" else node["values"], space, level + 1)
        if least == 0 and node["type"] == "array":  # a map's items have keys
            self.wrong = "the items of a list inside it are written with no bytes"
        return 1


def _full(node: Mapping[str, Any], space: str) -> str:
    name = str(node["name"])
    return name if "." in name else f"{node.get('namespace', space)}.{name}"
