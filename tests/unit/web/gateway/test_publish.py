"""Publishing waits for Kafka's word, whoever says it and when."""

import asyncio

from hub.bus.memory import MemoryProducer
from hub.names import EventType, TopicName
from hub.web.gateway.admission import Outgoing
from hub.web.gateway.publish import publish_all


def _records(count: int, topic: str = "t") -> list[Outgoing]:
    return [Outgoing(str(n), EventType("x"), TopicName(topic), b"key", str(n).encode(), []) for n in range(count)]


async def test_nothing_to_publish_waits_for_nothing() -> None:
    """An empty list is done at once."""
    assert await publish_all(MemoryProducer({}), []) == 0


async def test_it_returns_when_all_is_acknowledged_from_another_thread() -> None:
    """Acknowledgements come in the producer's thread."""
    producer = MemoryProducer({"t": 1})
    producer.is_holding = True
    waiting = asyncio.ensure_future(publish_all(producer, _records(20)))
    await asyncio.sleep(0)
    assert not waiting.done()

    await asyncio.to_thread(producer.release)

    assert await asyncio.wait_for(waiting, 10) == 0
    assert [record.value for record in producer.records] == [str(n).encode() for n in range(20)]


async def test_what_kafka_did_not_take_is_counted() -> None:
    """A topic that nobody keeps fails, the others go."""
    records = [*_records(2), *_records(3, "missing")]

    assert await publish_all(MemoryProducer({"t": 1}), records) == 3


async def test_a_full_queue_fails_the_rest() -> None:
    """What was handed over before is still waited for."""
    producer = MemoryProducer({"t": 1}, room=2)
    producer.is_holding = True
    waiting = asyncio.ensure_future(publish_all(producer, _records(5)))
    await asyncio.sleep(0)
    assert not waiting.done()

    producer.release()

    assert await asyncio.wait_for(waiting, 10) == 3


async def test_a_cancelled_wait_does_not_harm_the_producer() -> None:
    """A client that goes away leaves the acknowledgement to come: the producer's thread does not fail."""
    producer = MemoryProducer({"t": 1})
    producer.is_holding = True
    waiting = asyncio.ensure_future(publish_all(producer, _records(1)))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    producer.release()
    producer.flush()
