"""One router worker in this process, until it has routed up to given ends; prints its figures as JSON."""

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import structlog

from hub.bus.record import Place
from hub.engine.health import Health
from hub.engine.worker import Worker
from hub.settings import Engine, Kafka, Settings
from tests.bench.place import cpu_s, resident_bytes


def main(task: dict[str, Any]) -> None:
    """Measure from the first record routed to the last one committed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    kafka = Kafka(bootstrap=task["bootstrap"])
    engine = Engine(instance="bench")
    settings = Settings(home=Path(task["home"]), kafka=kafka, engine=engine, registry_url=task["registry"])
    health = Health()
    worker = Worker(settings, health=health)
    thread = threading.Thread(target=worker.run)
    thread.start()
    if task.get("seconds"):
        _stay(health, thread, task)
        return
    ends = {Place(topic, partition): end for topic, partition, end in task["ends"]}
    pause, begun, first = threading.Event(), 0.0, -1
    started = time.monotonic()
    while True:
        done = _routed(worker, ends)
        if first < 0 and len(worker._owned) == task["partitions"]:
            first = done
            begun, cpu, broker = time.monotonic(), time.process_time(), cpu_s(task["broker"])
        if first >= 0 and done >= sum(ends.values()):
            break
        pause.wait(0.02)
    seconds = time.monotonic() - begun
    figures = {
        "seconds": seconds, "events": done - first, "cpu_s": time.process_time() - cpu,
        "broker_cpu_s": cpu_s(task["broker"]) - broker, "ready_s": begun - started,
    }  # fmt: skip
    health.stop()
    thread.join()
    print(json.dumps(figures))


def _stay(health: Health, thread: threading.Thread, task: dict[str, Any]) -> None:
    """Route for so many seconds, whatever comes."""
    pause = threading.Event()
    while health.why_unready():
        pause.wait(0.02)
    print("ready", flush=True)
    cpu, begun = time.process_time(), time.monotonic()
    pause.wait(task["seconds"])
    figures = {
        "cpu_s": time.process_time() - cpu,
        "seconds": time.monotonic() - begun,
        "resident": resident_bytes(os.getpid()),
    }
    health.stop()
    thread.join()
    print(json.dumps(figures))


def _routed(worker: Worker, ends: dict[Place, int]) -> int:
    owned = {number: each.partition.meta.positions for number, each in list(worker._owned.items())}
    return sum(owned.get(place.partition, {}).get(place.topic, 0) for place in ends)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
