"""What needs no broker: the check of a mall of 33 agencies and its office, and the rehearsal of the real log."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.events.catalog import Catalog
from hub.network.compile import compile_network
from hub.network.load import load_or_raise
from hub.rehearsal.log import load_mapping, read_log
from hub.rehearsal.replay import replay
from hub.settings import shipped
from tests.bench.ground.machine import say
from tests.unit.network.town import make_mall


def measure(*, quick: bool) -> dict[str, Any]:
    """Time both as calls and as whole commands; the best of some times."""
    times = 2 if quick else 5
    with TemporaryDirectory() as folder:
        mall = make_mall(Path(folder) / "mall", services=11)
        agencies = len(mall.network().agencies)
        check = _best(mall.read, times)
        schemas = str(mall.folder / "schemas")
        whole_check = _best(lambda: _hub("check", str(mall.folder / "town"), "--schemas", schemas), times)
    say(f"check of {agencies} agencies: {check:.2f} s, the whole command {whole_check:.2f} s")
    wabo = shipped("deploy/wabo")
    catalog, network, log = Catalog.load(shipped("schemas")), load_or_raise(wabo), wabo / "receipt.csv"
    plan = compile_network(network, catalog, at=time.time_ns() // 1_000_000, sequence=1, digest="")
    mapping = load_mapping(wabo, network, catalog)
    events = sum(1 for _ in log.open()) - 1
    rehearsed = _best(lambda: replay(plan, read_log(log, mapping)), times)
    whole = _best(lambda: _hub("rehearse", str(wabo), "--log", str(log)), times)
    say(f"rehearsal of {events} events: {rehearsed:.2f} s, the whole command {whole:.2f} s")
    return {
        "agencies": agencies, "check_s": check, "check_command_s": whole_check, "log_events": events,
        "rehearsal_events_s": events / rehearsed, "rehearsal_s": rehearsed, "rehearsal_command_s": whole,
    }  # fmt: skip


def _hub(*arguments: str) -> None:
    command = [sys.executable, "-m", "hub", *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _best(what: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        begun = time.monotonic()
        what()
        took.append(time.monotonic() - begun)
    return min(took)
