"""Handing records to Kafka and waiting for its word, from an event loop."""

import asyncio
import itertools
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from hub.bus.record import Place
from hub.errors import HubError
from hub.web.gateway.admission import Outgoing


class Publisher(Protocol):
    """Publish records and tell by a future when Kafka has them (``bus.Producer``, ``bus.MemoryProducer``)."""

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int = -1,
    ) -> "Future[Place]":
        """Hand over one record; the future holds its place once Kafka acknowledged it, or raises UnreachableError."""


async def publish_all(publisher: Publisher, records: Sequence[Outgoing]) -> int:
    """Publish in order and wait until Kafka has spoken of each; tell how many it did not take."""
    futures: list[Future[Place]] = []
    for record in records:
        try:
            futures.append(publisher.publish(record.topic, record.value, key=record.key, headers=record.headers))
        except HubError:  # the local queue is full: what is handed over goes its way, the rest is told as failed
            break
    await _settled(futures)
    return len(records) - sum(future.exception() is None for future in futures)


async def _settled(futures: Sequence["Future[Place]"]) -> None:
    """Wait with one wake-up for all; a wait that is cancelled leaves the producer's futures alone."""
    if not futures:
        return
    loop = asyncio.get_running_loop()
    settled = loop.create_future()
    counted = itertools.count(1)

    def end() -> None:
        if not settled.done():
            settled.set_result(None)

    def one(_future: "Future[Place]") -> None:  # in the producer's thread
        if next(counted) == len(futures):
            loop.call_soon_threadsafe(end)

    for future in futures:
        future.add_done_callback(one)
    await settled
