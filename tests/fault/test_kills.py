"""Workers killed at random under load: books kept outside the hub prove that nothing is lost, doubled or wrong.

HUB_FAULT_KILLS says how often (30), HUB_FAULT_SEED repeats a run.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from hub.names import StepName, partition_of, sub_case_id, task_id
from hub.views.evidence import verify_journal
from tests.kafka.city import PARTITIONS
from tests.kafka.ledger import ERRANDS, Agencies
from tests.kafka.world import QUICK_SESSIONS, Process, World, world

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

_KILLS = int(os.environ.get("HUB_FAULT_KILLS", "30"))
_SEED = int(os.environ.get("HUB_FAULT_SEED", "0")) or time.time_ns() % 1_000_000
#: Cases opened a second: five events each, give or take.
_RATE = 25
#: Session of two workers, so that one takes over from the other in the time of a test.
_SESSION_MS = 2_000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a broker with the city in force."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made


@pytest.mark.timeout(300 + 20 * _KILLS)
def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(city: World) -> None:
    """One worker, killed while it routes and sometimes while it starts, goes on each time from its last commit."""
    random = Random(_SEED)  # noqa: S311 - a kill needs no secret
    with Agencies(city, seed=_SEED, rate=_RATE) as agencies:
        silences: list[float] = []
        for _ in range(_KILLS):
            begun = time.monotonic()
            with city.router() as router:
                if random.random() < 0.8:
                    agencies.until_moved()
                    silences.append(time.monotonic() - begun)
                    _wait(random.uniform(0, 0.5))
                else:
                    _wait(random.uniform(0, 2.0))
                router.kill()
        with city.router() as router:
            verdict = agencies.finish()
    silences.sort()
    print(
        f"\nseed {_SEED}, {_KILLS} kills; {verdict}; start to output s: p50 {silences[len(silences) // 2]:.2f}, ",
        end="",
    )
    print(f"max {silences[-1]:.2f}")
    assert verdict.is_clean, f"seed {_SEED}: {verdict}"
    assert not _broken(city), f"seed {_SEED}"


@pytest.mark.timeout(300 + 20 * _KILLS)
def test_of_two_workers_either_may_be_killed(city: World) -> None:
    """Killed workers come back under their name, or another comes in their place: the rest takes over meanwhile."""
    random = Random(_SEED)  # noqa: S311 - a kill needs no secret
    with Agencies(city, seed=_SEED + 1, rate=_RATE) as agencies, _killed_at_last() as running:
        names = iter(range(10_000))
        running += [_start(city, f"pair-{next(names)}") for _ in range(2)]
        for _ in range(_KILLS // 2):
            agencies.until_moved(by=3)
            _wait(random.uniform(0, 0.8))
            name, victim = running.pop(random.randrange(2))
            victim.kill()
            if random.random() < 0.4:
                agencies.until_moved(by=3)
                name = f"pair-{next(names)}"
            running.append(_start(city, name))
        verdict = agencies.finish()
    print(f"\nseed {_SEED}, {_KILLS // 2} kills of two; {verdict}")
    assert verdict.is_clean, f"seed {_SEED}: {verdict}"
    assert not _broken(city), f"seed {_SEED}"


@pytest.mark.timeout(300 + 20 * _KILLS)
def test_cases_that_wait_for_cases_lose_and_double_nothing(city: World) -> None:
    """A case and the one it waits for are in two partitions, of two workers that are killed in turn."""
    random = Random(_SEED)  # noqa: S311 - a kill needs no secret
    with Agencies(city, seed=_SEED + 2, rate=_RATE / 2, kinds=ERRANDS) as agencies, _killed_at_last() as running:
        names = iter(range(10_000))
        running += [_start(city, f"errand-{next(names)}") for _ in range(2)]
        for _ in range(_KILLS // 2):
            agencies.until_moved(by=3)
            _wait(random.uniform(0, 0.8))
            name, victim = running.pop(random.randrange(2))
            victim.kill()
            running.append(_start(city, name))
        verdict = agencies.finish()
    print(f"\nseed {_SEED}, {_KILLS // 2} kills of two; {verdict}")
    assert verdict.is_clean, f"seed {_SEED}: {verdict}"
    assert _apart(agencies) > 0
    assert not _broken(city), f"seed {_SEED}"


def _apart(agencies: Agencies) -> int:
    """Count the cases whose sub-case lies in another partition."""
    count = 0
    for case, story in agencies.stories.items():
        if story.sub_case is not None:
            child = sub_case_id(case, task_id(case, StepName(story.sub_case[0]), 1))
            count += partition_of(case.encode(), PARTITIONS) != partition_of(child.encode(), PARTITIONS)
    return count


def _broken(city: World) -> list[str]:
    """Say where the journal's chain does not hold."""
    chains = verify_journal(city.settings())
    return [f"{chain.partition}@{chain.broken_at}: {chain.why}" for chain in chains if chain.broken_at is not None]


@contextmanager
def _killed_at_last() -> Iterator[list[tuple[str, Process]]]:
    """Keep routers by name, and kill those that are there at the end."""
    running: list[tuple[str, Process]] = []
    try:
        yield running
    finally:
        for _, router in running:
            router.kill()


def _start(city: World, name: str) -> tuple[str, Process]:
    return name, Process(city.settings(name, session_timeout_ms=_SESSION_MS))


def _wait(seconds: float) -> None:
    """Let the moment of a kill be any moment."""
    threading.Event().wait(seconds)
