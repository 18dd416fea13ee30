"""What applying a network would change on a cluster, and what forbids it. Looks only; changes nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.bus.admin import Admin, Topic
from hub.bus.registry import Registry
from hub.cluster.activation import inactive_partitions
from hub.cluster.bundles import BundleLog
from hub.cluster.difference import differences, why_not_edit
from hub.cluster.leaving import followed, held_by_leaving, reasons
from hub.cluster.schemas import NewSchema, ids_moved, known_ids, new_schemas, why_not_register
from hub.cluster.topics import copies_on, topics_of
from hub.events.catalog import Catalog
from hub.names import agency_of
from hub.network.bundle import Bundle, SchemaVersion, bundled_schemas, pack, unpack
from hub.network.load import DeclaredNetwork
from hub.settings import Kafka


@dataclass(frozen=True)
class Cluster:
    """Name the broker and the registry that a network is applied to."""

    kafka: Kafka
    registry_url: str


@dataclass(frozen=True, slots=True)
class NewSetting:
    """Name a topic's setting that is not as it should be."""

    topic: str
    name: str
    now: str
    wanted: str


@dataclass(frozen=True)
class Changes:
    """Hold what applying would change; with ``refusals`` it would change nothing, with ``forceable`` ones by force.

    ``bundle`` is the sequence that is in force after it, ``is_new`` tells whether it must be made first and
    ``differences`` what it says anew; ``activate`` are the partitions that do not route under it yet.
    """

    network: str
    copies: int
    topics: tuple[Topic, ...]
    settings: tuple[NewSetting, ...]
    schemas: tuple[NewSchema, ...]
    bundle: int
    is_new: bool
    differences: tuple[str, ...]
    activate: tuple[int, ...]
    refusals: tuple[str, ...]
    notes: tuple[str, ...]
    previous: Bundle | None = field(repr=False)
    ids: Mapping[SchemaVersion, int] = field(repr=False)
    forceable: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether the cluster is as it should be already."""
        return not (self.topics or self.settings or self.schemas or self.is_new or self.activate or self.all_refusals)

    @property
    def all_refusals(self) -> tuple[str, ...]:
        """List what forbids applying, that which can be forced at the end."""
        return (*self.refusals, *self.forceable)

    def lines(self) -> tuple[str, ...]:
        """Write what would change for a person, one change a line; ``!`` is a refusal, ``#`` a note."""
        return (
            *(f"+ topic {each.name}, {_count(each.partitions, 'partition')}" for each in self.topics),
            *(f"~ topic {each.topic}: {each.name} {each.now} -> {each.wanted}" for each in self.settings),
            *(f"+ schema {each.type} v{each.version} ({each.mode})" for each in self.schemas),
            *((f"+ bundle {self.bundle} of network {self.network}",) if self.is_new else ()),
            *(f"    {each}" for each in self.differences),
            *((f"~ {_count(len(self.activate), 'partition')} to bundle {self.bundle}",) if self.activate else ()),
            *(f"! {each}" for each in self.all_refusals),
            *(f"# {each}" for each in self.notes),
        )

    def as_json(self) -> dict[str, Any]:
        """Give what would change as plain JSON data, for machines."""
        return {
            "network": self.network,
            "is_empty": self.is_empty,
            "topics": [
                {"name": each.name, "partitions": each.partitions, "settings": dict(each.settings)}
                for each in self.topics
            ],
            "settings": [
                {"topic": each.topic, "name": each.name, "now": each.now, "wanted": each.wanted}
                for each in self.settings
            ],
            "schemas": [{"type": each.type, "version": each.version, "mode": each.mode} for each in self.schemas],
            "bundle": {"sequence": self.bundle, "is_new": self.is_new, "differences": list(self.differences)},
            "activate": list(self.activate),
            "refusals": list(self.refusals),
            "forceable": list(self.forceable),
            "notes": list(self.notes),
        }


def plan(cluster: Cluster, network: DeclaredNetwork, catalog: Catalog) -> Changes:
    """Look at a cluster and tell what applying a checked network would change; raise UnreachableError."""
    admin = Admin(cluster.kafka)
    copies, there = copies_on(admin.brokers()), admin.partitions()
    wanted = topics_of(network, copies=copies)
    bundles = BundleLog(cluster.kafka).all()
    previous = bundles[max(bundles)] if bundles else None
    schemas = bundled_schemas(network, catalog)
    with Registry(cluster.registry_url) as registry:
        ids = known_ids(registry, schemas)
    new = new_schemas(network, schemas, ids)
    before = unpack(previous.encode()).network if previous else None
    held = held_by_leaving(cluster.kafka, before, network) if before and _is_same(before, network) else None
    is_new = previous is None or bool(new) or not _says_same(network, catalog, ids=ids, previous=previous)
    sequence = (previous.sequence if previous else 0) + is_new
    return Changes(
        network=network.network.network,
        copies=copies,
        topics=tuple(each for each in wanted if each.name not in there),
        settings=tuple(_new_settings(admin, [each for each in wanted if each.name in there])),
        schemas=new,
        bundle=sequence,
        is_new=is_new,
        differences=differences(previous, network, schemas) if is_new else (),
        activate=_inactive(cluster, network, None if is_new else previous),
        refusals=(
            *_other_partitions(wanted, there),
            *why_not_register(network, schemas, previous),
            *ids_moved(ids, bundles.values()),
            *(_other_network(before, network) if before else ()),
            *(reasons(before, network, held) if before and held else ()),
            *(why_not_edit(previous, network) if previous else ()),
        ),
        notes=(*_topics_left(network, there), _rights(admin)),
        previous=previous,
        ids=ids,
        forceable=tuple(followed(before, network, held)) if before and held else (),
    )


def _says_same(
    network: DeclaredNetwork, catalog: Catalog, *, ids: Mapping[SchemaVersion, int], previous: Bundle
) -> bool:
    return pack(network, catalog, ids=ids, created=previous.created, previous=previous).says_same(previous)


def _inactive(cluster: Cluster, network: DeclaredNetwork, bundle: Bundle | None) -> tuple[int, ...]:
    """List the partitions to switch; a bundle that is still to be made is active nowhere."""
    count = network.network.partitions
    return tuple(range(count)) if bundle is None else inactive_partitions(cluster.kafka, bundle, partitions=count)


def _new_settings(admin: Admin, topics: Iterable[Topic]) -> Iterator[NewSetting]:
    wanted = {each.name: each.settings for each in topics}
    found = admin.settings(wanted)
    for topic in sorted(wanted):
        for name, value in wanted[topic].items():
            now = found[topic].get(name, "")
            if now != value:
                yield NewSetting(topic, name, now, value)


def _other_partitions(wanted: Iterable[Topic], there: Mapping[str, int]) -> Iterator[str]:
    for each in wanted:
        if there.get(each.name, each.partitions) != each.partitions:
            yield (
                f"topic {each.name} has {_count(there[each.name], 'partition')}, the network needs {each.partitions}; "
                "the number is fixed for the life of a network, as it says where each case is: "
                "put network.yaml back, or use another cluster"
            )


def _is_same(before: DeclaredNetwork, network: DeclaredNetwork, /) -> bool:
    return before.network.network == network.network.network


def _other_network(before: DeclaredNetwork, network: DeclaredNetwork, /) -> Iterator[str]:
    if not _is_same(before, network):
        yield (
            f"this cluster carries the network {before.network.network!r}, not {network.network.network!r}; "
            "use another cluster (on one machine: another HUB_HOME)"
        )


def _topics_left(network: DeclaredNetwork, there: Iterable[str]) -> Iterator[str]:
    codes = {code for topic in there if (code := agency_of(topic)) is not None}
    for code in sorted(codes - network.agencies.keys()):
        yield f"the topics of agency {code}, which is not in the network, stay; delete them when nobody needs them"


def _rights(admin: Admin) -> str:
    if admin.has_authorizer():
        return "ACLs and quotas are not set by the hub; set them with the cluster's own tools (docs/operating.md)"
    return "the broker has no authorizer: any client may write any topic; ACLs and quotas are not set"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
