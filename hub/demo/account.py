"""What a demonstration comes to: one object for machines, a few lines for people."""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

from hub.demo.tally import Tally

#: Wrongs that are told one by one.
_TOLD: Final = 20


def as_json(tally: Tally, *, ready_s: float, versions: Mapping[str, str]) -> dict[str, Any]:
    """Give the figures; all but the last two come from the agencies' books."""
    return {
        "cases_opened": tally.opened,
        "cases_completed": tally.ended("completed"),
        "cases_rejected": tally.ended("rejected"),
        "cases_open": tally.open,
        "events_published": tally.events,
        "tasks_delivered": tally.tasks,
        "tasks_lost": len(tally.lost),
        "tasks_duplicated": len(tally.doubled),
        "event_to_task_ms": {"p50": tally.delay_ms(50), "p99": tally.delay_ms(99)},
        "ready_seconds": round(ready_s, 1),
        "versions": dict(versions),
    }


def as_lines(tally: Tally) -> Iterator[str]:
    """Say in words how it ended, and what was wrong if anything was."""
    yield (
        f"{tally.opened} cases opened: {tally.ended('completed')} completed, {tally.ended('rejected')} rejected, "
        f"{tally.open} open"
    )
    yield f"{tally.events} events published, {tally.tasks} tasks delivered{_delays(tally)}"
    for (agency, event_type, category), count in sorted(tally.refused.items()):
        yield f"  {count} {event_type} of {agency} became dead letters ({category})"
    if tally.failed:
        yield f"  {tally.failed} events were not taken by Kafka"
    lost, doubled = tally.lost, tally.doubled
    yield from (f"  lost: {each}" for each in lost[:_TOLD])
    yield from (f"  doubled: {each}" for each in doubled[:_TOLD])
    yield f"by the agencies' own books: {len(lost)} lost, {len(doubled)} doubled"


def is_clean(tally: Tally) -> bool:
    """Tell whether something happened and all of it happened once."""
    return tally.opened > 0 and not (tally.lost or tally.doubled or tally.failed or tally.unacknowledged)


def versions(*, kafka: str, registry: str) -> dict[str, str]:
    """Name what took part."""
    libraries = {name: version(name) for name in ("confluent-kafka", "faust-streaming", "fastavro")}
    return {
        "hub": version("simpul"), "kafka": kafka, "registry": registry, "python": platform.python_version(),
        **libraries,
    }  # fmt: skip


def _delays(tally: Tally) -> str:
    half, most = tally.delay_ms(50), tally.delay_ms(99)
    return "" if half is None else f"; event to task {half} ms (half of them), {most} ms (99 in 100)"
