"""A million timers pending, ten thousand of them due each second, while events come: how late are either."""

import threading
import time
from collections import Counter
from typing import Any, Final

from hub.bus.consumer import read_to_end
from hub.bus.record import Place
from hub.names import JOURNAL, case_id
from tests.bench.ground import standing
from tests.bench.ground.crowd import Pattern, fill, patterns
from tests.bench.ground.machine import resident_bytes, say
from tests.bench.ground.place import Ground
from tests.bench.measure.latency import _at, _open_loop
from tests.bench.measure.scale import latencies

_RATE: Final = 500
_TIMERS_S: Final = 10_000
#: A service whose first step has its deadline in plain days, so that no calendar moves what is due.
_PROCEDURE: Final = "newborn"
_DAY_MS: Final = 86_400_000
#: Seconds between the last state written and the first timer due: the router must be ready, and events be flowing.
_BEFORE_S: Final = 25.0
_BEFORE_QUICK_S: Final = 20.0
_LEAD_S: Final = 6.0


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Fire the warnings of some seconds out of a crowd; the others are due on other days."""
    pending, seconds = (100_000, 4) if quick else (1_000_000, 20)
    (pattern,) = patterns(place, procedures=[_PROCEDURE])
    due = seconds * _TIMERS_S
    now = _now_ms()
    fill(place, [pattern], pending - due, run="later", due_of=lambda number: now + _DAY_MS + number)
    begin = _now_ms() + round(1_000 * ((_BEFORE_QUICK_S if quick else _BEFORE_S) + due / 50_000))
    fill(place, [pattern], due, run="due", due_of=lambda number: begin + number * 1_000 // _TIMERS_S)
    say(f"timers: {pending:,} pending, {due:,} of them due from {begin / 1_000 - time.time():.0f} s from now on")
    journal = place.ends([JOURNAL])
    with standing.router(place) as process:
        wait_s = begin / 1_000 - time.time() - _LEAD_S
        if wait_s < _LEAD_S:
            raise SystemExit(f"the router was ready {_LEAD_S - wait_s:.0f} s too late for this machine")
        threading.Event().wait(wait_s - _LEAD_S)
        before = _open_loop(place, "timers-before", process, _RATE, _LEAD_S / 2)
        while_firing = _open_loop(place, "timers", process, _RATE, seconds + 4.0)
        fired = _fired(place, journal, pattern, begin=begin, count=due)
        memory = resident_bytes(process.pid)
    say(f"timers: {fired['fired']:,} fired, {fired['per_s']:,} in the best second, latest {fired['late_max_s']:.1f} s")
    return {
        "pending": pending, "due": due, "due_per_s": _TIMERS_S, "bytes": memory, "before": latencies(before),
        "firing": latencies(while_firing), **fired,
    }  # fmt: skip


def _fired(
    place: Ground, journal: dict[Place, int], pattern: Pattern, *, begin: int, count: int, within_s: float = 120.0
) -> dict[str, Any]:
    """Wait until all have fired and read from the journal when each was appended."""
    numbers = {case_id(pattern.agency, f"due/{number}").encode(): number for number in range(count)}
    appended: dict[int, int] = {}
    deadline, pause = time.monotonic() + within_s, threading.Event()
    while True:
        for record in read_to_end(place.kafka, journal):
            number = numbers.get(record.key or b"")
            if number is not None:
                appended.setdefault(number, record.timestamp)
        if len(appended) == count or time.monotonic() > deadline:
            break
        pause.wait(1.0)
    late = sorted(at - (begin + number * 1_000 // _TIMERS_S) for number, at in appended.items())
    seconds = Counter(at // 1_000 for at in appended.values())
    span_s = (max(appended.values()) - min(appended.values())) / 1_000 if appended else float("nan")
    return {
        "fired": len(appended), "span_s": span_s, "per_s": max(seconds.values(), default=0),
        "mean_per_s": round(len(appended) / span_s), "late_p50_s": _at([ms / 1_000 for ms in late], 0.5),
        "late_max_s": late[-1] / 1_000 if late else float("nan"),
    }  # fmt: skip


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
