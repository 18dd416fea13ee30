"""A broker (and a registry) for tests and measurements, driven by ordinary calls: kill it, start it again, freeze it.

Nothing restarts it behind the caller's back: a test says what happens.
"""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from hub.local.broker import broker_part
from hub.local.java import find_java
from hub.local.parts import fetch, parts_of
from hub.local.port import LOOPBACK, free_ports
from hub.local.process import Child, Part
from hub.local.registry import registry_part, registry_url
from hub.settings import Settings

_T = TypeVar("_T")
#: Longer than any part's own limits, so that theirs are told.
_CALL_WITHIN_S = 240.0


class RunningBroker:
    """Hold a broker, and a registry if asked, on ports of their own; made by ``running_broker``."""

    def __init__(self, settings: Settings, *, registry: bool, extra: Mapping[str, str] | None = None) -> None:
        """Keep the settings; a thread with an event loop is begun, nothing else."""
        self.settings = settings
        self.bootstrap = f"{LOOPBACK}:{settings.kafka_port}"
        self.registry_url = registry_url(settings) if registry else None
        #: Seconds until ready, by part, at the last start.
        self.ready_s: dict[str, float] = {}
        self._extra = extra
        self._children: dict[str, Child] = {}
        self._loop = asyncio.new_event_loop()
        # The children are on the leash of this thread, so it lives as long as they shall.
        self._thread = threading.Thread(target=self._loop.run_forever, name="running-broker", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Start what does not run; return when it is ready."""
        self._call(self._start())

    def stop(self, name: Literal["kafka", "registry"] = "kafka") -> None:
        """Stop one part as a shut-down does (SIGTERM)."""
        self._call(self._children[name].stop())

    def kill(self, name: Literal["kafka", "registry"] = "kafka") -> None:
        """Kill one part (SIGKILL) and return when it is gone."""
        child = self._children[name]
        self._loop.call_soon_threadsafe(child.kill)
        self._call(child.ended())

    def restart(self, name: Literal["kafka", "registry"] = "kafka") -> None:
        """Stop one part if it runs, and start it again on the same port and data."""
        self.stop(name)
        self.start()

    def freeze(self, name: Literal["kafka", "registry"] = "kafka") -> None:
        """Let one part stand still (SIGSTOP): its connections stay open and nothing answers."""
        self._children[name].signal(signal.SIGSTOP)

    def thaw(self, name: Literal["kafka", "registry"] = "kafka") -> None:
        """Let a frozen part go on."""
        self._children[name].signal(signal.SIGCONT)

    def pid(self, name: Literal["kafka", "registry"] = "kafka") -> int | None:
        """Tell the process id of one part while it runs."""
        return self._children[name].pid

    def close(self) -> None:
        """Kill everything and end the thread; the data stay. Idempotent."""
        if self._loop.is_closed():
            return
        self._call(self._kill_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        parts = parts_of(self.settings)
        await fetch(parts)
        java = find_java()
        wanted = [broker_part(self.settings, parts, java, extra=self._extra)]
        if self.registry_url is not None:
            wanted.append(registry_part(self.settings, parts, java))
        await asyncio.gather(*(self._start_one(part) for part in wanted))

    async def _start_one(self, part: Part) -> None:
        if (old := self._children.get(part.name)) is not None and old.pid is not None:
            return
        child = self._children[part.name] = Child(part, self.settings.home.resolve() / "logs")
        self.ready_s[part.name] = await child.start()

    async def _kill_all(self) -> None:
        for child in self._children.values():
            child.kill()
            await child.ended()

    def _call(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_WITHIN_S)


@contextmanager
def running_broker(
    home: Path, kafka_port: int = 0, *, registry: bool = False, extra: Mapping[str, str] | None = None
) -> Iterator[RunningBroker]:
    """Run a broker with its data in ``home`` while the context is open; 0: a free port.

    Jars are shared: HUB_PARTS names their folder (default: ``.hub/parts`` here).
    ``extra`` broker settings win over ours.
    """
    picked = free_ports(4)
    settings = Settings(
        home=home,
        parts=Settings().parts or Path(".hub/parts"),
        kafka_port=kafka_port or picked[0],
        controller_port=picked[1],
        registry_port=picked[2],
        registry_management_port=picked[3],
    )
    running = RunningBroker(settings, registry=registry, extra=extra)
    try:
        running.start()
        yield running
    finally:
        running.close()
