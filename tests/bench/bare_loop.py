"""The bare loop: the same exactly-once consume-and-produce of the same topics and codec as the worker, without routing.

Reads what the worker read, through the same bus and codec, and writes as many records of the same types and sizes:
a state, a journal entry and a status for each event, and tasks in the same proportion; positions are committed in
the same transaction at the same interval.
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from hub.bus.consumer import Member, Reader
from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place
from hub.events.codec import Codec
from hub.events.envelope import read_headers, to_headers
from hub.names import EventType, agency_of, tasks_topic
from hub.network.bundle import unpack
from hub.settings import Engine, Kafka
from tests.bench.place import BARE, cpu_s

_CASES, _TASKS, _JOURNAL, _STATUS = BARE
_PARTITIONS = 4
_ENTRY_TYPE, _STATUS_TYPE = EventType("hub.JournalEntry"), EventType("hub.CaseStatus")


class Share:
    """Count the token topic's partitions that are ours."""

    def __init__(self) -> None:
        """Begin with none."""
        self.taken: set[int] = set()

    def take(self, partitions: list[int]) -> None:
        """Add some."""
        self.taken |= set(partitions)

    def give(self, partitions: list[int]) -> None:
        """Give some up."""
        self.taken -= set(partitions)

    def lose(self, partitions: list[int]) -> None:
        """Give some up."""
        self.taken -= set(partitions)


class BareLoop:
    """Consume, decode, encode, produce, commit."""

    def __init__(self, task: dict[str, Any]) -> None:
        """Connect as a worker would."""
        kafka, self._engine = Kafka(bootstrap=task["bootstrap"]), Engine()
        force = unpack(Path(task["bundle"]).read_bytes())
        self._codec = Codec(force.schemas)
        self._reader = Reader(kafka, "bench-bare")
        self._producer = TransactionalProducer(kafka, "bench-bare", timeout_ms=10_000)
        self._member = Member(kafka, "bench-bare", instance="bare", session_timeout_ms=6_000, topic=_CASES)
        self._producer.init()
        share = Share()
        self._member.join(share)
        while len(share.taken) < _PARTITIONS:
            self._member.serve()
            threading.Event().wait(0.02)
        self._entry, self._status, self._task = task["entry"], task["status"], task["task"]
        self._state, self._ratio = task["state"].encode(), task["tasks_per_event"]
        self._positions = {Place(topic, partition): begin for topic, partition, begin in task["begins"]}
        self._reader.add(self._positions)
        self._states: dict[bytes, bytes] = {}
        self._owed = 0.0

    def run(self, events: int | None, until_s: float = 1e9) -> tuple[int, float]:
        """Go on until so many events (or so long); give how many, and seconds from the first to the last commit."""
        done, begun, idle_ms, busy_ms = 0, 0.0, self._engine.commit_idle_ms, self._engine.commit_busy_ms
        busy, end = False, time.monotonic() + until_s
        while (events is None or done < events) and time.monotonic() < end:
            self._member.serve()
            records = self._reader.read(2_000, 0.05)
            if not records:
                continue
            begun = begun or time.monotonic()
            member, opened, count = self._member.metadata(), time.monotonic(), 0
            self._producer.begin()
            touched: set[bytes] = set()
            while True:
                for record in records:
                    self._handle(record)
                    touched.add(record.key or b"")
                    self._positions[record.place] = record.offset + 1
                count += len(records)
                left = opened + (busy_ms if busy else idle_ms) / 1000 - time.monotonic()
                if left <= 0:
                    break
                records = self._reader.read(2_000, left)
            self._commit(member, touched)
            busy, done = count >= 100, done + count
        return done, time.monotonic() - begun

    def close(self) -> None:
        """Leave the broker."""
        self._reader.close()
        self._member.close()
        self._producer.close()

    def _handle(self, record: Any) -> None:
        headers = read_headers(record.headers)
        self._codec.decode(record.value)
        key, case = record.key, record.key.decode()
        self._states[key] = self._state
        self._owed += self._ratio
        while self._owed >= 1:
            self._owed -= 1
            told = to_headers("task", self._task[0], source="/bench", time=headers["ce_time"], case=case)
            value = self._codec.encode(EventType(self._task[0]), self._task[1])
            self._producer.produce(tasks_topic(agency_of(record.topic) or "x"), value, key=key, headers=told)  # type: ignore[arg-type]
        entry = self._codec.encode(_ENTRY_TYPE, self._entry)
        self._producer.produce(
            _JOURNAL, entry, key=key, headers=[("ce_type", b"hub.JournalEntry"), ("hubchain", b"0" * 32)]
        )
        told = to_headers("status", _STATUS_TYPE, source="/bench", time=headers["ce_time"], case=case)
        self._producer.produce(_STATUS, self._codec.encode(_STATUS_TYPE, self._status), key=key, headers=told)

    def _commit(self, member: Any, touched: set[bytes]) -> None:
        for key in touched:
            self._producer.produce(_CASES, self._states[key], key=key)
        for partition in range(_PARTITIONS):
            self._producer.produce(_CASES, self._state[:200], key=b"~meta", partition=partition)
        self._producer.commit({Place(_CASES, number): 0 for number in range(_PARTITIONS)}, member)


def main(task: dict[str, Any]) -> None:
    """Run until the events given, or as long as given, and print the figures."""
    loop = BareLoop(task)
    if task.get("seconds"):
        print("ready", flush=True)
    cpu, broker = time.process_time(), cpu_s(task["broker"])
    events, seconds = loop.run(task.get("events"), task.get("seconds", 1e9))
    figures = {
        "seconds": seconds, "events": events, "cpu_s": time.process_time() - cpu,
        "broker_cpu_s": cpu_s(task["broker"]) - broker,
    }  # fmt: skip
    loop.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
