"""What an open case holds in memory, and what a router without work uses of a core."""

import threading
import time
from typing import Any

from hub.names import JOURNAL
from tests.bench.ground import standing
from tests.bench.ground.machine import cpu_s, resident_bytes, say
from tests.bench.ground.place import Ground
from tests.bench.ground.story import Stories

_PAUSE = threading.Event()
_QUIET_S = 1.5


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Watch one router: with more and more open cases, then at rest."""
    cases = 6_000 if quick else 30_000
    with standing.router(place) as worker:
        _open_cases(place, "memory-before", cases // 3)  # buffers of the clients have grown after these
        before = resident_bytes(worker.pid)
        _open_cases(place, "memory", cases)
        each = round((resident_bytes(worker.pid) - before) / cases)
        say(f"memory: {each} bytes per open case")
    seconds = 5.0 if quick else 20.0
    with standing.router(place) as worker:
        _PAUSE.wait(3.0)
        cpu, broker, begun = cpu_s(worker.pid), cpu_s(place.broker_pid), time.monotonic()
        _PAUSE.wait(seconds)
        whole = time.monotonic() - begun
        idle, idle_broker = 100 * (cpu_s(worker.pid) - cpu) / whole, 100 * (cpu_s(place.broker_pid) - broker) / whole
        say(f"idle: {idle:.1f} % of a core, broker {idle_broker:.1f} %")
    return {
        "bytes_per_open_case": each, "open_cases": cases, "idle_cpu_percent": idle,
        "idle_broker_cpu_percent": idle_broker,
    }  # fmt: skip


def _open_cases(place: Ground, run: str, count: int) -> None:
    """Open cases and wait until nothing more is journaled."""
    place.publish(Stories([place.teller.openings(run, count)]))
    until_quiet(place)


def until_quiet(place: Ground) -> None:
    """Wait until nothing more is journaled."""
    end, since = -1, time.monotonic()
    while time.monotonic() - since < _QUIET_S:
        now = sum(place.ends([JOURNAL]).values())
        if now != end:
            end, since = now, time.monotonic()
        _PAUSE.wait(0.1)
