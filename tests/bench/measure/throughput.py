"""Events a second of one process on one core, and CPU: the worker, the bare loop and the faust agent, in turn."""

import statistics
from typing import Any

from hub.bus.record import Place
from hub.names import CASES, JOURNAL, STATUS
from tests.bench.ground.machine import say
from tests.bench.ground.place import TWINS, Ground
from tests.bench.ground.sample import samples_of

_OWN = (CASES, JOURNAL, STATUS)


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Preload whole cases and let each program work them off, round by round; a first round warms the broker."""
    rounds, warm, cases = (3, 1, 3_000) if quick else (4, 2, 8_000)
    samples, rows = samples_of(place), {"hub": [], "bare": [], "faust": []}  # type: ignore[var-annotated]
    for number in range(warm + rounds):
        begins = place.ends()
        stories = place.teller.stories(f"run-{number}", cases)
        place.publish(stories)
        say(f"throughput round {number + 1} of {warm + rounds}: {stories.events} events of {cases} cases")
        told = {
            "hub": lambda: _hub(place, begins),  # noqa: B023
            "bare": lambda: _bare(place, begins, stories.events, samples),  # noqa: B023
            "faust": lambda: _faust(place, 5_000 if quick else 20_000, samples),
        }
        for name in list(told) if number % 2 else reversed(list(told)):
            if number < warm and name == "faust":
                continue
            row = told[name]()
            _tell(name, row)
            if number >= warm:
                rows[name].append(row)
    found = {name: _summary(some) for name, some in rows.items()}
    for name in ("bare", "faust"):
        found["hub"][f"to_{name}"] = _ratio(rows["hub"], rows[name])
    return found


def _hub(place: Ground, begins: dict[Place, int]) -> dict[str, Any]:
    before = place.written(_OWN)
    spans = [(at.topic, at.partition, begins[at], end) for at, end in place.ends().items()]
    row = place.run("hub_worker", spans=spans)
    whole = sum(end - begin for _, _, begin, end in spans)
    return {**row, "written_per_event": (place.written(_OWN) - before) / whole}


def _bare(place: Ground, begins: dict[Place, int], events: int, samples: list[dict[str, Any]]) -> dict[str, Any]:
    before = place.written(TWINS.values())
    row = place.run("bare_loop", begins=_flat(begins), events=events, samples=samples)
    return {**row, "written_per_event": (place.written(TWINS.values()) - before) / events}


def _faust(place: Ground, events: int, samples: list[dict[str, Any]]) -> dict[str, Any]:
    return place.run("faust_agent", topics=place.inputs(), events=events, samples=samples)


def _tell(name: str, row: dict[str, Any]) -> None:
    say(f"  {name}: {row['events'] / row['seconds']:,.0f} events/s of {row['events']:,}")


def _flat(places: dict[Place, int]) -> list[tuple[str, int, int]]:
    return [(place.topic, place.partition, offset) for place, offset in places.items()]


def _ratio(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> float:
    """Compare round by round, so that a neighbour who comes and goes weighs on both; the median counts."""
    return statistics.median(
        (one["events"] / one["seconds"]) / (other["events"] / other["seconds"])
        for one, other in zip(ours, theirs, strict=True)
    )


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    rates = [row["events"] / row["seconds"] for row in rows]
    found = {
        "events_s": statistics.median(rates), "min": min(rates), "max": max(rates), "runs": len(rows),
        "cpu_s_per_100k": statistics.median(row["cpu_s"] / row["events"] * 1e5 for row in rows),
        "broker_cpu_s_per_100k": statistics.median(row["broker_cpu_s"] / row["events"] * 1e5 for row in rows),
    }  # fmt: skip
    if "written_per_event" in rows[0]:
        found["records_per_event"] = statistics.median(row["written_per_event"] for row in rows)
    if "ready_s" in rows[0]:
        found["ready_s"] = statistics.median(row["ready_s"] for row in rows)
    return found
