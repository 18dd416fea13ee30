"""Restoring a partition's state, beside a plain consumer into a dict over the same topic; prints figures as JSON."""

import json
import queue
import sys
import time
from typing import Any

from hub.bus.admin import Admin
from hub.bus.consumer import Reader
from hub.bus.record import Place
from hub.engine.restore import Restore
from hub.names import CASES
from hub.settings import Kafka


def main(task: dict[str, Any]) -> None:
    """Read every partition once, one after the other, in the way asked for."""
    kafka, records, seconds = Kafka(bootstrap=task["bootstrap"]), 0, 0.0
    for number in range(task["partitions"]):
        if task["how"] == "hub":
            done: queue.SimpleQueue[Restore] = queue.SimpleQueue()
            restore = Restore(kafka, number, group="hub.router", own_id="bench", done=done)
            done.get()
            records, seconds = records + restore.records, seconds + restore.seconds
        else:
            some, took = _plainly(kafka, number)
            records, seconds = records + some, seconds + took
    print(json.dumps({"records": records, "seconds": seconds}))


def _plainly(kafka: Kafka, number: int) -> tuple[int, float]:
    begun, place, found = time.monotonic(), Place(CASES, number), {}
    admin = Admin(kafka)
    end, records = admin.ends([place])[place], 0
    reader = Reader(kafka, "bench-plain", **{"queued.min.messages": 100_000, "fetch.wait.max.ms": 20})
    reader.add(admin.begins([place]))
    while reader.ends.get(place, -1) < end:
        some = reader.read(20_000, 0.05)
        records += len(some)
        for record in some:
            found[record.key] = record.value
    reader.close()
    return records, time.monotonic() - begun


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
