"""The gateway's own process: everything is put together here, served until a signal, and taken down in order."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog
import uvicorn

from hub.bus.producer import Producer
from hub.errors import SettingsError
from hub.settings import Settings, page_url
from hub.web.gateway.app import make_app
from hub.web.gateway.connection import Limits, connections
from hub.web.gateway.intake import Intake
from hub.web.gateway.rate import Rate
from hub.web.keys import KeyRing, keys_path
from hub.web.network import Follower

_LOG = structlog.get_logger("hub.web.gateway")

#: Milliseconds until a record that Kafka does not acknowledge is given up: longer than a broker's restart, shorter
#: than a client waits.
_DELIVERY_MS: Final = 15_000
#: Kilobytes of records that may wait for Kafka; beyond, clients are asked to come again.
_QUEUE_KB: Final = 65_536
#: Seconds that requests in flight get to end after a signal: a record's whole patience.
_STOP_S: Final = _DELIVERY_MS // 1000 + 2
_KEEP_ALIVE_S: Final = 30
#: Connections waiting to be taken; bounds what a crowd of clients can pile up.
_BACKLOG: Final = 512


class GatewayServer(uvicorn.Server):
    """Serve until a signal: the first one finishes what is in flight and leaves, a second one ends at once."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals; having been asked to stop is no failure, so none is raised again afterwards."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop accepting; at the second signal end the process."""
        if self.should_exit:
            os._exit(128 + sig)
        super().handle_exit(sig, frame)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raise SettingsError when no broker is named, the key file cannot be used or the port is taken.
    """
    keys = KeyRing(keys_path(settings))
    listener = listen(settings.gateway_host, settings.gateway_port)
    network = Follower(settings.kafka)
    producer = Producer(
        settings.kafka, **{"delivery.timeout.ms": _DELIVERY_MS, "queue.buffering.max.kbytes": _QUEUE_KB}
    )
    try:
        intake = Intake(keys, network, producer=producer, rate=Rate(settings.gateway_rate, time.monotonic))
        _LOG.info("the gateway serves", page=f"{page_url(settings.gateway_host, settings.gateway_port)}/docs")
        make_server(intake).run([listener])
        _LOG.info("the gateway has finished what was in flight")
    finally:
        listener.close()
        producer.close()
        network.close()


def listen(host: str, port: int) -> socket.socket:
    """Take the address; raise SettingsError when it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as wrong:
        raise SettingsError(
            f"the gateway cannot listen at {host} port {port}: {wrong.strerror}; "
            "stop what does, or set HUB_GATEWAY_HOST and HUB_GATEWAY_PORT"
        ) from wrong


def make_server(intake: Intake, limits: Limits = Limits()) -> GatewayServer:  # noqa: B008 - it is frozen
    """Make the server. It logs no addresses and no headers: the intake logs what happened."""
    return GatewayServer(
        uvicorn.Config(
            make_app(intake),
            loop="uvloop",
            http=connections(limits),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_STOP_S,
        )
    )
