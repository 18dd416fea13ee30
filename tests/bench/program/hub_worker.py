"""One router worker in this process, until all between given begins and ends is committed; prints its figures."""

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
from tests.bench.ground.machine import ENGINE_CORE, cpu_s, pin


def main(task: dict[str, Any]) -> None:
    """Measure from when all partitions are restored and routed to all committed; restoring has its own figure."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    kafka = Kafka(bootstrap=task["bootstrap"])
    settings = Settings(
        home=Path(task["home"]), kafka=kafka, engine=Engine(instance="bench"), registry_url=task["registry"]
    )
    health, pause = Health(), threading.Event()
    worker = Worker(settings, health=health)
    thread = threading.Thread(target=worker.run)
    started = time.monotonic()
    pin(os.getpid(), ENGINE_CORE)
    thread.start()
    spans = {Place(topic, partition): (begin, end) for topic, partition, begin, end in task["spans"]}
    while not (first := _routed(worker, spans)) or len(worker._owned) < task["partitions"]:
        pause.wait(0.002)
    begun, cpu, broker = time.monotonic(), time.process_time(), cpu_s(task["broker"])
    events = sum(end - begin for begin, end in spans.values())
    while _routed(worker, spans) < events or _is_open(worker):
        assert thread.is_alive(), health.failure
        pause.wait(0.01)
    figures = {
        "seconds": time.monotonic() - begun, "events": events - first, "cpu_s": time.process_time() - cpu,
        "broker_cpu_s": cpu_s(task["broker"]) - broker, "ready_s": begun - started,
    }  # fmt: skip
    health.stop()
    thread.join()
    print(json.dumps(figures))


def _routed(worker: Worker, spans: dict[Place, tuple[int, int]]) -> int:
    """Count the records routed of those between begin and end of each place."""
    owned = {number: each.partition.meta.positions for number, each in list(worker._owned.items())}
    at = ((owned.get(place.partition, {}).get(place.topic, 0), span) for place, span in spans.items())
    return sum(max(0, min(end, position) - begin) for position, (begin, end) in at)


def _is_open(worker: Worker) -> bool:
    return any(each.partition.is_touched for each in list(worker._owned.values()))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
