"""The vocabulary of a bundle: who may say what."""

from dataclasses import replace

from hub.events.catalog import EventSchema
from hub.names import AgencyCode, EventType
from hub.network.bundle import pack
from hub.web.network import Vocabulary, Voice
from tests import networks
from tests.unit.web.speaking import CATALOG, CIVIL, RECORDED


def test_a_bundle_says_who_may_say_what() -> None:
    """The shipped network's bundle gives each agency its types, the hub's own answers included."""
    network = networks.samarinda()
    ids = {(schema.type, schema.version): number for number, schema in enumerate(CATALOG, start=1)}

    found = Vocabulary.read(pack(network, CATALOG, ids=ids, created=1_767_571_200_000))

    assert found.network == "samarinda"
    assert found.sequence == 1
    assert found.voices.keys() == network.agencies.keys()
    assert {RECORDED, "hub.TaskAccepted"} <= found.voices[CIVIL].publishes
    assert all(found.schemas[each].type == each for voice in found.voices.values() for each in voice.publishes)


def test_the_newest_version_is_written() -> None:
    """An event over HTTP is held against the newest version of its type, whatever the ids."""
    old = CATALOG.newest(RECORDED)
    new = replace(old, version=2, avro={**old.avro, "doc": "newer"})

    found = Vocabulary.make("testing", 1, voices={}, schemas={9: old, 4: new})

    assert found.schemas[RECORDED] is new


def test_a_type_without_a_schema_cannot_be_said() -> None:
    """What cannot be written is not offered."""
    voices = {AgencyCode("x"): Voice(frozenset({EventType("id.mpp.None"), RECORDED}), frozenset())}
    schemas: dict[int, EventSchema] = {1: CATALOG.newest(RECORDED)}

    assert Vocabulary.make("testing", 1, voices=voices, schemas=schemas).voices[AgencyCode("x")].publishes == {RECORDED}
