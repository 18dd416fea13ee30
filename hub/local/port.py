"""Ports on this machine: is one free, who holds it, and what answers there."""

import asyncio
import errno
import fcntl
import os
import socket
import struct
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count as counted
from itertools import islice
from pathlib import Path

import httpx2

from hub.errors import SettingsError

LOOPBACK = "127.0.0.1"
#: A probe gives up after this; a listener on the same machine answers in milliseconds or is not ready.
_PROBE_TIMEOUT_S = 1.0
_LISTENING = "0A"
#: How long a port may be taken by nobody before that is an error.
_PATIENCE_S = 2.0
#: Where ports are picked: below what Linux (from 32768 on) and others give away by themselves.
_PICKED = range(10_000, 20_000)
#: How far apart two processes begin to pick whose numbers follow one another, so that they seldom meet.
_APART = 3_821
_TURNS = counted()


@dataclass(frozen=True, slots=True)
class Port:
    """Name a port somebody here will listen on, and the setting that moves it."""

    number: int
    setting: str
    what: str
    host: str = LOOPBACK


def check_ports(ports: Iterable[Port]) -> None:
    """Raise SettingsError that names every port which is taken or asked for twice, its setting and who holds it."""
    wrong: list[str] = []
    seen: dict[int, Port] = {}
    for port in ports:
        if (other := seen.setdefault(port.number, port)) is not port:
            wrong.append(f"port {port.number} is given to both {other.what} and {port.what}; change {port.setting}")
        elif why := _why_not(port):
            wrong.append(why)
    if wrong:
        raise SettingsError("nothing was started:\n  " + "\n  ".join(wrong))


async def wait_for_ports(ports: Sequence[Port]) -> None:
    """Check the ports, with a little patience: what dies under SIGKILL keeps its ports for some milliseconds."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return check_ports(ports)
        except SettingsError:
            if time.monotonic() > deadline or any(find_holder(port.number) for port in ports):
                raise
        await asyncio.sleep(_PATIENCE_S / 20)


def is_free(port: Port) -> bool:
    """Try whether a listener could start at the port now."""
    try:
        _bind(port)
    except (OSError, OverflowError):
        return False
    return True


def _bind(port: Port) -> None:
    with socket.socket(socket.AF_INET6 if ":" in port.host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: old connections do not count
        tried.bind((port.host, port.number))


def _why_not(port: Port) -> str:
    """Say why nothing could listen at the port now; empty if something could."""
    asked = f"port {port.number} for {port.what}"
    try:
        _bind(port)
    except OverflowError:
        return f"{asked} is no port; set {port.setting} to a number up to 65535"
    except OSError as wrong:
        if wrong.errno != errno.EADDRINUSE:
            return (
                f"{asked} cannot be had at {port.host!r}: {wrong.strerror}; set {port.setting}, or the host beside it"
            )
        holder = find_holder(port.number)
        by = f" by {holder}" if holder else ""
        return f"{asked} is taken{by}; stop that, or set {port.setting} to a free port"
    return ""


def free_ports(count: int) -> list[int]:
    """Pick ports nobody listens on, each once, and none that another process of this user has picked and that lives.

    They are not of those that a system gives to clients and to listeners that name none: what is picked is free still
    when somebody comes to listen there, also a second time.
    """
    begin = os.getpid() * _APART
    picked = (_PICKED.start + (begin + turn) % len(_PICKED) for turn in _TURNS)
    free = (number for number in picked if is_free(Port(number, "", "")) and _is_ours(number))
    return list(islice(free, count))


def _is_ours(number: int) -> bool:
    """Take a port for this process; the kernel lets go of it when the process ends."""
    try:
        fcntl.lockf(_taken(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
    except BlockingIOError:
        return False
    return True


@cache
def _taken() -> int:
    """Open the file of which each port has a byte; it stays open, or the locks would go."""
    return os.open(Path(tempfile.gettempdir()) / f"simpul-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def find_holder(port: int) -> str:
    """Name the process that listens at a port ("java, pid 42"); empty if this machine does not tell."""
    sought = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for fds in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            if any(str(fd.readlink()) in sought for fd in fds.iterdir()):
                return f"{(fds.parent / 'comm').read_text().strip()}, pid {fds.parent.name}"
    return ""


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTENING and int(columns[1].rsplit(":", 1)[1], 16) == port:
                    found.add(columns[9])
    return found


async def http_answers(url: str) -> bool:
    """Ask a page once; tell whether it answered 200."""
    try:
        async with httpx2.AsyncClient(timeout=_PROBE_TIMEOUT_S, trust_env=False) as client:
            return (await client.get(url)).status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


async def broker_answers(host: str, port: int) -> bool:
    """Ask a Kafka broker for its metadata once; tell whether it serves: a controller is there, a broker not fenced."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, struct.error):
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(_METADATA_REQUEST)
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                return _serves(await reader.readexactly(size))
            finally:
                writer.close()
    return False


def _metadata_request() -> bytes:
    """Write a Metadata request (key 3), version 1, about no topic."""
    client = b"hub"
    body = struct.pack(">hhih", 3, 1, 1, len(client)) + client + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


_METADATA_REQUEST = _metadata_request()


def _serves(answer: bytes) -> bool:
    """Read brokers and controller from a Metadata answer, version 1."""
    (brokers,) = struct.unpack_from(">i", answer, 4)
    at = 8
    for _ in range(brokers):
        at += 4
        at += 2 + struct.unpack_from(">h", answer, at)[0] + 4
        at += 2 + max(0, struct.unpack_from(">h", answer, at)[0])
    (controller,) = struct.unpack_from(">i", answer, at)
    return bool(brokers > 0 and controller >= 0)
