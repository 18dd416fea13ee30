"""Several child processes as one: started in order, started again when they die, stopped in reverse order.

Every change of state is told to the caller at once; nothing is printed here.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from hub.errors import UnreachableError
from hub.local.process.child import Change, Child, Part, State, turn_over

#: Seconds before the first restart of a part; doubled with each further one, up to the bound.
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
#: Seconds a part must have run for its earlier deaths to be forgotten.
STEADY_S = 60.0
#: Seconds between two looks at the size of the logs.
_LOG_LOOK_S = 10.0


def restart_delay_s(deaths: int) -> float:
    """Tell how long to wait before a part is started again after that many deaths in a row (1 or more)."""
    return float(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (min(deaths, 30) - 1)))


class Supervisor:
    """Keep parts running until they are stopped; use it within one event loop."""

    def __init__(self, logs: Path, *, on_change: Callable[[Change], None] | None = None) -> None:
        """Keep the folder for the parts' output, and whom to tell of changes."""
        self._logs = logs
        self._on_change = on_change
        self._children: dict[str, Child] = {}  # in the order of their start
        self._watches: dict[str, asyncio.Task[int]] = {}
        self._log_watch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def names(self) -> tuple[str, ...]:
        """Tell the parts, in the order of their start."""
        return tuple(self._children)

    def pid(self, name: str) -> int | None:
        """Tell the process id of a part while it runs."""
        return self._children[name].pid

    async def start(self, *parts: Part) -> None:
        """Start these parts side by side; return when all are ready.

        If one fails (UnreachableError) the others of the call are killed; parts of earlier calls run on.
        """
        for part in parts:
            if part.name in self._children:
                raise ValueError(f"a part named {part.name!r} runs already")
            self._children[part.name] = Child(part, self._logs)
        starts = [asyncio.ensure_future(self._start(self._children[part.name])) for part in parts]
        try:
            await asyncio.gather(*starts)
        except BaseException:
            await self._give_up(starts, parts)
            raise
        for part in parts:
            self._watches[part.name] = asyncio.create_task(self._watch(part.name))
        if self._log_watch is None:
            self._log_watch = asyncio.create_task(self._bound_logs())

    async def ended(self, name: str) -> int:
        """Wait until a part that is not restarted has ended; return its exit code."""
        return await asyncio.shield(self._watches[name])

    async def stop(self, *names: str) -> None:
        """Stop the named parts, or all of them, the last started first; each within its own time."""
        self._stopping = self._stopping or not names
        for name in reversed(names or self.names):
            await self._stop_one(name)
        if self._stopping and self._log_watch is not None:
            self._log_watch.cancel()
            self._log_watch = None

    def look_at_logs(self) -> None:
        """Turn over the logs that have grown too large; done by itself, again and again, while parts run."""
        for child in self._children.values():
            with suppress(OSError):  # a full disk: the next look may find room
                turn_over(child.log)

    def kill(self) -> None:
        """Kill everything at once; a stop that waits goes on with the next."""
        self._stopping = True
        for watch in self._watches.values():
            watch.cancel()  # else one that waits to start its part again would do so
        for child in self._children.values():
            child.kill()

    async def _start(self, child: Child) -> None:
        self._tell(child.part.name, "starting", 0.0)
        seconds = await child.start()
        self._tell(child.part.name, "ready", seconds)

    async def _give_up(self, starts: Sequence[asyncio.Future[None]], parts: tuple[Part, ...]) -> None:
        for start in starts:
            start.cancel()
        await asyncio.gather(*starts, return_exceptions=True)
        for part in parts:
            child = self._children.pop(part.name)
            child.kill()
            await child.ended()

    async def _watch(self, name: str) -> int:
        deaths = 0
        while True:
            ready_at = time.monotonic()
            code = await self._children[name].ended()
            lived = time.monotonic() - ready_at
            if self._stopping:
                return code
            if not self._children[name].part.restarts:
                self._tell(name, "ended", lived, detail=f"exit code {code}")
                return code
            deaths = 1 if lived >= STEADY_S else deaths + 1
            self._tell(name, "died", lived, detail=f"exit code {code}")
            deaths = await self._start_again(name, deaths)

    async def _start_again(self, name: str, deaths: int) -> int:
        """Start a dead part until it is ready; return the deaths in a row."""
        while True:
            delay = restart_delay_s(deaths)
            self._tell(name, "waiting", 0.0, detail=f"starts again in {delay:g} s")
            await asyncio.sleep(delay)
            child = Child(self._children[name].part, self._logs)
            self._children[name] = child
            try:
                await self._start(child)
            # A machine without room for a process or a log now may have it later; nobody else would start the part.
            except (UnreachableError, OSError) as failure:
                deaths += 1
                self._tell(name, "died", 0.0, detail=str(failure))
            else:
                return deaths

    async def _stop_one(self, name: str) -> None:
        if (watch := self._watches.pop(name, None)) is not None:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        begun = time.monotonic()
        child = self._children[name]
        if child.pid is not None:
            self._tell(name, "stopping", 0.0)
            await child.stop()
            self._tell(name, "stopped", time.monotonic() - begun)
        del self._children[name]

    async def _bound_logs(self) -> None:
        while True:
            await asyncio.sleep(_LOG_LOOK_S)
            self.look_at_logs()

    def _tell(self, name: str, state: State, seconds: float, *, detail: str = "") -> None:
        if self._on_change is not None:
            self._on_change(Change(name, state, seconds, detail))
