"""``hub demo``: a hub on this machine with simulated agencies and citizens, and the account of what it did."""

import asyncio
import logging
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from hub.cli.exit import Exit
from hub.cli.machine.up import (
    addresses,
    left_behind,
    machine_settings,
    named_home,
    parts,
    ports,
    tell,
    tell_in_force,
    until_stopped,
)
from hub.cli.network.declared import read_catalog, usable
from hub.cli.output import Json, say, write_json
from hub.errors import ConfigurationError
from hub.settings import Settings, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.demo.perform import Stage
    from hub.demo.picture import Picture
    from hub.demo.tally import Tally
    from hub.events.catalog import Catalog
    from hub.local import Part
    from hub.local.port import Port
    from hub.network.load import DeclaredNetwork

_NETWORK: Final = "deploy/samarinda"
#: Citizens of a demonstration that ends by itself.
_CASES: Final = 200
#: Citizens a second: one after the other for eyes, many for one that ends by itself.
_RATE, _RATE_ONCE = 1.0, 50.0
#: How many times quicker than a real one the mall is: a day in 9 seconds for eyes, in 9 ms to end soon.
_SPEED, _SPEED_ONCE = 10_000.0, 10_000_000.0
#: The settings of ports, which one that ends by itself may move.
_PORTS: Final = ("kafka_port", "controller_port", "registry_port", "registry_management_port", "metrics_port")


def demo(
    *,
    network: Annotated[Path | None, typer.Option(help="Network folder; Samarinda unless it is given.")] = None,
    log: Annotated[
        Path | None, typer.Option(help="Event log (.csv, .xes, .gz) that goes through the hub instead of citizens.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End by itself and give the account.")] = False,
    cases: Annotated[
        int | None, typer.Option(min=1, help="Citizens in all (with --once: 200), or cases of the log (all).")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.01, help="Citizens, or rows of the log, a second; a log: as fast as it goes.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            min=1, max=10_000_000, help="How many times quicker than a real mall; without --rate also when people come."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same citizens and answers.")] = 1,
    as_json: Json = False,
) -> None:
    """Start a hub on this machine, let citizens arrive and simulated agencies answer, and show it; Ctrl-C stops it.

    Who comes, what is answered and how long it takes is as the network's mall.yaml says, only quicker.
    The agencies are Kafka clients in a process of their own, with books of their own: by these, not by what the hub
    says, it is counted at the end what was lost or doubled. Exit code 0: nothing was.

    Data are in HUB_HOME/demo and begin empty each time. A broker or registry that the environment names is used
    instead of an own one.
    """
    from hub.cli.machine.log import write_logs

    settings = Settings.read()
    write_logs(settings, logging.ERROR)  # a fresh broker's clients warn of what passes
    folder = network or shipped(_NETWORK)
    if log is not None and not log.is_file():
        raise ConfigurationError(f"{log} is no file; name an event log, such as deploy/wabo/receipt.csv")
    if log is None:
        cases = cases or (_CASES if once else None)
        rate = rate or (None if speed else _RATE_ONCE if once else _RATE)
    pace = _Pace(rate, speed or (_SPEED_ONCE if once else _SPEED))
    begun, catalog = time.monotonic(), read_catalog(None)
    declared = usable(folder, catalog, examples=False)  # a mistake in it is told before anything is started
    show = _Show(_own(settings, once=once), folder, declared, catalog, once=once, begun=begun)
    tally = until_stopped(show.run(log=log, cases=cases, pace=pace, seed=seed))
    raise typer.Exit(show.tell(tally, as_json=as_json, expected=cases if once and log is None else None))


class _Pace(NamedTuple):
    """Hold how many come a second (None: as the mall says), and how many times quicker than a real one the mall is."""

    rate: float | None
    speed: float


class _Show:
    """Run one demonstration on this machine and give its account."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        declared: "DeclaredNetwork",
        catalog: "Catalog",
        *,
        once: bool,
        begun: float,
    ) -> None:
        self._settings, self._folder, self._once = settings, folder, once
        self._declared, self._catalog = declared, catalog
        self._begun, self._ready_s = begun, 0.0

    async def run(self, *, log: Path | None, cases: int | None, pace: "_Pace", seed: int) -> "Tally | None":
        """Start, play and stop everything; None when it was stopped before there was an account."""
        from hub.demo.agencies import Play
        from hub.demo.perform import Stage, perform
        from hub.local import LocalMachine

        settings, declared = self._settings, self._declared
        _make_empty(settings)
        tally: Tally | None = None
        async with LocalMachine(settings, ports=list(self._ports()), on_change=tell, say=say) as machine:
            used = machine_settings(settings, machine)
            stage = Stage(machine, used, declared, self._catalog, [each.name for each in parts(used)[0]])
            await self._start(stage)
            play = Play(
                ledgers=used.home / "ledgers", network=self._folder, log=log, cases=cases, rate=pace.rate,
                speed=pace.speed, seed=seed, figures=_figures(declared),
                run="" if settings.kafka.bootstrap is None else str(int(time.time())),
            )  # fmt: skip
            tally = await perform(stage, play, self._picture(used), once=self._once)
        say("everything is stopped")
        return tally

    def tell(self, tally: "Tally | None", *, as_json: bool, expected: int | None) -> Exit:
        """Give the account, nothing if it was stopped before its end; of `expected` cases each must have ended."""
        from hub.demo.account import as_json as account_json
        from hub.demo.account import as_lines, is_clean, versions
        from hub.local.parts import read_versions

        if tally is None:
            return Exit.INTERRUPTED
        for line in as_lines(tally):
            say(line)
        if as_json:
            own, given = read_versions(), "the one given"
            kafka = given if self._settings.kafka.bootstrap else own.kafka
            registry = given if self._settings.registry_url else own.apicurio
            write_json(account_json(tally, ready_s=self._ready_s, versions=versions(kafka=kafka, registry=registry)))
        if expected is not None and expected != tally.opened - tally.open:
            say(f"{expected - tally.opened + tally.open} of {expected} cases have not ended")
            return Exit.FAILED
        return Exit.OK if is_clean(tally) else Exit.FAILED

    async def _start(self, stage: "Stage") -> None:
        routers, pages = parts(stage.settings)
        await _put_in_force(stage, routers)
        if not self._once:
            await stage.machine.add(*pages)
        self._ready_s = time.monotonic() - self._begun
        say(f"ready after {self._ready_s:.1f} s; the agencies begin")

    def _ports(self) -> "Iterator[Port]":
        found = list(ports(self._settings))
        return iter([each for each in found if each.setting == "HUB_METRICS_PORT"][:-1] if self._once else found)

    def _picture(self, used: Settings) -> "Picture":
        from rich.console import Console

        from hub.demo.picture import Lines, Screen, Stuck

        if self._once:
            return Lines(say, lambda: "")
        where = addresses(used, before=named_home(used.home))
        if sys.stderr.isatty():
            return Screen(Console(stderr=True), where, Stuck(used))
        say(where)
        return Lines(say, Stuck(used))


def _figures(network: "DeclaredNetwork") -> str:
    return "" if network.mall is None else network.mall.model_dump_json(by_alias=True)


def _own(settings: Settings, *, once: bool) -> Settings:
    """Give a demonstration a folder of its own; one that ends by itself takes other ports where ours are taken."""
    from hub.local.port import Port, free_ports, is_free

    asked = [name for name in _PORTS if once and name not in settings.model_fields_set]
    taken = [name for name in asked if not is_free(Port(getattr(settings, name), "", ""))]
    moved = dict(zip(taken, free_ports(len(taken)), strict=True))
    jars = settings.parts or settings.home / "parts"
    return settings.model_copy(update={"home": settings.home / "demo", "parts": jars, **moved})


def _make_empty(settings: Settings) -> None:
    """Take away what an earlier demonstration left; raise ConfigurationError while one runs."""
    from hub.local import LockedHome

    with LockedHome(settings.home):
        for name in ("data", "ledgers"):
            shutil.rmtree(settings.home / name, ignore_errors=True)
        # Whoever looks with HUB_HOME alone (`hub doctor`) finds the parts that are used here.
        link = settings.home / "parts"
        if settings.parts is not None and (link.is_symlink() or not link.exists()):
            link.unlink(missing_ok=True)
            link.symlink_to(settings.parts.resolve())


async def _put_in_force(stage: "Stage", routers: "list[Part]") -> None:
    """Put the network in force, and start the routers as soon as there are topics; when one fails the other ends."""
    loop, topics = asyncio.get_running_loop(), asyncio.Event()

    def when_topics() -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(topics.set)

    async def start() -> None:
        await topics.wait()
        await stage.machine.add(*routers)

    applying = left_behind(lambda: _apply(stage, when_topics=when_topics))
    both = [asyncio.ensure_future(each) for each in (applying, start())]
    try:
        await asyncio.gather(*both)
    finally:
        for each in both:
            each.cancel()
        await asyncio.gather(*both, return_exceptions=True)


def _apply(stage: "Stage", *, when_topics: "Callable[[], object]") -> None:
    """Put the network in force, told in one line."""
    from hub.cluster.apply import apply
    from hub.cluster.plan import Cluster

    cluster = Cluster(stage.settings.kafka, stage.settings.registry_url or "")
    begun = time.monotonic()
    applied = apply(cluster, stage.network, stage.catalog, actor="hub demo", when_topics=when_topics)
    tell_in_force(applied, time.monotonic() - begun)
