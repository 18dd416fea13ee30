"""From when an event was to be published to when its task is read, at an open loop: the schedule never waits.

A stall of broker or worker is counted in every event that was due meanwhile, so that nothing is omitted.
"""

import threading
import time
from dataclasses import dataclass
from typing import Final

from hub.bus.consumer import Reader
from hub.bus.producer import Producer
from hub.bus.record import Place
from hub.names import tasks_topic
from tests.bench.place import Ground

#: Seconds at the beginning that are published but not counted.
_SETTLE_S: Final = 3.0


@dataclass(frozen=True)
class Latency:
    """Hold percentiles in ms, and how many events were seen of how many counted."""

    p50: float
    p99: float
    p999: float
    seen: int
    of: int


def measure(ground: Ground, run: str, *, rate: int, seconds: float) -> Latency:
    """Publish openings by schedule and wait for the first task of each case."""
    made = [ground.teller.opening(f"{run}/{number}", number) for number in range(int(rate * (seconds + _SETTLE_S)))]
    due: dict[bytes, float] = {}
    seen: dict[bytes, float] = {}
    reader = Reader(ground.kafka, "bench-latency", **{"fetch.wait.max.ms": 10})
    places = [Place(tasks_topic(code), 0) for code in ground.force.network.agencies]
    reader.add(reader.ends_now(places))
    is_over = threading.Event()

    def listen() -> None:
        while not is_over.is_set():
            for record in reader.read(1_000, 0.02):
                key = record.key or b""
                if key in due and key not in seen:
                    seen[key] = time.monotonic()

    thread = threading.Thread(target=listen)
    thread.start()
    producer = Producer(ground.kafka, **{"linger.ms": 1})
    begun, pause = time.monotonic() + 0.5, threading.Event()
    for number, (case, saying) in enumerate(made):
        at = begun + number / rate
        due[case.encode()] = at
        if (wait := at - time.monotonic()) > 0:
            pause.wait(wait)
        producer.publish(saying.topic, saying.value, key=saying.key, headers=saying.headers)
    producer.close()
    deadline = time.monotonic() + 10
    while len(seen) < len(made) and time.monotonic() < deadline:
        pause.wait(0.1)
    is_over.set()
    thread.join()
    reader.close()
    counted = [key for key, at in due.items() if at >= begun + _SETTLE_S]
    took = sorted((seen[key] - due[key]) * 1000 for key in counted if key in seen)
    return Latency(_at(took, 0.5), _at(took, 0.99), _at(took, 0.999), len(took), len(counted))


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")
