"""One machine as a whole, with small programs in the place of a broker and workers."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from hub.errors import ConfigurationError, MissingPartError, SettingsError
from hub.local import Change, LocalMachine, LockedHome, Part
from hub.local.port import Port, free_ports
from hub.settings import Kafka, Settings
from tests.unit.local.waiting import STUBBORN, runs, until

#: Runs a machine with the programs of the test until a signal comes; tells every change of state.
_HUB = """
import asyncio, sys
sys.path.insert(0, {checkout!r})
from hub.local import LocalMachine, Part
from hub.settings import Kafka, Settings

settings = Settings(home={home!r}, kafka=Kafka(bootstrap="broker:9092"), registry_url="http://registry")

async def main():
    tell = lambda change: print(change.name, change.state, flush=True)
    async with LocalMachine(settings, on_change=tell) as machine:
        for name, argv in {programs!r}:
            await machine.add(Part(name, tuple(argv), stop_within_s=600))
            print("pid", machine.supervisor.pid(name), flush=True)
        await machine.run()
    print("end", machine.asked_to_stop_by.name, flush=True)

asyncio.run(main())
"""


def can_be_locked(home: Path) -> bool:
    """Tell whether a hub could run in the folder now."""
    with LockedHome(home):
        return True


def external(home: Path) -> Settings:
    """Give settings that name a broker and a registry, so that nothing of ours is started."""
    return Settings(home=home, kafka=Kafka(bootstrap="broker:9092"), registry_url="http://registry")


async def start_hub(home: Path, programs: list[tuple[str, tuple[str, ...]]]) -> tuple[Process, list[int]]:
    """Start the script above in a process of its own; return it and its children's pids when all are ready."""
    code = _HUB.format(checkout=str(Path.cwd()), home=str(home), programs=programs)
    hub = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=PIPE)
    assert hub.stdout is not None
    pids: list[int] = []
    while len(pids) < len(programs):
        word, value = (await hub.stdout.readline()).decode().split()[:2]
        if word == "pid":
            pids.append(int(value))
    return hub, pids


async def lines_to_the_end(hub: Process) -> list[str]:
    """Read what the script still says; it must end soon."""
    async with asyncio.timeout(60):
        rest, _ = await hub.communicate()
    return rest.decode().splitlines()


async def test_a_home_has_one_hub(tmp_path: Path) -> None:
    """A second hub in the same folder is refused, and told who is there."""
    async with LocalMachine(external(tmp_path)):
        with pytest.raises(ConfigurationError, match=r"pid \d+"):
            LockedHome(tmp_path).take()

    assert can_be_locked(tmp_path)


@pytest.mark.parametrize("name", ["data", "logs"])
async def test_what_citizens_said_is_for_its_owner_only(tmp_path: Path, name: str) -> None:
    """Kafka's log holds personal data: nobody else on the machine looks in, also where a folder was open before."""
    (tmp_path / "data").mkdir(mode=0o755)

    async with LocalMachine(external(tmp_path)):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


async def test_what_the_settings_name_is_used(tmp_path: Path) -> None:
    """With a broker and a registry given, nothing is started, and their addresses are handed on."""
    story: list[Change] = []

    async with LocalMachine(external(tmp_path), on_change=story.append) as machine:
        assert machine.bootstrap == "broker:9092"
        assert machine.registry_url == "http://registry"

    assert story == []


async def test_processes_are_started_and_stopped(tmp_path: Path) -> None:
    """The processes run while the context is open; one that is added comes after them and goes before them."""
    story: list[Change] = []
    first = Part("first", ("sleep", "600"))

    async with LocalMachine(external(tmp_path), [first], on_change=story.append) as machine:
        await machine.add(Part("second", ("sleep", "600")))
        pids = [machine.supervisor.pid(name) or 0 for name in ("first", "second")]
        assert all(runs(pid) for pid in pids)

    assert [change.name for change in story if change.state == "stopped"] == ["second", "first"]
    assert not any(runs(pid) for pid in pids)


async def test_taken_ports_stop_the_start(tmp_path: Path) -> None:
    """If a port is taken, nothing is started and the folder is free again."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    taken: int = server.sockets[0].getsockname()[1]
    ports = [Port(taken, "HUB_GATEWAY_PORT", "the gateway")]
    part = Part("never", ("touch", str(tmp_path / "started")))

    with pytest.raises(SettingsError, match="HUB_GATEWAY_PORT"):
        async with LocalMachine(external(tmp_path), [part], ports=ports):
            pass

    server.close()
    await server.wait_closed()
    assert not (tmp_path / "started").exists()
    assert can_be_locked(tmp_path)


async def test_a_missing_part_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the jars and without Maven the start says so, and lets go of the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ports = free_ports(2)
    settings = Settings(
        home=tmp_path,
        parts=tmp_path / "none",
        registry_url="http://registry",
        kafka_port=ports[0],
        controller_port=ports[1],
    )

    with pytest.raises(MissingPartError):
        await LocalMachine(settings).__aenter__()

    assert can_be_locked(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """One signal stops the parts in reverse order, ends the context quietly and leaves nothing running."""
    hub, pids = await start_hub(tmp_path, [("broker", ("sleep", "600")), ("worker", ("sleep", "600"))])

    hub.send_signal(number)

    assert await lines_to_the_end(hub) == [
        *("worker stopping", "worker stopped", "broker stopping", "broker stopped"),
        f"end {number.name}",
    ]
    assert hub.returncode == 0
    assert not any(runs(pid) for pid in pids)


async def test_a_second_signal_kills_at_once(tmp_path: Path) -> None:
    """A part that does not end is killed by the second Ctrl-C, long before its time is over."""
    hub, pids = await start_hub(tmp_path, [("worker", STUBBORN)])
    await until(lambda: (tmp_path / "logs" / "worker.log").read_text() == "up\n")
    assert hub.stdout is not None

    hub.send_signal(signal.SIGINT)
    assert await hub.stdout.readline() == b"worker stopping\n"
    hub.send_signal(signal.SIGINT)

    assert await lines_to_the_end(hub) == ["worker stopped", "end SIGINT"]
    assert not any(runs(pid) for pid in pids)


async def test_a_killed_hub_leaves_nothing(tmp_path: Path) -> None:
    """SIGKILL of the hub ends all its parts, and the folder can be used again."""
    hub, pids = await start_hub(tmp_path, [("broker", STUBBORN), ("worker", ("sleep", "600"))])
    await until(lambda: (tmp_path / "logs" / "broker.log").read_text() == "up\n")

    hub.kill()
    await lines_to_the_end(hub)

    await until(lambda: not any(runs(pid) for pid in pids))
    assert can_be_locked(tmp_path)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Whoever set the wrong folder learns which setting named it."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=rf"HUB_HOME is {tmp_path}/file/home.*Not a directory"):
        LockedHome(tmp_path / "file" / "home").take()
