"""Cases that cannot go on by themselves, records that came to a wrong place: nobody else waits, and nothing is lost."""

import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from confluent_kafka import Producer

from hub import metrics
from hub.engine.clock import wall_ms
from hub.events.codec import format_millis
from hub.events.envelope import to_headers
from hub.names import CASES, INTAKE, JOURNAL, AgencyCode, CaseId, EventType, events_topic, partition_of, tasks_topic
from tests.kafka.city import (
    BANK,
    CHECKED,
    CIVIL,
    DELIVERED,
    DESK,
    GUARDED,
    LOOKED,
    OPENED,
    PAID,
    PARTITIONS,
    POST,
    PRINTED,
)
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

#: How many numbers a guard looks at, to the third power: a slow one, and one that would outlive its transaction.
_SLOW: Final = 100
_ENDLESS: Final = 500


@pytest.fixture
def log(city: World) -> Iterator[Log]:
    """Let a worker work, and give a log of what it writes."""
    with city.worker() as worker:
        made = city.log()
        worker.until_ready()
        yield made
    assert worker.error is None


def _outcomes(city: World, log: Log, case: str) -> list[str]:
    return [entry["outcome"] for entry in city.entries(log, case)]


def _causes(city: World, log: Log, case: str) -> list[str]:
    found = city.case(log, case)
    return [] if found is None else [incident.cause for incident in found.incidents]


def _guarded(city: World, log: Log, *, size: int, work: int = 1) -> CaseId:
    case = new_case()
    city.say(DESK, GUARDED, case, data={"size": size, "work": list(range(work))})()
    del log
    return case


def _open(city: World, log: Log) -> CaseId:
    case = new_case()
    city.say(DESK, OPENED, case, data={"name": "A"})()
    city.until_status(log, case, "open")
    return case


def test_a_guard_that_raises_is_an_incident_and_an_operator_ends_it(city: World, log: Log) -> None:
    """The case waits, its later events are parked in order, others go on; an act lets all of it go on."""
    case = _guarded(city, log, size=0)
    until(lambda: _causes(city, log, case) == ["guard"])
    city.say(CIVIL, LOOKED, case, event_id="parked-1")()
    until(lambda: _outcomes(city, log, case) == ["opened", "parked"])
    _open(city, log)
    (incident,) = city.entries(log, case)[0]["incidents"]
    assert "application.size" in incident["detail"]

    city.act(case, "amend", facts='{"size": 1}')()
    city.act(case, "retry")()

    city.until_status(log, case, "completed")
    log.settle()
    assert _outcomes(city, log, case) == ["opened", "parked", "commanded", "commanded", "closed"]
    assert [entry["event_id"] for entry in city.entries(log, case)].count("parked-1") == 2
    assert [header(record, "hubstep") for record in log.of(tasks_topic(CIVIL), case)] == ["first"]


def test_a_retry_of_what_still_fails_leaves_the_case_as_it_was(city: World, log: Log) -> None:
    """Events parked before stay parked, and are there when the cause is mended at last."""
    case = _guarded(city, log, size=0)
    until(lambda: _causes(city, log, case) == ["guard"])
    city.say(CIVIL, LOOKED, case)()
    until(lambda: _outcomes(city, log, case)[-1:] == ["parked"])

    city.act(case, "retry")()
    until(lambda: "commanded" in _outcomes(city, log, case) or len(_outcomes(city, log, case)) > 2)
    until(lambda: _causes(city, log, case) == ["guard"])
    city.act(case, "skip", step="first", facts="{}")()

    city.until_status(log, case, "completed")


def test_a_slow_guard_delays_and_loses_nothing(city: World, log: Log) -> None:
    """While one guard reckons for long, others wait a moment; each is decided once, and so is the slow one."""
    begun = time.monotonic()
    slow = _guarded(city, log, size=1, work=_SLOW)
    others = [new_case() for _ in range(40)]
    for case in others:
        city.say(DESK, OPENED, case, data={"name": "A"})
    for case in others:
        city.until_status(log, case, "open")
    city.until_status(log, slow, "open")
    print(f"a slow guard and 40 others took {time.monotonic() - begun:.1f} s")
    city.say(CIVIL, LOOKED, slow)()
    city.until_status(log, slow, "completed")
    log.settle()

    assert _outcomes(city, log, slow) == ["opened", "closed"]
    assert all(_outcomes(city, log, case) == ["opened"] for case in others)


def test_a_guard_that_would_never_end_is_an_incident(city: World, log: Log) -> None:
    """What would reckon for longer than a transaction lives is not begun; its partition goes on at once."""
    case = _guarded(city, log, size=1, work=_ENDLESS)
    until(lambda: _causes(city, log, case) == ["guard"])
    _open(city, log)


def test_a_late_opening_adopts_what_came_before_it(city: World, log: Log) -> None:
    """Events of an unknown case are kept in their order, and count once it is opened."""
    case = new_case()
    for agency, event_type, data in (
        (CIVIL, CHECKED, {"number": "1"}), (BANK, PAID, {"receipt": "1"}), (CIVIL, PRINTED, {}), (POST, DELIVERED, {}),
    ):  # fmt: skip
        city.say(agency, event_type, case, data=data)()
    until(lambda: _outcomes(city, log, case) == ["orphaned"] * 4)
    assert city.case(log, case).parked == 4  # type: ignore[union-attr]

    city.say(DESK, OPENED, case, data={"name": "A"})()

    city.until_status(log, case, "completed")
    log.settle()
    assert _outcomes(city, log, case)[4] == "opened"
    assert [entry["revision"] for entry in city.entries(log, case)] == list(range(1, 10))
    left = {record.key: record.value for record in log.records[CASES] if (record.key or b"").startswith(case.encode())}
    assert [key for key, value in left.items() if value is not None] == [case.encode()]


@pytest.mark.parametrize("partitioner", ["murmur2_random", "consistent_random", "random"])
def test_any_producers_records_find_their_case(city: World, log: Log, partitioner: str) -> None:
    """Java's, librdkafka's own and no hash at all: what came to a wrong partition is forwarded, counted, not lost."""
    foreign = Foreign(city, partitioner)
    misplaced = _misplaced()
    cases = [new_case() for _ in range(24)]
    for case in cases:
        foreign.say(DESK, OPENED, case, {"name": "A"})
    for case in cases:
        city.until_status(log, case, "open")
    for case in cases:
        foreign.say(CIVIL, CHECKED, case, {"number": "1"})
        foreign.say(BANK, PAID, case, {"receipt": "1"})
        foreign.say(CIVIL, PRINTED, case, {})
        foreign.say(POST, DELIVERED, case, {})
    for case in cases:
        city.until_status(log, case, "completed")
    log.settle()

    wrong = foreign.misplaced()
    assert (sum(wrong.values()) > 0) == (partitioner != "murmur2_random")
    forwarded = [record for record in log.records[INTAKE] if (record.key or b"").decode() in cases]
    assert _count(header(each, "huborigin") for each in forwarded) == wrong
    assert {code: _misplaced()[code] - misplaced[code] for code in wrong} == wrong
    for case in cases:
        assert len(city.entries(log, case)) == 5
        home = partition_of(case.encode(), PARTITIONS)
        assert {record.partition for topic in (JOURNAL, CASES) for record in log.of(topic, case)} == {home}


class Foreign:
    """A client in another language, with a partitioner of its own."""

    def __init__(self, city: World, partitioner: str) -> None:
        """Connect."""
        self._city = city
        self._client = Producer({"bootstrap.servers": city.kafka.bootstrap, "partitioner": partitioner})
        self._placed: list[tuple[AgencyCode, bytes, int]] = []

    def say(self, agency: AgencyCode, event_type: EventType, case: CaseId, data: dict[str, Any], /) -> None:
        """Publish one event and remember where it went."""
        headers: Any = to_headers(
            f"{event_type}/1", event_type, source=f"/agency/{agency}/foreign", time=format_millis(wall_ms()), case=case
        )
        value = self._city.codec.encode(event_type, data)

        def placed(_error: object, message: Any) -> None:
            self._placed.append((agency, message.key(), message.partition()))

        self._client.produce(events_topic(agency), value, key=case.encode(), headers=headers, on_delivery=placed)
        self._client.flush(20)

    def misplaced(self) -> dict[str, int]:
        """Count by agency what does not stand where Java would have put it."""
        return _count(agency for agency, key, partition in self._placed if partition_of(key, PARTITIONS) != partition)


def _count(codes: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in codes:
        found[code] = found.get(code, 0) + 1
    return found


def _misplaced() -> dict[str, int]:
    return {code: int(metrics.MISPLACED.labels(code)._value.get()) for code in (DESK, CIVIL, BANK, POST)}
