"""The producer's twin: the same behaviour without a broker, for tests and rehearsals.

Topics are declared, as on a broker; what was published stands in ``records``, in the broker's order.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from hub.bus.record import Place, Record
from hub.errors import UnreachableError
from hub.names import partition_of


class MemoryProducer:
    """Publish into a list; ``is_down`` plays a broker that is gone, ``is_holding`` one that is slow.

    ``room`` is how many records may wait for a slow one.
    """

    def __init__(self, topics: Mapping[str, int], *, room: int = 100_000) -> None:
        """Take the topics there are, with their number of partitions."""
        self.records: list[Record] = []
        self.is_down = False
        self.is_holding = False
        self._room = room
        self._topics = dict(topics)
        self._ends: dict[Place, int] = {}
        self._held: list[tuple[Future[Place], Place]] = []

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int = -1,
    ) -> "Future[Place]":
        """Keep one record; the future holds its place, or raises UnreachableError, as this does without room."""
        if len(self._held) >= self._room:
            raise UnreachableError(f"publish to {topic}: the local queue is full; Kafka does not keep up")
        future: Future[Place] = Future()
        if self.is_down or topic not in self._topics:
            future.set_exception(UnreachableError(f"publish to {topic}: nobody keeps this topic"))
            return future
        place = Place(topic, partition if partition >= 0 else partition_of(key, self._topics[topic]))
        self._append(place, key, value, headers=headers)
        if self.is_holding:
            self._held.append((future, place))
        else:
            future.set_result(place)
        return future

    def release(self) -> None:
        """Acknowledge all that was held back, and hold no more."""
        self.is_holding = False
        held, self._held = self._held, []
        for future, place in held:
            future.set_result(place)

    def flush(self, timeout_s: float = 0) -> None:
        """Raise UnreachableError when something is not acknowledged; nothing to wait for here."""
        if self._held:
            raise UnreachableError(f"{len(self._held)} records are not acknowledged after {timeout_s:.0f} s")

    def close(self) -> None:
        """Acknowledge what is held."""
        self.release()

    def _append(self, place: Place, key: bytes, value: bytes | None, *, headers: Sequence[tuple[str, bytes]]) -> None:
        offset = self._ends.get(place, 0)
        self._ends[place] = offset + 1
        # Its clock counts records: append times ascend, as a broker's do, and nothing depends on the hour.
        self.records.append(Record(*place, offset, len(self.records), key, value, tuple(headers)))
