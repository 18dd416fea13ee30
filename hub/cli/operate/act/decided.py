"""Acts published on ``hub.commands``, and what the journal says was decided on each."""

import getpass
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from hub.cli.here import in_force
from hub.cli.operate.act.option import Act
from hub.cli.operate.given import read_option
from hub.errors import ConfigurationError
from hub.events.envelope import MAX_REASON_CHARS
from hub.names import COMMANDS, JOURNAL, EventType, partition_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from hub.bus.record import Place
    from hub.settings import Settings
    from hub.views.entry import Entry

_COMMAND: Final = EventType("hub.CaseCommand")
#: Seconds without a decision after which no more is waited; a router decides within a second, or is not running.
WAIT_S: Final = 15.0


def command_of(act: Act) -> dict[str, Any]:
    """Make the command of an act but for its case and revision; raise ConfigurationError when it cannot be one."""
    facts = read_option(act.facts, "--facts")
    if not isinstance(facts, dict):
        raise ConfigurationError('--facts: must be a JSON object such as {"name": "value"}')
    if len(act.reason) > MAX_REASON_CHARS:
        raise ConfigurationError(f"say why in at most {MAX_REASON_CHARS:,} characters: --reason")
    actor = act.actor or os.environ.get("HUB_ACTOR") or getpass.getuser()
    command = {"act": act.act, "actor": actor, "reason": act.reason, "step": act.step, "facts": json.dumps(facts)}
    return command | ({} if act.to is None else {"to": act.to})


class Decided:
    """Publish acts, and read from the journal what became of them. For one thread; close it."""

    def __init__(self, settings: "Settings", cases: Iterable[str]) -> None:
        """Connect, and read the journal from its present end on, where acts on these cases will stand."""
        from hub.bus.consumer import Reader
        from hub.bus.producer import Producer
        from hub.bus.record import Place
        from hub.events.codec import Codec

        force = in_force(settings)
        self._codec = Codec(force.schemas)
        self._keys = {case.encode() for case in cases}
        partitions = {partition_of(key, force.plan.partitions) for key in self._keys}
        self._reader, self._producer = Reader(settings.kafka, "simpul-act"), Producer(settings.kafka)
        self._reader.add(self._reader.ends_now([Place(JOURNAL, number) for number in sorted(partitions)]))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the broker."""
        self._producer.close()
        self._reader.close()

    def publish(self, command: Mapping[str, Any], seen: Mapping[str, int | None]) -> dict[str, str]:
        """Publish an act on each case, with the revision seen, and wait until Kafka has all; give the cases by act id.

        Raise UnreachableError when it has not.
        """
        from hub.bus.producer import PATIENCE_S

        made = {str(uuid.uuid4()): case for case in seen}
        futures = [self._send(act, {**command, "case": case, "revision": seen[case]}) for act, case in made.items()]
        for future in futures:
            future.result(PATIENCE_S)
        return made

    def _send(self, act: str, data: dict[str, Any]) -> "Future[Place]":
        from hub.events.codec import format_millis
        from hub.events.envelope import to_headers

        now = format_millis(time.time_ns() // 1_000_000)
        headers = to_headers(act, _COMMAND, source="/hub/cli", time=now, case=data["case"])
        value = self._codec.encode(_COMMAND, data)
        return self._producer.publish(COMMANDS, value, key=data["case"].encode(), headers=headers)

    def entries(self, acts: Iterable[str]) -> Iterator["Entry"]:
        """Give the journal's entries of these acts as they come, until all are there or none has come for a while."""
        from hub.views.entry import decode_entry

        waiting, deadline = set(acts), time.monotonic() + WAIT_S
        while waiting and time.monotonic() < deadline:
            for record in self._reader.read(1_000, 0.2):
                if record.key not in self._keys:
                    continue
                entry = decode_entry(self._codec, record).entry
                if entry.kind != "tick" and entry.event_id in waiting:
                    waiting.discard(entry.event_id)
                    deadline = time.monotonic() + WAIT_S
                    yield entry
