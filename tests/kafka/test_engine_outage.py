"""One router process at its beginning, its end and without a broker: what its pages say, how soon it stops."""

import re
import signal
import time
from pathlib import Path
from typing import Final

import pytest

from hub.bus.admin import Admin
from hub.cluster.topics import topics_of
from hub.local import running_broker
from hub.names import JOURNAL, tasks_topic
from hub.settings import Engine, Kafka, Settings
from tests.kafka.city import CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.city import city as declared
from tests.kafka.ledger import Agencies
from tests.kafka.registry import standing_in
from tests.kafka.until import until
from tests.kafka.world import Process, World, new_case

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

_SEED: Final = 20_260_108
#: A commit so late (ms) that a worker can be stopped before it.
_LATE_MS: Final = 1_000


def _ends(router: Process, *, within_s: float) -> int:
    """Wait for the end of a process and give its exit code."""
    return router.process.wait(within_s)


def _number(page: str, name: str) -> float:
    """Read one number off a metrics page."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    assert found is not None, f"{name} is not told"
    return float(found.group(1))


def test_a_stopped_worker_commits_what_is_open(city: World) -> None:
    """SIGTERM: the event it has routed is seen at once, before anybody comes in its place."""
    committed, everything, case = city.log(), city.log(isolation="read_uncommitted"), new_case()
    with city.router(city.settings("stopped", commit_idle_ms=_LATE_MS)) as router:
        router.until_page("/readyz", 200)
        city.say(DESK, OPENED, case, data={"name": "A"})()
        until(lambda: everything.of(tasks_topic(CIVIL), case))
        assert not committed.of(tasks_topic(CIVIL), case)
        router.process.send_signal(signal.SIGTERM)
        assert _ends(router, within_s=5) == 0
    committed.settle()
    assert len(committed.of(tasks_topic(CIVIL), case)) == len(committed.of(JOURNAL, case)) == 1


def test_a_worker_stopped_under_load_ends_well_and_soon(city: World) -> None:
    """Again and again: exit code 0 within 5 s, nothing lost or doubled for the one that comes after."""
    with Agencies(city, seed=_SEED, rate=25) as agencies:
        for _ in range(3):
            with city.router(city.settings("stopped")) as router:
                agencies.until_moved(by=5)
                router.process.send_signal(signal.SIGTERM)
                assert _ends(router, within_s=5) == 0
        with city.router(city.settings("stopped")):
            verdict = agencies.finish()
    assert verdict.is_clean, str(verdict)


def test_a_second_signal_ends_at_once(city: World) -> None:
    """While the broker does not answer, a worker waits for its commit; a second signal spares that; nothing is lost."""
    committed, everything, case = city.log(), city.log(isolation="read_uncommitted"), new_case()
    with city.router(city.settings("stopped", commit_idle_ms=_LATE_MS)) as router:
        router.until_page("/readyz", 200)
        city.say(DESK, OPENED, case, data={"name": "A"})()
        until(lambda: everything.of(tasks_topic(CIVIL), case))
        city.broker.freeze()
        try:
            router.process.send_signal(signal.SIGTERM)
            router.until_page("/readyz", 503)
            begun = time.monotonic()
            router.process.send_signal(signal.SIGTERM)
            assert _ends(router, within_s=2) == 128 + signal.SIGTERM
            assert time.monotonic() - begun < 1
        finally:
            city.broker.thaw()
    with city.worker(city.settings("stopped")):
        until(lambda: committed.of(tasks_topic(CIVIL), case))
    committed.settle()
    assert len(committed.of(tasks_topic(CIVIL), case)) == len(committed.of(JOURNAL, case)) == 1


def test_a_worker_is_ready_once_a_network_is_in_force(tmp_path: Path) -> None:
    """Alive from the start; ready when its partitions are restored and know a network; its metrics count what is so."""
    with running_broker(tmp_path) as broker, standing_in() as registry:
        kafka = Kafka(bootstrap=broker.bootstrap)
        settings = Settings(home=tmp_path, kafka=kafka, registry_url=registry.url, engine=Engine(instance="early"))
        Admin(kafka).create(topics_of(declared(), copies=1), 1)
        router = Process(settings)
        try:
            router.until_page("/livez", 200)
            until(lambda: "no network in force" in router.until_page("/readyz", 503))
            assert router.page("/livez")[0] == 200
            world = World(broker, registry, tmp_path)
            router.until_page("/readyz", 200)
            page = router.until_page("/metrics", 200)
            assert _number(page, 'hub_partitions{state="owned"}') == PARTITIONS
            assert _number(page, 'hub_partitions{state="restoring"}') == 0

            log, case = world.log(), new_case()
            world.say(DESK, OPENED, case, data={"name": "A"})()
            world.until_status(log, case, "open")
            until(lambda: _number(router.until_page("/metrics", 200), "hub_event_to_task_seconds_count") == 1)
            world.close()
        finally:
            router.kill()
