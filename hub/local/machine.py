"""A hub on one machine, as a whole: a lock, the parts, the broker and the registry, then the caller's processes.

If the settings name a broker or a registry, those are used and nothing is started in their place.
"""

import asyncio
import fcntl
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hub.errors import ConfigurationError
from hub.local.broker import broker_part
from hub.local.java import find_java
from hub.local.parts import Parts, fetch, parts_of
from hub.local.port import LOOPBACK, Port, wait_for_ports
from hub.local.process import Change, Part, Supervisor
from hub.local.registry import registry_part, registry_url
from hub.settings import Settings

#: Folders of a home that others on the machine must not look into: personal data lie there, or may be spoken of.
_PRIVATE = ("data", "logs")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LockedHome:
    """Hold a HUB_HOME for this process alone; the kernel lets go if the process dies."""

    def __init__(self, home: Path) -> None:
        """Keep the folder; nothing is locked yet."""
        self._file = home / "hub.lock"
        self._held: IO[str] | None = None

    def take(self) -> None:
        """Take the lock, write our pid into it, and close the folder to others.

        Raise ConfigurationError that names its holder, or the folder if it cannot be written.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            held = self._file.open("a+")
        except OSError as refused:
            raise ConfigurationError(
                f"HUB_HOME is {self._file.parent}, where nothing can be written ({refused.strerror}); "
                "make it writable, or set HUB_HOME to another folder"
            ) from refused
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            held.close()
            holder = self._file.read_text().strip() or "unknown"
            raise ConfigurationError(
                f"a hub runs already in {self._file.parent} (pid {holder}); stop it, or set HUB_HOME to another folder"
            ) from taken
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._held = held
        for name in _PRIVATE:
            folder = self._file.with_name(name)
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, *wrong: object) -> None:
        self.free()

    def free(self) -> None:
        """Let go of the lock; idempotent."""
        if self._held is not None:
            self._held.close()
            self._held = None


class LocalMachine:
    """Run a broker, a registry and the hub's processes for as long as the context is open.

    The first SIGINT, SIGTERM or SIGHUP cancels the task that opened the context, so everything stops in order, and the
    context ends quietly; a second one kills everything at once. Children die with the thread that opened it.
    """

    def __init__(
        self,
        settings: Settings,
        processes: Sequence[Part] = (),
        *,
        ports: Sequence[Port] = (),
        on_change: Callable[[Change], None] | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:
        """Keep what to run; ``ports`` are those the processes will listen on, to be checked before anything starts."""
        self._settings = settings
        self._processes = tuple(processes)
        self._ports = tuple(ports)
        self._say = say
        self._lock = LockedHome(settings.home)
        self._supervisor = Supervisor(settings.home.resolve() / "logs", on_change=on_change)
        self._owner: asyncio.Task[object] | None = None
        self._asked: signal.Signals | None = None

    @property
    def bootstrap(self) -> str:
        """Tell the broker's address: the given one, else our own."""
        return self._settings.kafka.bootstrap or f"{LOOPBACK}:{self._settings.kafka_port}"

    @property
    def registry_url(self) -> str:
        """Tell the registry's address: the given one, else our own."""
        return self._settings.registry_url or registry_url(self._settings)

    @property
    def supervisor(self) -> Supervisor:
        """Hand on the children, to ask for their ids or await the end of one."""
        return self._supervisor

    @property
    def asked_to_stop_by(self) -> signal.Signals | None:
        """Tell the signal that asked us to stop, if one did."""
        return self._asked

    async def __aenter__(self) -> Self:
        """Listen for signals and start; what was started is stopped again if that fails."""
        self._listen()
        try:
            await self.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None
    ) -> bool:
        """Stop everything; a cancellation that a signal made ends here."""
        del wrong, at
        await self._close()
        return kind is asyncio.CancelledError and self._asked is not None

    async def start(self) -> None:
        """Take the folder, check the ports, bring the parts, start broker and registry side by side, then the rest."""
        self._lock.take()
        await wait_for_ports([*self._own_ports(), *self._ports])
        if own := await self._own_parts():
            await self._supervisor.start(*own)
        for part in self._processes:
            await self._supervisor.start(part)

    async def add(self, *parts: Part) -> None:
        """Start further parts side by side; return when they are ready. They are stopped before the earlier ones."""
        await self._supervisor.start(*parts)

    async def stop(self) -> None:
        """Stop everything, the last started first, and let go of the folder; idempotent."""
        await self._supervisor.stop()
        self._lock.free()

    def kill(self) -> None:
        """Kill everything at once."""
        self._supervisor.kill()

    async def run(self) -> None:
        """Wait until a signal asks to stop (the context ends quietly then)."""
        await asyncio.Event().wait()

    def _own_ports(self) -> Iterator[Port]:
        if self._settings.kafka.bootstrap is None:
            yield Port(self._settings.kafka_port, "HUB_KAFKA_PORT", "Kafka")
            yield Port(self._settings.controller_port, "HUB_CONTROLLER_PORT", "Kafka's controller")
        if self._settings.registry_url is None:
            yield Port(self._settings.registry_port, "HUB_REGISTRY_PORT", "the schema registry")
            management = self._settings.registry_management_port
            yield Port(management, "HUB_REGISTRY_MANAGEMENT_PORT", "the schema registry's management page")

    async def _own_parts(self) -> list[Part]:
        settings = self._settings
        if settings.kafka.bootstrap is not None and settings.registry_url is not None:
            return []
        parts = await self._fetched()
        java = await asyncio.to_thread(find_java)
        own = []
        if settings.kafka.bootstrap is None:
            own.append(await asyncio.to_thread(broker_part, settings, parts, java))
        if settings.registry_url is None:
            own.append(registry_part(settings, parts, java))
        return own

    async def _fetched(self) -> Parts:
        parts = parts_of(self._settings)
        await fetch(parts, say=self._say)
        return parts

    def _listen(self) -> None:
        self._owner = asyncio.current_task()
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in _SIGNALS:
                loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self._asked is not None:
            self.kill()
        elif self._owner is not None:
            self._asked = number
            self._owner.cancel()

    async def _close(self) -> None:
        await self.stop()
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(number)
