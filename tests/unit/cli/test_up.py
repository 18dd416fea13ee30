"""What `hub up` starts beside broker and registry."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.cli.exit import Exit
from hub.cli.here import program
from hub.cli.machine.up import addresses, parts
from hub.local.port import free_ports
from hub.settings import Kafka, Settings
from tests.kafka.until import until


def _settings(**given: object) -> Settings:
    kafka = Kafka(bootstrap="127.0.0.1:1")
    return Settings(kafka=kafka, registry_url="http://127.0.0.1:2", home=Path("/nowhere"), **given)  # type: ignore[arg-type]


def test_every_worker_has_a_name_and_a_page_of_its_own() -> None:
    """The same name at each start, so that a worker takes its partitions and its open transaction back."""
    routers, pages = parts(_settings(workers=3, metrics_port=9404))
    assert [each.env["HUB_ENGINE__INSTANCE"] for each in routers] == ["router-1", "router-1-2", "router-1-3"]
    served = [each.env["HUB_METRICS_PORT"] for each in (*routers, *pages) if "HUB_METRICS_PORT" in each.env]
    assert served == ["9404", "9405", "9406", "9407"]
    assert len({each.name for each in (*routers, *pages)}) == 5


def test_all_speak_to_the_same_broker_and_registry() -> None:
    """What this machine started, or was told to use, is what its processes are told."""
    routers, pages = parts(_settings())
    for each in (*routers, *pages):
        assert each.env["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:1"
        assert each.env["SCHEMA_REGISTRY_URL"] == "http://127.0.0.1:2"
        assert each.env["HUB_HOME"] == "/nowhere"


def test_a_gateway_gets_time_to_finish_what_is_in_flight() -> None:
    """It is stopped more patiently than a record waits for its acknowledgement."""
    _, pages = parts(_settings())
    (gateway,) = [each for each in pages if each.name == "gateway"]
    assert gateway.argv[-2:] == ("run", "gateway")
    assert gateway.stop_within_s >= 17


def test_where_to_look_is_said_without_a_password() -> None:
    """What stands on a screen is read by others too."""
    said = addresses(_settings().model_copy(update={"registry_url": "http://hub:hunter2@registry:8081"}))
    assert "http://hub:***@registry:8081" in said
    assert "hunter2" not in said


def test_what_is_said_to_look_at_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command stands on a line of its own, as it is called from here: also where `hub` is on no path."""
    monkeypatch.setenv("PATH", "/nowhere")
    said = addresses(_settings(), before="HUB_HOME=there ").splitlines()
    own = os.path.relpath(Path(sys.executable).with_name("hub"))
    assert f"  look      HUB_HOME=there {own} case list" in said
    assert f"            HUB_HOME=there {own} doctor" in said


def test_a_program_on_the_path_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has activated the environment is not shown where it lies."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert program() == "hub"


def _is_locked(home: Path) -> bool:
    lock = home / "hub.lock"
    return lock.exists() and bool(lock.read_text())


def test_a_stop_before_it_is_whole_is_told_at_once(tmp_path: Path) -> None:
    """Ctrl-C while the network is being applied ends with 130, also with a broker that is dead."""
    nobody, page, _, gateway = free_ports(4)  # else a hub that somebody runs here, or another test's, has its ports
    named = {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody}", "SCHEMA_REGISTRY_URL": f"http://127.0.0.1:{nobody}",
        "HUB_HOME": str(tmp_path), "HUB_METRICS_PORT": str(page), "HUB_GATEWAY_PORT": str(gateway),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "hub", "up"], env=os.environ | named, stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: _is_locked(tmp_path) or process.poll() is not None)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == Exit.INTERRUPTED, said
    assert time.monotonic() - asked < 12  # a broker is waited for longer
    assert "stopped before it was whole; nothing is left running" in said
