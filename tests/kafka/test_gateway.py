"""The gateway's process on a real broker: it waits for a network, tells the truth about Kafka, and stops cleanly."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from hub.bus.admin import Admin, Topic
from hub.bus.consumer import read_all
from hub.bus.producer import Producer
from hub.bus.record import Record
from hub.events.envelope import read_headers
from hub.local import RunningBroker, running_broker
from hub.local.port import free_ports
from hub.names import NETWORK, events_topic, partition_of
from hub.network.bundle import Bundle, pack
from hub.network.load import DeclaredNetwork, load_or_raise
from hub.settings import Kafka, shipped
from hub.web.keys import add_key
from tests.unit.web.speaking import CASE, CATALOG, CIVIL, RECORDED, recorded, vocabulary

pytestmark = pytest.mark.kafka

_PARTITIONS: Final = 4
_RUN: Final = "from hub.settings import Settings; from hub.web.gateway import run; run(Settings.read())"
_STRUCTURED: Final = {"content-type": "application/cloudevents+json"}


@dataclass
class _Gateway:
    """A gateway's process and a client with the civil registry's key."""

    process: "subprocess.Popen[bytes]"
    client: httpx2.AsyncClient
    kafka: Kafka

    async def publish(self, **changes: Any) -> httpx2.Response:
        """Publish a recorded birth."""
        return await self.client.post("/v1/events", json=recorded(**changes), headers=_STRUCTURED)

    async def until(self, path: str, status: int) -> None:
        """Wait until a page answers with a status."""

        async def answers() -> bool:
            try:
                return (await self.client.get(path)).status_code == status
            except httpx2.TransportError:
                return False

        async with asyncio.timeout(60):
            while not await answers():  # noqa: ASYNC110 - the condition is about another process
                await asyncio.sleep(0.05)

    def records(self) -> list[Record]:
        """Read what stands on the civil registry's topic."""
        return list(read_all(self.kafka, events_topic(CIVIL), _PARTITIONS))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """Run a broker with the civil registry's topic, and no network yet."""
    with running_broker(tmp_path_factory.mktemp("home")) as running:
        Admin(Kafka(bootstrap=running.bootstrap)).create([Topic(events_topic(CIVIL), _PARTITIONS)], replication=1)
        yield running


@pytest.fixture
async def gateway(broker: RunningBroker, tmp_path: Path) -> AsyncIterator[_Gateway]:
    """Start a gateway's process that listens; it need not be ready."""
    broker.start()
    key, _ = add_key(tmp_path / "keys.json", CIVIL)
    port = free_ports(1)[0]
    with _process(broker, tmp_path, port) as process:
        base = f"http://127.0.0.1:{port}"
        client = httpx2.AsyncClient(base_url=base, headers={"x-api-key": key}, timeout=40, trust_env=False)
        async with client:
            made = _Gateway(process, client, Kafka(bootstrap=broker.bootstrap))
            await made.until("/livez", 200)
            yield made


@contextmanager
def _process(broker: RunningBroker, home: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
        "HUB_HOME": str(home),
        "HUB_GATEWAY_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-c", _RUN], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _apply(broker: RunningBroker, change: Callable[[DeclaredNetwork], object] = bool) -> None:
    """Put the shipped network in force, changed if asked, as ``hub apply`` writes it."""
    kafka = Kafka(bootstrap=broker.bootstrap)
    if NETWORK in Admin(kafka).partitions():
        last = max((int(record.key or b"0") for record in read_all(kafka, NETWORK, 1)), default=0)
    else:
        Admin(kafka).create([Topic(NETWORK, 1, {"cleanup.policy": "compact"})], replication=1)
        last = 0
    ids = {(schema.type, schema.version): number for number, schema in enumerate(CATALOG, start=101)}
    network = load_or_raise(shipped("deploy/samarinda"))
    change(network)
    previous = _numbered(last) if last else None
    bundle = pack(network, CATALOG, ids=ids, created=1_767_571_200_000, previous=previous)
    producer = Producer(kafka)
    producer.publish(NETWORK, bundle.encode(), key=str(bundle.sequence).encode()).result(20)
    producer.close()


def _numbered(sequence: int) -> Bundle:
    return Bundle(form=1, sequence=sequence, previous="", created=0, network={}, schemas=())


def _silence(network: DeclaredNetwork) -> None:
    """Take from the civil registry what it may publish."""
    agencies: Any = network.agencies
    agencies[CIVIL] = network.agencies[CIVIL].model_copy(update={"publishes": ()})


async def _in_force(gateway: _Gateway, broker: RunningBroker) -> None:
    """Apply the shipped network and wait until the gateway follows it, whatever was in force before."""
    _apply(broker)
    await gateway.until("/readyz", 200)
    await gateway.until(f"/v1/types/{RECORDED}", 200)


async def test_a_gateway_waits_for_its_network(gateway: _Gateway, broker: RunningBroker) -> None:
    """Without a network it lives and is not ready; once one is applied it takes events, without a restart."""
    if NETWORK not in Admin(gateway.kafka).partitions():
        assert (await gateway.client.get("/readyz")).status_code == 503
        assert (await gateway.publish()).status_code == 503

    await _in_force(gateway, broker)
    assert (await gateway.publish()).status_code == 202


async def test_what_was_answered_202_stands_in_kafka(gateway: _Gateway, broker: RunningBroker) -> None:
    """Every acknowledged event is there, on its case's partition, readable by its schema id."""
    await _in_force(gateway, broker)
    ids = [f"kept-{number}" for number in range(50)]

    answers = await asyncio.gather(*(gateway.publish(id=each) for each in ids))

    assert [answer.status_code for answer in answers] == [202] * len(ids)
    found = {read_headers(record.headers)["ce_id"]: record for record in gateway.records()}
    assert set(ids) <= set(found)
    assert {found[each].partition for each in ids} == {partition_of(CASE.encode(), _PARTITIONS)}
    assert vocabulary().codec.decode(found[ids[0]].value)[0] == RECORDED


async def test_a_new_bundle_is_followed(gateway: _Gateway, broker: RunningBroker) -> None:
    """What an agency may say changes with the network, while the gateway runs."""
    await _in_force(gateway, broker)
    assert (await gateway.publish()).status_code == 202

    _apply(broker, _silence)

    await gateway.until(f"/v1/types/{RECORDED}", 404)
    assert (await gateway.publish()).status_code == 403


async def test_without_kafka_it_says_so_and_comes_back(gateway: _Gateway, broker: RunningBroker) -> None:
    """A killed broker: not ready, 503 with Retry-After; the broker back: ready, and the same event is taken."""
    await _in_force(gateway, broker)
    broker.kill()

    answer = await gateway.publish(id="late")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (await gateway.client.get("/readyz")).status_code == 503
    assert (await gateway.client.get("/livez")).status_code == 200

    broker.restart()
    await gateway.until("/readyz", 200)
    assert (await gateway.publish(id="late")).status_code == 202


async def test_a_stop_finishes_what_is_in_flight(gateway: _Gateway, broker: RunningBroker) -> None:
    """After SIGTERM nothing new is taken, and the request that waits for Kafka gets its true answer."""
    await _in_force(gateway, broker)
    broker.freeze()
    waiting = asyncio.ensure_future(gateway.publish(id="in-flight"))
    try:
        await _until_in_flight(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        await _until_closed(str(gateway.client.base_url))
    finally:
        broker.thaw()

    assert (await waiting).status_code == 202
    assert await asyncio.to_thread(gateway.process.wait, 60) == 0
    assert "in-flight" in {read_headers(record.headers)["ce_id"] for record in gateway.records()}


async def test_a_second_signal_ends_at_once(gateway: _Gateway, broker: RunningBroker) -> None:
    """Whoever cannot wait signals twice."""
    await _in_force(gateway, broker)
    broker.freeze()
    waiting = asyncio.ensure_future(gateway.publish(id="given-up"))
    try:
        await _until_in_flight(gateway)
        gateway.process.send_signal(signal.SIGTERM)
        await _until_closed(str(gateway.client.base_url))
        gateway.process.send_signal(signal.SIGTERM)

        # Without the second signal it would end by itself, with 0, when the event's time is over.
        assert await asyncio.to_thread(gateway.process.wait, 30) == 128 + signal.SIGTERM
    finally:
        broker.thaw()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_taken_port_is_told(gateway: _Gateway, broker: RunningBroker, tmp_path: Path) -> None:
    """A second gateway on the same port ends with words, and the first goes on."""
    port = gateway.client.base_url.port or 0
    environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap, "HUB_GATEWAY_PORT": str(port)}

    second = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _RUN, env=environment | {"HUB_HOME": str(tmp_path)}, stderr=asyncio.subprocess.PIPE
    )
    _, said = await second.communicate()

    assert second.returncode == 1
    assert b"SettingsError" in said
    assert b"HUB_GATEWAY_PORT" in said
    assert (await gateway.client.get("/livez")).status_code == 200


async def _until_in_flight(gateway: _Gateway) -> None:
    async with asyncio.timeout(60):
        while "hub_gateway_in_flight 1.0" not in (await gateway.client.get("/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _until_closed(base: str) -> None:
    """Wait until nobody takes new connections."""
    async with asyncio.timeout(60), httpx2.AsyncClient(base_url=base, trust_env=False) as client:
        while True:
            try:
                await client.get("/livez", headers={"connection": "close"})
            except httpx2.TransportError:
                return
            await asyncio.sleep(0.02)
