"""A network put in force on a real broker and registry: whole, once, and safe to do again after any crash."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from confluent_kafka.admin import AdminClient

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.bus.parked import encode_parked, parked_key
from hub.bus.producer import Producer
from hub.bus.record import Place, Record
from hub.cluster.activation import ACTIVATED, KEY, activation, codec_of
from hub.cluster.apply import Applied, apply
from hub.cluster.bundles import BundleLog
from hub.cluster.plan import Changes, Cluster, plan
from hub.cluster.topics import topics_of
from hub.errors import ConfigurationError, NetworkError
from hub.events.catalog import Catalog
from hub.local import running_broker
from hub.names import CASES, COMMANDS, NETWORK, AgencyCode, CaseId, StepName, events_topic
from hub.network.bundle import Bundle, unpack
from hub.network.load import DeclaredNetwork
from hub.router.case import Case, StepState, encode_case
from hub.settings import Kafka, shipped
from tests.kafka.until import until
from tests.unit.network.town import AGREEMENT, BIRTH, CLINIC, PROCEDURE, Town
from tests.unit.network.town import NETWORK as NETWORK_FILE

pytestmark = pytest.mark.kafka

INSURER = AgencyCode("insurer")
PARTITIONS = range(4)


class CrashError(Exception):
    """Play a process that is killed."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a broker and a registry for the tests of this file."""
    with running_broker(tmp_path_factory.mktemp("home"), registry=True) as running:
        yield Cluster(Kafka(bootstrap=running.bootstrap), str(running.registry_url))


@pytest.fixture
def cluster(machine: Cluster) -> Iterator[Cluster]:
    """Give a broker without topics."""
    yield machine
    admin = Admin(machine.kafka)
    client = AdminClient({"bootstrap.servers": str(machine.kafka.bootstrap)})
    if there := list(admin.partitions()):
        for gone in client.delete_topics(there).values():
            gone.result(20)
    until(lambda: not admin.partitions())


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Copy the small network for one test to change."""
    return Town.copied(tmp_path)


def catalog_of(town: Town) -> Catalog:
    """Read the town's schemas and the hub's own."""
    own = (each for each in Catalog.load(shipped("schemas")) if each.type.startswith("hub."))
    return Catalog([*town.catalog(), *own])


def look(cluster: Cluster, town: Town, network: DeclaredNetwork | None = None) -> Changes:
    """Plan a network, the town's unless another is given."""
    return plan(cluster, network or town.network(), catalog_of(town))


def put(cluster: Cluster, town: Town, network: DeclaredNetwork | None = None, **more: Callable[[str], None]) -> Applied:
    """Apply a network, the town's unless another is given."""
    return apply(cluster, network or town.network(), catalog_of(town), actor="tester", **more)


def crash_at(word: str) -> Callable[[str], None]:
    """Crash after the first act whose line holds a word."""

    def tell(line: str) -> None:
        if word in line:
            raise CrashError(line)

    return tell


def activated(cluster: Cluster, bundle: Bundle) -> list[list[int]]:
    """List, by partition, the sequences that were put in force there."""
    found: list[list[int]] = [[] for _ in PARTITIONS]
    for record in read_all(cluster.kafka, COMMANDS, len(PARTITIONS)):
        event_type, facts, _ = codec_of(bundle).decode(record.value)
        assert (event_type, record.key) == (ACTIVATED, KEY)
        found[record.partition].append(facts["sequence"])
    return found


def without(network: DeclaredNetwork, agency: AgencyCode) -> DeclaredNetwork:
    """Take an agency out of a network."""
    return replace(network, agencies={code: each for code, each in network.agencies.items() if code != agency})


def keep_case(cluster: Cluster, case: Case) -> None:
    """Write a case's state as a router does."""
    producer = Producer(cluster.kafka)
    producer.publish(CASES, encode_case(case), key=case.id.encode()).result(20)
    producer.publish(CASES, b"{}", key=b"~meta", partition=0).result(20)
    waiting = Record(events_topic(AgencyCode("clinic")), 0, 0, 1, case.id.encode(), b"v", ())
    producer.publish(CASES, encode_parked(waiting), key=parked_key(case.id.encode(), 0)).result(20)
    producer.close()


def enrolling(status: str, closed_at: int | None = None) -> Case:
    """Make a case whose step of the insurer has a status."""
    step = StepState(status=status)  # type: ignore[arg-type]
    return Case(
        id=CaseId("clinic.1"), procedure=BIRTH, steps={StepName("enrol"): step}, opened_at=1, closed_at=closed_at
    )


def test_looking_changes_nothing(cluster: Cluster, town: Town) -> None:
    """A plan for an empty cluster lists everything and makes none of it."""
    changes = look(cluster, town)

    assert {each.name for each in changes.topics} == {each.name for each in topics_of(town.network(), copies=1)}
    assert (changes.bundle, changes.is_new, changes.activate, changes.refusals) == (1, True, (0, 1, 2, 3), ())
    assert any("no authorizer" in each for each in changes.notes)
    assert json.loads(json.dumps(changes.as_json()))["bundle"]["sequence"] == 1
    assert Admin(cluster.kafka).partitions() == {}


def test_a_network_is_put_in_force_whole(cluster: Cluster, town: Town) -> None:
    """Topics stand with their settings, the bundle is on the log, and every partition was told once."""
    applied = put(cluster, town)

    wanted = topics_of(town.network(), copies=1)
    admin = Admin(cluster.kafka)
    settings = admin.settings([each.name for each in wanted])
    assert admin.partitions() == {each.name: each.partitions for each in wanted}
    assert all(settings[each.name].items() >= dict(each.settings).items() for each in wanted)
    assert BundleLog(cluster.kafka).all() == {1: applied.bundle}
    assert (applied.bundle.sequence, applied.bundle.previous) == (1, "")
    assert activated(cluster, applied.bundle) == [[1]] * 4
    assert unpack(applied.bundle.encode()).plan.network == "town"


def test_whoever_waits_for_the_topics_is_told_when_they_are_there(cluster: Cluster, town: Town) -> None:
    """Once, also where nothing is to be made: routers may be started while the schemas are registered."""
    told: list[bool] = []
    wanted = {each.name for each in topics_of(town.network(), copies=1)}

    def look_at() -> None:
        told.append(wanted <= Admin(cluster.kafka).partitions().keys())

    for _ in range(2):
        apply(cluster, town.network(), catalog_of(town), actor="tester", when_topics=look_at)
    assert told == [True, True]


def test_applying_again_changes_nothing(cluster: Cluster, town: Town) -> None:
    """The same network is the same bundle, and nothing is written."""
    first = put(cluster, town).bundle
    places = [Place(NETWORK, 0), *(Place(COMMANDS, number) for number in PARTITIONS)]
    before = Admin(cluster.kafka).ends(places)

    changes = look(cluster, town)
    assert changes.is_empty
    assert [line for line in changes.lines() if not line.startswith("#")] == []
    assert put(cluster, town).bundle == first
    assert Admin(cluster.kafka).ends(places) == before


def test_a_changed_network_follows_the_one_before(cluster: Cluster, town: Town) -> None:
    """The next bundle names the one before by its digest, and both stay readable."""
    first = put(cluster, town).bundle
    town.edit(CLINIC, "level: ", "note: moved\nlevel: ")

    changes = look(cluster, town)
    assert (changes.bundle, changes.is_new, changes.differences) == (2, True, ("agency clinic changes",))
    assert (changes.topics, changes.settings, changes.schemas) == ((), (), ())
    second = put(cluster, town).bundle
    assert (second.sequence, second.previous) == (2, first.digest)
    assert BundleLog(cluster.kafka).all() == {1: first, 2: second}
    assert BundleLog(cluster.kafka).latest() == second
    assert activated(cluster, second) == [[1, 2]] * 4


@pytest.mark.parametrize("act", ["topic hub.intake", "topic agency.registry.deadletters", "schema town.", "recorded"])
def test_a_crash_between_two_acts_is_mended_by_doing_it_again(cluster: Cluster, town: Town, act: str) -> None:
    """Wherever it was cut off, the second time ends as if there had been only one."""
    schema = town.folder / "schemas" / "Enrolled.v2.avsc"
    avro = json.loads((town.folder / "schemas" / "Enrolled.v1.avsc").read_text())
    default = {"type": "string", "default": act, "element": f"e{len(act)}", "class": "general", "doc": "x"}
    avro["fields"].append({"name": f"f{len(act)}", **default})
    schema.write_text(json.dumps(avro))

    with pytest.raises(CrashError):
        put(cluster, town, tell=crash_at(act))
    applied = put(cluster, town)

    assert look(cluster, town).is_empty
    assert BundleLog(cluster.kafka).all() == {1: applied.bundle}
    assert activated(cluster, applied.bundle) == [[1]] * 4


def test_a_schema_without_its_rule_gets_it_when_it_is_done_again(cluster: Cluster, town: Town) -> None:
    """A crash between a registration and its rule leaves no subject that takes whatever comes."""
    put(cluster, town)
    client = AdminClient({"bootstrap.servers": str(cluster.kafka.bootstrap)})
    for gone in client.delete_topics(list(Admin(cluster.kafka).partitions())).values():
        gone.result(20)
    until(lambda: not Admin(cluster.kafka).partitions())
    subject = f"{cluster.registry_url}/config/town.Enrolled"
    httpx2.delete(subject, trust_env=False)
    assert "FULL_TRANSITIVE" not in httpx2.get(subject, trust_env=False).text

    put(cluster, town)

    assert "FULL_TRANSITIVE" in httpx2.get(subject, trust_env=False).text


def test_what_is_no_bundle_is_passed_over(cluster: Cluster, town: Town) -> None:
    """A record that somebody else wrote to the bundles' topic stops nobody who reads them."""
    bundle = put(cluster, town).bundle
    producer = Producer(cluster.kafka)
    producer.publish(NETWORK, b"{}", key=b"mine").result(20)
    producer.close()

    assert BundleLog(cluster.kafka).all() == {1: bundle}
    assert look(cluster, town).is_empty


def test_a_bundle_that_was_not_told_everywhere_is_told_to_the_rest(cluster: Cluster, town: Town) -> None:
    """Partitions that know the bundle are not told again."""
    with pytest.raises(CrashError):
        put(cluster, town, tell=crash_at("recorded"))
    bundle = BundleLog(cluster.kafka).latest()
    assert bundle is not None
    value, headers = activation(bundle, 2, actor="tester", now=1)
    producer = Producer(cluster.kafka)
    producer.publish(COMMANDS, value, key=KEY, headers=headers, partition=2).result(20)
    producer.close()

    changes = look(cluster, town)
    assert (changes.is_new, changes.bundle, changes.activate) == (False, 1, (0, 1, 3))
    assert "~ 3 partitions to bundle 1" in changes.lines()
    assert put(cluster, town).bundle == bundle
    assert activated(cluster, bundle) == [[1]] * 4


def test_who_applies_last_wins_and_the_other_is_told(cluster: Cluster, town: Town) -> None:
    """Two who apply at once do not mix: the first is fenced before it can put its older bundle in force again."""
    other = replace(town.network(), network=town.network().network.model_copy(update={"time_zone": "Asia/Jakarta"}))

    def meanwhile(line: str) -> None:
        if line == "bundle 1 recorded":
            put(cluster, town, other)

    with pytest.raises(ConfigurationError, match="somebody else applies"):
        put(cluster, town, tell=meanwhile)

    latest = BundleLog(cluster.kafka).latest()
    assert latest is not None
    assert latest.sequence == 2
    assert activated(cluster, latest) == [[2]] * 4


def test_a_plan_that_is_out_of_date_is_not_carried_out(cluster: Cluster, town: Town) -> None:
    """If another network came in force since the plan was made, nothing is put in force over it."""
    put(cluster, town)
    town.edit(CLINIC, "level: ", "note: moved\nlevel: ")
    other = replace(town.network(), network=town.network().network.model_copy(update={"time_zone": "Asia/Jakarta"}))
    Admin(cluster.kafka).set(COMMANDS, {"retention.ms": "1000000"})

    def meanwhile(line: str) -> None:
        if line == f"topic {COMMANDS} set":
            put(cluster, town, other)

    with pytest.raises(ConfigurationError, match="meanwhile"):
        put(cluster, town, tell=meanwhile)
    assert max(BundleLog(cluster.kafka).all()) == 2


def test_settings_that_drifted_are_set_back(cluster: Cluster, town: Town) -> None:
    """What somebody changed on a topic is shown and mended."""
    put(cluster, town)
    Admin(cluster.kafka).set(CASES, {"segment.ms": "1000000"})
    (changed,) = until(lambda: look(cluster, town).settings)

    assert (changed.topic, changed.name, changed.now, changed.wanted) == (CASES, "segment.ms", "1000000", "21600000")
    put(cluster, town)
    until(lambda: look(cluster, town).is_empty)


def test_another_number_of_partitions_is_refused(cluster: Cluster, town: Town) -> None:
    """Partitions say where a case is, so they never change; the refusal changes nothing."""
    put(cluster, town)
    town.edit(NETWORK_FILE, "evidence: I", "partitions: 5\nevidence: I")

    assert any(f"topic {COMMANDS} has 4 partitions" in each for each in look(cluster, town).refusals)
    with pytest.raises(NetworkError, match="nothing was changed") as refused:
        put(cluster, town)
    assert any(CASES in str(each) for each in refused.value.findings)
    assert max(BundleLog(cluster.kafka).all()) == 1


def test_another_network_is_refused(cluster: Cluster, town: Town) -> None:
    """A cluster carries one network."""
    put(cluster, town)
    town.edit(NETWORK_FILE, "network: town", "network: village")

    with pytest.raises(NetworkError, match="carries the network 'town'"):
        put(cluster, town)


@pytest.mark.parametrize("status", ["active", "returned"])
def test_an_agency_that_owes_a_step_cannot_leave(cluster: Cluster, town: Town, status: str) -> None:
    """The refusal names agency, step and case."""
    put(cluster, town)
    keep_case(cluster, enrolling(status))

    with pytest.raises(NetworkError, match=r"agency insurer cannot leave: it owes 1 .*'enrol'.*clinic\.1"):
        put(cluster, town, without(town.network(), INSURER))
    told = look(cluster, town, without(town.network(), AgencyCode("clinic"))).refusals
    assert ["it opened 1 open case" in each or "its events waits" in each for each in told] == [True, True]


@pytest.mark.parametrize("case", [enrolling("done"), enrolling("active", closed_at=2), None])
def test_an_agency_that_owes_nothing_may_leave(cluster: Cluster, town: Town, case: Case | None) -> None:
    """Once its steps are answered or their cases closed, the agency goes; its topics stay until somebody acts."""
    put(cluster, town)
    if case is not None:
        keep_case(cluster, case)
    smaller = without(town.network(), INSURER)

    assert "agency insurer leaves" in look(cluster, town, smaller).differences
    assert put(cluster, town, smaller).bundle.sequence == 2
    assert any("topics of agency insurer" in each for each in look(cluster, town, smaller).notes)
    assert "agency.insurer.tasks" in Admin(cluster.kafka).partitions()


def test_a_procedure_that_cases_follow_cannot_leave(cluster: Cluster, town: Town) -> None:
    """A case is pinned to its procedure, so the procedure stays while a case is open."""
    put(cluster, town)
    keep_case(cluster, enrolling("done"))

    smaller = replace(town.network(), procedures={})
    with pytest.raises(NetworkError, match="procedure birth@1 cannot leave: 1 open case"):
        put(cluster, town, smaller)

    told = look(cluster, town, smaller)
    assert (told.refusals, len(told.forceable)) == ((), 1)
    assert told.lines()[-2].startswith("! procedure birth@1 cannot leave: 1 open case follows it, such as clinic.1")
    assert apply(cluster, smaller, catalog_of(town), force=True).bundle.sequence == 2


def test_a_schema_in_force_is_never_edited(cluster: Cluster, town: Town) -> None:
    """A released version stays as it is; the refusal names the next version."""
    put(cluster, town)
    town.edit("schemas/Enrolled.v1.avsc", '"doc": "Enrolled."', '"doc": "Changed."')

    with pytest.raises(NetworkError, match="Enrolled v1 is in force and was changed; put it back and write v2"):
        put(cluster, town)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (PROCEDURE, "deadline: 2 days", "deadline: 3 days", "procedure birth@1 is in force and was changed"),
        (AGREEMENT, "contact: ", "on_expiry: hold\ncontact: ", "agreement pks-town is in force and was changed"),
    ],
)
def test_what_cases_run_by_is_never_edited(
    cluster: Cluster, town: Town, *, file: str, old: str, new: str, told: str
) -> None:
    """A procedure or an agreement in force stays as it is; a change is a new one."""
    put(cluster, town)
    town.edit(file, old, new)

    with pytest.raises(NetworkError, match=told):
        put(cluster, town)
    assert max(BundleLog(cluster.kafka).all()) == 1


def test_a_version_that_may_not_follow_is_refused(cluster: Cluster, town: Town) -> None:
    """Refused by the plan, with the path, before the registry is asked."""
    put(cluster, town)
    text = (town.folder / "schemas" / "Enrolled.v1.avsc").read_text()
    (town.folder / "schemas" / "Enrolled.v2.avsc").write_text(text.replace('"string"', '"int"'))

    assert any("town.Enrolled: insurance_number:" in each for each in look(cluster, town).refusals)


def test_whoever_follows_gets_the_newest(cluster: Cluster, town: Town) -> None:
    """A follower is told of each new bundle once."""
    assert BundleLog(cluster.kafka).latest() is None
    assert BundleLog(cluster.kafka).all() == {}
    first = put(cluster, town).bundle
    log = BundleLog(cluster.kafka)
    assert until(lambda: log.follow(0.5)) == first
    assert log.follow(0.2) is None

    town.edit(CLINIC, "level: ", "note: moved\nlevel: ")
    second = put(cluster, town).bundle
    assert until(lambda: log.follow(0.5)) == second
    log.close()
