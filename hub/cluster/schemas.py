"""The schemas of a network and their ids at the registry: which are new, by which rule, and what forbids them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from hub.bus.registry import Registry, Rule
from hub.events.catalog import Catalog, EventSchema
from hub.events.compatibility import Mode, catalog_misfits, mode_for
from hub.names import EventType
from hub.network.bundle import Bundle, SchemaVersion
from hub.network.compile import ACCEPTED
from hub.network.load import DeclaredNetwork
from hub.network.model import APPROVAL_DECIDED, COMPLETED

#: Questions to the registry at once: it answers them side by side, and a first apply has a hundred.
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class NewSchema:
    """Name a version of an event type that the registry does not have, and the rule it is registered under."""

    type: EventType
    version: int
    mode: Mode


def said_by_agencies(network: DeclaredNetwork) -> frozenset[EventType]:
    """List the types that agencies write; all others are written by the hub."""
    declared = (event for each in network.agencies.values() for event in (*each.publishes, *each.opens))
    return frozenset({*declared, ACCEPTED, APPROVAL_DECIDED, COMPLETED})


def known_ids(registry: Registry, schemas: Iterable[EventSchema]) -> dict[SchemaVersion, int]:
    """Ask the registry for the ids of the schemas it has; of subjects that it does not list nothing is asked."""
    there = registry.all_subjects()
    asked = tuple(each for each in schemas if there is None or each.type in there)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = zip(asked, pool.map(lambda each: registry.find(each.type, each.text), asked), strict=True)
        return {(each.type, each.version): schema_id for each, schema_id in found if schema_id is not None}


def new_schemas(
    network: DeclaredNetwork, schemas: Iterable[EventSchema], ids: Mapping[SchemaVersion, int]
) -> tuple[NewSchema, ...]:
    """List the schemas without an id, oldest version first."""
    said = said_by_agencies(network)
    missing = (each for each in schemas if (each.type, each.version) not in ids)
    return tuple(NewSchema(each.type, each.version, mode_for(each.type, said_by_agencies=said)) for each in missing)


def register(
    registry: Registry, schemas: Iterable[EventSchema], new: Iterable[NewSchema], *, tell: Callable[[str], None]
) -> dict[SchemaVersion, int]:
    """Register the new ones, each version after those before it, types side by side; a repeat gives the same ids."""
    texts = {(each.type, each.version): each.text for each in schemas}
    types: dict[EventType, list[NewSchema]] = {}
    for each in new:
        types.setdefault(each.type, []).append(each)

    there = registry.all_subjects() if types else None

    def of_one_type(versions: list[NewSchema]) -> list[tuple[NewSchema, int]]:
        found: list[tuple[NewSchema, int]] = []
        for each in versions:
            rule: Rule = "set" if found else "absent" if there is not None and each.type not in there else "unknown"
            text = texts[each.type, each.version]
            found.append((each, registry.register(each.type, text, each.mode, rule=rule)))
        return found

    ids: dict[SchemaVersion, int] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for registered in pool.map(of_one_type, types.values()):
            for each, schema_id in registered:
                ids[each.type, each.version] = schema_id
                tell(f"schema {each.type} v{each.version} registered as {schema_id}")
    return ids


def why_not_register(
    network: DeclaredNetwork, schemas: Iterable[EventSchema], previous: Bundle | None
) -> Iterator[str]:
    """Say which versions may not follow those before, and which were changed after they were in force."""
    given = tuple(schemas)
    for misfit in catalog_misfits(Catalog(given), said_by_agencies=said_by_agencies(network)):
        yield f"schema {misfit}"
    released = {(each.type, each.version): each.avro for each in previous.schemas} if previous else {}
    for each in given:
        before = released.get((each.type, each.version))
        if before is not None and before != each.avro:
            yield (
                f"schema {each.type} v{each.version} is in force and was changed; "
                f"put it back and write v{each.version + 1}"
            )


def ids_moved(ids: Mapping[SchemaVersion, int], bundles: Iterable[Bundle]) -> Iterator[str]:
    """Say which ids stand for another type than they did: what was written under them would be read as another."""
    types = {each.id: each.type for bundle in bundles for each in bundle.schemas}
    for (event_type, version), schema_id in ids.items():
        if types.get(schema_id, event_type) != event_type:
            yield (
                f"the registry gives id {schema_id} to {event_type} v{version}, but it was {types[schema_id]}'s; "
                "this is not the registry that this cluster was applied with: restore it, or name the right one"
            )
