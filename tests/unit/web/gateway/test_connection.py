"""A connection costs no more than its limits, whoever is at the other end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from hub.bus.memory import MemoryProducer
from hub.web.gateway.connection import Limits
from hub.web.gateway.intake import Intake
from hub.web.gateway.process import listen, make_server
from hub.web.gateway.rate import Rate
from hub.web.keys import KeyRing, add_key
from hub.web.network import FixedNetwork
from tests.unit.web.speaking import CIVIL, recorded, vocabulary

_SHORT: Final = Limits(connections=3, head_bytes=4_096, arrive_s=0.3, answer_s=0.6)
#: For what is not about time: a busy machine takes its own.
_PATIENT: Final = Limits(connections=3, head_bytes=4_096)
#: For an answer that takes longer than a request may.
_SLOW: Final = Limits(connections=3, head_bytes=4_096, arrive_s=0.3)


class _Hub:
    """A gateway on a real socket."""

    def __init__(self, port: int, key: str, producer: MemoryProducer) -> None:
        self.port, self.key, self.producer = port, key, producer

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def told(self, sent: bytes) -> bytes:
        """Send bytes and read until the gateway ends the connection."""
        reader, writer = await self.connect()
        writer.write(sent)
        try:
            async with asyncio.timeout(60):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def _gateway(tmp_path: Path, limits: Limits) -> AsyncIterator[_Hub]:
    path = tmp_path / "keys.json"
    key, _ = add_key(path, CIVIL)
    producer = MemoryProducer({"agency.disdukcapil.events": 4})
    intake = Intake(KeyRing(path), FixedNetwork(vocabulary()), producer=producer, rate=Rate(None, time.monotonic))
    listener = listen("127.0.0.1", 0)
    server = make_server(intake, limits)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield _Hub(listener.getsockname()[1], key, producer)
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[_Hub]:
    """Give a gateway that is patient."""
    async with _gateway(tmp_path, _PATIENT) as made:
        yield made


@pytest.fixture
async def short(tmp_path: Path) -> AsyncIterator[_Hub]:
    """Give a gateway with short limits."""
    async with _gateway(tmp_path, _SHORT) as made:
        yield made


async def _is_cut_within(hub: _Hub, first: bytes, drop: bytes, *, seconds: float) -> bytes:
    """Send a beginning, then drip; give what was said when the gateway ended it."""
    reader, writer = await hub.connect()
    said = bytearray()

    async def listen_on() -> None:
        while chunk := await reader.read(65_536):
            said.extend(chunk)

    listening = asyncio.create_task(listen_on())
    try:
        async with asyncio.timeout(seconds):
            writer.write(first)
            while not listening.done():
                writer.write(drop)
                await asyncio.sleep(0.02)
            await listening
    except ConnectionError:
        await asyncio.gather(listening, return_exceptions=True)
    finally:
        listening.cancel()
        writer.close()
    return bytes(said)


async def test_an_ordinary_request_is_answered_and_the_connection_kept(hub: _Hub) -> None:
    """Two requests, one after the other, on one connection."""
    reader, writer = await hub.connect()
    for _ in range(2):
        writer.write(b"GET /livez HTTP/1.1\r\nHost: hub\r\n\r\n")
        assert (await reader.readuntil(b"ok\n")).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 100_000,
        b"GET /livez HTTP/1.1\r\nx: " + b"a" * 100_000,
        b"GET /livez HTTP/1.1\r\n" + b"x: a\r\n" * 20_000,
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 100_000,
    ],
)
async def test_a_head_without_end_is_refused(hub: _Hub, sent: bytes) -> None:
    """Lines and headers are counted while they come, before anybody is asked who speaks."""
    told = await hub.told(sent)
    assert b"HTTP/1.1 431" in told
    assert b"application/problem+json" in told


@pytest.mark.parametrize(
    ("first", "drop", "says"),
    [
        (b"", b"\r\n", b""),
        (b"GET /livez HTTP/1.1\r\n", b"x: a\r\n", b"HTTP/1.1 408"),
        (b"GET /livez HTTP/1.1\r\nHost: hub\r\n\r\n", b"\r\n", b"HTTP/1.1 200"),
        (b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nContent-Length: 9000\r\n\r\n", b"1", b"HTTP/1.1 401"),
        (b"POST /nowhere HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"HTTP/1.1 404"),
    ],
)
async def test_who_drips_is_cut(short: _Hub, first: bytes, drop: bytes, says: bytes) -> None:
    """A request that is not there in time ends its connection; it is told once, if it was a request."""
    said = await _is_cut_within(short, first, drop, seconds=20)
    assert said.startswith(says)
    assert said.count(b"HTTP/1.1") == (1 if says else 0)


async def test_who_says_nothing_is_cut(short: _Hub) -> None:
    """A connection on which nothing comes is closed without a word."""
    assert await short.told(b"") == b""


async def test_a_body_that_drips_with_a_key_is_cut(short: _Hub) -> None:
    """A key does not buy more time."""
    head = (
        b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nX-API-Key: " + short.key.encode() + b"\r\n"
        b"Content-Type: application/cloudevents+json\r\nContent-Length: 9000\r\n\r\n"
    )
    await _is_cut_within(short, head, b" ", seconds=20)
    assert short.producer.records == []


async def test_one_connection_too_many_is_told(hub: _Hub) -> None:
    """Whoever comes when the house is full gets 503; whoever is in stays, and a place that is left is free again."""
    inside = [await hub.connect() for _ in range(_PATIENT.connections)]
    assert b"HTTP/1.1 503" in await hub.told(b"GET /livez HTTP/1.1\r\nHost: hub\r\n\r\n")
    for _, writer in inside:
        writer.close()

    async def is_answered() -> bool:
        return b"HTTP/1.1 200" in await hub.told(b"GET /livez HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")

    await _until(is_answered)


async def test_what_is_no_http_is_told_as_a_problem(hub: _Hub) -> None:
    """A stranger's noise gets 400 in the form of all problems, and nothing of it comes back."""
    told = await hub.told(b"\x16\x03\x01 noise\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 400")
    assert b"urn:simpul:problem:malformed" in told
    assert b"noise" not in told


async def test_an_answer_that_waits_for_kafka_is_not_cut(tmp_path: Path) -> None:
    """The time for a request's arrival does not count against its answer."""
    body = json.dumps(recorded()).encode()
    async with _gateway(tmp_path, _SLOW) as hub:
        hub.producer.is_holding = True
        reader, writer = await hub.connect()
        writer.write(
            b"POST /v1/events HTTP/1.1\r\nHost: hub\r\nX-API-Key: " + hub.key.encode() + b"\r\n"
            b"Content-Type: application/cloudevents+json\r\nContent-Length: "
            + str(len(body)).encode()
            + b"\r\n\r\n"
            + body
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5 * _SLOW.arrive_s):
                await reader.read(1)
        hub.producer.release()
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 202")
        writer.close()


async def _until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # type: ignore[misc] # noqa: ASYNC110 - the condition is asked over a socket
            await asyncio.sleep(0.02)
