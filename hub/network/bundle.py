"""What is in force, as one value: the network as it was declared, and every schema with its registry id.

A bundle names the one before it and is named by its digest; it holds no examples and no person's data. Older bundles
keep their meaning when defaults change: everything is written out.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from hub.errors import NetworkError
from hub.events.catalog import Catalog, EventSchema
from hub.names import EventType
from hub.network.calendars import with_dates
from hub.network.compile import compile_network
from hub.network.load import KINDS, DeclaredNetwork, assemble
from hub.network.model import Declared, Network
from hub.network.plan import Plan
from hub.network.supply import used_types

#: The form of a bundle; a reader refuses a newer one than it knows.
FORM: Final = 1
#: A version of an event type, as a registry's id stands for it.
SchemaVersion = tuple[EventType, int]


class BundledSchema(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an event type, with the id that the registry gave it."""

    type: EventType
    version: int
    id: int
    avro: dict[str, Any]


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a party approved the bundle's digest."""

    party: str
    key: str
    signature: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the network; ``previous`` is the digest of the one before, empty for the first.

    ``network`` holds the declared models as JSON: "network" and one list per kind of file. ``created`` is in ms.
    """

    form: int
    sequence: int
    previous: str
    created: int
    network: dict[str, Any]
    schemas: tuple[BundledSchema, ...]
    digest: str = ""
    signatures: tuple[Signature, ...] = ()

    def encode(self) -> bytes:
        """Write the bundle as canonical JSON: the same bundle, the same bytes."""
        return _canonical(self)

    def says_same(self, other: "Bundle") -> bool:
        """Tell whether another bundle puts the same network and schemas in force."""
        if self.schemas != other.schemas:
            return False
        return self.network == other.network or as_now(self.network) == as_now(other.network)


@dataclass(frozen=True, slots=True)
class InForce:
    """All that a process needs of a bundle: the plan, the declared network, and the schemas."""

    bundle: Bundle
    plan: Plan
    network: DeclaredNetwork
    catalog: Catalog
    schemas: Mapping[int, EventSchema]


def pack(
    network: DeclaredNetwork,
    catalog: Catalog,
    *,
    ids: Mapping[SchemaVersion, int],
    created: int,
    previous: Bundle | None = None,
) -> Bundle:
    """Make the bundle that follows `previous`; raise NetworkError when a schema that travels has no id."""
    schemas = bundled_schemas(network, catalog)
    missing = sorted(f"{each.type} v{each.version}" for each in schemas if (each.type, each.version) not in ids)
    if missing:
        raise NetworkError(f"these schemas have no registry id; register them first: {', '.join(missing)}")
    unnamed = Bundle(
        form=FORM,
        sequence=previous.sequence + 1 if previous else 1,
        previous=previous.digest if previous else "",
        created=created,
        network=declared_content(network),
        schemas=tuple(
            BundledSchema(type=each.type, version=each.version, id=ids[each.type, each.version], avro=dict(each.avro))
            for each in schemas
        ),
    )
    return msgspec.structs.replace(unnamed, digest=_digest(unnamed))


def unpack(content: bytes) -> InForce:
    """Read a bundle and compile its network; raise NetworkError when it is not whole, not itself, or too new."""
    bundle = decode_bundle(content)
    schemas = {each.id: EventSchema(each.type, each.version, each.avro) for each in bundle.schemas}
    catalog = Catalog(schemas.values())
    network = _network(bundle)
    plan = compile_network(network, catalog, at=bundle.created, sequence=bundle.sequence, digest=bundle.digest)
    return InForce(bundle, plan, network, catalog, schemas)


def decode_bundle(content: bytes) -> Bundle:
    """Read a bundle without compiling it; raise NetworkError when it is not whole, not itself, or too new."""
    try:
        bundle = msgspec.json.decode(content, type=Bundle)
    except msgspec.MsgspecError as wrong:
        raise NetworkError(f"this is no bundle ({wrong}); apply the network again") from wrong
    if bundle.form > FORM:
        raise NetworkError(f"bundle {bundle.sequence} has form {bundle.form}, this hub knows {FORM}; update the hub")
    if _digest(bundle) != bundle.digest:
        raise NetworkError(f"bundle {bundle.sequence} is not what its digest says; apply the network again")
    return bundle


def bundled_schemas(network: DeclaredNetwork, catalog: Catalog) -> tuple[EventSchema, ...]:
    """List the schemas that travel: every version of every type that the network or the hub itself speaks."""
    used = used_types(network)
    return tuple(each for each in catalog if each.type in used or each.type.startswith("hub."))


def declared_content(network: DeclaredNetwork) -> dict[str, Any]:
    """Write the declared models as plain JSON: examples left out, holidays as the dates that they are now."""
    lists: dict[str, Iterable[Declared]] = {
        "agencies": network.agencies.values(),
        "services": network.services.values(),
        "procedures": network.procedures.values(),
        "agreements": network.agreements.values(),
        "areas": network.areas.values(),
        "calendars": (with_dates(each) for each in network.calendars.values()),
        "statuses": network.statuses.values(),
        "tariffs": network.tariffs.values(),
        "migrations": network.migrations.values(),
    }
    return {
        "network": _plain(network.network),
        **{name: [_plain(each) for each in some] for name, some in lists.items()},
    }


def as_now(content: Mapping[str, Any]) -> dict[str, Any]:
    """Write what a bundle declares as this hub would: keys that came since stand with what they mean when left out.

    So an update of the hub alone is no change of a network. What this hub does not take stays as it is.
    """
    try:
        lists = {
            name: [_plain(kind.model_validate(each)) for each in content.get(name, ())] for name, kind in KINDS.items()
        }
        return {**content, **lists, "network": _plain(Network.model_validate(content["network"]))}
    except (ValidationError, KeyError):
        return dict(content)


def _plain(declared: Declared) -> dict[str, Any]:
    return declared.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"examples"})


def _network(bundle: Bundle) -> DeclaredNetwork:
    content = bundle.network
    try:
        declared = {kind: [kind.model_validate(each) for each in content.get(name, ())] for name, kind in KINDS.items()}
        return assemble(Network.model_validate(content["network"]), declared)
    except (ValidationError, KeyError) as wrong:
        raise NetworkError(f"bundle {bundle.sequence} declares what this hub does not take; update the hub") from wrong


def _digest(bundle: Bundle) -> str:
    content = msgspec.structs.replace(bundle, digest="", signatures=())
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")
