"""All agencies of a network, simulated in one process by ordinary Kafka clients: ``python -m hub.demo.agencies``.

They read their own topics (read_committed), answer, and keep books; nothing else passes between them and the hub.
SIGUSR1: say no more, but listen on. SIGTERM: read what there is to its end, close the books and leave.
"""

import signal
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Final

import msgspec

from hub.bus.admin import Admin
from hub.bus.consumer import Reader
from hub.bus.producer import Producer
from hub.bus.record import Place, Record
from hub.cluster.bundles import BundleLog
from hub.demo.feed import Citizens, Feed, LogFeed
from hub.demo.ledger import Entry, Ledger
from hub.demo.voice import Voice, wall_ms
from hub.errors import ConfigurationError, UnreachableError
from hub.events.codec import Codec
from hub.events.envelope import read_headers
from hub.mall.arrivals import Arrival, Crowd, arrivals, midnight
from hub.mall.conduct import Asked
from hub.mall.staff import Staff
from hub.mall.usual import usual
from hub.names import (
    AgencyCode,
    CaseId,
    EventType,
    ProcedureRef,
    StepName,
    agency_of,
    events_topic,
    tasks_topic,
)
from hub.network.bundle import InForce, unpack
from hub.network.load import DeclaredNetwork
from hub.network.mall import Mall
from hub.rehearsal.log import load_mapping, read_log
from hub.settings import Settings

#: In the folder of the ledgers: there as soon as the agencies listen, and as soon as nothing more will be begun.
LISTENING: Final = "listening"
ALL_SAID: Final = "all-said"
_CANCELLED: Final = "hub.TaskCancelled"
#: Seconds the loop waits for a record; bounds how long a signal waits.
_WAIT_S: Final = 0.05
#: Seconds that reading to the end may take.
_END_S: Final = 8.0
_MOST: Final = 1_000
#: When the mall's time begins unless it is told: on a Monday without a holiday, when the doors open.
_MONDAY: Final = date(2026, 1, 5)
_EIGHT_MS: Final = 8 * 3_600_000


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """Say what to play: the mall of ``figures`` (mall.yaml as JSON; empty: usual ones), or a log through ``network``.

    ``speed``: how many times quicker than a real one the mall is. ``rate``: cases a second, or rows of the log; without
    it people come when the mall says so. ``run`` keeps the case ids of two demonstrations on one cluster apart; empty
    on an empty one. ``begins`` is the mall's first day, from its midnight on; without it a Monday at eight.
    ``today`` (ms) is when forms are filled in, if not when they are.
    """

    ledgers: Path
    network: Path
    log: Path | None = None
    cases: int | None = None
    rate: float | None = None
    seed: int = 1
    speed: float = 1.0
    run: str = ""
    figures: str = ""
    begins: date | None = None
    today: int | None = None


class MallClock:
    """Tell the mall's time (ms), which begins when it is first asked, and how far away a moment of it is."""

    def __init__(self, play: Play, zone: str) -> None:
        """Stand at the beginning."""
        self._speed = play.speed
        self.day = play.begins or _MONDAY
        self._begins = midnight(self.day, zone) + (0 if play.begins else _EIGHT_MS)
        self._started: float | None = None

    def at(self) -> int:
        """Tell the time."""
        now = time.monotonic()
        self._started = now if self._started is None else self._started
        return self._begins + int((now - self._started) * 1000 * self._speed)

    def seconds(self, at: int) -> float:
        """Tell how many seconds after the beginning a moment is; what was before is at once."""
        return max(0.0, (at - self._begins) / 1000 / self._speed)

    def seconds_until(self, at: int | None) -> float:
        """Tell how many seconds are left until a moment; not more than one looks again anyway."""
        return _WAIT_S if at is None else min(_WAIT_S, max(0.0, (at - self.at()) / 1000 / self._speed))


class Town:
    """Listen, think and answer for every agency until told to leave."""

    def __init__(self, settings: Settings, play: Play) -> None:
        """Learn the network in force and open the books; what stood on the topics before is not read."""
        found = _in_force(settings)
        self._play, self._kafka, self._codec = play, settings.kafka, Codec(found.schemas)
        self._ledgers = {code: Ledger(play.ledgers, code) for code in found.network.agencies}
        self._producer = Producer(settings.kafka)
        self._voice = Voice(self._producer, self._codec, self._ledgers)
        mall = Mall.model_validate_json(play.figures) if play.figures else usual(found.network)
        self._clock = MallClock(play, found.network.network.time_zone)
        # Whoever never comes would keep a demonstration from its end: here everybody comes at last.
        self._staff = Staff(found.network, found.catalog.types, mall=mall, seed=play.seed, patient=True)
        self._feed = _feed(play, found, self._voice, mall, self._clock)
        self._reader = Reader(settings.kafka, "simpul-demo", Admin(settings.kafka))
        self._at = self._reader.ends_now(_places(found))
        self._reader.add(self._at)
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
        for said in self._staff.turn(self._clock.at()):
            data = self._staff.facts(said, now=wall_ms() if self._play.today is None else self._play.today)
            asked = said.asked
            self._voice.say(asked.agency, said.said.type, asked.case, data=data, event_id=said.id, causation=asked.id)
        return self._clock.seconds_until(self._staff.next_at)

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
            self._staff.withdraw(entry.causation)
        known = self._known.setdefault(case, set())
        if entry.what != "asked" or self._play.log is not None or entry.id in known:
            return
        known.add(entry.id)
        asked = Asked(
            agency, case, entry.id, EventType(entry.type), ProcedureRef(entry.procedure), StepName(entry.step),
            entry.attempt, entry.data,
        )  # fmt: skip
        self._staff.hand(asked, self._clock.at())

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


def _feed(play: Play, found: InForce, voice: Voice, mall: Mall, clock: "MallClock", /) -> Feed:
    if play.log is None:
        people = _people(play, found.network, mall, clock)
        return Citizens(
            voice, found.catalog.types, islice(people, play.cases), seed=play.seed, run=play.run, today=play.today
        )
    rows = read_log(play.log, load_mapping(play.network, found.network, found.catalog))
    return LogFeed(voice, rows, run=play.run, rate=play.rate, most=play.cases)


def _people(play: Play, network: DeclaredNetwork, mall: Mall, clock: "MallClock", /) -> Iterator[tuple[float, Arrival]]:
    """Let people come for ever: at a rate, or week by week when the mall's figures say so."""
    begins = clock.day
    if play.rate is not None:
        crowd = Crowd(network, mall, seed=play.seed, begins=begins, days=7)
        yield from ((number / play.rate, crowd.person(number)) for number in count())
        return
    week = mall.arrivals.week if play.cases is None else play.cases
    for number in count():
        crowd = Crowd(network, mall, seed=play.seed, begins=begins + timedelta(days=7 * number), days=7)
        for person in arrivals(crowd, week, first=number * week):
            yield clock.seconds(person.at), person


def main() -> None:
    """Play what the first argument says, as JSON, on the broker that the environment names."""
    Town(Settings.read(), msgspec.json.decode(sys.argv[1], type=Play, dec_hook=lambda kind, value: kind(value))).run()


if __name__ == "__main__":
    main()
