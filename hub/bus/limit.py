"""How large a record each topic has refused: what is as large is not sent there again."""

from collections.abc import Sequence
from typing import Final

#: Bytes that the wire may need for a header beside its name and value.
_HEADER_BYTES: Final = 10


class Limits:
    """Remember, for one process, the least size that each topic refused; a topic set right is tried after a restart."""

    def __init__(self) -> None:
        """Begin with every topic taking everything."""
        self._refused: dict[str, int] = {}

    def learn(self, topic: str, size_bytes: int) -> None:
        """Remember that a topic refused a record of this size."""
        self._refused[topic] = min(size_bytes, self._refused.get(topic, size_bytes))

    def is_too_large(self, topic: str, size_bytes: int) -> bool:
        """Tell whether a topic refused a record no larger than this."""
        return topic in self._refused and size_bytes >= self._refused[topic]

    def __bool__(self) -> bool:
        """Tell whether anything was refused: most processes never learn a limit."""
        return bool(self._refused)


def size_of(value: bytes | None, key: bytes | None, headers: Sequence[tuple[str, bytes]]) -> int:
    """Reckon the bytes that a record needs on its topic, uncompressed; rather too many than too few."""
    beside = sum(len(name.encode()) + len(text) + _HEADER_BYTES for name, text in headers)
    return len(key or b"") + len(value or b"") + beside
