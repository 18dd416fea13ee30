"""The real broker and registry of one machine: they start, serve, survive a kill, and go without a trace."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from hub.local import Change, LocalMachine, RunningBroker, running_broker
from hub.local.port import Port as LocalPort
from hub.local.port import broker_answers, free_ports, is_free
from hub.settings import Settings
from tests.unit.local.waiting import runs, until

pytestmark = pytest.mark.kafka

_SCHEMA = (
    '{"type":"record","name":"Seen","namespace":"id.mpp.test","fields":[{"name":"nik","type":"string","class":"id"}]}'
)
_HUB = """
import asyncio, sys
sys.path.insert(0, {checkout!r})
from hub.local import LocalMachine
from hub.settings import Settings

async def main():
    async with LocalMachine(Settings(home={home!r})) as machine:
        print(*(machine.supervisor.pid(name) for name in machine.supervisor.names), flush=True)
        await machine.run()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """Run a broker and a registry for the tests of this file."""
    with running_broker(tmp_path_factory.mktemp("home"), registry=True) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings with free ports and the shared jars."""
    ports = free_ports(4)
    return Settings(
        home=tmp_path,
        parts=Settings().parts or Path(".hub/parts"),
        kafka_port=ports[0],
        controller_port=ports[1],
        registry_port=ports[2],
        registry_management_port=ports[3],
    )


def create_topic(bootstrap: str, name: str) -> None:
    """Make a topic with one partition, and wait for the broker's word."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, 1)])[name].result(20)


def produce(bootstrap: str, topic: str, *, value: bytes, transactional_id: str = "") -> None:
    """Write one record, in a transaction if an id is given, and wait until it is acknowledged."""
    transactional = {"transactional.id": transactional_id} if transactional_id else {}
    producer = Producer({"bootstrap.servers": bootstrap, **transactional})
    if transactional_id:
        producer.init_transactions(20)
        producer.begin_transaction()
    producer.produce(topic, value)
    if transactional_id:
        producer.commit_transaction(20)
    assert producer.flush(20) == 0


def read(bootstrap: str, topic: str, *, count: int) -> list[tuple[bytes | None, int]]:
    """Read committed records of a topic from the start: value and kind of timestamp."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"read-{topic}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        return [(record.value(), record.timestamp()[0]) for record in consumer.consume(count, timeout=20)]
    finally:
        consumer.close()


def test_a_transaction_is_read_committed(broker: RunningBroker) -> None:
    """Transactions and consumer groups work on one node, and the broker's clock stamps the records."""
    create_topic(broker.bootstrap, "agency.test.events")

    produce(broker.bootstrap, "agency.test.events", value=b"once", transactional_id="test-1")

    append_time = 2
    assert read(broker.bootstrap, "agency.test.events", count=1) == [(b"once", append_time)]


def test_topics_are_not_made_by_asking(broker: RunningBroker) -> None:
    """Asking for an unknown topic does not make it."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})

    admin.list_topics("agency.typing-error.events", timeout=10)

    assert "agency.typing-error.events" not in admin.list_topics(timeout=10).topics


def test_our_settings_reach_the_broker(broker: RunningBroker) -> None:
    """The broker says the settings of the template as its own."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    resource = ConfigResource(ResourceType.BROKER, "1")

    said = admin.describe_configs([resource])[resource].result(20)

    assert said["log.message.timestamp.type"].value == "LogAppendTime"
    assert said["group.min.session.timeout.ms"].value == "1000"
    assert said["transaction.state.log.num.partitions"].value == "4"


def test_what_was_acknowledged_survives_a_kill(broker: RunningBroker) -> None:
    """A killed broker comes back on its port with the record it acknowledged."""
    create_topic(broker.bootstrap, "kept")
    produce(broker.bootstrap, "kept", value=b"kept")
    before = broker.pid()

    broker.kill()
    assert broker.pid() is None
    broker.restart()

    assert broker.pid() not in (None, before)
    assert read(broker.bootstrap, "kept", count=1)[0][0] == b"kept"


def test_a_schema_survives_a_kill(broker: RunningBroker) -> None:
    """A killed registry comes back with the schema it took, attributes of fields included."""
    url = f"{broker.registry_url}/subjects/id.mpp.test.Seen/versions"
    taken = httpx2.post(url, json={"schema": _SCHEMA}, timeout=20)
    assert taken.status_code == 200

    broker.kill("registry")
    broker.restart("registry")

    assert '"class":"id"' in httpx2.get(f"{url}/1", timeout=20).json()["schema"]


async def test_a_frozen_broker_does_not_answer(broker: RunningBroker) -> None:
    """A broker that stands still is not ready; one that goes on is."""
    host, port = broker.bootstrap.split(":")
    broker.freeze()
    try:
        assert not await broker_answers(host, int(port))
    finally:
        broker.thaw()

    async with asyncio.timeout(20):
        while not await broker_answers(host, int(port)):
            pass


async def test_a_machine_starts_and_stops_whole(settings: Settings) -> None:
    """Broker and registry are ready when the context opens; at its end processes and ports are gone; data stay."""
    story: list[Change] = []

    async with LocalMachine(settings, on_change=story.append) as machine:
        create_topic(machine.bootstrap, "kept")
        pids = [machine.supervisor.pid(name) or 0 for name in machine.supervisor.names]
        assert len(pids) == 2

    assert not any(runs(pid) for pid in pids)
    assert {change.name for change in story if change.state == "ready"} == {"kafka", "registry"}
    assert all(is_free(LocalPort(port, "", "")) for port in (settings.kafka_port, settings.registry_port))
    async with LocalMachine(settings) as machine:
        assert "kept" in AdminClient({"bootstrap.servers": machine.bootstrap}).list_topics(timeout=10).topics


async def test_a_killed_broker_is_started_again(settings: Settings) -> None:
    """The machine brings a broker that was killed back by itself."""
    story: list[Change] = []
    settings = settings.model_copy(update={"registry_url": "http://127.0.0.1:1/none"})

    async with LocalMachine(settings, on_change=story.append) as machine:
        os.kill(machine.supervisor.pid("kafka") or 0, signal.SIGKILL)
        await until(lambda: [change.state for change in story].count("ready") == 2, within_s=120)

        create_topic(machine.bootstrap, "after")


async def test_a_killed_hub_leaves_no_java(settings: Settings) -> None:
    """SIGKILL of the hub ends broker and registry; the next start finds the ports free and the folder sound."""
    environment = {
        **os.environ,
        "HUB_PARTS": str((settings.parts or Path()).resolve()),
        "HUB_KAFKA_PORT": str(settings.kafka_port),
        "HUB_CONTROLLER_PORT": str(settings.controller_port),
        "HUB_REGISTRY_PORT": str(settings.registry_port),
        "HUB_REGISTRY_MANAGEMENT_PORT": str(settings.registry_management_port),
    }
    code = _HUB.format(checkout=str(Path.cwd()), home=str(settings.home))
    hub = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=PIPE, env=environment)
    assert hub.stdout is not None
    pids = [int(pid) for pid in (await hub.stdout.readline()).split()]
    assert len(pids) == 2
    assert all(runs(pid) for pid in pids)

    hub.kill()
    await hub.communicate()

    await until(lambda: not any(runs(pid) for pid in pids))
    async with LocalMachine(settings) as machine:
        assert len(machine.supervisor.names) == 2
