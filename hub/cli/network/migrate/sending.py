"""Acts sent at a set rate, and what the journal says became of each; stopping half-way loses and doubles nothing.

The id of an act follows from the case, its revision and the versions: sent again it is the same act.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from hub.names import COMMANDS, JOURNAL, CaseId, EventType

if TYPE_CHECKING:
    from concurrent.futures import Future

    from hub.network.bundle import InForce
    from hub.router.decision import Command
    from hub.settings import Settings

_COMMAND: Final = EventType("hub.CaseCommand")
#: Acts under way at once: few enough that stopping stops nearly all, enough for some thousands a second.
_MOST_UNDECIDED: Final = 4_000
#: Seconds without a decision after which nobody is taken to decide.
_SILENCE_S: Final = 15.0
#: Seconds for which the journal is waited for in one turn.
_TURN_S: Final = 0.02

#: ``stale``: the case had moved on since it was looked at. ``undecided``: the act stands on hub.commands.
Became = Literal["done", "refused", "stale", "undecided"]


@dataclass(frozen=True, slots=True)
class Result:
    """Say what became of one act."""

    case: CaseId
    became: Became
    why: str = ""


class Sending:
    """Send acts, one of a case at a time, and hear of them. For one thread; close it."""

    def __init__(self, settings: "Settings", force: "InForce") -> None:
        """Connect, and hear the journal from its present end on: so that nothing decided after is missed.

        Look at the cases after this, never before.
        """
        from hub.bus.consumer import Reader
        from hub.bus.producer import Producer
        from hub.bus.record import Place
        from hub.events.codec import Codec

        self._codec = Codec(force.schemas)
        self._producer = Producer(settings.kafka, **{"linger.ms": 5})
        self._reader = Reader(settings.kafka, "simpul-migrate")
        self._reader.add(self._reader.ends_now([Place(JOURNAL, number) for number in range(force.plan.partitions)]))
        self._waiting: dict[bytes, Command] = {}
        self._sent: deque[Future[Place]] = deque()

    def close(self) -> None:
        """Leave the broker."""
        self._producer.close()
        self._reader.close()

    def decided(self, acts: Iterable["Command"], *, rate: float) -> Iterator[Result]:
        """Send acts, `rate` a second at the most, and give what became of each as it is heard.

        Raise UnreachableError when Kafka does not take them.
        """
        queue, sent = deque(acts), 0
        began = heard = time.monotonic()
        while queue or self._waiting:
            now = time.monotonic()
            allowed = min(len(queue), int((now - began) * rate) + 1 - sent, _MOST_UNDECIDED - len(self._waiting))
            for _ in range(allowed):
                self._send(queue.popleft())
            sent += max(0, allowed)
            self._acknowledged()
            results = list(self._heard())
            yield from results
            if results or not self._waiting:
                heard = now
            elif now - heard > _SILENCE_S:
                break
        yield from self.left()

    def left(self, *, wait_s: float = 0.0) -> Iterator[Result]:
        """Give what becomes of the acts that were sent, waiting a little for those under way."""
        until = time.monotonic() + wait_s
        while self._waiting and time.monotonic() < until:
            yield from self._heard()
        for command in self._waiting.values():
            yield Result(command.case, "undecided")
        self._waiting = {}

    def _send(self, command: "Command") -> None:
        from hub.events.codec import format_millis
        from hub.events.envelope import to_headers

        now = format_millis(time.time_ns() // 1_000_000)
        headers = to_headers(command.id, _COMMAND, source="/hub/cli", time=now, case=command.case)
        facts = msgspec.json.encode(command.facts).decode()
        data = {
            "case": command.case, "act": command.act, "actor": command.actor, "reason": command.reason,
            "revision": command.revision, "step": command.step, "facts": facts, "to": command.to,
        }  # fmt: skip
        value = self._codec.encode(_COMMAND, data)
        self._sent.append(self._producer.publish(COMMANDS, value, key=command.case.encode(), headers=headers))
        self._waiting[command.case.encode()] = command

    def _acknowledged(self) -> None:
        """Raise what Kafka said of the acts that it did not take."""
        while self._sent and self._sent[0].done():
            self._sent.popleft().result()

    def _heard(self) -> Iterator[Result]:
        from hub.views.entry import decode_entry

        for record in self._reader.read(5_000, _TURN_S):
            command = self._waiting.get(record.key or b"")
            if command is None:
                continue
            entry = decode_entry(self._codec, record).entry
            if entry.event_id == command.id:
                del self._waiting[record.key or b""]
                is_stale = command.revision is not None and entry.revision != command.revision + 1
                became: Became = "done" if entry.applied else "stale" if is_stale else "refused"
                yield Result(command.case, became, entry.why)
