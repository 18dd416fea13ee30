"""One child process: started on a leash, ready when its probe says so, stopped politely and then not.

A child never outlives the thread that started it, also when that one is killed (see leash.py); so start children from a
thread that lives as long as they shall.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hub.errors import UnreachableError

Probe = Callable[[], Awaitable[bool]]
State = Literal["starting", "ready", "died", "ended", "waiting", "stopping", "stopped"]

_LEASH = Path(__file__).with_name("leash.py")
#: Seconds between two questions whether a child is ready: short beside a JVM's start, long beside one question.
_PROBE_EVERY_S = 0.1
#: A log is turned over at this size, and this many old ones are kept: at most 64 MiB for each part.
LOG_BYTES = 16 * 1024 * 1024
LOGS_KEPT = 3
_TAIL_LINES = 15


async def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Part:
    """Describe a process to run: what it is called, how it is started, when it is ready."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Probe = _at_once
    ready_within_s: float = 60.0
    stop_within_s: float = 10.0
    #: False: its end is not a fault (a job that ends by itself).
    restarts: bool = True
    #: What must be done before it is started, in a thread: other parts start meanwhile. Idempotent.
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Say that a part came into a state, and how many seconds the state before it took."""

    name: str
    state: State
    seconds: float = 0.0
    detail: str = ""


class Child:
    """Run one part once; make another one to run it again."""

    def __init__(self, part: Part, logs: Path) -> None:
        """Keep what to run and the folder of its log; nothing is started."""
        self.part = part
        self.log = logs / f"{part.name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._is_killed = False

    @property
    def pid(self) -> int | None:
        """Tell the process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> float:
        """Start the process and wait until it is ready; return the seconds.

        Raises UnreachableError, with the end of its log, if it ends first or is not ready in time; it is dead then.
        """
        begun = time.monotonic()
        if self.part.prepare is not None:
            await asyncio.to_thread(self.part.prepare)
        if self._is_killed:
            raise UnreachableError(f"{self.part.name} was killed before it was started")
        await self._spawn()
        try:
            await self._wait_ready(begun + self.part.ready_within_s)
        except BaseException:
            self.kill()
            await self.ended()
            raise
        return time.monotonic() - begun

    async def ended(self) -> int:
        """Wait for the end; return the exit code (minus the signal's number if one ended it)."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        self._kill_group()  # what it started itself and left behind
        return code

    async def stop(self) -> None:
        """Ask it to end (SIGTERM), and kill it with all it started when its time is over."""
        if self.pid is None:
            return
        self.signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.part.stop_within_s):
                await self.ended()
                return
        self.kill()
        await self.ended()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs."""
        if (pid := self.pid) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """Kill it and all that it started, at once; one that is not started yet never is."""
        self._is_killed = True
        if self.pid is not None:
            self._kill_group()

    def tail(self) -> str:
        """Read the last lines of its log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
        return ""

    async def _spawn(self) -> None:
        turn_over(self.log)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *leashed(self.part.argv),
                env={**os.environ, **self.part.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # a terminal's Ctrl-C reaches the hub alone, which keeps the order
            )

    async def _wait_ready(self, deadline: float) -> None:
        while True:
            if self.pid is None:
                await self.ended()
                raise UnreachableError(self._account("ended before it was ready"))
            if await self.part.ready():
                return
            if time.monotonic() > deadline:
                raise UnreachableError(self._account(f"was not ready within {self.part.ready_within_s:.0f} s"))
            await asyncio.sleep(_PROBE_EVERY_S)

    def _account(self, what: str) -> str:
        return f"{self.part.name} {what}; the end of its log {self.log}:\n{self.tail()}"

    def _kill_group(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def leashed(argv: Sequence[str]) -> tuple[str, ...]:
    """Write the words that run a program which dies with the thread that starts it."""
    return (sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *argv)


def turn_over(log: Path) -> None:
    """Make room in a log that has grown too large, also while a process appends to it; older ones go.

    The bytes written between the copy and the cut are lost: these logs are for reading, the journal is the evidence.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if not log.exists() or log.stat().st_size < LOG_BYTES:
        return
    for age in range(LOGS_KEPT - 1, 0, -1):
        with suppress(FileNotFoundError):
            log.with_name(f"{log.name}.{age}").replace(log.with_name(f"{log.name}.{age + 1}"))
    log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)
