"""What agencies say, as ordinary Kafka clients: noted in the speaker's ledger, then published and acknowledged."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final, Protocol

from hub.bus.record import Place
from hub.demo.ledger import Entry, Ledger
from hub.errors import HubError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import Facts, to_headers
from hub.names import AgencyCode, CaseId, EventId, EventType, events_topic

_FLUSH_S: Final = 5.0


class Publisher(Protocol):
    """Publish records and tell by a future when Kafka has them (``bus.Producer``, ``bus.MemoryProducer``)."""

    def publish(
        self, topic: str, value: bytes | None, *, key: bytes, headers: Sequence[tuple[str, bytes]] = ()
    ) -> "Future[Place]":
        """Hand over one record."""

    def flush(self, timeout_s: float) -> None:
        """Wait until all handed over is acknowledged."""


class Voice:
    """Publish for every agency; ``acknowledged`` gets each event's case, with the error if Kafka did not take it."""

    def __init__(self, producer: Publisher, codec: Codec, ledgers: Mapping[AgencyCode, Ledger]) -> None:
        """Use what the process has."""
        self._producer, self._codec, self._ledgers = producer, codec, ledgers
        self.acknowledged: SimpleQueue[tuple[Entry, AgencyCode, BaseException | None]] = SimpleQueue()

    def say(
        self,
        agency: AgencyCode,
        event_type: EventType,
        case: CaseId,
        *,
        data: Facts,
        event_id: EventId,
        causation: str | None = None,
        subject: str | None = None,
        at: int | None = None,
    ) -> None:
        """Note and publish one event; `at` (ms) is when it happened, now unless it is told."""
        now = wall_ms()
        headers = to_headers(
            event_id, event_type, source=f"/agency/{agency}/demo", time=format_millis(now if at is None else at),
            case=case, subject=subject, causation=causation,
        )  # fmt: skip
        said = Entry(what="said", at=now, id=event_id, case=case, type=event_type, causation=causation or "", data=data)
        self._ledgers[agency].write(said)
        try:
            value = self._codec.encode(event_type, data)
            future = self._producer.publish(events_topic(agency), value, key=case.encode(), headers=headers)
        except HubError as wrong:
            self.acknowledged.put((said, agency, wrong))
            return
        future.add_done_callback(lambda done: self._acknowledge(said, agency, done))

    def flush(self) -> None:
        """Wait, bounded, until Kafka has all that was said."""
        self._producer.flush(_FLUSH_S)

    def _acknowledge(self, said: Entry, agency: AgencyCode, done: "Future[Place]") -> None:
        self.acknowledged.put((said, agency, done.exception()))


def wall_ms() -> int:
    """Tell the time in ms; on one machine it is the broker's too."""
    return time.time_ns() // 1_000_000
