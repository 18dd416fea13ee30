"""A worker whose transaction is open when something happens: finished in the call-back or undone, never later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from hub import metrics
from hub.bus.consumer import Member
from hub.engine.clock import wall_ms
from hub.engine.worker import Worker
from hub.names import CASES, COMMANDS, JOURNAL, STATUS, CaseId, partition_of, tasks_topic
from hub.settings import Settings
from tests.kafka.city import CHECKED, CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

#: How long a worker is let turn to see that it writes nothing (ms): many times what it lets a transaction be open.
_A_WHILE_MS: Final = 1_000
_SESSION_MS: Final = 2_000
#: Longer than any test (ms): a transaction that neither our clock nor the broker's ends by itself.
_LONG_MS: Final = 600_000


class ByHand:
    """A worker whose loop turns when the test says so."""

    def __init__(self, settings: Settings) -> None:
        """Connect; it is no member yet."""
        self.worker = Worker(settings)
        self.worker._transaction.init()

    def turn_until(self, look: Callable[[], object]) -> None:
        """Turn until something holds."""

        def turn() -> object:
            self.worker._turn()
            return look()

        until(turn)

    def until_ready(self) -> None:
        """Turn until all partitions are owned, in force, and what was open is committed."""
        health, transaction = self.worker.health, self.worker._transaction
        self.turn_until(lambda: health.why_unready() is None and not transaction.is_open)

    def route(self, city: World, *cases: CaseId) -> None:
        """Say the openings of cases and route all of them in one transaction, which stays open."""
        self._commit_after(_LONG_MS)
        for case in cases:
            city.say(DESK, OPENED, case, data={"name": "A"})
        city.producer.flush()
        self.turn_until(lambda: all(self._is_open(case) for case in cases))

    def go_on(self) -> None:
        """Commit soon again, as a worker does."""
        self._commit_after(20)

    def _commit_after(self, wait_ms: int) -> None:
        """Let transactions be open for so long, which may be longer than settings allow."""
        transaction = self.worker._transaction
        waits = {"commit_idle_ms": wait_ms, "commit_busy_ms": wait_ms}
        transaction._engine = transaction._engine.model_copy(update=waits)

    def _is_open(self, case: CaseId) -> bool:
        """Tell whether a case was changed in the transaction that is open."""
        owned = self.worker._owned.get(partition_of(case.encode(), PARTITIONS))
        return owned is not None and case.encode() in owned.partition._undo

    def turn_for_a_while(self) -> None:
        """Turn, with all the time to commit what may still be open."""
        self.go_on()
        end = wall_ms() + _A_WHILE_MS
        self.turn_until(lambda: wall_ms() > end)


@contextmanager
def _by_hand(city: World, instance: str) -> Iterator[ByHand]:
    made = ByHand(city.settings(instance, session_timeout_ms=_SESSION_MS, transaction_timeout_ms=_LONG_MS))
    try:
        yield made
    finally:
        made.worker._close()


def _written(log: Log, case: CaseId) -> list[int]:
    """Count what may be read about a case: task, journal, status and state."""
    log.settle()
    return [len(log.of(topic, case)) for topic in (tasks_topic(CIVIL), JOURNAL, STATUS, CASES)]


def _goes_on(city: World, log: Log, case: CaseId, worker: ByHand) -> None:
    """Take the case's partition again; what it was is restored, its event is not routed a second time."""
    worker.worker.take([partition_of(case.encode(), PARTITIONS)])
    worker.until_ready()
    city.say(CIVIL, CHECKED, case, data={"number": "1"})()
    worker.turn_until(lambda: len(log.of(JOURNAL, case)) == 2)
    log.settle()
    assert [entry["revision"] for entry in city.entries(log, case)] == [1, 2]
    assert [header(record, "hubstep") for record in log.of(tasks_topic(CIVIL), case)] == ["check", "print"]


def test_what_is_open_is_finished_before_a_partition_is_given(city: World) -> None:
    """It is there, whole, when the call-back returns; nothing more of it is written afterwards."""
    log, case = city.log(), new_case()
    with _by_hand(city, "giver") as giver:
        giver.worker._member.join(giver.worker)
        giver.until_ready()
        giver.route(city, case)

        giver.worker.give([partition_of(case.encode(), PARTITIONS)])

        assert _written(log, case) == [1, 1, 1, 1]
        giver.turn_for_a_while()
        assert _written(log, case) == [1, 1, 1, 1]
        _goes_on(city, log, case, giver)


def test_what_is_open_is_undone_when_a_partition_is_lost(city: World) -> None:
    """Another may own it already: nothing of it is ever committed, and whoever owns it next routes it, once."""
    log, case = city.log(), new_case()
    with _by_hand(city, "loser") as loser:
        loser.worker._member.join(loser.worker)
        loser.until_ready()
        loser.route(city, case)

        loser.worker.lose([partition_of(case.encode(), PARTITIONS)])

        loser.turn_for_a_while()
        assert _written(log, case) == [0, 0, 0, 0]
        _goes_on(city, log, case, loser)


def test_what_is_undone_is_read_and_routed_again(city: World) -> None:
    """Memory and positions go back to the last commit, on every partition, without reading the states again."""
    log, cases = city.log(), [_case_of(number) for number in range(PARTITIONS)]
    with _by_hand(city, "undoer") as undoer:
        undoer.worker._member.join(undoer.worker)
        undoer.until_ready()
        undoer.route(city, *cases)

        undoer.worker._back("UnreachableError")

        undoer.go_on()
        undoer.turn_until(lambda: all(log.of(CASES, case) for case in cases))
        assert [_written(log, case) for case in cases] == [[1, 1, 1, 1]] * PARTITIONS


class Deaf:
    """Take what the group gives and hear nothing of what it takes away, as one that was stopped meanwhile."""

    def __init__(self, worker: Worker) -> None:
        """Stand before a worker."""
        self.take = worker.take

    def give(self, _partitions: list[int]) -> None:
        """Hear nothing."""

    def lose(self, _partitions: list[int]) -> None:
        """Hear nothing."""


class Taker:
    """Know which partitions came."""

    def __init__(self) -> None:
        """Begin without any."""
        self.held: set[int] = set()

    def take(self, partitions: list[int]) -> None:
        """Note what came."""
        self.held |= set(partitions)

    def give(self, partitions: list[int]) -> None:
        """Note what went."""
        self.held -= set(partitions)

    lose = give


def test_what_was_begun_before_partitions_went_is_refused(city: World) -> None:
    """Membership is that of the beginning: a commit after others took over writes nothing, though we are members."""
    log = city.log()
    cases = [_case_of(number) for number in range(PARTITIONS)]
    with _by_hand(city, "deaf") as deaf:
        deaf.worker._member.join(Deaf(deaf.worker))
        deaf.until_ready()
        deaf.route(city, *cases)
        taker, group = Taker(), city.settings().engine.group
        other = Member(city.kafka, group, instance="taker", session_timeout_ms=_SESSION_MS, topic=COMMANDS)
        other.join(taker)

        def has_taken() -> bool:
            deaf.worker._member.serve()
            other.serve()
            return len(taker.held) == PARTITIONS // 2

        until(has_taken)

        undone = metrics.ABORTS.labels("LostPartition")._value.get()
        assert deaf.worker._commit() is False
        assert metrics.ABORTS.labels("LostPartition")._value.get() == undone + 1
        assert [_written(log, case) for case in cases] == [[0, 0, 0, 0]] * PARTITIONS
        other.close()
        deaf.go_on()
        deaf.turn_until(lambda: all(log.of(CASES, case) for case in cases))
        assert [_written(log, case) for case in cases] == [[1, 1, 1, 1]] * PARTITIONS


def _case_of(number: int) -> CaseId:
    while partition_of((case := new_case()).encode(), PARTITIONS) != number:
        pass
    return case
