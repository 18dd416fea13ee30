"""``hub run``: one process of a hub in the foreground, by its role."""

import logging
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from hub.cli.here import connected
from hub.settings import Settings


class Role(StrEnum):
    """Name what a process of the hub does."""

    ROUTER = "router"
    GATEWAY = "gateway"
    VIEWS = "views"


def run(role: Annotated[Role, typer.Argument(help="What the process does.")]) -> None:
    """Run one process until SIGTERM or Ctrl-C: router, gateway or views.

    Their pages are at ports 9404, 8080 and 9405. A second router needs a HUB_ENGINE__INSTANCE and a HUB_METRICS_PORT of
    its own.
    """
    from hub import metrics
    from hub.cli.machine.log import write_logs

    settings = connected()
    write_logs(settings)
    metrics.keep_only(role.value)
    try:
        _ROLES[role](settings)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    _leave(0)


def _leave(code: int) -> NoReturn:
    """End the process as it is: all that must be closed is, and threads of C libraries survive no interpreter's end."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _router(settings: Settings) -> None:
    from hub.engine.app import run as run_router

    run_router(settings)


def _views(settings: Settings) -> None:
    from hub.views import run as run_views

    run_views(settings)


def _gateway(settings: Settings) -> None:
    from hub.web.gateway import run as run_gateway

    run_gateway(settings)


_ROLES: dict[Role, Callable[[Settings], None]] = {Role.ROUTER: _router, Role.GATEWAY: _gateway, Role.VIEWS: _views}
