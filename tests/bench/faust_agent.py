"""A plain faust agent: one agent over the same topics, a Table, and sends; at least once, as its guide shows it."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import faust

from hub.events.codec import Codec
from hub.events.envelope import to_headers
from hub.names import EventType, agency_of, tasks_topic
from hub.network.bundle import unpack
from tests.bench.place import cpu_s


def main(task: dict[str, Any]) -> None:
    """Route nothing: decode, keep a state, send a task, a journal entry and a status for each event."""
    codec = Codec(unpack(Path(task["bundle"]).read_bytes()).schemas)
    app = faust.App(
        f"bench-faust-{os.getpid()}", broker=f"kafka://{task['bootstrap']}", store="memory://", topic_partitions=4,
        consumer_auto_offset_reset="earliest", web_enabled=False, topic_disable_leader=True, table_standby_replicas=0,
        key_serializer="raw", value_serializer="raw", datadir=f"{task['home']}/faust",
    )  # fmt: skip
    source = app.topic(*task["topics"], key_type=bytes, value_type=bytes)
    states = app.Table("bench-faust-states", key_type=bytes, value_type=bytes, partitions=4)
    journal, status = (app.topic(name, key_type=bytes, value_type=bytes) for name in ("bench.journal", "bench.status"))
    tasks = {name: app.topic(tasks_topic(agency_of(name)), value_type=bytes) for name in task["topics"]}  # type: ignore[arg-type]
    state, figures = task["state"].encode(), {"events": 0, "began": 0.0, "cpu": 0.0, "broker": 0.0}

    @app.agent(source)
    async def _route(stream: Any) -> None:
        async for event in stream.events():
            if not figures["began"]:
                figures.update(began=time.monotonic(), cpu=time.process_time(), broker=cpu_s(task["broker"]))
            key, (kind, _, _) = event.key, codec.decode(event.value)
            headers = to_headers("x", kind, source="/bench", time="2026-01-01T00:00:00Z", case=key.decode())
            states[key] = state
            value = codec.encode(EventType(task["task"][0]), task["task"][1])
            await tasks[event.message.topic].send(key=key, value=value, headers=dict(headers))
            await journal.send(key=key, value=codec.encode(EventType("hub.JournalEntry"), task["entry"]))
            await status.send(key=key, value=codec.encode(EventType("hub.CaseStatus"), task["status"]))
            figures["events"] += 1
            if figures["events"] >= task["events"]:
                seconds = time.monotonic() - figures["began"]
                told = {
                    "seconds": seconds, "events": figures["events"], "cpu_s": time.process_time() - figures["cpu"],
                    "broker_cpu_s": cpu_s(task["broker"]) - figures["broker"],
                }  # fmt: skip
                print("\n" + json.dumps(told), flush=True)
                os._exit(0)

    faust.Worker(app, loglevel="ERROR", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
