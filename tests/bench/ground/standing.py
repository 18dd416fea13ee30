"""A router or a bare loop that runs beside a measurement, until the measurement is over."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from hub.local.port import free_ports
from tests.bench.ground.machine import ENGINE_CORE, pin
from tests.bench.ground.place import Ground

Process = subprocess.Popen[bytes]
_READY_S = 60.0


@contextmanager
def router(place: Ground, *, pinned: bool = False, wait: bool = True) -> Iterator[Process]:
    """Run the process that `hub run router` is; `wait`: until it says that it is ready."""
    port = free_ports(1)[0]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "KAFKA_", "SCHEMA_"))}
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": place.broker.bootstrap, "SCHEMA_REGISTRY_URL": str(place.broker.registry_url),
        "HUB_HOME": str(place.home), "HUB_METRICS_PORT": str(port), "HUB_ENGINE__INSTANCE": "bench",
    }  # fmt: skip
    with (place.home / "router.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "hub", "run", "router"], env=kept | given, stderr=log)
    with _ended(process):
        if wait:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/readyz")
        if pinned:
            pin(process.pid, ENGINE_CORE)
        yield process


@contextmanager
def bare_loop(place: Ground, samples: list[dict[str, Any]]) -> Iterator[Process]:
    """Run a bare loop from the present ends of the inputs on."""
    begins = [(at.topic, at.partition, offset) for at, offset in place.ends().items()]
    command = [sys.executable, "-m", "tests.bench.program.bare_loop", place.task_of(begins=begins, samples=samples)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    with _ended(process):
        assert process.stdout is not None
        process.stdout.readline()
        pin(process.pid, ENGINE_CORE)
        yield process


@contextmanager
def _ended(process: Process) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _wait_until_ready(process: Process, url: str) -> None:
    deadline, pause = time.monotonic() + _READY_S, threading.Event()
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the router ended with exit code {process.returncode}")
        with suppress(URLError, ConnectionError, TimeoutError), urlopen(url, timeout=2) as answer:  # noqa: S310 - ours
            if answer.status == 200:
                return
        pause.wait(0.05)
    raise SystemExit(f"the router is not ready after {_READY_S:.0f} s")
