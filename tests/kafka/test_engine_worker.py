"""Workers come, go, freeze and lose their broker under load; the agencies' own books say what became of it."""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from hub import metrics
from hub.names import AgencyCode, CaseId
from hub.settings import Settings
from tests.kafka.city import OPENED, PARTITIONS
from tests.kafka.city import city as declared
from tests.kafka.ledger import Agencies
from tests.kafka.until import until
from tests.kafka.world import Process, Thread, World, world

pytestmark = pytest.mark.kafka

_SEED = 20_260_106
_SESSION_MS = 2_000
_NEWCOMER = AgencyCode("newcomer")


def _pause(seconds: float) -> None:
    """Let the moment of a trouble be any moment."""
    threading.Event().wait(seconds)


def test_workers_join_and_leave_under_load(city: World) -> None:
    """Up to three workers, each with an id of its own, come and go every few seconds: every event is applied once."""
    chance = Random(_SEED)  # noqa: S311 - a moment needs no secret
    running: list[Thread] = []
    names = iter(range(100))

    def start() -> Thread:
        return Thread(city.settings(f"member-{next(names)}", session_timeout_ms=_SESSION_MS))

    with Agencies(city, seed=_SEED, rate=25) as agencies:
        running = [start(), start()]
        for _ in range(6):
            agencies.until_moved(by=5)
            _pause(chance.uniform(0.5, 2.0))
            if len(running) == 3 or (len(running) == 2 and chance.random() < 0.5):
                running.pop(chance.randrange(len(running))).stop()
            else:
                running.append(start())
        verdict = agencies.finish()
        for each in running:
            each.stop()
            assert each.error is None
    assert verdict.is_clean, str(verdict)


def _supervised(stack: ExitStack, city: World, settings: Settings, *, router: Process) -> Process:
    """Wait until it routes, started anew when it has ended: what a supervisor does."""
    pause = threading.Event()

    def is_ready() -> bool:
        nonlocal router
        if router.process.poll() is not None:
            router = stack.enter_context(city.router(settings))
        return router.page("/readyz")[0] == 200 or pause.wait(0.05)

    until(is_ready)
    return router


def test_a_frozen_worker_writes_nothing_when_it_wakes(city: World) -> None:
    """Stopped past its session with timers due, its place is taken; continued, it undoes what it had open."""
    first, second = (city.settings(f"frozen-{number}", session_timeout_ms=_SESSION_MS) for number in (1, 2))
    with Agencies(city, seed=_SEED + 1, rate=25) as agencies, ExitStack() as stack:
        frozen = stack.enter_context(city.router(first))
        for _ in range(3):
            frozen = _supervised(stack, city, first, router=frozen)
            agencies.until_moved(by=5)
            frozen.process.send_signal(signal.SIGSTOP)
            with city.worker(second) as other:
                agencies.until_moved(by=20)
                frozen.process.send_signal(signal.SIGCONT)
                agencies.until_moved(by=10)
                _pause(0.5)
            assert other.error is None
        with city.worker(second):
            verdict = agencies.finish()
    assert verdict.is_clean, str(verdict)


def test_a_broker_killed_under_load_loses_and_doubles_nothing(city: World) -> None:
    """Killed and started again, twice: workers go on as soon as it is there, or their successors do."""
    with Agencies(city, seed=_SEED + 2, rate=25) as agencies, city.supervised():
        for _ in range(2):
            agencies.until_moved(by=5)
            with city.broker_away():
                _pause(0.3)
        agencies.until_moved(by=20)
        verdict = agencies.finish()
    assert verdict.is_clean, str(verdict)


def test_an_agency_that_joins_causes_no_rebalance(tmp_path: Path) -> None:
    """Its topic is read by all partitions as soon as the new network is in force; nothing is restored or moved.

    On a broker of its own, with sessions that outlast whatever else this machine does.
    """
    with world(tmp_path) as city, Agencies(city, seed=_SEED + 3, rate=25) as agencies, ExitStack() as stack:
        log = city.log()
        names = ("steady-1", "steady-2")
        steady = [stack.enter_context(city.worker(city.settings(name, session_timeout_ms=60_000))) for name in names]
        until(lambda: _shares(city) == dict.fromkeys(names, PARTITIONS // 2))
        for each in steady:
            each.until_ready()
        agencies.until_moved(by=20)  # what was begun before the group had settled is committed or undone by now
        restores, rebalances = _restores(), _rebalances(city)

        city.apply(declared(_NEWCOMER))
        cases = [CaseId(f"{_NEWCOMER}.{number}") for number in range(12)]
        for case in cases:
            city.say(_NEWCOMER, OPENED, case, data={"name": "A"})
        for case in cases:
            city.until_status(log, case, "open")

        agencies.until_moved(by=5)
        assert (_restores(), _rebalances(city)) == (restores, rebalances)
        verdict = agencies.finish()
    assert verdict.is_clean, str(verdict)


def _shares(city: World) -> dict[str, int]:
    """Ask the broker how many partitions each member has."""
    return {name: len(places) for name, places in city.admin.group("hub.router").members.items()}


def _restores() -> float:
    return float(metrics.RESTORE_SECONDS._sum.get())


def _rebalances(city: World) -> int:
    """Count what the broker says of the group."""
    said = (city.home / "logs" / "kafka.log").read_text()
    return said.count("Preparing to rebalance group hub.router")
