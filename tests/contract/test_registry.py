"""What the hub relies on from any registry with Confluent's API, proved on the one it ships: Apicurio."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from hub.bus.registry import Registry
from hub.errors import SchemaError, UnknownSchemaError, UnreachableError
from hub.events.catalog import Catalog
from hub.local import RunningBroker, running_broker
from hub.settings import shipped

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """Run a broker and a registry for the tests of this file."""
    with running_broker(tmp_path_factory.mktemp("home"), registry=True) as running:
        yield running


@pytest.fixture
def registry(machine: RunningBroker) -> Iterator[Registry]:
    """Give a client of the registry."""
    with Registry(str(machine.registry_url)) as client:
        yield client


@pytest.fixture
def name() -> str:
    """Name a type for one test."""
    return f"T{uuid4().hex[:8]}"


def schema(name: str, *fields: dict[str, Any]) -> str:
    """Write a record's schema."""
    return json.dumps({"type": "record", "name": name, "namespace": "id.mpp.test", "fields": list(fields)})


def field(name: str, avro: str = "string", **more: Any) -> dict[str, Any]:
    """Make a field with an element and a class."""
    return {"name": name, "type": avro, "element": name, "class": "identity"} | more


def test_a_schema_has_one_id(registry: Registry, name: str) -> None:
    """The same schema has the same id however often it is registered, and comes back by it unchanged."""
    text = schema(name, field("nik"))
    first = registry.register(name, text, "FULL_TRANSITIVE")

    assert registry.register(name, text, "FULL_TRANSITIVE") == first
    assert json.loads(registry.schema(first)) == json.loads(text)
    assert name in registry.subjects()


def test_a_schema_is_looked_up_without_being_registered(registry: Registry, name: str) -> None:
    """Looking changes nothing: what is not there has no id and is not there after."""
    text = schema(name, field("nik"))

    assert registry.find(name, text) is None
    assert name not in registry.subjects()
    registered = registry.register(name, text, "FULL_TRANSITIVE")
    assert registry.find(name, text) == registered
    assert registry.find(name, schema(name, field("nik"), field("name"))) is None


def test_a_version_that_may_follow_is_taken(registry: Registry, name: str) -> None:
    """A second version has an id of its own, and the first keeps its id."""
    first = registry.register(name, schema(name, field("nik")), "FULL_TRANSITIVE")
    second = registry.register(name, schema(name, field("nik"), field("note", default="")), "FULL_TRANSITIVE")

    assert first != second
    assert registry.find(name, schema(name, field("nik"))) == first


def test_a_version_that_may_not_follow_is_refused(registry: Registry, name: str) -> None:
    """The registry's 409 is an error that says what to do; nothing was registered."""
    registry.register(name, schema(name, field("nik")), "FULL_TRANSITIVE")
    wrong = schema(name, field("nik", "int"))

    with pytest.raises(SchemaError, match="add only fields with defaults"):
        registry.register(name, wrong, "FULL_TRANSITIVE")
    assert registry.find(name, wrong) is None


def test_the_rule_that_is_given_holds(registry: Registry, name: str) -> None:
    """A field without default may be added where only new must be read by old."""
    registry.register(name, schema(name, field("nik")), "FORWARD_TRANSITIVE")
    added = schema(name, field("nik"), field("name"))

    registry.register(name, added, "FORWARD_TRANSITIVE")
    with pytest.raises(SchemaError):
        registry.register(name, schema(name, field("nik"), field("x"), field("name")), "FULL_TRANSITIVE")


def test_what_is_no_schema_is_refused(registry: Registry, name: str) -> None:
    """A refusal is told apart from a registry that is away: trying again does not help."""
    with pytest.raises(SchemaError, match="mend the schema"):
        registry.register(name, '{"type": "recor', "FULL_TRANSITIVE")


def test_an_unknown_id_is_told(registry: Registry) -> None:
    """An id that stands for nothing is not silence."""
    with pytest.raises(UnknownSchemaError) as unknown:
        registry.schema(999_999)
    assert unknown.value.schema_id == 999_999


def test_every_shipped_schema_is_taken(registry: Registry) -> None:
    """All schemas of the hub pass the registry, each with an id of its own."""
    catalog = Catalog.load(shipped("schemas"))
    ids = [registry.register(each.type, each.text, "FULL_TRANSITIVE") for each in catalog]

    assert len(set(ids)) == len(ids)
    assert [registry.find(each.type, each.text) for each in catalog] == ids


def test_a_registry_that_is_away_is_told(machine: RunningBroker, registry: Registry, name: str) -> None:
    """Every question to a registry that does not answer says so, and what was registered is there after."""
    text = schema(name, field("nik"))
    registered = registry.register(name, text, "FULL_TRANSITIVE")
    machine.kill("registry")
    try:
        for ask in (
            lambda: registry.register(name, text, "FULL_TRANSITIVE"),
            lambda: registry.find(name, text),
            lambda: registry.schema(registered),
            registry.subjects,
        ):
            with pytest.raises(UnreachableError, match="is it started"):
                ask()
    finally:
        machine.restart("registry")
    assert registry.find(name, text) == registered
