"""Reading from Kafka: a reader of partitions it names itself, and a member of the group that owns partitions.

The reader never jumps: a position that is not in the log raises LostPositionError.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from operator import methodcaller
from typing import Any, Final, Protocol

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from hub.bus.admin import Admin
from hub.bus.client import connect
from hub.bus.record import UNREADABLE, HeaderList, Place, Record
from hub.bus.translate import translate, translated
from hub.bus.watch import Watch
from hub.errors import FatalError, UnreachableError
from hub.settings import Kafka

_LOG = structlog.get_logger("hub.bus.consumer")

#: Position of a place never read before: its oldest record.
BEGINNING: Final = OFFSET_BEGINNING
#: Seconds for one question to the broker.
_ASK_S: Final = 10.0
#: What a broker answers about a topic that was made a moment ago; it passes within a second.
_FRESH: Final = frozenset(
    {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError._UNKNOWN_PARTITION}
)
#: Seconds for which such an answer is not believed, and between two questions.
_FRESH_S: Final = 5.0
_FRESH_PAUSE_S: Final = 0.05
#: Called in a round-about way: the library gives back a broken list *and* an error for such a name, which CPython
#: checks in this way of calling only. Called directly it ends the process once the interpreter has tuned the call.
_ask_headers: Final = methodcaller("headers")
#: Losses of a member's place within so many seconds (it takes a session each) that are accidents; more are a twin.
ACCIDENTS: Final = 3
ACCIDENTS_S: Final = 30.0
#: Seconds without a record after which a topic's end is given up; longer than a broker's restart.
_SILENCE_S: Final = 30.0


class Reader:
    """Read places at explicit positions, read_committed; ``ends`` holds the last end seen of each place."""

    def __init__(
        self, kafka: Kafka, name: str = "simpul-reader", watched_by: Admin | None = None, /, **settings: Any
    ) -> None:
        """Make a reader that belongs to no group; `settings` use librdkafka's dotted names.

        A reader that lives long is to be watched: if its client stands still it is made anew where it stood.
        """
        given = {
            "group.id": name, "enable.auto.commit": False, "auto.offset.reset": "error", "enable.partition.eof": True,
            "isolation.level": "read_committed", "fetch.wait.max.ms": 50, "fetch.queue.backoff.ms": 20,
            "queued.min.messages": 20_000, "queued.max.messages.kbytes": 65_536, "fetch.error.backoff.ms": 50,
        }  # fmt: skip
        self._connect: Callable[[], Consumer] = partial(connect, Consumer, kafka, **given | settings)
        self._client = self._connect()
        self._watch = Watch(watched_by) if watched_by is not None else None
        self._begins: dict[Place, int] = {}
        self._paused: set[Place] = set()
        self._last: dict[tuple[str, int], Record] = {}
        self.ends: dict[Place, int] = {}

    def add(self, positions: Mapping[Place, int], epochs: Mapping[Place, int] | None = None) -> None:
        """Read these places too, from these offsets on.

        With the leader epoch of what was read last there, a log that was cut below its offset since, and written to
        again, raises LostPositionError like one that ends before it.
        """
        for place in positions:
            self._forget(place)
        self._begins |= positions
        known = epochs or {}
        wanted = [TopicPartition(*place, at, leader_epoch=known.get(place, -1)) for place, at in positions.items()]
        with translated("assign partitions"):
            self._client.incremental_assign(wanted)
            # A pause outlives the assignment that it was made in: what is added is to be read.
            self._client.resume([TopicPartition(*place) for place in positions])

    def drop(self, places: Iterable[Place]) -> None:
        """Stop reading these places."""
        gone = list(places)
        for place in gone:
            self._forget(place)
            self._begins.pop(place, None)
        with translated("unassign partitions"):
            self._client.incremental_unassign([TopicPartition(*place) for place in gone])

    def pause(self, places: Iterable[Place]) -> None:
        """Hold these places; what was fetched of them is fetched again."""
        held = list(places)
        self._paused.update(held)
        self._client.pause([TopicPartition(*place) for place in held])

    def resume(self, places: Iterable[Place]) -> None:
        """Go on with paused places."""
        free = list(places)
        self._paused.difference_update(free)
        self._client.resume([TopicPartition(*place) for place in free])

    def read(self, most: int, timeout_s: float, *, gather: bool = False) -> list[Record]:
        """Wait up to `timeout_s` for a first record, then take what is there, `most` at the most.

        With `gather` the whole time is waited for `most` of them.
        """
        if gather:
            messages = self._client.consume(most, timeout_s)
        else:
            first = self._client.poll(timeout_s)
            messages = [] if first is None else [first]
            if messages and most > 1:
                messages += self._client.consume(most - 1, 0)
        records = [record for message in messages if (record := self._record(message)) is not None]
        if self._watch is not None:
            for record in records:
                self._last[record.topic, record.partition] = record
            if standing := self._watch.look(self._positions):
                self._wake(standing)
        return records

    def ends_now(self, places: Iterable[Place], timeout_s: float = _ASK_S) -> dict[Place, int]:
        """Ask the broker for the last stable offset of each place, one question a place."""
        return {place: self._end_now(place, timeout_s) for place in places}

    def offsets_at(self, times: Mapping[Place, int]) -> dict[Place, int]:
        """Find, per place, the first offset appended at or after a time in ms; the end when there is none."""
        asked = [TopicPartition(p.topic, p.partition, at) for p, at in times.items()]
        with translated("look up offsets by time"):
            found = self._client.offsets_for_times(asked, _ASK_S)
        return {Place(each.topic, each.partition): each.offset for each in found}

    def close(self) -> None:
        """Leave the broker."""
        self._client.close()

    def _positions(self) -> dict[Place, int]:
        """Tell up to where each place that is to be read was."""
        return {place: self._position(place) for place in self._begins if place not in self._paused}

    def _position(self, place: Place) -> int:
        record, end = self._last.get(place), self.ends.get(place)
        return max(self._begins[place] if record is None else record.offset + 1, BEGINNING if end is None else end)

    def _wake(self, standing: set[Place]) -> None:
        """Take a new client, which asks anew who leads, and go on where the old one stood."""
        _LOG.warning(
            "a reader stood still and is made anew",
            places=", ".join(f"{place.topic}/{place.partition}" for place in sorted(standing)),
        )
        positions = {place: self._position(place) for place in self._begins}
        epochs = {
            place: record.epoch for place in positions
            if (record := self._last.get(place)) is not None and record.offset + 1 == positions[place]
        }  # fmt: skip
        paused = [place for place in self._paused if place in positions]
        with suppress(KafkaException):
            self._client.close()
        self._client = self._connect()
        self.add(positions, epochs)
        self.pause(paused)
        if self._watch is not None:
            self._watch.forget()

    def _forget(self, place: Place) -> None:
        self.ends.pop(place, None)
        self._last.pop(place, None)
        self._paused.discard(place)

    def _end_now(self, place: Place, timeout_s: float, /) -> int:
        """Ask again while a topic is so fresh that its broker does not lead it yet."""
        deadline, pause = time.monotonic() + _FRESH_S, threading.Event()
        while True:
            try:
                return int(self._client.get_watermark_offsets(TopicPartition(*place), timeout_s)[1])
            except KafkaException as wrong:
                error: KafkaError = wrong.args[0]
                if error.code() not in _FRESH or time.monotonic() > deadline:
                    raise translate(error, "ask for the end of a partition") from wrong
            pause.wait(_FRESH_PAUSE_S)

    def _record(self, message: Message) -> Record | None:
        error = message.error()
        if error is None:
            return Record(*_parts(message))
        if error.code() == KafkaError._PARTITION_EOF:
            topic, partition, offset, *_ = _parts(message)
            self.ends[Place(topic, partition)] = offset
            return None
        found = translate(error, f"read {message.topic()}-{message.partition()}")
        if isinstance(found, FatalError):
            raise found
        return None


def _parts(message: Any) -> tuple[str, int, int, int, bytes | None, bytes | None, Any, int]:
    """Take a message apart; its stubs call everything optional."""
    epoch = message.leader_epoch()
    return (
        message.topic(), message.partition(), message.offset(), message.timestamp()[1], message.key(),
        message.value(), _headers(message), -1 if epoch is None else epoch,
    )  # fmt: skip


def _headers(message: Any) -> HeaderList:
    """Read the headers; the library breaks on a header's name that is no UTF-8, which is no reason for us to."""
    try:
        return _ask_headers(message) or ()
    except (SystemError, UnicodeDecodeError):
        return UNREADABLE


def read_all(
    kafka: Kafka, topic: str, partitions: int, *, begin: int = BEGINNING, settled: bool = False
) -> Iterator[Record]:
    """Read a topic from its beginning to the end it has now, read_committed, and stop.

    Raise UnreachableError when the broker falls silent before.
    """
    return read_to_end(kafka, {Place(topic, number): begin for number in range(partitions)}, settled=settled)


def read_to_end(kafka: Kafka, begins: Mapping[Place, int], *, settled: bool = False) -> Iterator[Record]:
    """Read places from these offsets to the ends they have now, read_committed, and stop; as ``read_all`` does.

    What is appended meanwhile is not given: whoever writes to what he reads would never come to an end. With `settled`
    open transactions are waited for: one that was committed may be readable only a moment after its writer knows.
    """
    name = ", ".join(sorted({place.topic for place in begins})[:3])
    reader = Reader(kafka, "simpul-once")
    try:
        ends = _whole_ends(kafka, begins) if settled else reader.ends_now(begins)
        reader.add(begins)
        heard = time.monotonic()
        passed: set[tuple[str, int]] = set()
        while any(place not in passed and reader.ends.get(place, -1) < end for place, end in ends.items()):
            before = len(reader.ends)
            records = reader.read(10_000, 1.0)
            for record in records:
                place = record[:2]
                if record.offset < ends[place]:  # type: ignore[index] # a place is a tuple; making one takes its time
                    yield record
                else:
                    passed.add(place)
            if records or len(reader.ends) > before:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SILENCE_S:
                raise UnreachableError(f"read {name}: nothing came for {_SILENCE_S:.0f} s before its end; try again")
    finally:
        reader.close()


def _whole_ends(kafka: Kafka, places: Iterable[Place]) -> dict[Place, int]:
    """Ask where places end, with what is in open transactions."""
    reader = Reader(kafka, "simpul-ends", **{"isolation.level": "read_uncommitted"})
    try:
        return reader.ends_now(places)
    finally:
        reader.close()


class Owner(Protocol):
    """Be told which partitions of the token topic are ours."""

    def take(self, partitions: list[int]) -> None:
        """Begin to own these."""

    def give(self, partitions: list[int]) -> None:
        """Finish or abort what is open of these, before another takes them."""

    def lose(self, partitions: list[int]) -> None:
        """Forget these: another may have them already."""


class Member:
    """Hold membership of the group whose token topic's partitions are handed out; fetches nothing itself.

    A membership that was lost for good, as the library does when the coordinator is away for longer than a session,
    is taken anew; one that is lost again and again is taken by somebody with our name.
    """

    def __init__(self, kafka: Kafka, group: str, *, instance: str, session_timeout_ms: int, topic: str) -> None:
        """Make the member; nothing is joined until ``join``."""
        self._kafka, self._topic = kafka, topic
        self._given = {
            "group.id": group, "group.instance.id": instance, "session.timeout.ms": session_timeout_ms,
            "heartbeat.interval.ms": min(1_000, session_timeout_ms // 3), "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "partition.assignment.strategy": "cooperative-sticky",
            "max.poll.interval.ms": max(60_000, session_timeout_ms),
        }  # fmt: skip
        self._client = connect(Consumer, kafka, **self._given)
        self._owner: Owner | None = None
        self._held: set[int] = set()
        self._renewed_s: deque[float] = deque(maxlen=ACCIDENTS)

    def join(self, owner: Owner) -> None:
        """Subscribe; `owner` is told from within ``serve``."""
        self._owner = owner

        def taken(client: Consumer, partitions: list[TopicPartition]) -> None:
            client.incremental_assign(partitions)
            client.pause(partitions)
            numbers = [each.partition for each in partitions]
            self._held.update(numbers)
            owner.take(numbers)

        with translated("join the group"):
            self._client.subscribe(
                [self._topic], on_assign=taken, on_revoke=self._told(owner.give), on_lost=self._told(owner.lose)
            )

    def serve(self) -> None:
        """Run all call-backs that wait, and heartbeats; raise FatalError or FencedError when membership is gone."""
        while (message := self._client.poll(0)) is not None:
            if (error := message.error()) is None:
                continue
            found = translate(error, "hold group membership")
            if isinstance(found, FatalError):
                self._renew(found)

    def metadata(self) -> Any:
        """Take the membership as it is now; valid for the transaction that begins now."""
        return self._client.consumer_group_metadata()

    def close(self) -> None:
        """Leave the group's connection; a static member keeps its partitions until the session ends."""
        try:
            self._client.close()
        except KafkaException as wrong:
            raise translate(wrong.args[0], "leave the group") from wrong

    def _told(self, what: Callable[[list[int]], None]) -> Callable[[Consumer, list[TopicPartition]], None]:
        def tell(_client: Consumer, partitions: list[TopicPartition]) -> None:
            numbers = [each.partition for each in partitions]
            self._held.difference_update(numbers)
            what(numbers)

        return tell

    def _renew(self, loss: FatalError) -> None:
        """Begin anew as a member that never was; raise the loss when that was done too often a moment ago."""
        now, before = time.monotonic(), self._renewed_s
        if self._owner is None or (len(before) == ACCIDENTS and now - before[0] < ACCIDENTS_S):
            raise loss
        _LOG.warning("group membership was lost for good; joining anew", why=str(loss))
        self._renewed_s.append(now)
        with suppress(KafkaException):
            self._client.close()
        if self._held:
            held, self._held = sorted(self._held), set()
            self._owner.lose(held)
        self._client = connect(Consumer, self._kafka, **self._given)
        self.join(self._owner)
