"""Workers killed at random under load: books kept outside the hub prove that nothing is lost, doubled or wrong.

HUB_FAULT_KILLS says how often (30), HUB_FAULT_SEED repeats a run.
"""

import time
from collections.abc import Iterator
from random import Random

import pytest

from hub.names import StepName, partition_of, sub_case_id, task_id
from tests.fault.ground import KILLS, RATE, SEED, broken, killed_at_last, start, wait
from tests.kafka.city import PARTITIONS
from tests.kafka.ledger import ERRANDS, Agencies
from tests.kafka.world import QUICK_SESSIONS, World, world

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a broker with the city in force."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
def test_a_worker_killed_again_and_again_loses_and_doubles_nothing(city: World) -> None:
    """One worker, killed while it routes and sometimes while it starts, goes on each time from its last commit."""
    random = Random(SEED)  # noqa: S311 - a kill needs no secret
    with Agencies(city, seed=SEED, rate=RATE) as agencies:
        silences: list[float] = []
        for _ in range(KILLS):
            begun = time.monotonic()
            with city.router() as router:
                if random.random() < 0.8:
                    agencies.until_moved()
                    silences.append(time.monotonic() - begun)
                    wait(random.uniform(0, 0.5))
                else:
                    wait(random.uniform(0, 2.0))
                router.kill()
        with city.router() as router:
            verdict = agencies.finish()
    silences.sort()
    print(
        f"\nseed {SEED}, {KILLS} kills; {verdict}; start to output s: p50 {silences[len(silences) // 2]:.2f}, ",
        end="",
    )
    print(f"max {silences[-1]:.2f}")
    assert verdict.is_clean, f"seed {SEED}: {verdict}"
    assert not broken(city), f"seed {SEED}"


@pytest.mark.timeout(300 + 20 * KILLS)
def test_of_two_workers_either_may_be_killed(city: World) -> None:
    """Killed workers come back under their name, or another comes in their place: the rest takes over meanwhile."""
    random = Random(SEED)  # noqa: S311 - a kill needs no secret
    with Agencies(city, seed=SEED + 1, rate=RATE) as agencies, killed_at_last() as running:
        names = iter(range(10_000))
        running += [start(city, f"pair-{next(names)}") for _ in range(2)]
        for _ in range(KILLS // 2):
            agencies.until_moved(by=3)
            wait(random.uniform(0, 0.8))
            name, victim = running.pop(random.randrange(2))
            victim.kill()
            if random.random() < 0.4:
                agencies.until_moved(by=3)
                name = f"pair-{next(names)}"
            running.append(start(city, name))
        verdict = agencies.finish()
    print(f"\nseed {SEED}, {KILLS // 2} kills of two; {verdict}")
    assert verdict.is_clean, f"seed {SEED}: {verdict}"
    assert not broken(city), f"seed {SEED}"


@pytest.mark.timeout(300 + 20 * KILLS)
def test_cases_that_wait_for_cases_lose_and_double_nothing(city: World) -> None:
    """A case and the one it waits for are in two partitions, of two workers that are killed in turn."""
    random = Random(SEED)  # noqa: S311 - a kill needs no secret
    with Agencies(city, seed=SEED + 2, rate=RATE / 2, kinds=ERRANDS) as agencies, killed_at_last() as running:
        names = iter(range(10_000))
        running += [start(city, f"errand-{next(names)}") for _ in range(2)]
        for _ in range(KILLS // 2):
            agencies.until_moved(by=3)
            wait(random.uniform(0, 0.8))
            name, victim = running.pop(random.randrange(2))
            victim.kill()
            running.append(start(city, name))
        verdict = agencies.finish()
    print(f"\nseed {SEED}, {KILLS // 2} kills of two; {verdict}")
    assert verdict.is_clean, f"seed {SEED}: {verdict}"
    assert _apart(agencies) > 0
    assert not broken(city), f"seed {SEED}"


def _apart(agencies: Agencies) -> int:
    """Count the cases whose sub-case lies in another partition."""
    count = 0
    for case, story in agencies.stories.items():
        if story.sub_case is not None:
            child = sub_case_id(case, task_id(case, StepName(story.sub_case[0]), 1))
            count += partition_of(case.encode(), PARTITIONS) != partition_of(child.encode(), PARTITIONS)
    return count
