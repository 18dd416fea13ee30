"""Names and ids: made in one place, the same for the same."""

import uuid

import pytest

from hub.names import (
    AgencyCode,
    CaseId,
    StepName,
    agency_of,
    case_id,
    deadletters_topic,
    derived_id,
    events_topic,
    murmur2,
    opener_of,
    partition_of,
    procedure_ref,
    task_id,
    tasks_topic,
)

CIVIL = AgencyCode("disdukcapil")


@pytest.mark.parametrize("topic", [events_topic(CIVIL), tasks_topic(CIVIL), deadletters_topic(CIVIL)])
def test_a_topic_tells_whose_it_is(topic: str) -> None:
    """Every topic of an agency names the agency."""
    assert agency_of(topic) == CIVIL


@pytest.mark.parametrize("topic", ["hub.cases", "cases.journal", "agency.a.b.c", "agency.a", ""])
def test_other_topics_are_nobodys(topic: str) -> None:
    """The hub's own topics belong to no agency."""
    assert agency_of(topic) is None


def test_the_same_application_number_is_the_same_case() -> None:
    """A case id follows from the opener and its number; another opener's number is another case."""
    first = case_id(CIVIL, "A-17")

    assert first == case_id(CIVIL, "A-17")
    assert first != case_id(AgencyCode("kpp"), "A-17")
    assert opener_of(first) == CIVIL
    assert uuid.UUID(first.partition(".")[2]).version == 5


@pytest.mark.parametrize(
    "key",
    ["", "disdukcapil", "disdukcapil.", ".x", "Dukcapil.x", "~meta", "~claim", "a.x", "disdukcapil.x~000000001",
     "disdukcapil.~x", "disdukcapil.x\n", "disdukcapil\n.x", "disdukcapil. x"],
)  # fmt: skip
def test_what_is_no_case_id_has_no_opener(key: str) -> None:
    """Only <code>.<key> is a case id; nothing that the state topic keeps for itself is one."""
    assert opener_of(key) is None


@pytest.mark.parametrize("key", ["disdukcapil.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10", "rs.2026:17", "rs-a.b.c_d"])
def test_the_opener_of_a_case_is_in_its_id(key: str) -> None:
    """The words before the first dot are the opener's code."""
    assert opener_of(key) == key.partition(".")[0]


def test_a_new_attempt_is_a_new_task() -> None:
    """A task id is the same for the same attempt and no other."""
    case = CaseId("rs.1")
    ids = {task_id(case, StepName(step), attempt) for step in ("a", "b") for attempt in (1, 2)}

    assert len(ids) == 4
    assert task_id(case, StepName("a"), 1) in ids


def test_a_message_that_follows_has_one_id() -> None:
    """The same parts give the same id, and the order of parts matters."""
    assert derived_id("a", "b") == derived_id("a", "b")
    assert derived_id("a", "b") != derived_id("b", "a")


def test_ids_are_those_of_the_standard() -> None:
    """What is made here is UUIDv5 as everybody makes it (RFC 9562), in the hub's own room."""
    room = uuid.UUID("6f1c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
    for number in range(500):
        assert derived_id("a", str(number)) == str(uuid.uuid5(room, f"a/{number}"))


def test_a_procedure_is_named_with_its_version() -> None:
    """The reference is what a case is pinned to."""
    assert procedure_ref("newborn", 2) == "newborn@2"


@pytest.mark.parametrize(
    ("key", "hashed"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536),
     (b"a-little-bit-longer-string", -1486304829), (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
     (b"abc", 479470107)],
)  # fmt: skip
def test_the_hash_is_javas(key: bytes, hashed: int) -> None:
    """These are the values of Kafka's own UtilsTest."""
    assert murmur2(key) == hashed & 0xFFFFFFFF


def test_a_key_stays_on_its_partition() -> None:
    """The partition is within the count, and all of them are used."""
    found = [partition_of(f"rs.{number}".encode(), 4) for number in range(200)]

    assert set(found) == {0, 1, 2, 3}
    assert found == [partition_of(f"rs.{number}".encode(), 4) for number in range(200)]
