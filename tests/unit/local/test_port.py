"""Ports are checked before anything starts, and probes tell the truth."""

import asyncio
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hub.errors import SettingsError
from hub.local import port as module
from hub.local.port import LOOPBACK, Port, broker_answers, check_ports, free_ports, http_answers


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port that somebody (we) listens on."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def metadata(*, brokers: int, controller: int) -> bytes:
    """Write a Metadata answer, version 1, as a broker would."""
    one = struct.pack(">ih", 1, 9) + LOOPBACK.encode() + struct.pack(">ih", 9092, -1)
    body = struct.pack(">ii", 1, brokers) + one * brokers + struct.pack(">ii", controller, 0)
    return struct.pack(">i", len(body)) + body


async def probe(answer: bytes) -> bool:
    """Ask a listener that gives this answer to whatever it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        await reader.readexactly(size)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, LOOPBACK, 0) as server:
        return await broker_answers(LOOPBACK, server.sockets[0].getsockname()[1])


def test_a_taken_port_is_named_with_setting_and_holder(taken: int) -> None:
    """The message says which port, which setting moves it, and which process holds it."""
    with pytest.raises(SettingsError) as refused:
        check_ports([Port(taken, "HUB_KAFKA_PORT", "Kafka")])

    for word in (str(taken), "HUB_KAFKA_PORT", "Kafka", f"pid {os.getpid()}"):
        assert word in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(taken: int) -> None:
    """Several taken ports are one error."""
    with pytest.raises(SettingsError) as refused:
        check_ports([Port(taken, "HUB_KAFKA_PORT", "Kafka"), Port(taken, "HUB_REGISTRY_PORT", "the schema registry")])

    assert "HUB_KAFKA_PORT" in str(refused.value)
    assert "HUB_REGISTRY_PORT" in str(refused.value)


@pytest.mark.parametrize(
    ("port", "word"),
    [
        (Port(8080, "HUB_GATEWAY_PORT", "the gateway", "192.0.2.1"), "192.0.2.1"),
        (Port(8080, "HUB_GATEWAY_PORT", "the gateway", "no such host"), "no such host"),
        (Port(99_999, "HUB_GATEWAY_PORT", "the gateway"), "65535"),
    ],
)
def test_an_address_that_is_not_ours_is_not_called_taken(port: Port, word: str) -> None:
    """Whoever sets a wrong host or number is told so, and not sent to look for a process."""
    with pytest.raises(SettingsError) as refused:
        check_ports([port])
    assert word in str(refused.value)
    assert "HUB_GATEWAY_PORT" in str(refused.value)
    assert "taken" not in str(refused.value)


def test_addresses_of_the_newer_kind_are_checked_too() -> None:
    """A gateway may listen at ::1, and is then found there."""
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with pytest.raises(SettingsError, match="is taken"):
            check_ports([Port(taken, "HUB_GATEWAY_PORT", "the gateway", "::1")])
    check_ports([Port(taken, "HUB_GATEWAY_PORT", "the gateway", "::1")])


def test_free_ports_pass() -> None:
    """Ports nobody listens on are no error, and picked ones differ."""
    picked = [*free_ports(3), *free_ports(2)]

    check_ports([Port(number, "HUB_X", "x") for number in picked])

    assert len(set(picked)) == 5


def test_no_client_is_given_a_port_that_was_picked() -> None:
    """Linux gives clients, and listeners that name no port, one from 32768 on."""
    assert max(free_ports(3)) < 32_768


def test_processes_side_by_side_pick_other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are begun one after the other, as the workers of a test run are, do not meet."""
    picked = []
    for process in range(4_000, 4_008):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        picked += free_ports(5)
    assert len(set(picked)) == len(picked)


def test_what_another_process_has_picked_is_left_to_it_while_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nobody listens there: not yet, or not any more for a moment."""
    code = "import os; os.getpid = lambda: 7; from hub.local.port import free_ports; print(*free_ports(5)); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = {int(each) for each in other.stdout.readline().split()}
        monkeypatch.setattr(os, "getpid", lambda: 7)
        monkeypatch.setattr(module, "_TURNS", iter(range(100)))
        ours = free_ports(5)
        other.communicate("")
    assert len(theirs) == 5
    assert not theirs & {*ours}
    monkeypatch.setattr(module, "_TURNS", iter(range(100)))
    assert theirs & {*free_ports(20)}


async def test_a_broker_that_serves_is_ready() -> None:
    """One broker and a controller in the metadata: ready."""
    assert await probe(metadata(brokers=1, controller=1))


@pytest.mark.parametrize(
    "answer", [metadata(brokers=0, controller=1), metadata(brokers=1, controller=-1), b"", b"\0\0\0\2hi"]
)
async def test_a_broker_that_does_not_serve_yet_is_not_ready(answer: bytes) -> None:
    """A fenced broker, no controller, a closed connection and nonsense are all: not ready."""
    assert not await probe(answer)


async def test_nobody_at_the_port_is_not_ready() -> None:
    """A closed port is no error of a probe, only: not ready."""
    (port,) = free_ports(1)

    assert not await broker_answers(LOOPBACK, port)
    assert not await http_answers(f"http://{LOOPBACK}:{port}/")
