"""Partitions go from worker to worker: the living are left alone, what the dead left open is ended soon."""

import threading
import time
from contextlib import ExitStack
from typing import Final

import pytest

from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place
from hub.engine.clock import wall_ms
from hub.errors import FatalError
from hub.names import CASES, JOURNAL, CaseId, partition_of, tasks_topic
from tests.kafka.city import CHECKED, CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.ledger import Agencies
from tests.kafka.log import Log
from tests.kafka.until import until, until_past
from tests.kafka.world import Thread, World, new_case

pytestmark = pytest.mark.kafka

_SESSION_MS: Final = 2_000
#: Longer than any test: an open transaction that the broker will not end by itself.
_LONG_MS: Final = 120_000
#: A commit so late (ms) that a worker can be killed before it.
_LATE_MS: Final = 1_000
_SEED: Final = 20_260_107


def _places(city: World, instance: str) -> set[int]:
    """Ask the broker for the partitions of a member."""
    return {place.partition for place in city.admin.group("hub.router").members.get(instance, ())}


def _open(city: World, log: Log, numbers: set[int]) -> list[CaseId]:
    """Open two cases on each of these partitions, and wait for their first tasks."""
    cases: list[CaseId] = []
    while len(cases) < 2 * len(numbers):
        case = new_case()
        number = partition_of(case.encode(), PARTITIONS)
        if number in numbers and sum(partition_of(each.encode(), PARTITIONS) == number for each in cases) < 2:
            cases.append(case)
    for case in cases:
        city.say(DESK, OPENED, case, data={"name": "A"})
    until(lambda: all(log.of(tasks_topic(CIVIL), case) for case in cases))
    return cases


def _advance(city: World, log: Log, cases: list[CaseId]) -> None:
    for case in cases:
        city.say(CIVIL, CHECKED, case, data={"number": "1"})
    until(lambda: all(len(log.of(JOURNAL, case)) == 2 for case in cases))


def _leave_open(city: World, numbers: set[int]) -> TransactionalProducer:
    """Open a transaction on the states of partitions, of somebody who never claimed them."""
    producer = TransactionalProducer(city.kafka, "nobody-claims-this", timeout_ms=_LONG_MS)
    producer.init()
    producer.begin()
    before = city.admin.ends([Place(CASES, number) for number in numbers])
    for number in numbers:
        producer.produce(CASES, b"never committed", key=b"desk.never", partition=number)

    def are_there() -> bool:
        producer.serve()
        return all(end > before[place] for place, end in city.admin.ends(before).items())

    until(are_there)
    return producer


def test_a_takeover_ends_no_living_workers_transaction(city: World) -> None:
    """Who finds a living worker's claim beside an open transaction waits for its end, and the living one goes on."""
    log, everywhere = city.log(), set(range(PARTITIONS))
    with city.worker(city.settings("living", session_timeout_ms=_SESSION_MS)) as living:
        living.until_ready()
        cases = _open(city, log, everywhere)
        log.settle()
        dead = _leave_open(city, everywhere)
        with city.worker(city.settings("taker", session_timeout_ms=_SESSION_MS)) as taker:
            until(lambda: len(_places(city, "taker")) == PARTITIONS // 2)
            until(lambda: taker.health.why_unready() == f"{PARTITIONS // 2} partitions are being restored")
            kept = _places(city, "living")
            until_past(wall_ms() + 2_000)
            _advance(city, log, [case for case in cases if partition_of(case.encode(), PARTITIONS) in kept])
            _open(city, log, kept)
            assert living.error is None
            assert taker.health.why_unready() == f"{PARTITIONS // 2} partitions are being restored"

            dead.abort()
            taker.until_ready()
            _advance(city, log, [case for case in cases if partition_of(case.encode(), PARTITIONS) not in kept])
        assert taker.error is None
    assert living.error is None
    dead.close()
    log.settle()
    assert {len(city.entries(log, case)) for case in cases} == {2}


def test_what_a_killed_worker_left_open_holds_up_nobody(city: World) -> None:
    """Readers of tasks and journals stop before it; whoever takes over ends it, long before the broker would."""
    committed, everything = city.log(), city.log(isolation="read_uncommitted")
    doomed = city.settings(
        "doomed", session_timeout_ms=_SESSION_MS, commit_idle_ms=_LATE_MS, transaction_timeout_ms=_LONG_MS
    )
    case = city.killed_before_its_commit(doomed, everything)
    assert not committed.of(tasks_topic(CIVIL), case)

    begun = time.monotonic()
    with city.worker(city.settings("heir", session_timeout_ms=_SESSION_MS)) as heir:
        until(lambda: committed.of(tasks_topic(CIVIL), case) and committed.of(JOURNAL, case))
        assert time.monotonic() - begun < _LONG_MS / 2_000
        _advance(city, committed, [case])
    assert heir.error is None
    committed.settle()
    assert len(committed.of(tasks_topic(CIVIL), case)) == 2


def test_a_spare_is_ready_and_takes_over(city: World) -> None:
    """The group has one worker more than partitions: it has nothing to do, is ready to, and does when one leaves."""
    log = city.log()
    settings = [city.settings(f"spare-{number}", session_timeout_ms=_SESSION_MS) for number in range(PARTITIONS + 1)]
    with ExitStack() as stack:
        workers = [stack.enter_context(city.worker(each)) for each in settings]
        until(lambda: sorted(len(places) for places in city.admin.group("hub.router").members.values())
              == [0] + [1] * PARTITIONS)  # fmt: skip
        for worker in workers:
            worker.until_ready()

        busy = next(n for n, each in enumerate(settings) if _places(city, each.engine.instance))
        workers[busy].stop()
        _advance(city, log, _open(city, log, set(range(PARTITIONS))))


def test_of_two_workers_by_one_name_one_ends(city: World) -> None:
    """Started twice by mistake, one gives up with an error, the other goes on; no event is applied by both."""
    with Agencies(city, seed=_SEED, rate=20) as agencies:
        twins = [Thread(city.settings("twin", session_timeout_ms=_SESSION_MS))]
        agencies.until_moved(by=5)
        twins.append(Thread(city.settings("twin", session_timeout_ms=_SESSION_MS)))
        pause = threading.Event()
        until(lambda: any(twin.error for twin in twins) or pause.wait(0.05))
        agencies.until_moved(by=20)
        verdict = agencies.finish()
        failed = [twin.error for twin in twins if twin.error is not None]
        for twin in twins:
            twin.stop()
    assert [isinstance(error, FatalError) for error in failed] == [True]
    assert verdict.is_clean, str(verdict)
