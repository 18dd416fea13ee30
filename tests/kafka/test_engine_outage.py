"""One router process at its beginning, its end and without a broker: what its pages say, how soon it stops."""

import re
import signal
import threading
from pathlib import Path
from typing import Final

import pytest

from hub.bus.admin import Admin
from hub.bus.record import Record
from hub.cluster.topics import topics_of
from hub.engine import health
from hub.local import running_broker
from hub.names import JOURNAL, CaseId, tasks_topic
from hub.settings import Engine, Kafka, Settings
from tests.kafka.city import CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.city import city as declared
from tests.kafka.ledger import Agencies
from tests.kafka.log import Log
from tests.kafka.registry import standing_in
from tests.kafka.until import until
from tests.kafka.world import Process, World, new_case

pytestmark = pytest.mark.kafka

_SEED: Final = 20_260_108
#: A commit so late (ms) that a worker can be stopped before it; on a busy machine not always.
_LATE_MS: Final = 1_000
#: Later than settings allow (ms), for what must surely be open when the broker freezes.
_LATER_MS: Final = 8_000
#: Seconds that a supervisor gives a worker to end (``hub up`` does); an idle machine's needs less than five.
_PATIENCE_S: Final = 20.0


def _ends(router: Process) -> int:
    """Wait for the end of a process, no longer than a supervisor does, and give its exit code."""
    return router.process.wait(_PATIENCE_S)


def _open_in(city: World, everything: Log) -> Record | None:
    """Let a router write about a new case; give its first task unless that is committed already."""
    case = new_case()
    city.say(DESK, OPENED, case, data={"name": "A"})()
    task = until(lambda: everything.of(tasks_topic(CIVIL), case))[0]
    return task if city.is_open(task) else None


def _has_heard(router: Process) -> bool:
    """Tell whether a signal has reached a router: it says so, or is gone."""
    return router.process.poll() is not None or router.page("/readyz")[0] == 503


def _case_of(task: Record | None) -> CaseId:
    assert task is not None
    return CaseId((task.key or b"").decode())


def _is_done_once(city: World, case: CaseId) -> None:
    """Let a successor come; what it does is there once, and nothing of what its forerunner left open."""
    log = city.log()
    with city.worker(city.settings("stopped")) as successor:
        until(lambda: log.of(tasks_topic(CIVIL), case))
    assert successor.error is None
    log.settle()
    assert len(log.of(tasks_topic(CIVIL), case)) == len(log.of(JOURNAL, case)) == 1


def _number(page: str, name: str) -> float:
    """Read one number off a metrics page."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    assert found is not None, f"{name} is not told"
    return float(found.group(1))


def test_a_stopped_worker_commits_what_is_open(city: World) -> None:
    """SIGTERM: the event it has routed is seen at once, before anybody comes in its place."""
    committed, everything = city.log(), city.log(isolation="read_uncommitted")
    with city.router(city.settings("stopped", commit_idle_ms=_LATE_MS)) as router:
        router.until_page("/readyz", 200)
        case = _case_of(until(lambda: _open_in(city, everything)))
        router.process.send_signal(signal.SIGTERM)
        assert _ends(router) == 0
    committed.settle()
    assert len(committed.of(tasks_topic(CIVIL), case)) == len(committed.of(JOURNAL, case)) == 1


def test_a_worker_stopped_under_load_ends_well_and_soon(city: World) -> None:
    """Again and again: exit code 0 and soon, nothing lost or doubled for the one that comes after."""
    with Agencies(city, seed=_SEED, rate=25) as agencies:
        for _ in range(3):
            with city.router(city.settings("stopped")) as router:
                agencies.until_moved(by=5)
                router.process.send_signal(signal.SIGTERM)
                assert _ends(router) == 0
        with city.router(city.settings("stopped")):
            verdict = agencies.finish()
    assert verdict.is_clean, str(verdict)


def test_a_second_signal_ends_at_once(city: World) -> None:
    """While the broker does not answer, a worker waits for its commit; a second signal spares that; nothing is lost."""
    everything, pause = city.log(isolation="read_uncommitted"), threading.Event()

    def is_ended_at_once() -> CaseId | None:
        with city.router(city.settings("stopped", commit_idle_ms=_LATE_MS)) as router:
            router.until_page("/readyz", 200)
            task = until(lambda: _open_in(city, everything))
            assert task is not None
            with city.broker_frozen():
                router.process.send_signal(signal.SIGTERM)
                until(lambda: _has_heard(router) or pause.wait(0.02))
                waits = router.process.poll() is None
                router.process.send_signal(signal.SIGTERM)
                code = _ends(router)
        if code == 128 + signal.SIGTERM:
            return _case_of(task)
        # It had committed before the broker froze, or was looked at too late: neither needs a second signal.
        assert not waits or not city.is_open(task), f"exit code {code}"
        return None

    case = until(is_ended_at_once)
    assert case is not None
    _is_done_once(city, case)


def test_a_worker_that_cannot_commit_ends_all_the_same(city: World) -> None:
    """One signal is enough while the broker does not answer: soon it ends, and its successor does the work again."""
    everything = city.log(isolation="read_uncommitted")
    with city.router(city.settings("stopped", commit_idle_ms=_LATE_MS)) as router:
        router.until_page("/readyz", 200)
        case = _case_of(until(lambda: _open_in(city, everything)))
        with city.broker_frozen():
            router.process.send_signal(signal.SIGTERM)
            _ends(router)
    _is_done_once(city, case)


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


def test_a_loop_that_stands_still_is_not_alive(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose commit nobody answers says so after a while, and lives again when the broker does."""
    monkeypatch.setattr(health, "_SILENT_S", 1.0)
    everything, case = city.log(isolation="read_uncommitted"), new_case()
    pause, settings = threading.Event(), city.settings("silent", session_timeout_ms=60_000)  # longer than it is frozen
    late = settings.engine.model_copy(update={"commit_idle_ms": _LATER_MS, "commit_busy_ms": _LATER_MS})
    with city.worker(settings.model_copy(update={"engine": late})) as worker:
        worker.until_ready()
        city.say(DESK, OPENED, case, data={"name": "A"})()
        until(lambda: everything.of(tasks_topic(CIVIL), case))
        with city.broker_frozen():
            until(lambda: worker.health.why_dead() or pause.wait(0.05))
            assert "has not turned" in str(worker.health.why_dead())
            assert worker.health.why_unready() is not None
        until(lambda: worker.health.why_dead() is None or pause.wait(0.05))
        committed = city.log()
        until(lambda: worker.error or committed.of(tasks_topic(CIVIL), case))
        assert worker.error is None
    committed.settle()
    assert len(committed.of(tasks_topic(CIVIL), case)) == len(committed.of(JOURNAL, case)) == 1


def test_a_process_whose_loop_failed_ends_with_an_error(city: World) -> None:
    """Another worker took its name: the process ends by itself, so that who started it may start it again."""
    pause = threading.Event()
    with city.router(city.settings("double")) as router:
        router.until_page("/readyz", 200)
        with city.worker(city.settings("double")) as other:
            answers: list[tuple[int, str]] = [router.page("/livez")]

            def has_ended() -> bool:
                answers.append(router.page("/livez"))
                return router.process.poll() is not None or pause.wait(0.01)

            until(has_ended)
            assert router.process.returncode == 1
            other.until_ready()
            assert other.error is None
    assert "a successor goes on from the last commit" in router.said.read_text()
    statuses = [status for status, _ in answers]
    failed = next(at for at, status in enumerate(statuses) if status != 200)
    assert 200 not in statuses[failed:], "it called itself alive after it had failed"
