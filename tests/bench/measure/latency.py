"""From when an event was to be published to when its task is read, at an open loop: the schedule never waits.

A stall of broker or worker is counted in every event that was due meanwhile, so that nothing is omitted.
"""

import statistics
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from hub.bus.consumer import Reader
from tests.bench.ground import standing
from tests.bench.ground.machine import cpu_s, say, waited_s
from tests.bench.ground.place import Ground
from tests.bench.ground.sample import samples_of

_RATES: Final = (200, 1_000)
#: What is read of program and broker, in percent of a core.
_USED: Final = ("cpu_percent", "broker_cpu_percent", "waited_percent", "broker_waited_percent")
#: Seconds at the beginning that are published but not counted.
_SETTLE_S: Final = 3.0
#: Seconds after the last event in which its task may still come.
_PATIENCE_S: Final = 10.0


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Measure the bare loop and the worker in turn, at each rate."""
    seconds, openings = 8.0 if quick else 20.0, samples_of(place, openings_only=True)
    found: dict[str, Any] = {}
    beside: dict[str, Callable[[], AbstractContextManager[standing.Process]]] = {
        "bare": lambda: standing.bare_loop(place, openings), "hub": lambda: standing.router(place, pinned=True),
    }  # fmt: skip
    rounds = 1 if quick else 2
    for rate in _RATES:
        took: dict[str, list[dict[str, Any]]] = {name: [] for name in beside}
        for number in range(rounds):
            for name, stand in beside.items():
                with stand() as process:
                    took[name].append(_open_loop(place, f"latency-{rate}-{number}-{name}", process, rate, seconds))
                say(f"latency of {name} at {rate} events/s: p99 {_at(took[name][-1]['ms'], 0.99):.1f} ms")
        found |= {f"{name}@{rate}": _summary(rows) for name, rows in took.items()}
    return found


def _open_loop(place: Ground, run: str, process: standing.Process, rate: int, seconds: float) -> dict[str, Any]:
    """Publish openings by schedule and wait for the first task of each case."""
    made = place.teller.openings(run, int(rate * (seconds + _SETTLE_S)))
    due: dict[bytes, float] = {}
    seen: dict[bytes, float] = {}
    reader, is_over = Reader(place.kafka, "bench-latency", **{"fetch.wait.max.ms": 10}), threading.Event()
    reader.add(reader.ends_now(place.task_places()))
    thread = threading.Thread(target=_listen, args=(reader, due, seen, is_over))
    thread.start()
    before, begun = _used(place, process), time.monotonic()
    place.publish_at(rate, made, lambda number, at: due.__setitem__(made[number].key, at))
    deadline, pause = time.monotonic() + _PATIENCE_S, threading.Event()
    while len(seen) < len(made) and time.monotonic() < deadline:
        pause.wait(0.05)
    is_over.set()
    thread.join()
    reader.close()
    whole, used = time.monotonic() - begun, _used(place, process)
    counted = [each.key for each in made if due[each.key] >= due[made[0].key] + _SETTLE_S]
    return {
        "ms": sorted((seen[key] - due[key]) * 1000 for key in counted if key in seen), "of": len(counted),
        "used": [100 * (after - earlier) / whole for earlier, after in zip(before, used, strict=True)],
    }  # fmt: skip


def _used(place: Ground, process: standing.Process) -> list[float]:
    """Read CPU seconds of program and broker, and seconds that each was ready and had no core."""
    return [cpu_s(process.pid), cpu_s(place.broker_pid), waited_s(process.pid), waited_s(place.broker_pid)]


def _listen(reader: Reader, due: dict[bytes, float], seen: dict[bytes, float], is_over: threading.Event) -> None:
    while not is_over.is_set():
        for record in reader.read(1_000, 0.02):
            key = record.key or b""
            if key in due and key not in seen:
                seen[key] = time.monotonic()


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    took, used = sorted(ms for row in rows for ms in row["ms"]), [row["used"] for row in rows]
    return {
        "p50": _at(took, 0.5), "p99": _at(took, 0.99), "p999": _at(took, 0.999), "seen": len(took),
        "of": sum(row["of"] for row in rows), "longest_p99": max(_at(row["ms"], 0.99) for row in rows),
        **{name: statistics.mean(some) for name, some in zip(_USED, zip(*used, strict=True), strict=True)},
    }  # fmt: skip


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")
