"""A million open cases in one worker: memory of each, seconds to restore them, and how late events are beside them."""

import threading
import time
from typing import Any, Final

from tests.bench.ground import standing
from tests.bench.ground.crowd import fill, patterns
from tests.bench.ground.machine import cpu_s, resident_bytes, say
from tests.bench.ground.place import Ground
from tests.bench.measure.latency import _at, _open_loop

_RATE: Final = 500
_PAUSE: Final = threading.Event()


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Start the router without cases and with them; let events come to both."""
    count, seconds = (100_000, 8.0) if quick else (1_000_000, 20.0)
    without = _look(place, "without", seconds)
    took = fill(place, patterns(place), count, run="scale")
    say(f"scale: {count:,} states written in {took:.0f} s")
    found = _look(place, "with", seconds)
    say(f"scale: ready after {found['ready_s']:.1f} s with {count:,} cases, {without['ready_s']:.1f} s without")
    return {
        "cases": count, "restore_s": found["ready_s"] - without["ready_s"], "ready_s": found["ready_s"],
        "bytes_per_case": round((found["bytes"] - without["bytes"]) / count), "bytes": found["bytes"],
        "bytes_at_first": found["bytes_at_first"], "idle_percent": found["idle_percent"],
        "without": without["ms"], "with": found["ms"],
    }  # fmt: skip


def _look(place: Ground, run: str, seconds: float) -> dict[str, Any]:
    begun = time.monotonic()
    with standing.router(place) as process:
        ready = time.monotonic() - begun
        first = resident_bytes(process.pid)
        took = _open_loop(place, f"scale-{run}", process, _RATE, seconds)
        cpu, rested = cpu_s(process.pid), time.monotonic()
        _PAUSE.wait(seconds / 2)
        idle = 100 * (cpu_s(process.pid) - cpu) / (time.monotonic() - rested)
        say(f"scale {run}: p99 {_at(took['ms'], 0.99):.0f} ms, longest {max(took['ms']):.0f} ms at {_RATE} events/s")
        return {
            "ready_s": ready, "bytes": resident_bytes(process.pid), "bytes_at_first": first, "idle_percent": idle,
            "ms": latencies(took),
        }  # fmt: skip


def latencies(took: dict[str, Any]) -> dict[str, float]:
    """Give the middle, the tail and the end of some latencies."""
    ms = took["ms"]
    return {
        "p50": _at(ms, 0.5), "p99": _at(ms, 0.99), "max": ms[-1] if ms else float("nan"), "seen": len(ms),
        "of": took["of"], "waited_percent": took["used"][2],
    }  # fmt: skip
