"""What a worker reads: every input of its partitions at positions it names itself, in append-time order.

A topic that runs far ahead of another of the same partition is held, so that after an outage old work comes first.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hub.bus.admin import Admin
from hub.bus.consumer import BEGINNING, Reader
from hub.bus.record import Place, Record
from hub.errors import RetriableError
from hub.names import COMMANDS, INTAKE, AgencyCode, events_topic
from hub.settings import Kafka

#: How far (ms of append time) one input may run ahead of another unread one of its partition.
LEAD_MS: Final = 5_000


class Inputs:
    """Read the inputs of the partitions that a worker owns."""

    def __init__(self, kafka: Kafka, instance: str, admin: Admin) -> None:
        """Make the reader; it reads nothing yet."""
        self._admin = admin
        self._reader = Reader(kafka, f"simpul-inputs-{instance}")
        self._topics: dict[int, set[str]] = {}
        self._paused: set[Place] = set()
        self._held: set[Place] = set()
        self._last: dict[Place, Record] = {}

    def follow(self, partition: int, topics: Iterable[str], positions: Mapping[str, int]) -> dict[str, int]:
        """Read these topics of a partition, and no others, from the positions given (else from their beginning).

        Gives the positions of those that begin at their beginning, so that they are known from now on: what is
        deleted before it was read is then an alarm and not a jump.
        """
        wanted, present = set(topics), self._topics.get(partition, set())
        self._forget(Place(topic, partition) for topic in present - wanted)
        new = {Place(topic, partition): positions.get(topic, BEGINNING) for topic in wanted - present}
        begins = self._begins([place for place, position in new.items() if position == BEGINNING])
        if new:
            self._reader.add(new | begins)
        self._topics[partition] = wanted
        return {place.topic: position for place, position in begins.items()}

    def drop(self, partition: int) -> None:
        """Stop reading a partition."""
        self._forget(Place(topic, partition) for topic in self._topics.pop(partition, set()))

    def rewind(self, partition: int, positions: Mapping[str, int]) -> None:
        """Read a partition again from these positions."""
        topics = self._topics.get(partition, set())
        self.drop(partition)
        self.follow(partition, topics, positions)

    def hold(self, place: Place) -> None:
        """Read no further in this place until ``release``."""
        self._held.add(place)
        self._reader.pause([place])

    def release(self, place: Place, position: int) -> None:
        """Read a held place again from a position."""
        self._held.discard(place)
        if place.topic in self._topics.get(place.partition, ()):
            self._reader.drop([place])
            self._reader.add({place: position})

    @property
    def held(self) -> frozenset[Place]:
        """List the places that wait for something outside, such as a schema."""
        return frozenset(self._held)

    def read(self, most: int, timeout_s: float) -> list[Record]:
        """Wait up to `timeout_s` for records; give them oldest first by append time."""
        records = self._reader.read(most, timeout_s)
        if len(records) > 1:
            records.sort(key=_append_time)
        for record in records:
            self._last[record.place] = record
        if (records and records[-1].timestamp - records[0].timestamp > LEAD_MS) or self._paused:
            self._level()
        return records

    def places(self, partition: int) -> Iterator[Place]:
        """Go over the places read of a partition."""
        return (Place(topic, partition) for topic in self._topics.get(partition, ()))

    def position(self, place: Place, routed: int) -> int:
        """Tell up to where a place was read: past `routed`, what follows may be markers only."""
        return routed if place in self._held else max(routed, self._reader.ends.get(place, -1))

    def last_append(self, place: Place) -> int | None:
        """Tell the append time (ms) of the record read last; None when none was."""
        record = self._last.get(place)
        return record.timestamp if record is not None else None

    def is_at_readable_end(self, place: Place) -> bool:
        """Tell whether all that may be read was read; what is behind it is somebody's open transaction."""
        record = self._last.get(place)
        return self._reader.ends.get(place, -1) > (record.offset if record is not None else -1)

    def close(self) -> None:
        """Leave the broker."""
        self._reader.close()

    def _begins(self, places: list[Place]) -> dict[Place, int]:
        """Look up where places begin; nothing when the broker does not answer now: the client asks again itself."""
        try:
            return self._admin.begins(places) if places else {}
        except RetriableError:
            return {}

    def _forget(self, places: Iterable[Place]) -> None:
        gone = list(places)
        if gone:
            self._reader.drop(gone)
        for place in gone:
            self._paused.discard(place)
            self._held.discard(place)
            self._last.pop(place, None)

    def _level(self) -> None:
        """Hold what ran ahead and let go what did not, partition by partition."""
        ahead = {place for partition in self._topics for place in self._ahead(partition)} - self._held
        self._reader.pause(ahead - self._paused)
        self._reader.resume(self._paused - ahead)
        self._paused = ahead

    def _ahead(self, partition: int) -> Iterator[Place]:
        read = {place: self._last[place] for place in self.places(partition) if place in self._last}
        behind = [
            record.timestamp
            for place, record in read.items()
            if place not in self._paused and self._reader.ends.get(place, -1) <= record.offset
        ]
        if behind:
            limit = min(behind) + LEAD_MS
            yield from (place for place, record in read.items() if record.timestamp > limit)


def input_topics(agencies: Iterable[AgencyCode]) -> list[str]:
    """List the topics of which a partition is made, under a network with these agencies."""
    return [COMMANDS, INTAKE, *(events_topic(agency) for agency in agencies)]


def _append_time(record: Record) -> int:
    return record.timestamp
