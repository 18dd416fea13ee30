"""Money while workers are killed: the bank's own books prove that each receipt counts once or comes back.

HUB_FAULT_KILLS says how often (a fifth of it), HUB_FAULT_SEED repeats a run.
"""

from collections.abc import Iterator
from random import Random

import pytest

from tests.fault.ground import KILLS, SEED, broken, killed_at_last, start, wait
from tests.kafka.till import Till
from tests.kafka.world import QUICK_SESSIONS, World, world

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

#: Cases opened a second: seven events each, give or take.
_RATE = 15


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a broker with the city in force."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made


@pytest.mark.timeout(300 + 20 * KILLS)
def test_no_rupiah_is_lost_or_counted_twice_however_often_workers_are_killed(city: World) -> None:
    """Paid, paid early, again, twice, taken back, wrongly, late or never: each case ends as its receipts say."""
    random, names = Random(SEED), iter(range(10_000))  # noqa: S311 - a kill needs no secret
    with Till(city, seed=SEED + 3, rate=_RATE) as till, killed_at_last() as running:
        running += [start(city, f"till-{next(names)}") for _ in range(2)]
        for _ in range(KILLS // 5):
            till.until_moved(by=3)
            wait(random.uniform(0, 0.8))
            name, victim = running.pop(random.randrange(2))
            victim.kill()
            running.append(start(city, name))
        verdict = till.finish()
    print(f"\nseed {SEED}, {KILLS // 5} kills of two; {dict(till.ends)}; {verdict}")
    assert verdict.is_clean, f"seed {SEED}: {verdict}"
    assert not broken(city), f"seed {SEED}"
    assert {"completed", "expired_unpaid", "uncollected"} <= till.ends.keys(), f"seed {SEED}: {till.ends}"
