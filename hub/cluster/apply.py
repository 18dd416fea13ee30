"""A network put in force on a cluster: idempotent, and safe to do again after a crash between any two of its acts.

The order is what makes it safe: topics and schemas, then the bundle, then the word to each partition.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

from hub.bus.admin import Admin
from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place
from hub.bus.registry import Registry
from hub.cluster.activation import KEY, activation, inactive_partitions
from hub.cluster.bundles import PLACE, BundleLog, bundle_key
from hub.cluster.plan import Changes, Cluster, plan
from hub.cluster.schemas import ids_moved, new_schemas, register
from hub.errors import ConfigurationError, FencedError, NetworkError, RetriableError
from hub.events.catalog import Catalog
from hub.names import COMMANDS
from hub.network.bundle import Bundle, bundled_schemas, pack
from hub.network.load import DeclaredNetwork

#: One at a time: whoever applies later fences whoever still does.
_TRANSACTIONAL_ID: Final = "simpul-apply"
_TRANSACTION_TIMEOUT_MS: Final = 10_000
#: Seconds until what was committed is taken to be readable although somebody else's open transaction still hides it.
_READABLE_S: Final = 5.0
_READABLE_PAUSE_S: Final = 0.01

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Applied:
    """Say what is in force now, and what was changed for it."""

    bundle: Bundle
    changes: Changes


def apply(
    cluster: Cluster,
    network: DeclaredNetwork,
    catalog: Catalog,
    *,
    actor: str = "",
    tell: Tell = lambda _line: None,
    force: bool = False,
    when_topics: Callable[[], object] = lambda: None,
) -> Applied:
    """Make the cluster what a checked network needs, and put the network in force; `tell` hears of each act.

    `when_topics` is called, from a thread, as soon as all topics are there: routers may be started then.
    With `force` versions leave that open cases follow: these wait for a person then. Raise NetworkError with the
    refusals (nothing was changed), UnreachableError (do it again: what was done stays),
    ConfigurationError when somebody else applies at the same time.
    """
    changes = plan(cluster, network, catalog)
    if refusals := changes.refusals if force else changes.all_refusals:
        reasons = "\n  ".join(refusals)
        raise NetworkError(f"the network cannot be applied; nothing was changed:\n  {reasons}", refusals)
    with ThreadPoolExecutor(1) as beside:  # broker and registry need not wait for each other
        topics = beside.submit(_make_topics, cluster, changes, tell)
        topics.add_done_callback(lambda done: None if done.exception() else when_topics())
        changes = _register(cluster, network, catalog, changes=changes, tell=tell)
        topics.result()
    if changes.previous and not changes.is_new and not changes.activate:
        return Applied(changes.previous, changes)
    return Applied(_put_in_force(cluster, network, catalog, changes=changes, actor=actor, tell=tell), changes)


def _make_topics(cluster: Cluster, changes: Changes, tell: Tell) -> None:
    admin = Admin(cluster.kafka)
    admin.create(changes.topics, changes.copies)
    for topic in changes.topics:
        tell(f"topic {topic.name} created")
    for name in sorted({each.topic for each in changes.settings}):
        admin.set(name, {each.name: each.wanted for each in changes.settings if each.topic == name})
        tell(f"topic {name} set")


def _register(cluster: Cluster, network: DeclaredNetwork, catalog: Catalog, *, changes: Changes, tell: Tell) -> Changes:
    """Register all that is not in force yet and add the ids to the changes.

    What has an id but is in no bundle may be what a crash left without its rule: it is registered again, as the same.
    """
    schemas = bundled_schemas(network, catalog)
    in_force = {(each.type, each.version): each.id for each in changes.previous.schemas} if changes.previous else {}
    with Registry(cluster.registry_url) as registry:
        new = register(registry, schemas, new_schemas(network, schemas, in_force), tell=tell)
    if moved := list(ids_moved(new, BundleLog(cluster.kafka).all().values() if new else ())):
        raise ConfigurationError("\n".join(moved))
    return replace(changes, ids={**changes.ids, **new})


def _put_in_force(
    cluster: Cluster, network: DeclaredNetwork, catalog: Catalog, *, changes: Changes, actor: str, tell: Tell
) -> Bundle:
    producer = TransactionalProducer(cluster.kafka, _TRANSACTIONAL_ID, timeout_ms=_TRANSACTION_TIMEOUT_MS)
    with _closed_after(producer):
        producer.init()
        bundle = _latest(cluster, changes)
        if bundle is None or changes.is_new:
            bundle = pack(network, catalog, ids=changes.ids, created=_now_ms(), previous=bundle)
            _record(cluster, producer, bundle)
            tell(f"bundle {bundle.sequence} recorded")
        _activate(cluster, producer, bundle, actor=actor, partitions=network.network.partitions)
        tell(f"bundle {bundle.sequence} in force")
    return bundle


@contextmanager
def _closed_after(producer: TransactionalProducer) -> Iterator[None]:
    try:
        yield
    except FencedError as fenced:
        raise ConfigurationError("somebody else applies at this moment; look at `hub plan` again") from fenced
    finally:
        producer.close()


def _latest(cluster: Cluster, changes: Changes) -> Bundle | None:
    """Read again: from here on nobody else can write, and somebody may have since the plan was made."""
    latest = BundleLog(cluster.kafka).latest()
    if latest != changes.previous:
        raise ConfigurationError("somebody applied another network meanwhile; look at `hub plan` again")
    return latest


def _record(cluster: Cluster, producer: TransactionalProducer, bundle: Bundle) -> None:
    producer.begin()
    producer.produce(PLACE.topic, bundle.encode(), key=bundle_key(bundle.sequence), partition=PLACE.partition)
    producer.commit()
    _until_readable(cluster, [PLACE])


def _activate(
    cluster: Cluster, producer: TransactionalProducer, bundle: Bundle, *, actor: str, partitions: int
) -> None:
    """Tell every partition that does not know, in one transaction."""
    numbers = inactive_partitions(cluster.kafka, bundle, partitions=partitions)
    if not numbers:
        return
    producer.begin()
    for number in numbers:
        value, headers = activation(bundle, number, actor=actor, now=_now_ms())
        producer.produce(COMMANDS, value, key=KEY, headers=headers, partition=number)
    producer.commit()
    _until_readable(cluster, [Place(COMMANDS, number) for number in numbers])


def _until_readable(cluster: Cluster, places: list[Place]) -> None:
    """Wait until what was committed can be read: a commit is known a moment before, and whoever looks next must see it.

    That a broker does not answer this changes nothing of what was done.
    """
    admin, pause, deadline = Admin(cluster.kafka), threading.Event(), time.monotonic() + _READABLE_S
    with suppress(RetriableError):
        ends = admin.ends(places)
        while any(end < ends[place] for place, end in admin.readable_ends(places).items()):
            if time.monotonic() > deadline:
                return
            pause.wait(_READABLE_PAUSE_S)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
