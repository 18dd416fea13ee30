"""What a worker reads: every input of its partitions at positions it names itself, in append-time order.

After an outage the inputs of a partition are merged by append time, so that old work comes first; at the log's end
nothing waits for that.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hub.bus.admin import Admin
from hub.bus.consumer import BEGINNING, Reader
from hub.bus.record import Place, Record
from hub.errors import RetriableError
from hub.names import COMMANDS, INTAKE, SIGNALS, AgencyCode, events_topic
from hub.settings import Kafka

#: How far (ms of append time) one input may be routed ahead of another unread one of its partition: more than the
#: broker takes to tell where an input ends, so that live events never wait for quiet topics.
SLACK_MS: Final = 250
#: How far (ms of append time) one input may be read ahead of another; beyond it is paused. Bounds what is kept.
LEAD_MS: Final = 5_000
#: Seconds after which kept records are routed although an input that should come first does not come.
_PATIENCE_S: Final = 2.0
#: Bytes fetched of one input at once: small, since what is ahead of the others is kept in memory.
_FETCH_BYTES: Final = 262_144
#: Seconds that the loop waits at most to hear where a new input begins; else its client finds out itself.
_ASK_S: Final = 1.0


class Inputs:
    """Read the inputs of the partitions that a worker owns."""

    def __init__(self, kafka: Kafka, instance: str, admin: Admin) -> None:
        """Make the reader; it reads nothing yet."""
        self._admin = admin
        settings = {"max.partition.fetch.bytes": _FETCH_BYTES}
        self._reader = Reader(kafka, f"simpul-inputs-{instance}", admin, **settings)
        self._topics: dict[int, set[str]] = {}
        self._paused: set[Place] = set()
        self._held: set[Place] = set()
        self._last: dict[tuple[str, int], Record] = {}
        self._kept: dict[int, list[Record]] = {}
        self._kept_since: dict[int, float] = {}

    def follow(
        self, partition: int, topics: Iterable[str], positions: Mapping[str, int], epochs: Mapping[str, int], /
    ) -> dict[str, int]:
        """Read these topics of a partition, and no others, from the positions given (else from their beginning).

        Gives the positions of those that begin at their beginning, so that they are known from now on: what is
        deleted before it was read is then an alarm and not a jump. `epochs` are of the records before the positions.
        """
        wanted, present = set(topics), self._topics.get(partition, set())
        self._forget(Place(topic, partition) for topic in present - wanted)
        new = {Place(topic, partition): positions.get(topic, BEGINNING) for topic in wanted - present}
        begins = self._begins([place for place, position in new.items() if position == BEGINNING])
        if new:
            self._reader.add(new | begins, {place: epochs[place.topic] for place in new if place.topic in epochs})
        self._topics[partition] = wanted
        return {place.topic: position for place, position in begins.items()}

    def drop(self, partition: int) -> None:
        """Stop reading a partition."""
        self._forget(Place(topic, partition) for topic in self._topics.pop(partition, set()))

    def rewind(self, partition: int, positions: Mapping[str, int], epochs: Mapping[str, int]) -> None:
        """Read a partition again from these positions."""
        topics = self._topics.get(partition, set())
        self.drop(partition)
        self.follow(partition, topics, positions, epochs)

    def hold(self, place: Place) -> None:
        """Read no further in this place until ``release``."""
        self._held.add(place)
        self._paused.discard(place)  # what pauses the others and lets them go must leave it alone
        self._reader.pause([place])

    def release(self, place: Place, position: int) -> None:
        """Read a held place again from a position."""
        self._held.discard(place)
        if place.topic in self._topics.get(place.partition, ()):
            self._forget([place])
            self._reader.add({place: position})

    @property
    def held(self) -> frozenset[Place]:
        """List the places that wait for something outside, such as a schema."""
        return frozenset(self._held)

    def read(self, most: int, timeout_s: float, *, gather: bool = False) -> list[Record]:
        """Wait up to `timeout_s` for records; give those whose turn it is, each partition's oldest first.

        With `gather` the wait is not over with the first of them.
        """
        for record in self._reader.read(most, timeout_s, gather=gather):
            self._last[record[:2]] = record  # a Place is equal to these two; to make one for each record costs
            self._kept.setdefault(record.partition, []).append(record)
        if not self._kept and not self._paused:
            return []
        ready: list[Record] = []
        for partition in list(self._kept):
            ready += self._take(partition)
        if self._kept or self._paused:
            self._level()
        return ready

    def _take(self, partition: int) -> list[Record]:
        """Take the kept records of a partition that no unread input can precede."""
        kept = self._kept.pop(partition)
        turns = _sort(kept)
        behind = self._behind(partition)
        limit = None if behind is None else behind + SLACK_MS
        ready = len(kept) if limit is None else bisect_right(turns, limit)
        if ready == len(kept):
            self._kept_since.pop(partition, None)
            return kept
        since = self._kept_since.setdefault(partition, time.monotonic())
        if ready:
            self._kept_since[partition] = time.monotonic()
        elif time.monotonic() - since > _PATIENCE_S:
            del self._kept_since[partition]
            return kept
        self._kept[partition] = kept[ready:]
        return kept[:ready]

    def _behind(self, partition: int) -> int | None:
        """Tell the append time up to which every input was read; None: all were read to their ends."""
        oldest: int | None = None
        ends = self._reader.ends
        for topic in self._topics.get(partition, ()):
            place = Place(topic, partition)
            record = self._last.get(place)
            if ends.get(place, -1) <= (record.offset if record is not None else -1) and place not in self._held:
                read = record.timestamp if record is not None else -SLACK_MS - 1
                oldest = read if oldest is None else min(oldest, read)
        return oldest

    def places(self, partition: int) -> Iterator[Place]:
        """Go over the places read of a partition."""
        return (Place(topic, partition) for topic in self._topics.get(partition, ()))

    def position(self, place: Place, routed: int) -> int:
        """Tell up to where a place was routed: past `routed`, unless something is kept, only markers may follow."""
        waits = place in self._held or any(
            record.topic == place.topic for record in self._kept.get(place.partition, ())
        )
        return routed if waits else max(routed, self._reader.ends.get(place, -1))

    def passed(self, partition: int, positions: Mapping[str, int]) -> dict[str, int]:
        """Tell the inputs of which more was read than what was routed, markers, and up to where.

        Only to be asked when all that ``read`` gave was routed.
        """
        found = {}
        for place in self.places(partition):
            routed = positions.get(place.topic)
            if routed is not None and (up_to := self.position(place, routed)) > routed:
                found[place.topic] = up_to
        return found

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
            return self._admin.begins(places, _ASK_S) if places else {}
        except RetriableError:
            return {}

    def _forget(self, places: Iterable[Place]) -> None:
        gone = list(places)
        if gone:
            self._reader.drop(gone)
        for number in {place.partition for place in gone}:
            topics = {place.topic for place in gone if place.partition == number}
            kept = [record for record in self._kept.pop(number, ()) if record.topic not in topics]
            if kept:
                self._kept[number] = kept
        for place in gone:
            self._paused.discard(place)
            self._held.discard(place)
            self._last.pop(place, None)

    def _level(self) -> None:
        """Pause what was read far ahead of another input of its partition, and let go what is not ahead any more."""
        ahead = {place for partition in self._topics for place in self._ahead(partition)} - self._held
        self._reader.pause(ahead - self._paused)
        self._reader.resume(self._paused - ahead)
        self._paused = ahead

    def _ahead(self, partition: int) -> Iterator[Place]:
        behind = self._behind(partition)
        if behind is not None and behind >= 0:
            for place in self.places(partition):
                record = self._last.get(place)
                if record is not None and record.timestamp > behind + LEAD_MS:
                    yield place


def input_topics(agencies: Iterable[AgencyCode]) -> list[str]:
    """List the topics of which a partition is made, under a network with these agencies."""
    return [COMMANDS, INTAKE, SIGNALS, *(events_topic(agency) for agency in agencies)]


def _sort(kept: list[Record]) -> list[int]:
    """Put records of a partition in the order of their append times, and give these; each input keeps its own order.

    Append times of one input may go back: its clock was set, another broker leads it, or its writers name the times.
    What was passed would never be routed, so a record stands no later than the one behind it.
    """
    turns: list[int] = []
    earliest: dict[str, int] = {}
    for record in reversed(kept):
        turn = earliest.get(record.topic, record.timestamp)
        turn = min(turn, record.timestamp)
        earliest[record.topic] = turn
        turns.append(turn)
    turns.reverse()
    if len(earliest) > 1:
        kept[:] = [kept[at] for at in sorted(range(len(kept)), key=turns.__getitem__)]
        turns.sort()
    return turns
