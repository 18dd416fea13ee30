"""A week of the whole mall in memory: seconds of the whole command, events a second of the rehearsal alone."""

import subprocess
import sys
import time
from datetime import date
from typing import Any, Final

from hub.events.catalog import Catalog
from hub.mall.week import Script, Week
from hub.network.load import load_or_raise
from hub.settings import shipped
from tests.bench.ground.machine import say

#: A week without a holiday.
_BEGINS: Final = date(2025, 3, 17)
_CASES: Final = 5_000


def measure(*, quick: bool) -> dict[str, Any]:
    """Rehearse a week of 5,000 cases; the best of some times."""
    times = 1 if quick else 3
    catalog, network = Catalog.load(shipped("schemas")), load_or_raise(shipped("deploy/samarinda"))
    best, whole = float("inf"), float("inf")
    for _ in range(times):
        week = Week(network, catalog, Script(begins=_BEGINS, cases=_CASES, seed=7))
        begun = time.perf_counter()
        diary = week.run()
        best = min(best, time.perf_counter() - begun)
        begun = time.perf_counter()
        words = ("rehearse", str(shipped("deploy/samarinda")), "--week", str(_BEGINS), "--cases", str(_CASES), "--json")
        subprocess.run([sys.executable, "-m", "hub", *words], check=True, capture_output=True)
        whole = min(whole, time.perf_counter() - begun)
    say(f"a week of {_CASES:,} cases: {best:.1f} s, the whole command {whole:.1f} s")
    return {
        "agencies": len(network.agencies), "cases": diary.opened, "events": diary.events, "tasks": diary.tasks,
        "timers": diary.fired, "week_s": best, "week_command_s": whole, "events_s": diary.events / best,
    }  # fmt: skip
