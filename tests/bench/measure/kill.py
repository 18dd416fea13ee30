"""Seconds from kill -9 of the only router to the first task of the same worker, started again at once."""

import statistics
import threading
import time
from typing import Any, Final

from hub.bus.consumer import Reader
from hub.names import CASES
from tests.bench.ground import standing
from tests.bench.ground.machine import say
from tests.bench.ground.place import Ground

_RATE: Final = 300
_SECONDS: Final = 8
_BEFORE_S: Final = 2.0
_LIMIT_S: Final = 60.0


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Kill a router under load some times."""
    took, states = [], sum(place.ends([CASES]).values())
    for number in range(2 if quick else 7):
        took.append(_kill(place, number))
        say(f"kill {number + 1}: {took[-1]:.2f} s to the first new task")
    return {"median": statistics.median(took), "max": max(took), "kills": len(took), "states": states}


def _kill(place: Ground, number: int) -> float:
    made = place.teller.openings(f"kill-{number}", _RATE * _SECONDS)
    reader = Reader(place.kafka, "bench-kill", **{"fetch.wait.max.ms": 10})
    reader.add(reader.ends_now(place.task_places()))
    publishing = threading.Thread(target=place.publish_at, args=(_RATE, made, lambda _number, _due: None))
    with standing.router(place) as worker:
        publishing.start()
        threading.Event().wait(_BEFORE_S)
        worker.kill()
        killed, killed_ms = time.monotonic(), time.time_ns() // 1_000_000
        with standing.router(place, wait=False):
            took = _first_after(reader, killed, killed_ms)
            publishing.join()
    reader.close()
    return took


def _first_after(reader: Reader, killed: float, killed_ms: int) -> float:
    """Wait for a record that was appended after the kill; what the killed one had committed is passed over."""
    while (took := time.monotonic() - killed) < _LIMIT_S:
        if any(record.timestamp > killed_ms for record in reader.read(1_000, 0.01)):
            return time.monotonic() - killed
    return took
