"""A broker that lives inside the library, ready at once: enough to read and write plain records, without Java.

It keeps append times as they are given, so that a test decides what came when. It knows no retention.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer

from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.settings import Kafka


class LittleBroker:
    """Hold the broker and who writes to it."""

    def __init__(self) -> None:
        """Start it; it ends with its last reference."""
        self._client = Producer({"bootstrap.servers": "-", "test.mock.num.brokers": 1, "log_level": 0, "linger.ms": 0})
        broker = next(iter(self._client.list_topics(timeout=10).brokers.values()))
        self.kafka = Kafka(bootstrap=f"{broker.host}:{broker.port}")
        self.admin = Admin(self.kafka)

    def append(self, place: Place, *appended_ms: int) -> None:
        """Append one record for each time; each is fetched by itself, so that readers go from input to input."""
        for moment in appended_ms:
            self._client.produce(place.topic, b"v", key=b"k", partition=place.partition, timestamp=moment)
            assert self._client.flush(10) == 0


@contextmanager
def little_broker() -> Iterator[LittleBroker]:
    """Run one while the context is open."""
    made = LittleBroker()
    yield made
    del made
