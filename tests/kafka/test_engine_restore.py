"""Restore: a successor knows all that was committed, whatever a dead worker has left open."""

import time
from typing import Final

import pytest

from hub.bus.consumer import BEGINNING, Reader
from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place
from hub.engine.bundle import Shelf
from hub.engine.partition import CLAIM_KEY
from hub.engine.routing import Rules
from hub.errors import UnreachableError
from hub.names import CASES, CaseId, partition_of
from hub.router.case import encode_case
from tests.kafka.city import BANK, CHECKED, CIVIL, DELIVERED, DESK, OPENED, PAID, PARTITIONS, POST, PRINTED
from tests.kafka.log import Log
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

#: Longer than any test: an open transaction that the broker will not end by itself.
_LONG_MS: Final = 120_000


def _open(city: World, log: Log, count: int) -> list[CaseId]:
    cases = [new_case() for _ in range(count)]
    for case in cases:
        city.say(DESK, OPENED, case, data={"name": "A"})
    for case in cases:
        city.until_status(log, case, "open")
    return cases


def _complete(city: World, log: Log, cases: list[CaseId]) -> None:
    for case in cases:
        city.say(CIVIL, CHECKED, case, data={"number": "1"})
        city.say(BANK, PAID, case, data={"receipt": "1"})
        city.say(CIVIL, PRINTED, case)
        city.say(POST, DELIVERED, case)
    for case in cases:
        city.until_status(log, case, "completed")


def test_a_restarted_worker_goes_on_where_it_stopped(city: World) -> None:
    """Cases, orphans and parked events of every partition are there again; none is routed twice."""
    log, orphan = city.log(), new_case()
    with city.worker():
        cases = _open(city, log, 60)
        city.say(CIVIL, CHECKED, orphan, data={"number": "1"})()
        city.until_status(log, orphan, "orphan")
    with city.worker():
        city.say(DESK, OPENED, orphan, data={"name": "A"})()
        city.until_status(log, orphan, "open")
        _complete(city, log, cases)
    log.settle()

    for case in cases:
        assert [entry["revision"] for entry in city.entries(log, case)] == [1, 2, 3, 4, 5]
    assert [entry["outcome"] for entry in city.entries(log, orphan)] == ["orphaned", "opened", "advanced"]


class DeadWorker:
    """What a killed worker leaves: a transaction under its id, open on every partition of the states."""

    def __init__(self, city: World, instance: str) -> None:
        """Leave it open."""
        self._producer = TransactionalProducer(city.kafka, f"hub.router.{instance}", timeout_ms=_LONG_MS)
        self._producer.init()
        self._producer.begin()
        before = city.admin.ends([Place(CASES, number) for number in range(PARTITIONS)])
        for number in range(PARTITIONS):
            self._producer.produce(CASES, b"never committed", key=b"desk.never", partition=number)

        def are_there() -> bool:
            self._producer.serve()
            return all(city.admin.ends([place])[place] > end for place, end in before.items())

        until(are_there)

    def close(self) -> None:
        """Forget it."""
        self._producer.close()


def _write_behind(city: World, log: Log, like: CaseId) -> CaseId:
    """Commit the state of one more case, behind what is open."""
    case, state = new_case(), city.case(log, like)
    assert state is not None
    state.id = case
    writer = TransactionalProducer(city.kafka, "behind", timeout_ms=10_000)
    writer.init()
    writer.begin()
    writer.produce(CASES, encode_case(state), key=case.encode(), partition=partition_of(case.encode(), PARTITIONS))
    writer.commit()
    writer.close()
    return case


def _naive(city: World) -> set[bytes]:
    """Read all states to the end that a read_committed reader is told."""
    reader = Reader(city.kafka, "naive")
    places = [Place(CASES, number) for number in range(PARTITIONS)]
    reader.add(dict.fromkeys(places, BEGINNING))
    found: set[bytes] = set()

    def is_at_end() -> bool:
        found.update(record.key or b"" for record in reader.read(1_000, 0.1))
        return len(reader.ends) == PARTITIONS

    until(is_at_end)
    reader.close()
    return found


def test_what_stands_behind_a_dead_workers_transaction_is_restored(city: World) -> None:
    """A naive reader stops before it; a successor ends it by the dead one's claim, long before the broker would."""
    log = city.log()
    with city.worker(city.settings("doomed", session_timeout_ms=2_000)):
        like, *_ = _open(city, log, 20)
    log.settle()
    assert {record.value for record in log.records[CASES] if record.key == CLAIM_KEY} >= {b"hub.router.doomed"}
    dead = DeadWorker(city, "doomed")
    hidden = _write_behind(city, log, like)
    assert hidden.encode() not in _naive(city)

    begun = time.monotonic()
    with city.worker(city.settings("successor", session_timeout_ms=2_000)) as worker:
        worker.until_ready()
        assert time.monotonic() - begun < _LONG_MS / 2_000
        city.say(CIVIL, CHECKED, hidden, data={"number": "1"})()
        until(lambda: [entry["outcome"] for entry in city.entries(log, hidden)] == ["advanced"])
        _complete(city, log, [like])
    dead.close()
    log.settle()
    assert all(record.value != b"never committed" for record in log.records[CASES])
    assert hidden.encode() in _naive(city)


def test_a_partition_under_restore_holds_up_no_other(city: World) -> None:
    """While one partition waits for an open transaction, the worker's other partitions route."""
    log = city.log()
    with city.worker(city.settings("gone", session_timeout_ms=2_000)):
        cases = _open(city, log, 20)
    writer = TransactionalProducer(city.kafka, "nobody-claims-this", timeout_ms=_LONG_MS)
    writer.init()
    writer.begin()
    stuck = cases[0]
    number = partition_of(stuck.encode(), PARTITIONS)
    before = city.admin.ends([Place(CASES, number)])[Place(CASES, number)]
    writer.produce(CASES, b"open", key=b"desk.never", partition=number)

    def is_there() -> bool:
        writer.serve()
        return city.admin.ends([Place(CASES, number)])[Place(CASES, number)] > before

    until(is_there)

    with city.worker(city.settings("next", session_timeout_ms=2_000)) as worker:
        free = [case for case in cases if partition_of(case.encode(), PARTITIONS) != number]
        _complete(city, log, free)
        assert worker.health.why_unready() == "1 partitions are being restored"
        assert city.case(log, stuck).status == "open"  # type: ignore[union-attr]
        writer.abort()
        worker.until_ready()
        _complete(city, log, [case for case in cases if case not in free])
    writer.close()
    log.settle()
    assert {len(city.entries(log, case)) for case in cases} == {5}


def test_what_does_not_answer_while_a_partition_is_adopted_is_asked_again(
    city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network's topic, for one: nothing is lost by waiting for it, so the worker goes on and no successor comes."""
    log, left, get = city.log(), ["once", "twice", "again and again"], Shelf.get

    def silent_at_first(shelf: Shelf, sequence: int) -> Rules:
        if left:
            raise UnreachableError(f"not now, {left.pop()}")
        return get(shelf, sequence)

    with city.worker():
        cases = _open(city, log, 8)
    monkeypatch.setattr(Shelf, "get", silent_at_first)
    with city.worker() as worker:
        _complete(city, log, cases)
    assert (worker.error, left) == (None, [])
