"""The topics of a network: a public contract, so every setting is told here once more."""

import pytest

from hub.bus.admin import Topic
from hub.cluster.topics import copies_on, topics_of
from hub.network.load import load_or_raise
from hub.router.case import MAX_CASE_BYTES
from tests import networks
from tests.unit.network.town import DATA

DAY_MS = 24 * 3_600_000
AGENCIES = ("clinic", "insurer", "office", "registry")


@pytest.fixture
def topics() -> dict[str, Topic]:
    """List the topics of the small town by name."""
    return {each.name: each for each in topics_of(load_or_raise(DATA / "town"), copies=1)}


def test_every_agency_has_its_three_topics(topics: dict[str, Topic]) -> None:
    """The hub's own six, and three for each agency; nothing else."""
    own = {"hub.intake", "hub.signals", "hub.commands", "hub.cases", "hub.network", "cases.status", "cases.journal"}
    theirs = {f"agency.{code}.{what}" for code in AGENCIES for what in ("events", "tasks", "deadletters")}

    assert topics.keys() == own | theirs


@pytest.mark.parametrize(
    ("name", "partitions", "policy", "kept_days"),
    [
        ("agency.clinic.events", 4, "delete", 30),
        ("agency.clinic.tasks", 1, "delete", 365),
        ("agency.clinic.deadletters", 1, "delete", 30),
        ("hub.intake", 4, "delete", 30),
        ("hub.signals", 4, "delete", 30),
        ("hub.commands", 4, "delete", 365),
        ("hub.cases", 4, "compact", None),
        ("cases.status", 4, "delete", 30),
        ("cases.journal", 4, "delete", 3650),
        ("hub.network", 1, "compact", None),
    ],
)
def test_topics_are_as_the_design_says(
    topics: dict[str, Topic], name: str, partitions: int, policy: str, *, kept_days: int | None
) -> None:
    """Partitions, clean-up and retention of each kind of topic."""
    found = topics[name]

    assert found.partitions == partitions
    assert found.settings["cleanup.policy"] == policy
    assert found.settings.get("retention.ms") == (None if kept_days is None else str(kept_days * DAY_MS))


def test_the_broker_stamps_every_record(topics: dict[str, Topic]) -> None:
    """Deadlines are judged by the broker's time, so no topic takes a producer's."""
    assert {each.settings["message.timestamp.type"] for each in topics.values()} == {"LogAppendTime"}


def test_a_deleted_case_leaves_the_disk(topics: dict[str, Topic]) -> None:
    """The state topic is compacted within a day and six hours."""
    assert topics["hub.cases"].settings["max.compaction.lag.ms"] == str(DAY_MS)
    assert topics["hub.cases"].settings["segment.ms"] == str(DAY_MS // 4)


def test_what_is_wrapped_fits_its_topic(topics: dict[str, Topic]) -> None:
    """The largest event an agency may send fits, whole and wrapped, where the hub puts it; so does any case."""
    size = {name: int(each.settings["max.message.bytes"]) for name, each in topics.items()}

    for name in ("hub.intake", "hub.cases", "agency.clinic.deadletters"):
        assert size[name] >= size["agency.clinic.events"] * 4 // 3
    assert size["hub.cases"] > MAX_CASE_BYTES


@pytest.mark.parametrize(("brokers", "copies", "in_sync"), [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (9, 3, "2")])
def test_copies_follow_the_number_of_brokers(brokers: int, copies: int, in_sync: str) -> None:
    """With three copies one broker may be away and nothing acknowledged is on one disk only."""
    found = topics_of(load_or_raise(DATA / "town"), copies=copies_on(brokers))

    assert copies_on(brokers) == copies
    assert {each.settings["min.insync.replicas"] for each in found} == {in_sync}


def test_samarinda_has_topics() -> None:
    """The shipped network's topics have the names that Kafka takes."""
    found = topics_of(networks.samarinda(), copies=1)

    assert all(len(each.name) <= 249 for each in found)
    assert len({each.name.replace("_", ".") for each in found}) == len(found)
