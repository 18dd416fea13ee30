"""Demonstrations as a new user starts them: they end by themselves or by Ctrl-C, prove the hub and leave nothing."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.local.port import free_ports
from tests.kafka.until import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

_LOG = Path("deploy/wabo/receipt.csv")
_WHOLE = {"T02", "T04", "T05", "T06", "T10"}


def _environ(home: Path) -> Mapping[str, str]:
    kafka, controller, registry, management, gateway = free_ports(5)
    page = 20_000 + 2 * os.getpid() % 10_000  # with the next one, for the views: no port that a client may be given
    given = {
        "HUB_HOME": str(home), "HUB_PARTS": os.environ.get("HUB_PARTS", str(Path(".hub/parts").resolve())),
        "HUB_KAFKA_PORT": str(kafka), "HUB_CONTROLLER_PORT": str(controller), "HUB_REGISTRY_PORT": str(registry),
        "HUB_REGISTRY_MANAGEMENT_PORT": str(management), "HUB_GATEWAY_PORT": str(gateway),
        "HUB_METRICS_PORT": str(page),
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "KAFKA_", "SCHEMA_"))}
    return kept | given


def _account(home: Path, *words: str) -> Mapping[str, Any]:
    """Run a demonstration that ends by itself; give the one object on its stdout."""
    command = [sys.executable, "-m", "hub", "demo", "--once", "--json", *words]
    done = subprocess.run(command, env=_environ(home), capture_output=True, text=True, timeout=480, check=False)
    assert done.returncode == 0, done.stderr
    until(lambda: not _running(home))  # what was killed at the end is gone a moment later
    account: Mapping[str, Any] = json.loads(done.stdout)
    assert (account["tasks_lost"], account["tasks_duplicated"]) == (0, 0)
    return account


def _running(home: Path) -> list[str]:
    """Name the processes that were started for this folder and are there still."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environ = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if command and str(home).encode() in command + environ:
            found.append(command.replace(b"\x00", b" ").decode())
    return found


def test_citizens_are_served_and_nothing_is_lost(tmp_path: Path) -> None:
    """Every case of the reference network ends, each task came once, and nothing is left running."""
    account = _account(tmp_path / "home", "--cases", "20", "--seed", "3")
    assert account["cases_opened"] == account["cases_completed"] + account["cases_rejected"] == 20
    assert account["cases_open"] == 0
    assert account["events_published"] >= account["tasks_delivered"] > 100
    assert 0 < account["event_to_task_ms"]["p50"] <= account["event_to_task_ms"]["p99"]
    assert account["ready_seconds"] > 0
    assert {"hub", "kafka", "registry", "python"} <= account["versions"].keys()


def test_a_real_log_goes_through_the_hub(tmp_path: Path) -> None:
    """Exactly the cases are completed whose log holds all five steps; every row is published."""
    rows: dict[str, list[str]] = {}
    with _LOG.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["case:concept:name"], []).append(row["concept:name"][:3])
    first = list(rows.values())[:80]
    account = _account(tmp_path / "home", "--network", "deploy/wabo", "--log", str(_LOG), "--cases", "80")
    whole = sum(set(activities) >= _WHOLE for activities in first)
    assert 0 < whole < 80
    told = (account["cases_opened"], account["cases_completed"], account["cases_open"], account["events_published"])
    assert told == (80, whole, 80 - whole, sum(map(len, first)))


class _Live:
    """A demonstration that people watch."""

    def __init__(self, home: Path) -> None:
        self._said = home.with_suffix(".log")
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub", "demo", "--rate", "5"],
                env=_environ(home), stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip

    def until(self, pattern: str) -> None:
        """Wait until it has said this once more."""
        before, deadline, tick = len(re.findall(pattern, self.said)), time.monotonic() + 120, threading.Event()
        while len(re.findall(pattern, self.said)) <= before:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            tick.wait(0.1)

    @property
    def said(self) -> str:
        """Read what it has said."""
        return self._said.read_text(encoding="utf-8")

    def kill_router(self) -> None:
        """Kill the router as a fault would."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="utf-8")
        routers = [
            pid for pid in children.split() if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"run\0router\0")
        ]
        assert len(routers) == 1
        os.kill(int(routers[0]), signal.SIGKILL)


def test_a_killed_router_is_no_loss_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """While people watch a router is killed; it comes back, Ctrl-C stops all in order, and the books are right."""
    home = tmp_path / "home"
    live = _Live(home)
    try:
        live.until(r"\d+ completed")
        live.kill_router()
        live.until("router: ready")
        live.until(r"[1-9]\d* completed")
        live.process.send_signal(signal.SIGINT)
        assert live.process.wait(60) == 0, live.said
    finally:
        live.process.kill()
        live.process.wait()
    assert "router: died" in live.said
    assert "0 lost, 0 doubled" in live.said
    assert "/docs" in live.said
    until(lambda: not _running(home))
