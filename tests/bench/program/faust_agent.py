"""A plain faust agent: one agent over the same topics, a Table, and sends; at least once, as its guide shows it."""

import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import faust

from hub.events.codec import Codec, format_millis
from hub.events.envelope import to_headers
from hub.names import JOURNAL, STATUS, EventType
from hub.network.bundle import unpack
from tests.bench.ground.machine import ENGINE_CORE, cpu_s, pin
from tests.bench.ground.place import TWINS

_ENTRY_TYPE, _STATUS_TYPE = EventType("hub.JournalEntry"), EventType("hub.CaseStatus")


class _Measured:
    """Count events from the first to the last asked for; then the process ends, with its figures printed."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._asked, self._broker, self._events, self._begun = task["events"], task["broker"], 0, 0.0

    def begin(self) -> None:
        if not self._begun:
            pin(os.getpid(), ENGINE_CORE)
            self._begun, self._cpu, self._broker_cpu = time.monotonic(), time.process_time(), cpu_s(self._broker)

    def end(self) -> None:
        self._events += 1
        if self._events < self._asked:
            return
        told = {
            "seconds": time.monotonic() - self._begun, "events": self._events,
            "cpu_s": time.process_time() - self._cpu, "broker_cpu_s": cpu_s(self._broker) - self._broker_cpu,
        }  # fmt: skip
        print(json.dumps(told), flush=True)
        os._exit(0)


def main(task: dict[str, Any]) -> None:
    """Route nothing: decode, keep a state, send tasks, a journal entry and a status for each event."""
    codec = Codec(unpack((Path(task["home"]) / "bundle.json").read_bytes()).schemas)
    app = faust.App(
        f"bench-faust-{os.getpid()}", broker=f"kafka://{task['bootstrap']}", store="memory://", topic_partitions=4,
        consumer_auto_offset_reset="earliest", web_enabled=False, topic_disable_leader=True, table_standby_replicas=0,
        key_serializer="raw", value_serializer="raw", datadir=f"{task['home']}/faust",
    )  # fmt: skip
    source = app.topic(*task["topics"], key_type=bytes, value_type=bytes)
    states = app.Table("states", key_type=bytes, value_type=bytes, partitions=task["partitions"])
    samples = [{**each, "state": each["state"].encode()} for each in task["samples"]]
    cycle, measured = itertools.cycle(samples), _Measured(task)
    names = {each["topic"] for sample in samples for each in sample["sent"]} | {TWINS[JOURNAL], TWINS[STATUS]}
    topics = {name: app.topic(name, key_type=bytes, value_type=bytes) for name in names}

    @app.agent(source)
    async def _route(stream: Any) -> None:
        async for event in stream.events():
            measured.begin()
            sample, key, now = next(cycle), event.key, format_millis(int(event.message.timestamp * 1000))
            codec.decode(event.value)
            states[key] = sample["state"]
            for each in sample["sent"]:
                kind, case = EventType(each["type"]), key.decode()
                told = to_headers(each["id"], kind, source="/bench", time=now, case=case, extra=each["extra"])
                value = codec.encode(kind, each["data"])
                await topics[each["topic"]].send(key=key, value=value, headers=dict(told))
            await topics[TWINS[JOURNAL]].send(key=key, value=codec.encode_own(_ENTRY_TYPE, sample["entry"]))
            await topics[TWINS[STATUS]].send(key=key, value=codec.encode_own(_STATUS_TYPE, sample["status"]))
            measured.end()

    faust.Worker(app, loglevel="ERROR", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
