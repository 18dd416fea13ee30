"""``hub doctor``: is everything there, does everything answer, and what to do where not."""

import platform
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

import typer

from hub.cli.exit import Exit
from hub.cli.here import connected
from hub.cli.output import Json, count, say, write, write_json
from hub.errors import HubError
from hub.settings import Settings, masked, page_url

if TYPE_CHECKING:
    from hub.network.bundle import Bundle
    from hub.network.load import DeclaredNetwork
    from hub.network.order import Standing
    from hub.views import Store

Level = Literal["ok", "warn", "fail"]

_GIB: Final = 1024**3
#: Free space below which Kafka may stop, and below which somebody should look.
_TOO_LITTLE: Final = 1 * _GIB
_LITTLE: Final = 5 * _GIB
#: Seconds a broker, a registry or a page of our own is waited for.
_ASK_S: Final = 3.0
#: What Maven writes colours with, also where nobody sees them.
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one thing that was looked at, and what to do about it."""

    what: str
    level: Level
    found: str
    fix: str = ""


def doctor(*, as_json: Json = False) -> None:
    """Look at versions, Java, parts, disk, broker, registry, bundle, agreements, orders, topics, workers, views.

    Each line says ok, warn or fail, and what to do; exit code 1 when one fails.
    """
    lines = list(examine(connected(), Settings.read()))
    if as_json:
        write_json(lines)
    else:
        for line in lines:
            write(f"{line.level:<5} {line.what:<10} {line.found}" + (f"; {line.fix}" if line.fix else ""))
    failed = sum(line.level == "fail" for line in lines)
    if failed:
        say(f"{failed} of {len(lines)} checks fail")
        raise typer.Exit(Exit.FAILED)


def examine(settings: Settings, given: Settings) -> Iterator[Line]:
    """Look at everything, cheap things first; `given` tells what the environment named, `settings` what is used."""
    yield Line(
        "versions", "ok", f"simpul {version('simpul')}, Python {platform.python_version()}, {platform.platform()}"
    )
    needs_own = given.kafka.bootstrap is None or given.registry_url is None
    for look in (_java, _parts):
        yield look(settings, needs_own)
    yield _disk(settings)
    broker = _told(
        "broker", "start one with `hub up`, or name one with KAFKA_BOOTSTRAP_SERVERS", lambda: _broker(settings)
    )
    yield broker
    yield _told(
        "registry", "start one with `hub up`, or name one with SCHEMA_REGISTRY_URL", lambda: _registry(settings)
    )
    if broker.level == "ok":
        for what, look_at in _IN_KAFKA.items():
            yield _told(what, "see the message", lambda look_at=look_at: look_at(settings))  # type: ignore[misc]


def _told(what: str, fix: str, look: Callable[[], Line]) -> Line:
    """Turn an error of ours into a line that fails."""
    try:
        return look()
    except HubError as error:
        return Line(what, "fail", str(error), fix)


def _java(_settings: Settings, needs_own: bool, /) -> Line:
    from hub.local.java import find_java, java_version

    try:
        java = find_java()
    except HubError as error:
        return Line("java", "fail" if needs_own else "warn", str(error))
    return Line("java", "ok", f"Java {java_version(java)} at {java}")


def _parts(settings: Settings, needs_own: bool, /) -> Line:
    from hub.local.parts import parts_of

    parts = parts_of(settings)
    if parts.folder.is_dir():
        return Line(
            "parts", "ok", f"Kafka {parts.versions.kafka} and Apicurio {parts.versions.apicurio} are in {parts.folder}"
        )
    maven = shutil.which("mvn")
    if maven is None:
        level: Level = "fail" if needs_own else "warn"
        return Line(
            "parts", level, f"{parts.folder} is not there, and no Maven to fetch it", "install Maven, or set HUB_PARTS"
        )
    return Line("parts", "warn", f"not fetched yet; {_maven_version(maven)} is there", "`hub up` fetches them, once")


def _maven_version(maven: str) -> str:
    told = subprocess.run([maven, "-v"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 - our own words
    return _COLOUR.sub("", told.stdout).partition("\n")[0].strip() or "Maven"


def _disk(settings: Settings) -> Line:
    folder = settings.home.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    level: Level = "fail" if free < _TOO_LITTLE else "warn" if free < _LITTLE else "ok"
    fix = "" if level == "ok" else "make room, or set HUB_HOME to another disk"
    return Line("disk", level, f"{free / _GIB:.1f} GiB free for {settings.home.resolve()}", fix)


def _broker(settings: Settings) -> Line:
    from hub.bus.admin import Admin

    count = Admin(settings.kafka).brokers(_ASK_S)
    return Line("broker", "ok", f"{count} at {settings.kafka.bootstrap}")


def _registry(settings: Settings) -> Line:
    from hub.bus.registry import Registry

    with Registry(settings.registry_url or "", timeout_s=_ASK_S) as registry:
        found = len(registry.subjects())
    return Line("registry", "ok", f"{found} subjects at {masked(settings.registry_url or '')}")


def _latest(settings: Settings) -> "Bundle | None":
    from hub.cluster.bundles import BundleLog

    return BundleLog(settings.kafka).latest()


def _bundle(settings: Settings) -> Line:
    from hub.events.codec import format_millis

    bundle = _latest(settings)
    if bundle is None:
        return Line("bundle", "fail", "no network is in force", "apply one, such as `hub apply deploy/samarinda`")
    name = bundle.network["network"]["network"]
    applied = format_millis(bundle.created)[:16]
    return Line("bundle", "ok", f"{name}, sequence {bundle.sequence}, digest {bundle.digest[:12]}, applied {applied}")


def _agreements(settings: Settings) -> Line:
    from hub.network.bundle import unpack

    bundle = _latest(settings)
    if bundle is None:
        return Line("agreements", "warn", "no network is in force, so none are")
    network = unpack(bundle.encode()).network
    return agreements_line(network, datetime.now(ZoneInfo(network.network.time_zone)).date())


def agreements_line(network: "DeclaredNetwork", today: date) -> Line:
    """Tell which agreements of a network people must renew, the first to end first; fails when one is over."""
    from hub.network.agreements import Grants, ending

    grants = Grants(network.agreements.values())
    found = [each for one in network.agreements.values() if (each := ending(one, grants, today=today))]
    if not found:
        return Line("agreements", "ok", f"none of {len(network.agreements)} ends soon")
    told = ", ".join(f"{each.agreement} {each}" for each in sorted(found, key=lambda each: each.last))
    fix = "renew in a file of its own, then `hub apply`; what is over lets no case open that needs it"
    return Line("agreements", "fail" if any(each.is_over for each in found) else "warn", told, fix)


def _orders(settings: Settings) -> Line:
    from hub.cluster.activation import codec_of
    from hub.cluster.orders import standing_orders

    bundle = _latest(settings)
    if bundle is None:
        return Line("orders", "ok", "none to the network")
    return orders_line(standing_orders(settings.kafka, codec_of(bundle)))


def orders_line(standing: "Standing") -> Line:
    """Tell which orders to the whole network are in force, so that nobody forgets one."""
    if not standing.orders:
        return Line("orders", "ok", "none to the network")
    told = ", ".join(f"{each.kind} {each.target} since {each.since[:10]} ({each.actor})" for each in standing.orders)
    fix = "`hub procedure allow-openings` or `hub agency release` ends one; what waits comes back then"
    return Line("orders", "warn", told, fix)


def _topics(settings: Settings) -> Line:
    from hub.bus.admin import Admin
    from hub.cluster.topics import topics_of
    from hub.network.bundle import unpack

    bundle = _latest(settings)
    if bundle is None:
        return Line("topics", "warn", "no network is in force, so none are needed")
    there = Admin(settings.kafka).partitions()
    needed = topics_of(unpack(bundle.encode()).network, copies=1)
    wrong = [each.name for each in needed if there.get(each.name) != each.partitions]
    if wrong:
        some = ", ".join(wrong[:3]) + (" and more" if len(wrong) > 3 else "")  # noqa: PLR2004 - a few to look at
        return Line(
            "topics", "fail", f"{len(wrong)} are missing or have other partitions: {some}", "run `hub apply` again"
        )
    return Line("topics", "ok", f"all {len(needed)} are there")


def _workers(settings: Settings) -> Line:
    from hub.bus.admin import Admin
    from hub.names import COMMANDS

    admin = Admin(settings.kafka)
    group = admin.group(settings.engine.group)
    held = {place for places in group.members.values() for place in places}
    needed = admin.partitions().get(COMMANDS, 0)
    routers, partitions = count(len(group.members), "router"), f"{len(held)} of {needed} partitions"
    found = f"{routers} of group {settings.engine.group} for {partitions}"
    if len(held) < needed or not group.members:
        return Line("workers", "fail", found, "start one with `hub run router` (or `hub up`)")
    lag = [each for number in range(len(group.members)) if (each := _lag_of_page(settings, number)) is not None]
    waiting = f"; {sum(lag):.0f} records wait" if lag else ""
    return Line("workers", "ok", found + waiting)


def _lag_of_page(settings: Settings, number: int) -> float | None:
    """Ask a router of this machine how many records wait; None when its page is not here."""
    import httpx2

    try:
        with httpx2.Client(timeout=_ASK_S, trust_env=False) as client:
            page = client.get(f"{page_url(settings.metrics_host, settings.metrics_port + number)}/metrics").text
    except httpx2.HTTPError:
        return None
    told = re.search(r"^hub_lag_records (\S+)$", page, re.MULTILINE)
    return float(told[1]) if told else None


def _views(settings: Settings) -> Line:
    from hub.views import Store, masked_url, status, views_url

    store = Store(views_url(settings))
    try:
        before = sum(store.positions().values())
        behind, counts = status(settings)
        keeps_up = folds_to(store, before + behind)
    finally:
        store.close()
    found = f"{count(sum(counts.values()), 'case')} in {masked_url(settings)}, "
    found += "following the journal" if keeps_up else f"{count(behind, 'record')} behind the journal"
    if not keeps_up:
        return Line("views", "warn", found, "see that `hub run views` runs with the same HUB_HOME or HUB_VIEWS_URL")
    return Line("views", "ok", found)


def folds_to(store: "Store", end: int, within_s: float = _ASK_S) -> bool:
    """Tell whether the views come so far while they are watched: to be a moment behind is how they live."""
    deadline, tick = time.monotonic() + within_s, threading.Event()
    while sum(store.positions().values()) < end:
        if time.monotonic() > deadline:
            return False
        tick.wait(0.1)
    return True


#: What is looked at only while the broker answers, by the name of its line.
_IN_KAFKA: Final[Mapping[str, Callable[[Settings], Line]]] = {
    "bundle": _bundle,
    "agreements": _agreements,
    "orders": _orders,
    "topics": _topics,
    "workers": _workers,
    "views": _views,
}
