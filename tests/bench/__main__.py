"""``make bench``: measure the hub, beside a bare loop of the same job and a plain faust agent, on this machine."""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.bus.consumer import Reader
from hub.bus.record import Place
from hub.events.catalog import Catalog
from hub.names import tasks_topic
from hub.network.compile import compile_network
from hub.network.load import load_or_raise
from hub.rehearsal.log import load_mapping, read_log
from hub.rehearsal.replay import replay
from hub.settings import shipped
from tests.bench import latency
from tests.bench.place import Ground, ground, machine, resident_bytes, say
from tests.bench.sample import Samples
from tests.bench.story import Stories
from tests.unit.network.town import make_mall

_PAUSE = threading.Event()


class Bench:
    """Run the measurements in turn and keep their figures."""

    def __init__(self, place: Ground, *, quick: bool) -> None:
        """Choose how much of each."""
        self.place, self.quick = place, quick
        self.samples = Samples(place)
        self.figures: dict[str, Any] = {}
        self._runs = 0

    def throughput(self) -> None:
        """Measure events a second and CPU of the worker, the bare loop and the faust agent, in turn."""
        rounds, cases = (2, 2_000) if self.quick else (4, 8_000)
        rows: dict[str, list[dict[str, Any]]] = {"hub": [], "bare": [], "faust": []}
        for number in range(rounds + 1):
            begins, stories = self.place.ends(), self._preload(cases)
            ends = self.place.ends()
            say(
                f"throughput round {number} of {rounds}: {stories.events} events of {cases} cases"
                + " (warm-up)" * (not number)
            )
            hub = self.place.run("hub_worker", ends=_flat(ends), partitions=4, broker=self._pid)
            bare = self.place.run("bare_loop", begins=_flat(begins), events=stories.events, **self.samples.of(stories))
            rates = [f"{row['events'] / row['seconds']:,.0f}" for row in (hub, bare)]
            say(f"  hub {rates[0]} events/s, bare loop {rates[1]}")
            if number:
                rows["hub"].append(hub)
                rows["bare"].append(bare)
        topics, count = self.place.topics(), 5_000 if self.quick else 20_000
        rows["faust"].append(self.place.run("faust_agent", topics=topics, events=count, **self.samples.of(stories)))
        self.figures["throughput"] = {name: _row(some) for name, some in rows.items()}
        self.figures["ready_s"] = statistics.median(row["ready_s"] for row in rows["hub"])

    def latency(self) -> None:
        """Measure event→task at open loops, the worker and the bare loop in turn."""
        seconds, found = 10.0 if self.quick else 30.0, {}
        for rate in (200, 1_000):
            for name in ("bare", "hub"):
                say(f"latency of {name} at {rate} events/s")
                self._runs += 1
                with self._standing(name, seconds + 25):
                    measured = latency.measure(self.place, f"latency-{self._runs}", rate=rate, seconds=seconds)
                found[f"{name}@{rate}"] = vars(measured)
        self.figures["latency_ms"] = found

    def restore(self) -> None:
        """Measure records a second, beside a plain consumer into a dict."""
        rounds = 2 if self.quick else 5
        rates: dict[str, list[float]] = {"hub": [], "plain": []}
        for _ in range(rounds):
            for how, some in rates.items():
                row = self.place.run("restoring", how=how, partitions=4)
                some.append(row["records"] / row["seconds"])
        self.figures["restore_records_s"] = {how: statistics.median(some) for how, some in rates.items()}
        self.figures["restore_records"] = row["records"]

    def kills(self) -> None:
        """Measure from a kill to the first task that a worker, started again at once, writes."""
        took = []
        for number in range(3 if self.quick else 7):
            say(f"kill {number + 1}")
            took.append(self._kill(number))
        self.figures["kill_to_output_s"] = {"median": statistics.median(took), "max": max(took), "kills": len(took)}

    def memory_and_idle(self) -> None:
        """Measure what an open case holds in memory, and what a worker without work uses."""
        with self._standing("hub", 600) as worker:
            _PAUSE.wait(3)
            before, cases = resident_bytes(worker.pid), 5_000 if self.quick else 20_000
            self._runs += 1
            made = [self.place.teller.opening(f"memory-{self._runs}/{i}", i)[1] for i in range(cases)]
            self.place.publish(Stories(waves=[made], events=cases))
            _PAUSE.wait(10)
            self.figures["bytes_per_open_case"] = round((resident_bytes(worker.pid) - before) / cases)
        with self._standing("hub", 12) as worker:
            out = worker.communicate(timeout=60)[0]
            row = json.loads(out.splitlines()[-1])
            self.figures["idle_cpu_percent"] = 100 * row["cpu_s"] / row["seconds"]

    def without_kafka(self) -> None:
        """Measure the check of a mall of 33 agencies and the rehearsal of the real log."""
        catalog = Catalog.load(shipped("schemas"))
        with TemporaryDirectory() as folder:
            mall = make_mall(Path(folder) / "mall", services=11)
            self.figures["check_34_agencies_s"] = _best(mall.read)
        wabo = shipped("deploy/wabo")
        network = load_or_raise(wabo)
        plan = compile_network(network, catalog, at=time.time_ns() // 1_000_000, sequence=1, digest="")
        mapping, log = load_mapping(wabo, network, catalog), wabo / "receipt.csv"
        seconds = _best(lambda: replay(plan, read_log(log, mapping)))
        whole = _best(
            lambda: subprocess.run(
                [sys.executable, "-m", "hub", "rehearse", str(wabo), "--log", str(log)],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        self.figures["rehearsal"] = {"events_s": 8_577 / seconds, "replay_s": seconds, "whole_command_s": whole}

    # --- how ---------------------------------------------------------------------------------------------------------

    @property
    def _pid(self) -> int:
        return self.place.broker.pid("kafka")

    def _preload(self, cases: int) -> Stories:
        self._runs += 1
        stories = self.place.teller.stories(f"run-{self._runs}", cases)
        self.place.publish(stories)
        return stories

    def _standing(self, name: str, seconds: float) -> "Standing":
        begins = _flat(self.place.ends())
        task = {
            "bootstrap": self.place.broker.bootstrap, "registry": self.place.broker.registry_url,
            "home": str(self.place.home), "seconds": seconds, "broker": self._pid, "begins": begins,
            **self.samples.of(None),
        }  # fmt: skip
        return Standing("hub_worker" if name == "hub" else "bare_loop", task)

    def _kill(self, number: int) -> float:
        reader = Reader(self.place.kafka, "bench-kill", **{"fetch.wait.max.ms": 10})
        places = [Place(tasks_topic(code), 0) for code in self.place.force.network.agencies]
        with self._standing("hub", 300) as worker:
            made = [self.place.teller.opening(f"kill-{self._runs}-{number}/{i}", i)[1] for i in range(600)]
            self._runs += 1
            publishing = threading.Thread(target=self._trickle, args=(made,))
            publishing.start()
            _PAUSE.wait(1.0)
            worker.kill()
            worker.wait()
            killed = time.monotonic()
            reader.add(reader.ends_now(places))
            with self._standing("hub", 300):
                while not reader.read(10, 0.01):
                    pass
                took = time.monotonic() - killed
            publishing.join()
        reader.close()
        return took

    def _trickle(self, made: list[Any]) -> None:
        for start in range(0, len(made), 20):
            self.place.publish(Stories(waves=[made[start : start + 20]]))


class Standing:
    """Hold a worker or bare loop that runs beside a measurement."""

    def __init__(self, module: str, task: dict[str, Any]) -> None:
        """Know what to start."""
        self._module, self._task = module, task

    def __enter__(self) -> "subprocess.Popen[bytes]":
        """Start it and wait until it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{self._module}", json.dumps(self._task)], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self._process

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


def _flat(places: dict[Place, int]) -> list[tuple[str, int, int]]:
    return [(place.topic, place.partition, offset) for place, offset in places.items()]


def _row(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {
        "events_s": statistics.median(row["events"] / row["seconds"] for row in rows),
        "cpu_s_per_100k": statistics.median(row["cpu_s"] / row["events"] * 1e5 for row in rows),
        "broker_cpu_s_per_100k": statistics.median(row["broker_cpu_s"] / row["events"] * 1e5 for row in rows),
        "runs": len(rows),
    }


def _best(what: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        begun = time.monotonic()
        what()
        took.append(time.monotonic() - begun)
    return min(took)


def main() -> None:
    """Run what was asked for and print figures and what they must reach."""
    from tests.bench.report import as_text

    parts = ("without_kafka", "throughput", "restore", "latency", "kills", "memory_and_idle")
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="less of everything: about 4 minutes")
    asked.add_argument("--only", choices=parts, action="append", help="only this part; may be given again")
    asked.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = asked.parse_args()
    with ground() as place:
        bench = Bench(place, quick=given.quick)
        for part in given.only or parts:
            say(part.replace("_", " "))
            getattr(bench, part)()
    figures = {"machine": machine(), **bench.figures}
    print(json.dumps(figures, indent=1) if given.json else as_text(figures))


if __name__ == "__main__":
    main()
