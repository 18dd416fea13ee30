"""What stands on topics, read by a client that is not the hub's own: committed records only unless asked."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from hub.bus.admin import Admin
from hub.bus.record import Place, Record
from hub.bus.watch import Watch
from hub.errors import UnreachableError
from hub.settings import Kafka
from tests.kafka.until import until


class Log:
    """Follow topics from their beginning and keep all that was committed; safe to look at from several threads."""

    def __init__(self, kafka: Kafka, topics: Mapping[str, int], isolation: str = "read_committed", /) -> None:
        """Begin to read; topics with their number of partitions."""
        self._kafka, self._lock = kafka, threading.Lock()
        self.records: dict[str, list[Record]] = {topic: [] for topic in topics}
        self._places = [Place(topic, number) for topic, count in topics.items() for number in range(count)]
        self._positions = dict.fromkeys(self._places, 0)
        self._isolation = isolation
        self._client: Consumer | None = self._connect()
        self._watch = Watch(Admin(kafka))

    def look(self, timeout_s: float = 0.02) -> list[Record]:
        """Take what is new; waits a little for a first record."""
        with self._lock:
            if self._client is None:
                threading.Event().wait(timeout_s)
                return []
            first = self._client.poll(timeout_s)
            messages = [] if first is None else [first, *self._client.consume(2_000, 0)]
            found = [record for message in messages if (record := self._take(message)) is not None]
            for record in found:
                self.records[record.topic].append(record)
            self._keep_awake(self._client)
            return found

    def of(self, topic: str, case: str) -> list[Record]:
        """Read on and list what stands on a topic about one case."""
        self.look()
        return [record for record in self.records[topic] if record.key == case.encode()]

    def all(self) -> Iterator[Record]:
        """Go over everything read so far, topic by topic."""
        for records in self.records.values():
            yield from records

    def settle(self, topics: Iterable[str] = (), *, within_s: float = 60.0) -> None:
        """Read until nothing stands there unread, uncommitted records included: no transaction is open any more."""
        chosen = set(topics) or set(self.records)
        ends = until(lambda: self._ends([place for place in self._places if place.topic in chosen]))

        def is_read() -> bool:
            self.look(0.1)
            return all(self._positions[place] >= end for place, end in ends.items())

        until(is_read, within_s=within_s)

    def _ends(self, places: list[Place]) -> dict[Place, int]:
        """Ask where these end; nothing while a broker that stood still, or was away, does not tell."""
        with suppress(UnreachableError):
            return Admin(self._kafka).ends(places)
        return {}

    def leave(self) -> None:
        """Read nothing while the broker is away.

        A library that reads while a partition has no leader may end the process:
        https://github.com/confluentinc/librdkafka/issues/5280. A worker comes back from that, a test does not.
        """
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def come_back(self) -> None:
        """Go on reading where it was left."""
        with self._lock:
            self._client = self._client or self._connect()
            self._watch.forget()

    def close(self) -> None:
        """Leave the broker."""
        self.leave()

    def _keep_awake(self, client: Consumer) -> None:
        """Connect anew when a partition stands still, however much comes from the others.

        A library that saw a partition without a leader may not look for one again:
        https://github.com/confluentinc/librdkafka/issues/5430.
        """
        if self._watch.look(self._positions.copy):
            client.close()
            self._client = self._connect()
            self._watch.forget()

    def _connect(self) -> Consumer:
        client = Consumer(
            {
                "bootstrap.servers": self._kafka.bootstrap, "group.id": "outside", "enable.auto.commit": False,
                "isolation.level": self._isolation, "enable.partition.eof": True, "auto.offset.reset": "error",
                "fetch.wait.max.ms": 20, "log_level": 2, "metadata.recovery.strategy": "none",
                "reconnect.backoff.ms": 200, "reconnect.backoff.max.ms": 500,
            }
        )  # fmt: skip
        client.assign([TopicPartition(*place, offset) for place, offset in self._positions.items()])
        return client

    def _take(self, message: Any) -> Record | None:
        error = message.error()
        place = Place(message.topic(), message.partition()) if message.topic() else None
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF and place is not None:
                self._positions[place] = message.offset()
            return None
        assert place is not None
        self._positions[place] = message.offset() + 1
        return Record(
            *place, message.offset(), message.timestamp()[1], message.key(), message.value(), message.headers() or ()
        )


def header(record: Record, name: str) -> str:
    """Read one header as text; empty when it is not there."""
    return (dict(record.headers).get(name) or b"").decode()
