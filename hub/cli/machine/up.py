"""``hub up``: a whole hub on one machine, in the foreground: broker, registry, network, workers, gateway, views."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from hub.cli.exit import Exit
from hub.cli.here import program
from hub.cli.network.declared import Schemas, read_catalog, usable
from hub.cli.output import count, say
from hub.errors import RetriableError
from hub.settings import Settings, masked, page_url, shipped

if TYPE_CHECKING:
    from hub.cluster.apply import Applied
    from hub.local import Change, LocalMachine, Part
    from hub.local.port import Port

_Result = TypeVar("_Result")

#: Seconds a process of ours may take until it is ready: a worker may have state to restore.
_READY_S: Final = 120.0
#: Seconds that broker and registry may take, once they answer, until they can be read and written.
_SETTLED_S: Final = 60.0
_NETWORK: Final = "deploy/samarinda"


def up(
    network: Annotated[
        Path | None, typer.Argument(help="Network folder to apply; without it what is in force stays.")
    ] = None,
    *,
    schemas: Schemas = None,
) -> None:
    """Start a hub on this machine and stay until Ctrl-C: broker, registry, network, routers, gateway and views.

    What dies is started again; killed as a whole, it goes on where it was when it is started again. Data are in
    HUB_HOME. A broker or registry that the environment names is used instead of an own one. On the first start
    without a folder the network of Samarinda is applied.
    """
    from hub.cli.machine.log import write_logs

    settings = Settings.read()
    write_logs(settings, logging.ERROR)  # a fresh broker's clients warn of what passes
    if network is not None:  # a mistake in it is told before anything is started
        usable(network, read_catalog(schemas))
    until_stopped(_up(settings, network, schemas))


def until_stopped(work: "Coroutine[Any, Any, _Result]") -> "_Result":
    """Run what holds a machine; a signal that comes before it is whole ends the command without more ado."""
    try:
        return asyncio.run(work)
    except asyncio.CancelledError:
        say("stopped before it was whole; nothing is left running")
        raise typer.Exit(Exit.INTERRUPTED) from None


async def _up(settings: Settings, network: Path | None, schemas: Path | None) -> None:
    from hub.local import LocalMachine

    machine = LocalMachine(settings, ports=list(ports(settings)), on_change=tell, say=say)
    is_whole = False
    async with machine:
        used = machine_settings(settings, machine)
        await _put_in_force_patiently(used, network, schemas)
        routers, pages = parts(used)
        await machine.add(*routers)
        await machine.add(*pages)
        say(addresses(used, before=named_home(used.home) if "home" in settings.model_fields_set else ""))
        is_whole = True
        await machine.run()
    if not is_whole:  # a signal has ended the context quietly
        raise asyncio.CancelledError
    say("everything is stopped")


def machine_settings(settings: Settings, machine: "LocalMachine") -> Settings:
    """Give the settings of everything that runs beside this machine's broker and registry."""
    kafka = settings.kafka.model_copy(update={"bootstrap": machine.bootstrap})
    return settings.model_copy(
        update={"kafka": kafka, "registry_url": machine.registry_url, "home": settings.home.resolve()}
    )


def parts(settings: Settings) -> "tuple[list[Part], list[Part]]":
    """Describe the hub's own processes: the routers, and the gateway and views."""
    routers = [
        _part(
            f"router-{number}" if number else "router", "router", settings, page=settings.metrics_port + number,
            env={"HUB_ENGINE__INSTANCE": _instance(settings, number)},
        )
        for number in range(settings.workers)
    ]  # fmt: skip
    views = _part("views", "views", settings, page=settings.metrics_port + settings.workers)
    gateway = _part("gateway", "gateway", settings, page=settings.gateway_port)
    return routers, [views, gateway]


def _instance(settings: Settings, number: int) -> str:
    """Name a router: the same at each start, so that it takes its partitions and its open transaction back."""
    return settings.engine.instance if number == 0 else f"{settings.engine.instance}-{number + 1}"


def _part(name: str, role: str, settings: Settings, *, page: int, env: dict[str, str] | None = None) -> "Part":
    from hub.local import Part
    from hub.local.port import http_answers

    host = settings.gateway_host if role == "gateway" else settings.metrics_host
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka.bootstrap or "",
        "SCHEMA_REGISTRY_URL": settings.registry_url or "",
        "HUB_HOME": str(settings.home),
    }
    if role != "gateway":
        given["HUB_METRICS_PORT"] = str(page)
    asked = f"{page_url(host, page)}/readyz"
    # A gateway that stops lets what is in flight be acknowledged first.
    return Part(
        name=name,
        stop_within_s=20.0,
        argv=(sys.executable, "-m", "hub", "run", role),
        env=given | (env or {}),
        ready=lambda: http_answers(asked),
        ready_within_s=_READY_S,
    )


async def _put_in_force_patiently(settings: Settings, network: Path | None, schemas: Path | None) -> None:
    """Put the network in force; a broker that was killed answers before its partitions have leaders again."""
    deadline = time.monotonic() + _SETTLED_S
    while True:
        try:
            return await left_behind(lambda: _put_in_force(settings, network, schemas))
        except RetriableError as error:
            if time.monotonic() > deadline:
                raise
            say(f"waiting for the broker and the registry: {error}")
            await asyncio.sleep(1.0)


async def left_behind(work: Callable[[], _Result]) -> _Result:
    """Do something that may wait for a broker, in a thread that a stop does not wait for; it ends with the process."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Result] = loop.create_future()

    def settle(give: Callable[[Any], None], what: object) -> None:
        if not answer.done():
            give(what)

    def run() -> None:
        give: Callable[[Any], None]
        what: object
        try:
            give, what = answer.set_result, work()
        except BaseException as wrong:  # noqa: BLE001 - it is the caller's
            give, what = answer.set_exception, wrong
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, give, what)

    threading.Thread(target=run, name="apply", daemon=True).start()
    return await answer


def _put_in_force(settings: Settings, network: Path | None, schemas: Path | None) -> None:
    from hub.cluster.bundles import BundleLog

    folder = network
    if folder is None and BundleLog(settings.kafka).latest() is None:
        folder = shipped(_NETWORK)
    if folder is not None:
        from hub.cli.network.apply import put_in_force

        begun = time.monotonic()
        applied = put_in_force(folder, settings, schemas=schemas, tell=lambda _act: None)
        tell_in_force(applied, time.monotonic() - begun)


def tell_in_force(applied: "Applied", seconds: float) -> None:
    """Say in one line what is in force now; `hub apply` tells each act."""
    bundle = applied.bundle
    say(f"network {applied.changes.network}: bundle {bundle.sequence} with {count(len(bundle.schemas), 'schema')} is "
        f"in force after {seconds:.1f} s")  # fmt: skip


def ports(settings: Settings) -> "Iterator[Port]":
    """Name the ports on which the hub's own processes will listen."""
    from hub.local.port import Port

    yield Port(settings.gateway_port, "HUB_GATEWAY_PORT", "the gateway", settings.gateway_host)
    for number in range(settings.workers + 1):
        what = f"router {number + 1}'s page" if number < settings.workers else "the views' page"
        yield Port(settings.metrics_port + number, "HUB_METRICS_PORT", what, settings.metrics_host)


def named_home(home: Path) -> str:
    """Write what stands before a command, so that it looks at this home."""
    return f"HUB_HOME={os.path.relpath(home)} "


def tell(change: "Change") -> None:
    """Say that a part of the machine came into a state."""
    took = f" after {change.seconds:.1f} s" if change.seconds else ""
    say(f"{change.name}: {change.state}{took}{': ' if change.detail else ''}{change.detail}")


def addresses(settings: Settings, *, before: str = "") -> str:
    """Say where to look at a hub that runs on this machine; `before` stands before each command."""
    views = settings.metrics_port + settings.workers
    look = f"{before}{program()} {{}}".format
    return (
        f"the hub runs (pid {os.getpid()}; Ctrl-C stops it, again kills it)\n"
        f"  Kafka     {settings.kafka.bootstrap}\n"
        f"  registry  {masked(settings.registry_url or '')}\n"
        f"  gateway   {page_url(settings.gateway_host, settings.gateway_port)}/docs\n"
        f"  metrics   {page_url(settings.metrics_host, settings.metrics_port)}/metrics (router), :{views} (views)\n"
        f"  logs      {settings.home}/logs\n"
        f"  look      {look('case list')}\n"
        f"            {look('task follow <agency>')}\n"
        f"            {look('doctor')}"
    )
