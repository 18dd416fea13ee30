"""The bare loop: the same exactly-once consume and produce of the same topics and codec as the worker, no routing.

Reads what the worker reads, through the same bus and codec, and writes for each event what the worker writes for one
of a rehearsed case: state, journal entry, status, tasks and notices, encoded anew each time. Positions and a meta
record of each partition are committed in the same transaction, at the same interval.
"""

import itertools
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from hub.bus.consumer import Member, Reader
from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place, Record
from hub.engine.partition import META_KEY, Meta
from hub.engine.transaction import IDLE_SHARE
from hub.events.codec import Codec, format_millis
from hub.events.envelope import read_headers, to_headers
from hub.names import CASES, JOURNAL, STATUS, EventType
from hub.network.bundle import unpack
from hub.settings import Engine, Kafka
from tests.bench.ground.machine import ENGINE_CORE, cpu_s, pin
from tests.bench.ground.place import TWINS

_ENTRY_TYPE, _STATUS_TYPE = EventType("hub.JournalEntry"), EventType("hub.CaseStatus")
_ENCODE_META = msgspec.json.Encoder().encode


class _Share:
    """Hold the token topic's partitions that are ours."""

    def __init__(self) -> None:
        self.taken: set[int] = set()

    def take(self, partitions: list[int]) -> None:
        self.taken |= set(partitions)

    def give(self, partitions: list[int]) -> None:
        self.taken -= set(partitions)

    lose = give


class BareLoop:
    """Consume, decode, encode, produce, commit."""

    def __init__(self, task: dict[str, Any]) -> None:
        """Connect as a worker would."""
        kafka, self._engine, self._partitions = Kafka(bootstrap=task["bootstrap"]), Engine(), task["partitions"]
        self._codec = Codec(unpack((Path(task["home"]) / "bundle.json").read_bytes()).schemas)
        self._reader = Reader(kafka, "bench-bare")
        self._producer = TransactionalProducer(kafka, "bench-bare", timeout_ms=self._engine.transaction_timeout_ms)
        self._member = Member(
            kafka, "bench-bare", instance="bare", session_timeout_ms=self._engine.session_timeout_ms, topic=TWINS[CASES]
        )
        self._producer.init()
        share = _Share()
        self._member.join(share)
        while len(share.taken) < self._partitions:
            self._member.serve()
            threading.Event().wait(0.02)
        self._samples = itertools.cycle([{**each, "state": each["state"].encode()} for each in task["samples"]])
        self._positions = {Place(topic, partition): begin for topic, partition, begin in task["begins"]}
        self._reader.add(self._positions)
        self.is_stopping = threading.Event()

    def run(self, events: int | None) -> tuple[int, float]:
        """Go on until so many events or until stopped; give how many, and seconds from the first to all committed."""
        done, begun, busy = 0, 0.0, False
        while (events is None or done < events) and not self.is_stopping.is_set():
            self._member.serve()
            records = self._reader.read(self._engine.batch_events, 0.05)
            if not records:
                continue
            begun = begun or time.monotonic()
            count = self._transact(records, busy=busy)
            busy, done = self._is_busy, done + count
        return done, time.monotonic() - begun

    def close(self) -> None:
        """Leave the broker."""
        self._reader.close()
        self._member.close()
        self._producer.close()

    def _transact(self, records: list[Record], *, busy: bool) -> int:
        """Handle records until the transaction is due, and commit it."""
        member, count = self._member.metadata(), 0
        self._began_s, self._reading_s = time.monotonic(), 0.0
        interval = self._engine.commit_busy_ms if busy else self._engine.commit_idle_ms
        due = self._began_s + interval / 1000
        self._producer.begin()
        while True:
            for record in records:
                self._handle(record)
                self._positions[record.place] = record.offset + 1
            count += len(records)
            if (left := due - time.monotonic()) <= 0:
                break
            begun = time.monotonic()
            records = self._reader.read(self._engine.batch_events, left)
            self._reading_s += time.monotonic() - begun
        self._is_busy = self._reading_s < IDLE_SHARE * (time.monotonic() - self._began_s)
        self._commit(member)
        return count

    def _handle(self, record: Record) -> None:
        read_headers(record.headers)
        self._codec.decode(record.value)
        sample = next(self._samples)
        key = record.key or b""
        case, now = key.decode(), format_millis(record.timestamp)
        self._producer.produce(TWINS[CASES], sample["state"], key=key)
        for each in sample["sent"]:
            kind = EventType(each["type"])
            told = to_headers(each["id"], kind, source="/bench", time=now, case=case, extra=each["extra"])
            self._producer.produce(each["topic"], self._codec.encode(kind, each["data"]), key=key, headers=told)
        entry, status = self._codec.encode_own(_ENTRY_TYPE, sample["entry"]), sample["status"]
        told = [("ce_type", b"hub.JournalEntry"), ("hubchain", b"0" * 32)]
        self._producer.produce(TWINS[JOURNAL], entry, key=key, headers=told)
        told = to_headers("status", _STATUS_TYPE, source="/bench", time=now, case=case)
        self._producer.produce(TWINS[STATUS], self._codec.encode_own(_STATUS_TYPE, status), key=key, headers=told)

    def _commit(self, member: Any) -> None:
        for number in range(self._partitions):
            positions = {place.topic: at for place, at in self._positions.items() if place.partition == number}
            meta = _ENCODE_META(Meta(positions=positions, now=1, bundle=1, chain="0" * 32, revision=1))
            self._producer.produce(TWINS[CASES], meta, key=META_KEY, partition=number)
        self._producer.commit({Place(TWINS[CASES], number): 0 for number in range(self._partitions)}, member)


def main(task: dict[str, Any]) -> None:
    """Run until the events given, or until SIGTERM, and print the figures."""
    loop = BareLoop(task)
    signal.signal(signal.SIGTERM, lambda *_: loop.is_stopping.set())
    pin(os.getpid(), ENGINE_CORE)
    print("ready", flush=True)
    cpu, broker = time.process_time(), cpu_s(task["broker"])
    events, seconds = loop.run(task.get("events"))
    figures = {
        "seconds": seconds, "events": events, "cpu_s": time.process_time() - cpu,
        "broker_cpu_s": cpu_s(task["broker"]) - broker,
    }  # fmt: skip
    loop.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
