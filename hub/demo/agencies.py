"""All agencies of a network, simulated in one process by ordinary Kafka clients: ``python -m hub.demo.agencies``.

They read their own topics (read_committed), answer, and keep books; nothing else passes between them and the hub.
SIGUSR1: say no more, but listen on. SIGTERM: read what there is to its end, close the books and leave.
"""

import heapq
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from hub.bus.admin import Admin
from hub.bus.consumer import Reader
from hub.bus.producer import Producer
from hub.bus.record import Place, Record
from hub.cluster.bundles import BundleLog
from hub.demo.conduct import Asked, Conduct
from hub.demo.feed import Citizens, Feed, LogFeed
from hub.demo.ledger import Entry, Ledger
from hub.demo.voice import Voice, wall_ms
from hub.errors import ConfigurationError, UnreachableError
from hub.events.codec import Codec
from hub.events.envelope import read_headers
from hub.names import (
    AgencyCode,
    CaseId,
    EventType,
    ProcedureRef,
    StepName,
    agency_of,
    derived_id,
    events_topic,
    tasks_topic,
)
from hub.network.bundle import InForce, unpack
from hub.rehearsal.log import load_mapping, read_log
from hub.settings import Settings

#: In the folder of the ledgers: there as soon as the agencies listen, and as soon as nothing more will be begun.
LISTENING: Final = "listening"
ALL_SAID: Final = "all-said"
_CANCELLED: Final = "hub.TaskCancelled"
_CLOSED: Final = "hub.CaseClosed"
#: Seconds the loop waits for a record; bounds how long a signal waits.
_WAIT_S: Final = 0.05
#: Seconds that reading to the end may take.
_END_S: Final = 8.0
_MOST: Final = 1_000


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """Say what to play: citizens, or a log through the network in ``network``.

    ``rate``: cases a second, or rows of the log. ``think_s``: the longest an agency takes for an answer.
    ``run`` keeps the case ids of two demonstrations on one cluster apart; empty on an empty one.
    """

    ledgers: Path
    network: Path
    log: Path | None = None
    cases: int | None = None
    rate: float | None = None
    seed: int = 1
    think_s: float = 0.0
    run: str = ""


class Town:
    """Listen, think and answer for every agency until told to leave."""

    def __init__(self, settings: Settings, play: Play) -> None:
        """Learn the network in force and open the books; what stood on the topics before is not read."""
        found = _in_force(settings)
        self._play, self._kafka, self._codec = play, settings.kafka, Codec(found.schemas)
        self._ledgers = {code: Ledger(play.ledgers, code) for code in found.network.agencies}
        self._producer = Producer(settings.kafka)
        self._voice = Voice(self._producer, self._codec, self._ledgers)
        self._conduct = Conduct(found.network, found.catalog.types, seed=play.seed)
        self._feed = _feed(play, found, self._voice)
        self._reader = Reader(settings.kafka, "simpul-demo", Admin(settings.kafka))
        self._at = self._reader.ends_now(_places(found))
        self._reader.add(self._at)
        self._chance = Random(play.seed)  # noqa: S311 - a play
        self._due: list[tuple[float, int, str]] = []
        self._owed: dict[str, Asked] = {}
        self._known: dict[CaseId, set[str]] = {}
        self._is_quiet = self._is_leaving = False

    def run(self) -> None:
        """Go on until told to leave; the books are whole then."""
        signal.signal(signal.SIGUSR1, lambda *_: self._be_quiet())
        signal.signal(signal.SIGTERM, lambda *_: self._leave())
        (self._play.ledgers / LISTENING).touch()
        try:
            while not self._is_leaving:
                self._turn()
            self._voice.flush()
            self._read_to_end()
        finally:
            self._reader.close()
            for ledger in self._ledgers.values():
                ledger.close()

    def _be_quiet(self) -> None:
        self._is_quiet = True

    def _leave(self) -> None:
        self._is_leaving = True

    def _turn(self) -> None:
        wait_s = _WAIT_S
        self._settle()
        if not self._is_quiet:
            wait_s = min(wait_s, self._feed.tend(time.monotonic()), self._answer())
        self._listen(wait_s)

    def _settle(self) -> None:
        """Note what Kafka did not take, and let the feed go on."""
        while not self._voice.acknowledged.empty():
            said, agency, wrong = self._voice.acknowledged.get()
            if wrong is not None:
                failed = Entry(what="failed", at=wall_ms(), id=said.id, case=said.case, type=said.type)
                self._ledgers[agency].write(failed)
            if not self._is_quiet:
                self._feed.acknowledge(said.case)
        if self._feed.is_over:
            (self._play.ledgers / ALL_SAID).touch()

    def _answer(self) -> float:
        """Give the answers that are due; tell the seconds until the next one."""
        while self._due and self._due[0][0] <= time.monotonic():
            task = heapq.heappop(self._due)[2]
            if (asked := self._owed.pop(task, None)) is not None:
                for event_type, data in self._conduct.answer(asked, now=wall_ms()):
                    event_id = derived_id(asked.agency, task, event_type)
                    self._voice.say(asked.agency, event_type, asked.case, data=data, event_id=event_id, causation=task)
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else _WAIT_S

    def _listen(self, wait_s: float) -> None:
        for record in self._reader.read(_MOST, wait_s):
            self._at[record.place] = record.offset + 1
            self._hear(record)
        for ledger in self._ledgers.values():
            ledger.flush()

    def _hear(self, record: Record) -> None:
        agency = agency_of(record.topic)
        if agency is None:
            return
        headers = read_headers(record.headers)
        entry = Entry(
            what="told", at=wall_ms(), id=headers.get("ce_id", ""), case=(record.key or b"").decode(),
            type=headers.get("ce_type", ""), step=headers.get("hubstep", ""), procedure=headers.get("hubprocedure", ""),
            attempt=int(headers.get("hubattempt", "0")), causation=headers.get("ce_causationid", ""),
            place=f"{record.topic}-{record.partition}@{record.offset}",
        )  # fmt: skip
        if record.topic == events_topic(agency):
            entry = msgspec.structs.replace(entry, what="stands", at=record.timestamp)
        else:
            entry = msgspec.structs.replace(
                entry, what="asked" if entry.step else "told", data=self._codec.decode(record.value)[1]
            )
            self._take(agency, entry)
        self._ledgers[agency].write(entry)

    def _take(self, agency: AgencyCode, entry: Entry) -> None:
        """Think about what came; what is not the hub's to repeat is thought about once."""
        case = CaseId(entry.case)
        if entry.type == _CANCELLED:
            self._owed.pop(entry.causation, None)
        elif entry.type == _CLOSED:
            self._conduct.forget(case)
        known = self._known.setdefault(case, set())
        if entry.what != "asked" or self._play.log is not None or entry.id in known:
            return
        known.add(entry.id)
        self._owed[entry.id] = Asked(
            agency, case, entry.id, EventType(entry.type), ProcedureRef(entry.procedure), StepName(entry.step),
            entry.attempt, entry.data,
        )  # fmt: skip
        due = time.monotonic() + self._chance.uniform(0.1, 1.0) * self._play.think_s
        heapq.heappush(self._due, (due, len(self._known), entry.id))

    def _read_to_end(self) -> None:
        """Read every topic to where it ends now, so that what came twice is in the books too."""
        asking = Reader(self._kafka, "simpul-demo-ends")  # one that fetches nothing is answered at once
        ends = asking.ends_now(self._at)
        asking.close()
        deadline = time.monotonic() + _END_S
        while any(max(self._at[place], self._reader.ends.get(place, 0)) < end for place, end in ends.items()):
            if time.monotonic() > deadline:
                raise UnreachableError(
                    f"the topics were not read to their ends in {_END_S:.0f} s; is the broker there?"
                )
            self._listen(_WAIT_S)


def _in_force(settings: Settings) -> InForce:
    bundle = BundleLog(settings.kafka).latest()
    if bundle is None:
        raise ConfigurationError("no network is in force here; apply one, such as `hub apply deploy/samarinda`")
    return unpack(bundle.encode())


def _places(found: InForce) -> Iterator[Place]:
    for code in found.network.agencies:
        yield Place(tasks_topic(code), 0)
        yield from (Place(events_topic(code), number) for number in range(found.network.network.partitions))


def _feed(play: Play, found: InForce, voice: Voice) -> Feed:
    if play.log is None:
        return Citizens(
            voice, found.network, found.catalog.types, seed=play.seed, run=play.run, rate=play.rate or 1.0,
            most=play.cases,
        )  # fmt: skip
    rows = read_log(play.log, load_mapping(play.network, found.network, found.catalog))
    return LogFeed(voice, rows, run=play.run, rate=play.rate, most=play.cases)


def main() -> None:
    """Play what the first argument says, as JSON, on the broker that the environment names."""
    Town(Settings.read(), msgspec.json.decode(sys.argv[1], type=Play, dec_hook=lambda kind, value: kind(value))).run()


if __name__ == "__main__":
    main()
