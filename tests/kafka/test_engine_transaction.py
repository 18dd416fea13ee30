"""One transaction: what one event causes is seen together or not at all, also when nobody knows."""

import threading
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final

import pytest

from hub.bus import producer
from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.engine.outputs import Output
from hub.engine.partition import META_KEY, Partition
from hub.engine.transaction import Transaction
from hub.names import CASES, COMMANDS, JOURNAL, STATUS, events_topic, partition_of, tasks_topic
from hub.settings import Engine, Kafka
from tests.kafka.city import CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.ledger import Agencies
from tests.kafka.log import Log, header
from tests.kafka.proxy import proxied
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

#: A commit so late (ms) that a worker can be killed before it.
_LATE_MS: Final = 1_000
_SEED: Final = 20_260_105


def _written(log: Log, case: str) -> dict[str, int]:
    """Count what stands about a case, by topic."""
    return {topic: len(log.of(topic, case)) for topic in (tasks_topic(CIVIL), JOURNAL, STATUS, CASES)}


def test_a_routed_event_is_seen_whole_or_not_at_all(city: World) -> None:
    """A worker killed before its commit leaves nothing to be read; its successor makes all of it visible, once."""
    committed, everything = city.log(), city.log(isolation="read_uncommitted")
    case = city.killed_before_its_commit(city.settings(commit_idle_ms=_LATE_MS), everything)
    number = partition_of(case.encode(), PARTITIONS)
    assert set(_written(committed, case).values()) == {0}

    with city.worker():
        city.until_status(committed, case, "open")
    committed.settle()
    assert _written(committed, case) == {tasks_topic(CIVIL): 1, JOURNAL: 1, STATUS: 1, CASES: 1}
    until(lambda: len(everything.of(tasks_topic(CIVIL), case)) == 2)
    first, second = everything.of(tasks_topic(CIVIL), case)
    assert header(first, "ce_id") == header(second, "ce_id")
    assert first.value == second.value

    meta = Partition(number)
    metas = [r for r in committed.records[CASES] if r.key == META_KEY and r.partition == number]
    meta.restore(META_KEY, metas[-1].value)
    assert meta.meta.positions[events_topic(DESK)] >= 1
    admin, place = Admin(city.kafka), Place(COMMANDS, number)  # the group may know of a commit a moment later
    until(lambda: admin.group("hub.router").committed.get(place) == meta.meta.positions[COMMANDS])


def test_a_producer_that_refuses_to_begin_is_replaced(city: World) -> None:
    """One that believes that it has something open would refuse for ever."""
    transaction = Transaction(city.kafka, Engine(instance="begun-twice"), lambda _: None)
    transaction.init()
    transaction._producer.begin()

    transaction.open(None)

    transaction.send(Output(STATUS, b"v", b"k", [], 0))
    transaction.commit([])
    transaction.close()


def test_a_transaction_thrown_away_counts_nothing(city: World) -> None:
    """With its producer goes what was collected: the next one begins at nothing."""
    transaction = Transaction(city.kafka, Engine(instance="thrown-away"), lambda _: None)
    transaction.init()
    transaction.open(None)
    transaction.events = 5

    transaction.replace()

    assert (transaction.is_open, transaction.events) == (False, 0)
    transaction.close()


def test_a_case_is_written_on_its_own_partition_number(city: World) -> None:
    """State, journal and status of a case stand on the partition that Java's hash gives its key."""
    log, cases = city.log(), [new_case() for _ in range(12)]
    with city.worker():
        for case in cases:
            city.say(DESK, OPENED, case, data={"name": "A"})
        for case in cases:
            city.until_status(log, case, "open")
    log.settle()

    for case in cases:
        home = partition_of(case.encode(), PARTITIONS)
        assert {r.partition for topic in (CASES, JOURNAL, STATUS) for r in log.of(topic, case)} == {home}


def test_a_commit_that_nobody_answers_loses_and_doubles_nothing(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that do not arrive, answers that do not come and connections that break at any moment change nothing."""
    patience_s, stall_s = 2.0, 4.0  # enough for a commit on a busy machine, and too long for one
    monkeypatch.setattr(producer, "PATIENCE_S", patience_s)
    monkeypatch.setattr(producer, "POSITIONS_S", patience_s)
    chance = Random(_SEED)  # noqa: S311 - a stall needs no secret
    with proxied(city.broker.bootstrap) as proxy:
        kafka = Kafka(bootstrap=proxy.bootstrap)
        # The session is longer than a stall: else the group would take the partitions and so mend what the commit must.
        settings = city.settings("behind", kafka=kafka, session_timeout_ms=10_000)
        with Agencies(city, seed=_SEED, rate=30) as agencies, city.worker(settings) as worker:
            stalls = [partial(proxy.hold, gate, stall_s) for gate in (proxy.requests, proxy.answers)]
            stalls.append(partial(proxy.hold_answer_to_commit, stall_s))
            troubles: list[Callable[[], None]] = [*stalls, proxy.cut, proxy.cut, proxy.cut]
            for trouble in troubles:
                agencies.until_moved(by=5)
                threading.Event().wait(chance.uniform(0, 0.2))
                trouble()
            verdict = agencies.finish()
            assert worker.error is None
    assert verdict.is_clean, str(verdict)
