"""What a member does with what its client tells, and a reader whose client has fallen asleep."""

import time
from collections import deque
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError, Message, TopicPartition

from hub.bus import watch
from hub.bus.consumer import BEGINNING, Member, Reader
from hub.bus.record import Place
from hub.errors import FatalError
from hub.settings import Kafka
from tests.broker import LittleBroker, little_broker
from tests.kafka.until import until

_NOWHERE = Kafka(bootstrap="127.0.0.1:1")


class Told:
    """Stand where the library's client is and tell what it would."""

    def __init__(self, *codes: int) -> None:
        """Take the errors to tell."""
        self.left = deque(codes)

    def poll(self, _timeout_s: float) -> Message | None:
        """Tell the next one."""
        return Message(error=KafkaError(self.left.popleft())) if self.left else None


def _member(told: Told) -> Member:
    made = Member(_NOWHERE, "g", instance="a", session_timeout_ms=6_000, topic="t")
    made.close()
    made._client = told  # type: ignore[assignment]
    return made


def test_a_member_serves_all_that_waits() -> None:
    """Several events of the group come at once: none waits for the next turn."""
    told = Told(KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT)

    _member(told).serve()

    assert not told.left


def test_a_loss_behind_other_news_is_noticed_at_once() -> None:
    """A fatal error that is not the first in the queue is no less fatal."""
    member = _member(Told(KafkaError._TRANSPORT, KafkaError._FATAL))

    with pytest.raises(FatalError):
        member.serve()


_ASLEEP, _HELD, _QUIET = Place("asleep", 0), Place("held", 0), Place("quiet", 0)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LittleBroker]:
    """Give a broker, and readers that are looked at often."""
    monkeypatch.setattr(watch, "_LOOK_S", 0.2)
    with little_broker() as made:
        for place in (_ASLEEP, _HELD, _QUIET):
            made.append(place, 1)
        yield made


def _read(reader: Reader, count: int) -> list[tuple[str, int]]:
    """Read so many records."""
    found: list[tuple[str, int]] = []
    until(lambda: found.extend((r.topic, r.offset) for r in reader.read(10, 0.05)) or len(found) >= count)
    return found


def _read_for(reader: Reader, seconds: float) -> list[tuple[str, int]]:
    """Read for a while."""
    found: list[tuple[str, int]] = []
    begun = time.monotonic()
    until(
        lambda: found.extend((r.topic, r.offset) for r in reader.read(10, 0.05)) or time.monotonic() - begun > seconds
    )
    return found


def test_a_reader_whose_client_fetches_no_more_is_made_anew_where_it_stood(broker: LittleBroker) -> None:
    """Nothing is read twice or left out, and what is held stays held."""
    reader = Reader(broker.kafka, "r", broker.admin)
    reader.add({_ASLEEP: 0, _HELD: 0, _QUIET: BEGINNING})
    assert sorted(_read(reader, 3)) == [("asleep", 0), ("held", 0), ("quiet", 0)]
    reader.pause([_HELD])
    reader._client.pause([TopicPartition(*_ASLEEP)])  # as good as the library's own sleep: nothing is told of it

    broker.append(_ASLEEP, 2, 3)
    broker.append(_HELD, 2)

    assert _read(reader, 2) == [("asleep", 1), ("asleep", 2)]
    assert _read_for(reader, 0.5) == []
    reader.resume([_HELD])
    assert _read(reader, 1) == [("held", 1)]
    reader.close()


def test_a_reader_that_has_read_all_is_left_alone(broker: LittleBroker) -> None:
    """Silence is no sign: nobody may have said anything."""
    reader = Reader(broker.kafka, "r", broker.admin)
    reader.add({_QUIET: BEGINNING})
    client = reader._client
    assert _read(reader, 1) == [("quiet", 0)]

    assert _read_for(reader, 0.7) == []

    assert reader._client is client
    reader.close()
