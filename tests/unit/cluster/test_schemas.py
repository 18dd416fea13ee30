"""Which schemas are new, under which rule, and which ids moved."""

from pathlib import Path

import pytest

from hub.cluster.schemas import ids_moved, new_schemas, said_by_agencies, why_not_register
from hub.events.catalog import EventSchema
from hub.names import EventType
from hub.network.bundle import Bundle, bundled_schemas, pack
from tests.unit.network.town import Town

ENROLLED = EventType("town.Enrolled")
REQUEST = EventType("town.EnrolRequest")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Copy the small network for one test to change."""
    return Town.copied(tmp_path)


def schemas_of(town: Town) -> tuple[EventSchema, ...]:
    """List the schemas that travel with the town."""
    return bundled_schemas(town.network(), town.catalog())


def bundle_of(town: Town) -> Bundle:
    """Pack the town with ids counted from 1."""
    ids = {(each.type, each.version): number for number, each in enumerate(schemas_of(town), start=1)}
    return pack(town.network(), town.catalog(), ids=ids, created=1)


def test_the_rule_follows_who_writes(town: Town) -> None:
    """What agencies say is held to the strict rule, what only the hub writes to the forward one."""
    modes = {each.type: each.mode for each in new_schemas(town.network(), schemas_of(town), {})}

    assert modes[ENROLLED] == "FULL_TRANSITIVE"
    assert modes[REQUEST] == "FORWARD_TRANSITIVE"
    assert {EventType("hub.TaskAccepted"), EventType("hub.ApplicationCompleted")} < said_by_agencies(town.network())


def test_what_has_an_id_is_not_new(town: Town) -> None:
    """Only schemas that the registry lacks are registered, oldest version first."""
    ids = {(each.type, each.version): 1 for each in schemas_of(town) if each.type != ENROLLED}

    assert [(each.type, each.version) for each in new_schemas(town.network(), schemas_of(town), ids)] == [(ENROLLED, 1)]


def test_a_released_schema_is_not_edited(town: Town) -> None:
    """A version in force is told when its text changes, and is fine as it is."""
    before = bundle_of(town)
    assert list(why_not_register(town.network(), schemas_of(town), before)) == []
    town.edit("schemas/Enrolled.v1.avsc", '"doc": "Enrolled."', '"doc": "Changed."')

    (told,) = why_not_register(town.network(), schemas_of(town), before)
    assert told.startswith("schema town.Enrolled v1 is in force and was changed")


def test_versions_are_held_against_each_other(town: Town) -> None:
    """A version that does not go with the one before is told also before anything is in force."""
    text = (town.folder / "schemas" / "Enrolled.v1.avsc").read_text()
    (town.folder / "schemas" / "Enrolled.v2.avsc").write_text(text.replace("insurance_number", "number"))

    assert {told.split(":")[1].strip() for told in why_not_register(town.network(), schemas_of(town), None)} == {
        "insurance_number", "number",
    }  # fmt: skip


def test_an_id_that_was_another_types_is_told(town: Town) -> None:
    """A registry that lost its memory gives old ids to other types; what was written would be read as another."""
    bundle = bundle_of(town)
    enrolled = next(each for each in bundle.schemas if each.type == ENROLLED)
    other = next(each for each in bundle.schemas if each.type != ENROLLED)

    assert list(ids_moved({(ENROLLED, 1): enrolled.id}, [bundle])) == []
    assert list(ids_moved({(ENROLLED, 1): 999}, [bundle])) == []
    (told,) = ids_moved({(ENROLLED, 1): other.id}, [bundle])
    assert f"id {other.id} to town.Enrolled v1, but it was {other.type}'s" in told


def test_a_second_version_may_have_the_same_id(town: Town) -> None:
    """Two versions whose difference a registry does not see share an id, and that is no other type."""
    bundle = bundle_of(town)
    enrolled = next(each for each in bundle.schemas if each.type == ENROLLED)

    assert list(ids_moved({(ENROLLED, 2): enrolled.id}, [bundle])) == []
