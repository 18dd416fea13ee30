"""What every producer promises: Kafka's own and its twin."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import wait
from contextlib import contextmanager
from typing import Any, Final, Protocol

import pytest

from hub.bus.admin import Admin, Topic
from hub.bus.consumer import read_all
from hub.bus.memory import MemoryProducer
from hub.bus.producer import Producer
from hub.bus.record import Place, Record
from hub.errors import UnreachableError
from hub.local import RunningBroker, running_broker
from hub.names import partition_of
from hub.settings import Kafka

_PARTITIONS: Final = 4
_TOPIC: Final = "agency.test.events"


class Offer(Protocol):
    """A producer under test, with the means to look at what it did and to take its broker away."""

    producer: Any

    def records(self) -> list[Record]:
        """Read what stands on the topic."""

    def take_broker_away(self) -> None:
        """Let nobody answer any more."""

    def stall(self) -> None:
        """Let nothing be acknowledged, with room for two records."""


class _Twin:
    def __init__(self, room: int) -> None:
        self.producer = MemoryProducer({_TOPIC: _PARTITIONS}, room=room)

    def records(self) -> list[Record]:
        return [record for record in self.producer.records if record.topic == _TOPIC]

    def take_broker_away(self) -> None:
        self.producer.is_down = True

    def stall(self) -> None:
        self.producer.is_holding = True


class _Real:
    def __init__(self, broker: RunningBroker, settings: Mapping[str, Any]) -> None:
        self._broker = broker
        self._kafka = Kafka(bootstrap=broker.bootstrap)
        self.producer = Producer(self._kafka, **settings)

    def records(self) -> list[Record]:
        return list(read_all(self._kafka, _TOPIC, _PARTITIONS))

    def take_broker_away(self) -> None:
        self._broker.kill()

    def stall(self) -> None:
        """Do nothing: it lingers long enough."""


MakeOffer = Callable[..., Any]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """Run a broker that keeps the topic."""
    with running_broker(tmp_path_factory.mktemp("home")) as running:
        Admin(Kafka(bootstrap=running.bootstrap)).create([Topic(_TOPIC, _PARTITIONS)], replication=1)
        yield running


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.kafka)])
def offering(request: pytest.FixtureRequest) -> MakeOffer:
    """Give the way to make a producer of either kind."""

    @contextmanager
    def offer(*, room: int = 100_000, **settings: Any) -> Iterator[Offer]:
        if request.param == "twin":
            yield _Twin(room)
            return
        running = request.getfixturevalue("broker")
        running.start()
        real = _Real(running, settings | ({"queue.buffering.max.messages": room} if room < 100_000 else {}))
        yield real
        real.producer.close()

    return offer


def test_the_future_tells_where_the_record_stands(offering: MakeOffer) -> None:
    """A key's partition is the one that Java's client takes; a partition that is named is kept."""
    keys = [f"rs.{number}".encode() for number in range(20)]
    with offering() as offer:
        places = [offer.producer.publish(_TOPIC, b"v", key=key) for key in keys]
        named = offer.producer.publish(_TOPIC, b"v", key=b"named", partition=3)

        assert [future.result(20) for future in places] == [Place(_TOPIC, partition_of(key, 4)) for key in keys]
        assert named.result(20) == Place(_TOPIC, 3)


def test_a_record_is_kept_as_it_was_given(offering: MakeOffer) -> None:
    """Key, value and headers come back byte for byte; a value may be none, a header's name may repeat."""
    headers = (("ce_id", b"1"), ("x", b""), ("x", b"\xff"))
    with offering() as offer:
        offer.producer.publish(_TOPIC, b"\x00value", key=b"kept", headers=headers).result(20)
        offer.producer.publish(_TOPIC, None, key=b"kept").result(20)

        kept = [record for record in offer.records() if record.key == b"kept"][-2:]

    assert [(record.value, tuple(record.headers)) for record in kept] == [(b"\x00value", headers), (None, ())]


def test_records_of_a_key_keep_their_order(offering: MakeOffer) -> None:
    """What was published first stands first, with ascending offsets and times."""
    with offering() as offer:
        for number in range(500):
            offer.producer.publish(_TOPIC, str(number).encode(), key=b"ordered")
        offer.producer.flush(20)

        found = [record for record in offer.records() if record.key == b"ordered"]

    assert [record.value for record in found] == [str(number).encode() for number in range(500)]
    assert [record.offset for record in found] == sorted(record.offset for record in found)
    assert [record.timestamp for record in found] == sorted(record.timestamp for record in found)


def test_after_a_flush_all_is_settled(offering: MakeOffer) -> None:
    """Flush waits for every acknowledgement."""
    with offering() as offer:
        futures = [offer.producer.publish(_TOPIC, b"v", key=b"flushed") for _ in range(50)]
        offer.producer.flush(20)

        assert not wait(futures, timeout=5).not_done


def test_a_topic_that_nobody_keeps_is_told(offering: MakeOffer) -> None:
    """The future raises: no topic is made by writing to it."""
    with offering(**{"delivery.timeout.ms": 2_000, "topic.metadata.propagation.max.ms": 500}) as offer:
        future = offer.producer.publish("agency.missing.events", b"v", key=b"k")

        with pytest.raises(UnreachableError):
            future.result(20)


def test_a_full_queue_is_told_at_once(offering: MakeOffer) -> None:
    """Who publishes faster than Kafka takes is told, and nothing grows without end."""
    with offering(room=2, **{"linger.ms": 5_000, "batch.num.messages": 2}) as offer:
        offer.stall()

        def overfill() -> None:
            for _ in range(1_000):
                offer.producer.publish(_TOPIC, b"v", key=b"full")

        with pytest.raises(UnreachableError, match="full"):
            overfill()


def test_without_a_broker_the_future_raises(offering: MakeOffer) -> None:
    """An event that Kafka never acknowledged is told as such, in bounded time."""
    with offering(**{"delivery.timeout.ms": 1_500, "linger.ms": 0}) as offer:
        offer.producer.publish(_TOPIC, b"v", key=b"before").result(20)
        offer.take_broker_away()

        with pytest.raises(UnreachableError):
            offer.producer.publish(_TOPIC, b"v", key=b"after").result(20)
