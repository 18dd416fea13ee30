"""The faust app that hosts the router's loop: process, signals, pages.

Faust moves no record here: it would acknowledge what was not done. The loop runs in a thread of a service; when it
fails, the process ends with an exit code and a successor goes on from the last commit.
"""

import asyncio
import logging
import os
import signal
import socket
import threading
from typing import Any, Final, NoReturn

import faust
import structlog
from faust.app.base import BootStrategy
from faust.web import Request, View
from mode import Service

from hub import metrics
from hub.engine.health import Health
from hub.engine.worker import Worker
from hub.errors import FatalError, HubError, SettingsError
from hub.settings import Settings

_LOG = structlog.get_logger("hub.engine.app")

#: Seconds that an open transaction gets to be committed after the first signal; below what a supervisor waits.
_STOP_S: Final = 4.0


class _WithoutKafka(BootStrategy):
    """Start pages and our service only: the loop has its own clients."""

    enable_kafka = False


class RouterApp(faust.App):
    """Host the router: no agent, no table, no Kafka client of faust's own."""

    BootStrategy = _WithoutKafka


class RouterProcess(faust.Worker):
    """Run the app until a signal: the first one commits and leaves, a second one ends the process at once."""

    _signalled = False

    def _schedule_shutdown(self, signum: signal.Signals) -> None:
        if self._signalled:
            os._exit(128 + signum)
        self._signalled = True
        super()._schedule_shutdown(signum)

    def _setup_logging(self) -> None:
        """Leave logging as the process has set it, but for faust's own talk about starting and stopping."""
        self.spinner = None  # it writes a terminal's control characters, also into a file
        for name in ("faust", "mode", "aiokafka", "aiohttp.access"):
            logging.getLogger(name).setLevel(logging.WARNING)

    def _on_sigusr2(self) -> None:
        """Do nothing: no debugger opens on a machine that serves people."""


class RouterService(Service):
    """Run the worker's loop in a thread; its end is the app's end."""

    def __init__(self, worker: Worker, health: Health, **kwargs: Any) -> None:
        """Hold the worker; it connects when the service starts."""
        super().__init__(**kwargs)
        self._worker, self._health = worker, health
        self._ended = threading.Event()

    async def on_start(self) -> None:
        """Start the loop."""
        threading.Thread(target=self._work, name="router", daemon=True).start()

    async def on_stop(self) -> None:
        """Ask the loop to commit and leave, and wait for it, bounded."""
        self._health.stop()
        if not await asyncio.to_thread(self._ended.wait, _STOP_S):
            _LOG.error("the loop did not end in time; what is open is undone by the broker")

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            if self._ended.is_set() and not self._health.is_stopping:
                raise FatalError(self._health.failure or "the router's loop has ended")
            if why := self._health.why_dead():
                raise FatalError(why)
            await self.sleep(0.1)

    def _work(self) -> None:
        try:
            self._worker.run()
        except HubError as error:
            self._health.failure = str(error)
            _LOG.critical("the router stopped; a successor goes on from the last commit", error=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the process must end
            self._health.failure = repr(error)
            _LOG.critical("the router failed; a successor goes on from the last commit", exc_info=error)
        finally:
            self._ended.set()


def build_app(settings: Settings) -> faust.App:
    """Make the app of one router worker; nothing connects before it is started."""
    health = Health()
    worker = Worker(settings, health=health)
    app = RouterApp(
        f"{settings.engine.group}.{settings.engine.instance}",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_bind=settings.metrics_host,
        web_host=settings.metrics_host,
        web_port=settings.metrics_port,
        web_tables_enabled=False,
        web_router_enabled=False,
        datadir=settings.home / "faust",
    )
    app.producer_only = True

    @app.service
    class _Router(RouterService):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(worker, health, **kwargs)

    _add_pages(app, health)
    return app


def run(settings: Settings) -> NoReturn:
    """Run one router worker until a signal; ends the process, with exit code 0 when it was asked to stop.

    Raise SettingsError when the page's port is taken, before any partition is.
    """
    check_page(settings.metrics_host, settings.metrics_port)
    process = RouterProcess(build_app(settings), loglevel=logging.WARNING, quiet=True, redirect_stdouts=False)
    process.execute_from_commandline()


def check_page(host: str, port: int) -> None:
    """Raise SettingsError unless a page can listen there now."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as taken:
        raise SettingsError(
            f"the router's page cannot listen at {host} port {port}: {taken.strerror}; "
            "stop what does, or set HUB_METRICS_PORT (a second router needs a HUB_ENGINE__INSTANCE too)"
        ) from taken


def _add_pages(app: faust.App, health: Health) -> None:
    @app.page("/metrics")
    async def _metrics(_view: View, _request: Request) -> Any:
        return _view.bytes(metrics.expose(), headers={"Content-Type": metrics.CONTENT_TYPE})

    @app.page("/livez")
    async def _livez(view: View, _request: Request) -> Any:
        return _answer(view, health.why_dead())

    @app.page("/readyz")
    async def _readyz(view: View, _request: Request) -> Any:
        return _answer(view, health.why_unready())


def _answer(view: View, why_not: str | None) -> Any:
    return view.text(f"{why_not or 'ok'}\n", status=503 if why_not else 200)
