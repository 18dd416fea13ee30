"""Records a second when partitions' states are restored, beside a plain consumer into a dict of the same topic."""

import statistics
from typing import Any

from hub.bus.producer import Producer
from hub.names import CASES, case_id
from tests.bench.ground.machine import say
from tests.bench.ground.place import Ground, offer
from tests.bench.ground.sample import samples_of
from tests.bench.ground.story import Saying


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Fill the topic of states with rehearsed ones and read it in both ways, in turn. No worker may run after."""
    rounds, count = (3, 200_000) if quick else (5, 600_000)
    say(f"restore: writing {count:,} states")
    _fill(place, count)
    rates: dict[str, list[float]] = {"hub": [], "plain": []}
    records = 0
    for _ in range(rounds):
        for how, some in rates.items():
            row = place.run("restoring", how=how)
            some.append(row["records"] / row["seconds"])
            records = row["records"]
        say(f"  hub {rates['hub'][-1]:,.0f} records/s, plain {rates['plain'][-1]:,.0f}")
    return {how: statistics.median(some) for how, some in rates.items()} | {"records": records, "runs": rounds}


def _fill(place: Ground, count: int) -> None:
    """Write four states of each case, as if each had been changed in four transactions."""
    states = [each["state"].encode() for each in samples_of(place)]
    opener = next(iter(place.force.network.agencies))
    producer = Producer(place.kafka, **{"linger.ms": 20, "batch.size": 262_144, "compression.type": "lz4"})
    cases = [case_id(opener, f"restore/{number}").encode() for number in range(count // 4)]
    for number in range(count):
        offer(producer, Saying(CASES, cases[number % len(cases)], states[number % len(states)], []))
    producer.close()
