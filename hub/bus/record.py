"""One Kafka record as read: bytes with their place in the log."""

from collections.abc import Sequence
from typing import NamedTuple

HeaderList = Sequence[tuple[str, bytes | None]]
#: Stands for headers whose names are no text; its value is none either, so whoever reads it refuses the record.
UNREADABLE: HeaderList = (("(names that are no UTF-8)", b"\xff"),)


class Place(NamedTuple):
    """Name one partition of one topic."""

    topic: str
    partition: int


class Record(NamedTuple):
    """Hold one record; ``timestamp`` is the broker's append time in ms, ``epoch`` its leader's (-1: unknown)."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: HeaderList
    epoch: int = -1

    @property
    def place(self) -> Place:
        """Tell which partition the record stands on."""
        return Place(self.topic, self.partition)
