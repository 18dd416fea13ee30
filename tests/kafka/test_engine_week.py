"""A worker that was down for a week: what fell due meanwhile fires once each, in its order, and says how late."""

from collections.abc import Iterator

import pytest

from hub import metrics
from hub.engine.clock import wall_ms
from hub.events.codec import format_millis, parse_millis
from hub.names import JOURNAL, CaseId, partition_of, tasks_topic
from tests.kafka.city import DESK, PARTITIONS, POST, WATCH_MS, WATCHED
from tests.kafka.log import Log, header
from tests.kafka.past import Hands, Past
from tests.kafka.until import until
from tests.kafka.world import World, new_case, world

pytestmark = pytest.mark.kafka

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
#: How long ago each case's deadline was; no two are alike, and they are not opened in this order.
_AGO_MS = [_DAY_MS * (number * 7 % 24) // 24 * 7 + number * 61_000 + 120_000 for number in range(40)]


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a broker and the city."""
    with world(tmp_path_factory.mktemp("world")) as made:
        yield made


def _open_all(city: World, log: Log) -> dict[CaseId, int]:
    """Let a router open cases eight days ago, and fire nothing since its clock is wrong; give their due times."""
    due: dict[CaseId, int] = {}
    past, begun = Past(city), wall_ms() - 8 * _DAY_MS
    with city.worker(read_clock=Hands(8 * _DAY_MS).read) as worker:
        worker.until_ready()
        for ago in _AGO_MS:
            case, moment = new_case(), wall_ms() - ago
            past.say(DESK, WATCHED, case, at=begun, since=format_millis(moment - WATCH_MS))
            due[case] = moment
        past.flush()
        until(lambda: all(city.case(log, case) is not None for case in due))
    assert {case: found.due for case in due if (found := city.case(log, case))} == due
    return due


def test_what_fell_due_in_a_week_fires_once_in_order_and_says_how_late(city: World) -> None:
    """The journal of each partition has the cases by due time, each with its lateness; the metric has it too."""
    log = city.log()
    due = _open_all(city, log)
    before = metrics.TIMER_LATENESS_SECONDS._sum.get()

    with city.worker() as worker:
        until(lambda: all("tell" in _told(log, case) for case in due))
    assert worker.error is None
    log.settle()

    by_partition: dict[int, list[CaseId]] = {}
    for record in log.records[JOURNAL]:
        entry = city.entry(record)
        if entry["outcome"] == "fired":
            by_partition.setdefault(record.partition, []).append(CaseId(entry["case"]))
            late = parse_millis(entry["at"]) - due[CaseId(entry["case"])]
            assert entry["why"] == f"fired {_span(late)} after it was due"
    assert by_partition == {
        number: sorted((case for case in due if partition_of(case.encode(), PARTITIONS) == number), key=due.__getitem__)
        for number in by_partition
    }
    assert sum(map(len, by_partition.values())) == len(due)
    assert metrics.TIMER_LATENESS_SECONDS._sum.get() - before >= sum(_AGO_MS) / 1_000


def _told(log: Log, case: str) -> list[str]:
    return [header(record, "hubstep") for record in log.of(tasks_topic(POST), case)]


def _span(late: int) -> str:
    minutes = late // 60_000
    spans = ((minutes // 1_440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in spans if count)
