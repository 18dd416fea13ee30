"""A demonstration from its first citizen to the account of it: agencies are started, watched, quieted, and judged by.

Promises that the account is given when nothing is on its way any more: the agencies are silent, the routers have
committed and left, and every topic is read to its end.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from hub.demo.agencies import ALL_SAID, LISTENING, Play
from hub.demo.picture import Picture
from hub.demo.tally import Tally
from hub.errors import FatalError, UnreachableError
from hub.events.catalog import Catalog
from hub.local import LocalMachine, Part
from hub.network.load import DeclaredNetwork
from hub.settings import Settings

_AGENCIES: Final = "agencies"
#: Seconds between two looks into the books.
_LOOK_S: Final = 0.25
#: Seconds without news after which a demonstration that should end by itself is given up.
_SILENT_S: Final = 30.0
#: Seconds that what is on its way gets when the agencies are told to be quiet.
_LANDING_S: Final = 3.0
#: Seconds that the agencies get to read every topic to its end.
_LEAVING_S: Final = 10.0


@dataclass(frozen=True)
class Stage:
    """Hold what a demonstration plays with; ``routers`` names the machine's parts that route."""

    machine: LocalMachine
    settings: Settings
    network: DeclaredNetwork
    catalog: Catalog
    routers: Sequence[str]


async def perform(stage: Stage, play: Play, picture: Picture, *, once: bool) -> Tally:
    """Play until it has ended (`once`) or a signal asks to stop, and give the account.

    A signal while it plays `once` is not an end but a stop: it is raised on, as a second signal is.
    """
    tally = Tally(play.ledgers, stage.network, stage.catalog.types)
    await stage.machine.add(_agencies(stage.settings, play))
    try:
        with picture:
            await _watch(stage, play, tally, picture=picture, once=once)
    except asyncio.CancelledError:
        if once or stage.machine.asked_to_stop_by is None:
            raise
        _stay()
    await _settle(stage, tally)
    return tally


def _agencies(settings: Settings, play: Play) -> Part:
    async def is_ready() -> bool:
        return (play.ledgers / LISTENING).exists()

    told = msgspec.json.encode(play, enc_hook=str).decode()
    return Part(
        name=_AGENCIES,
        argv=(sys.executable, "-m", "hub.demo.agencies", told),
        env={"KAFKA_BOOTSTRAP_SERVERS": settings.kafka.bootstrap or ""},
        ready=is_ready,
        stop_within_s=_LEAVING_S,
        restarts=False,
    )


async def _watch(stage: Stage, play: Play, tally: Tally, *, picture: Picture, once: bool) -> None:
    while True:
        is_news = tally.update()
        if is_news:
            tally.judge()
        picture.show(tally)
        if stage.machine.supervisor.pid(_AGENCIES) is None:
            raise FatalError(f"the simulated agencies have ended; see {stage.settings.home}/logs/{_AGENCIES}.log")
        if once and (_is_done(play, tally) or time.monotonic() - tally.heard_s > _SILENT_S):
            return
        await asyncio.sleep(_LOOK_S)


def _is_done(play: Play, tally: Tally) -> bool:
    """Tell whether all was said and all that it must cause has come; citizens' cases must also have ended."""
    return (
        (play.ledgers / ALL_SAID).exists()
        and _has_landed(tally)
        and (play.log is not None or tally.open == 0)
    )  # fmt: skip


def _has_landed(tally: Tally) -> bool:
    return tally.opened > 0 and tally.unacknowledged == 0 and not tally.lost


async def _settle(stage: Stage, tally: Tally) -> None:
    """Let what is on its way arrive, then stop the writers, then have the books closed, and judge by them."""
    supervisor = stage.machine.supervisor
    _signal(supervisor.pid(_AGENCIES), signal.SIGUSR1)
    deadline = time.monotonic() + _LANDING_S
    while time.monotonic() < deadline and not (not tally.update() and _has_landed(tally)):
        tally.judge()
        await asyncio.sleep(_LOOK_S)
    await supervisor.stop(*stage.routers)
    _signal(supervisor.pid(_AGENCIES), signal.SIGTERM)
    code: int | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(_LEAVING_S):
            code = await supervisor.ended(_AGENCIES)
    if code != 0:
        log = stage.settings.home / "logs" / f"{_AGENCIES}.log"
        raise UnreachableError(f"the agencies' books are not whole (exit code {code}); see {log}")
    tally.update()
    tally.judge()
    tally.judge(thorough=True)


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        os.kill(pid, number)


def _stay() -> None:
    """Take back the cancellation by which a signal asked this task to stop: the account comes first."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
