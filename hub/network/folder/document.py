"""What a file of a network folder says, and where each of its parts is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: Keys and list indexes from the top of a file to one of its parts.
Path = tuple[str | int, ...]


class Place(NamedTuple):
    """Point at a character of a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """Hold one file's content, and where each of its parts stands, by path of keys and list indexes."""

    file: str
    value: Any
    keys: Mapping[Path, Place] = field(default_factory=dict)
    values: Mapping[Path, Place] = field(default_factory=dict)

    def key(self, *path: str | int) -> Place:
        """Find where the last key of a path is written, or the nearest part around it."""
        return self._nearest(self.keys, path)

    def at(self, *path: str | int) -> Place:
        """Find where the value of a path is written, or the nearest part around it."""
        return self._nearest(self.values, path)

    def _nearest(self, places: Mapping[Path, Place], path: Path) -> Place:
        for length in range(len(path), 0, -1):
            found = places.get(path[:length]) or self.keys.get(path[:length]) or self.values.get(path[:length])
            if found:
                return found
        return Place(1, 1)
