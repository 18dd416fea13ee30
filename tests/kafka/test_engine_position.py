"""Where a worker goes on: past what nobody reads, and never in silence past what nobody read."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka import OFFSET_END, TopicPartition
from confluent_kafka.admin import AdminClient

from hub.bus.admin import Admin
from hub.bus.producer import Producer, TransactionalProducer
from hub.bus.record import Place
from hub.errors import LostPositionError, UnreachableError
from hub.events.envelope import to_headers
from hub.names import CaseId, events_topic, partition_of
from tests.kafka.city import BANK, CHECKED, CIVIL, DESK, OPENED, PAID, PARTITIONS
from tests.kafka.log import Log
from tests.kafka.until import until
from tests.kafka.world import QUICK_SESSIONS, Thread, World, new_case, world

pytestmark = pytest.mark.kafka

_DESK: Final = events_topic(DESK)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[World]:
    """Run a city of one's own, since its logs are hurt."""
    with world(tmp_path, extra=QUICK_SESSIONS) as made:
        yield made


def _delete(city: World, topic: str) -> None:
    """Delete all that stands on a topic, as time does."""
    client = AdminClient({"bootstrap.servers": str(city.kafka.bootstrap)})
    places = [TopicPartition(topic, number, OFFSET_END) for number in range(PARTITIONS)]
    for answer in client.delete_records(places).values():
        answer.result()


def _open(city: World, log: Log) -> CaseId:
    case = new_case()
    city.say(DESK, OPENED, case, data={"name": "A"})()
    city.until_status(log, case, "open")
    return case


def _open_one_each(city: World, log: Log) -> None:
    """Open a case on every partition."""
    left = set(range(PARTITIONS))
    while left:
        left.discard(partition_of(_open(city, log).encode(), PARTITIONS))


def _pay(city: World, case: CaseId) -> None:
    """Say that a case was paid, in a transaction."""
    bank = TransactionalProducer(city.kafka, "the-banks-own", timeout_ms=60_000)
    bank.init()
    bank.begin()
    headers = to_headers("1", PAID, source="/agency/bank/own", time="2026-01-05T00:00:00Z", case=case)
    value = city.codec.encode(PAID, {"receipt": "1"})
    bank.produce(events_topic(BANK), value, key=case.encode(), headers=headers)
    bank.commit()
    bank.close()


def _refuses(city: World, **engine: str) -> str:
    """Start a worker, wait for its end, and tell why it stopped."""
    with city.worker(city.settings(**engine)) as worker:
        worker.until_ended()
    assert isinstance(worker.error, LostPositionError)
    return str(worker.error)


def _ends(city: World, topic: str) -> dict[int, int]:
    """Tell where a topic ends; a broker that was started a moment ago does not know yet who leads."""

    def told() -> dict[Place, int] | None:
        with suppress(UnreachableError):
            return Admin(city.kafka).ends([Place(topic, number) for number in range(PARTITIONS)])
        return None

    return {place.partition: end for place, end in (until(told) or {}).items()}


def _has_read_to_the_end(city: World, worker: Thread, topic: str) -> bool:
    """Tell whether a worker knows that only markers follow what it routed; an end is told a moment after a record."""
    seen = worker.ends(topic)
    return all(seen.get(number) == end for number, end in _ends(city, topic).items())


def test_a_quiet_network_starts_again_after_all_was_deleted(city: World) -> None:
    """All that stood on its inputs was routed; that markers stood behind it too is no loss."""
    log = city.log()
    with city.worker() as worker:
        worker.until_ready()
        case = _open(city, log)
        city.say(CIVIL, CHECKED, case, data={"number": "1"})()
        _pay(city, case)
        until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced", "advanced"])
        until(lambda: _has_read_to_the_end(city, worker, events_topic(BANK)))
    for topic in (events_topic(BANK), _DESK):
        _delete(city, topic)

    with city.worker() as successor:
        successor.until_ready()
        _open(city, log)
    assert successor.error is None


def test_what_was_deleted_unread_stops_the_worker_until_it_was_settled(city: World) -> None:
    """It names the gap, and how to say that it was settled; then it goes on behind it, and needs no leave again."""
    log = city.log()
    with city.worker():
        case = _open(city, log)
    number = partition_of(case.encode(), PARTITIONS)
    before = _ends(city, _DESK)[number]
    lost = new_case()
    while partition_of(lost.encode(), PARTITIONS) != number:
        lost = new_case()
    city.say(DESK, OPENED, lost, data={"name": "A"})()
    _delete(city, _DESK)

    for _ in range(2):
        assert f"{_DESK}/{number}:{before}:{before + 1}" in _refuses(city)
    with city.worker(city.settings(accepted_gaps=f"{_DESK}/{number}:{before}:{before + 1}")) as worker:
        _open_one_each(city, log)
    assert worker.error is None
    with city.worker() as worker:
        _open_one_each(city, log)
    assert worker.error is None
    assert city.case(log, lost) is None


def _cut(city: World, number: int) -> None:
    """Take the last record of the desk away while the broker is off, as a power cut does."""
    (folder,) = (city.home / "data").glob(f"*/{_DESK}-{number}")
    (segment,) = folder.glob("*.log")
    with segment.open("r+b") as file:
        file.truncate(segment.stat().st_size - 10)


def test_a_log_that_was_cut_stops_the_worker_also_when_it_has_grown_again(own: World) -> None:
    """After a power cut a position lies behind the end, or among what was written since: both are told."""
    log = own.log()
    with own.worker():
        _open_one_each(own, log)
    ends = _ends(own, _DESK)
    with own.broker_away():
        for number in ends:
            _cut(own, number)
    assert {number: end + 1 for number, end in _ends(own, _DESK).items()} == ends

    told = _refuses(own)
    assert [number for number, end in ends.items() if f"{_DESK}/{number}:{end}:{end - 1})" not in told] == []
    own.producer.close()
    own.producer = Producer(own.kafka)  # the one before knows of records that the broker has forgotten
    for number in range(PARTITIONS):
        for _ in range(3):
            value = own.codec.encode(OPENED, {"name": "A"})
            own.put(_DESK, value, key=b"desk.1", headers=[], partition=number)()
    assert "truncation" in _refuses(own)

    gaps = ",".join(f"{_DESK}/{number}:{end}:{end - 1}" for number, end in ends.items())
    with own.worker(own.settings(accepted_gaps=gaps)) as worker:
        _open_one_each(own, log)
    assert worker.error is None
