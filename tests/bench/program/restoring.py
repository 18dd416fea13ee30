"""Restoring partitions' states, or reading the same topic with a plain consumer into a dict; prints figures."""

import json
import os
import queue
import sys
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.engine.restore import Restore
from hub.names import CASES
from hub.settings import Engine, Kafka
from tests.bench.ground.machine import ENGINE_CORE, pin


def main(task: dict[str, Any]) -> None:
    """Read every partition once, one after the other, in the way asked for."""
    pin(os.getpid(), ENGINE_CORE)
    read = {"hub": _restore, "plain": _plainly}[task["how"]]
    begun, records = time.monotonic(), 0
    for number in range(task["partitions"]):
        records += read(task["bootstrap"], number)
    print(json.dumps({"records": records, "seconds": time.monotonic() - begun}))


def _restore(bootstrap: str, number: int) -> int:
    done: queue.SimpleQueue[Restore] = queue.SimpleQueue()
    restore = Restore(Kafka(bootstrap=bootstrap), number, group=Engine().group, own_id="bench", done=done)
    done.get()
    assert restore.partition is not None, restore.error
    return restore.records


def _plainly(bootstrap: str, number: int) -> int:
    client = Consumer(
        {
            "bootstrap.servers": bootstrap, "group.id": "bench-plain", "enable.auto.commit": False,
            "enable.partition.eof": True, "isolation.level": "read_committed", "queued.min.messages": 100_000,
            "fetch.queue.backoff.ms": 20, "fetch.wait.max.ms": 20,
        }
    )  # fmt: skip
    # Named, because the library takes half a second to find the beginning itself.
    place = Place(CASES, number)
    begin = Admin(Kafka(bootstrap=bootstrap)).begins([place])[place]
    client.assign([TopicPartition(CASES, number, begin)])
    found: dict[bytes | None, bytes | None] = {}
    records, is_over = 0, False
    while not is_over:
        for message in client.consume(20_000, 0.05):
            error = message.error()
            if error is None:
                found[message.key()] = message.value()
                records += 1
            elif error.code() == KafkaError._PARTITION_EOF:
                is_over = True
    client.close()
    return records


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
