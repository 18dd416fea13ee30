"""One worker: owns partitions of the network, routes their records and commits, until it is told to stop.

For one thread. Every way to lose a partition ends in ``_forget``; every failed commit in ``_back``: memory is then
what Kafka holds, or is read from it again.
"""

import queue
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NoReturn

import structlog

from hub import metrics
from hub.bus.admin import Admin
from hub.bus.consumer import Member
from hub.bus.record import Record
from hub.engine.bundle import Shelf
from hub.engine.clock import Clock, wall_ms
from hub.engine.gap import read_accepted
from hub.engine.health import Health
from hub.engine.inputs import Inputs, input_topics
from hub.engine.lag import Lag
from hub.engine.owned import Owned
from hub.engine.partition import Meta, Partition
from hub.engine.reading import Ordered, Unreadable
from hub.engine.restore import Restore
from hub.engine.routing import Routing, Rules, under
from hub.engine.sweep import Sweep
from hub.engine.timer import TimerGate
from hub.engine.transaction import Transaction
from hub.engine.waiting import Waiting
from hub.errors import CommitUnknownError, FatalError, LostPartitionError, RetriableError, UnknownSchemaError
from hub.names import COMMANDS, SIGNALS
from hub.network.plan import Plan
from hub.settings import Settings

_LOG = structlog.get_logger("hub.engine")

#: Seconds the loop waits for records when nothing is open or due; bounds the wait of timers and call-backs.
_IDLE_S: Final = 0.05
#: Seconds for which records are gathered while a transaction is open: a turn of the loop for each would cost as much.
_SLICE_S: Final = 0.005
#: Timers fired between two reads, by all partitions together, so that many due at once do not hold up events: 20 ms.
_TIMERS_AT_ONCE: Final = 200
#: Cases whose deadlines are counted anew in one turn: a calendar that changes moves thousands, and events go first.
_RECOUNTS_AT_ONCE: Final = 100
#: Waits observed of one transaction, evenly spread: under load more would tell nothing and take time.
_OBSERVED_AT_ONCE: Final = 200
#: Records between two services of the producer and two looks at the clock.
_SERVE_EVERY: Final = 64
#: Seconds of rest after something did not answer, so that it is not asked without pause.
_PAUSE_S: Final = 0.1
#: Transactions undone one after the other that are an accident, and seconds of the longest rest after more of them: far
#: less than a member may be silent.
_AGAIN: Final = 3
_LONG_PAUSE_S: Final = 2.0
#: Seconds between two looks for positions that only markers follow; far below the time that anything is kept.
_PASS_S: Final = 5.0
#: Seconds for which a worker that must stop hears what the restores of its other partitions have found.
_GATHER_S: Final = 3.0


class Worker:
    """Run the loop of design §8: read, route, commit; give and take partitions as the group says."""

    def __init__(
        self, settings: Settings, *, read_clock: Callable[[], int] = wall_ms, health: Health | None = None
    ) -> None:
        """Connect; nothing is joined until ``run``. `read_clock` gives wall time in ms."""
        kafka, engine = settings.kafka, settings.engine
        self.health = health or Health()
        self._kafka, self._engine = kafka, engine
        self._clock = Clock(read_clock)
        self._transaction = Transaction(kafka, engine, self._clock.compare)
        self._member = Member(
            kafka, engine.group, instance=engine.instance, session_timeout_ms=engine.session_timeout_ms, topic=COMMANDS
        )
        self._admin = Admin(kafka)
        self._inputs = Inputs(kafka, engine.instance, self._admin)
        self._shelf = Shelf(kafka, settings.registry_url, evidence_keys=settings.evidence_keys)
        self._routing = Routing(self._transaction.send, self._clock)
        self._owned: dict[int, Owned] = {}
        self._restores: dict[int, Restore] = {}
        self._restored: queue.SimpleQueue[Restore] = queue.SimpleQueue()
        self._accepted = read_accepted(engine.accepted_gaps)
        self._waiting = Waiting(self._shelf, self._inputs)
        self._unknown = self._waiting.unknown  # the loop looks into it for each record
        self._lag, self._sweep = Lag(self._admin, self._inputs), Sweep(self._plan_of)
        self._membership: Any = None
        self._passed_s = 0.0
        self._began_s = 0.0
        self._is_firing = False

    def run(self) -> None:
        """Work until ``health.stop``; raise FatalError when a successor must go on instead."""
        try:
            self._transaction.init()
            self._member.join(self)
            while not self.health.is_stopping:
                self._turn()
            self._finish()
        finally:
            self._close()

    # --- what the group tells (from within Member.serve) -------------------------------------------------------------

    def take(self, partitions: list[int]) -> None:
        """Begin to restore partitions that are ours now; none when there are more workers than partitions."""
        for number in partitions:
            self._restore(number)
        self.health.member(is_member=True)

    def give(self, partitions: list[int]) -> None:
        """Commit what is open before partitions go to another, or undo it; then forget them."""
        if self._transaction.is_open:
            self._commit()
        self._forget(partitions)

    def lose(self, partitions: list[int]) -> None:
        """Undo what is open: another may own these partitions already; then forget them."""
        self.health.member(is_member=False)
        if self._transaction.is_open:
            self._back("LostPartition")
        self._forget(partitions)

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        self.health.beat()
        # Of the moment before a transaction begins; to ask for it takes as long as several decisions.
        membership = self._membership if self._transaction.is_open else self._member.metadata()
        self._member.serve()
        self._membership = membership
        try:
            self._work()
        except RetriableError as error:
            self._back(type(error).__name__, restore=isinstance(error, LostPartitionError), detail=str(error))
            self.health.pause(_PAUSE_S)

    def _work(self) -> None:
        """Do one turn's work; what may work later is undone by whoever calls."""
        self._waiting.follow(self._owned)
        self._adopt()
        for record in self._read():
            if not self._route(record):
                return
        self._fire()
        self._let_go()
        self._pass_markers()
        if self._transaction.is_due:
            self._commit()
        self._look()

    def _read(self) -> list[Record]:
        if not self._owned:
            self._wait()
            return []
        is_open, begun = self._transaction.is_open, time.monotonic()
        wait_s = 0.0 if self._is_firing else min(self._transaction.due_in_s, _SLICE_S) if is_open else _IDLE_S
        records = self._inputs.read(self._engine.batch_events, wait_s, gather=is_open)
        self._transaction.reading_s += time.monotonic() - begun
        return records

    def _wait(self) -> None:
        """Wait for a restore to end, so that a worker without partitions does not spin."""
        try:
            restore = self._restored.get(timeout=_IDLE_S)
        except queue.Empty:
            return
        self._restored.put(restore)

    def _route(self, record: Record) -> bool:
        """Route one record; False when the batch must be left: what was read is read again."""
        owned = self._owned.get(record.partition)
        if owned is None or (self._unknown and record.place in self._unknown):
            return True
        if record.topic == SIGNALS and self._waiting.is_ahead(record, owned):
            return True
        if record.offset < owned.partition.meta.positions.get(record.topic, 0):
            return True
        if owned.unread and (schema_id := self._waiting.missing(owned, record.key or b"")) is not None:
            self._waiting.hold(record.place, schema_id)
            return True
        self._begin(owned)
        owned.partition.meta.epochs[record.topic] = record.epoch
        try:
            activation = self._routing.take(record, owned.partition, owned.force, self._shelf.codec)
            if isinstance(activation, Ordered):
                owned.partition.meta.orders = activation.standing
                self._enforce(owned)
            elif activation is not None and activation.sequence > owned.partition.meta.bundle:
                owned.partition.meta.bundle = activation.sequence
                self._enforce(owned)
                self._waiting.go_on(owned)
                self._count_partitions()
        except UnknownSchemaError as unknown:
            self._set_aside(record, unknown, owned)
        self._transaction.events += 1
        if self._transaction.events % _SERVE_EVERY == 0:
            self._transaction.serve()
            if self._transaction.is_due:
                return self._commit()
        return True

    def _fire(self) -> None:
        self._is_firing = False
        if not self._clock.is_believed:
            self._compare_clocks()
            return
        now, most = self._clock.over(), max(1, _TIMERS_AT_ONCE // max(1, len(self._owned)))
        for owned in list(self._owned.values()):
            if owned.force is None or (until := owned.gate.passes(now)) is None:
                continue
            self._begin(owned)
            fired = self._routing.fire(until, most, partition=owned.partition, force=owned.force)
            self._transaction.events += fired
            self._is_firing |= fired == most

    def _compare_clocks(self) -> None:
        """Commit something, whose append tells the broker's time: else a clock set right would not be noticed."""
        if self._owned and self._clock.wants_comparing and not self._transaction.is_open:
            self._begin(next(iter(self._owned.values())))

    def _pass_markers(self, *, now: bool = False) -> None:
        """Move positions past what follows the last record and is none: a transaction's marker, an aborted record.

        They would be deleted some day, and a position before them be taken for a loss. Only between batches.
        """
        if not now and time.monotonic() - self._passed_s < _PASS_S:
            return
        self._passed_s = time.monotonic()
        for owned in self._owned.values():
            meta = owned.partition.meta
            if passed := self._inputs.passed(owned.partition.number, meta.positions):
                self._begin(owned)
                owned.partition.meta.positions |= passed
                for topic in passed:  # markers may be of a later epoch than the last record
                    owned.partition.meta.epochs.pop(topic, None)

    def _begin(self, owned: Owned) -> None:
        if not self._transaction.is_open:
            self._transaction.open(self._membership)
            self._began_s = time.monotonic()
        if not owned.partition.is_touched:
            owned.partition.touch()
            if not owned.is_claimed:
                self._transaction.claim(owned.partition)

    def _commit(self) -> bool:
        """Commit what is open; False when it was undone instead."""
        touched = [owned for owned in self._owned.values() if owned.partition.is_touched]
        events = self._transaction.events
        try:
            self._transaction.commit(owned.partition for owned in touched)
        except LostPartitionError:
            return self._back("LostPartition", restore=True)
        except CommitUnknownError:
            return self._back("CommitUnknown", restore=True, replace=True)
        except RetriableError as error:  # a client that has lost sight of a leader may not find it again by itself
            return self._back(type(error).__name__, replace=True, detail=str(error))
        for owned in touched:
            owned.is_claimed = True
            owned.partition.committed()
        self._observe(events)
        self.health.progressed()
        return True

    def _back(self, why: str, *, restore: bool = False, replace: bool = False, detail: str = "") -> bool:
        """Undo the open transaction: memory and positions go back to the last commit, or (restore) are read again.

        Always False: nothing was committed. `replace` throws the producer away too. What is undone again and again
        needs somebody outside: it is tried less and less often.
        """
        _LOG.warning("transaction undone; its records are routed again", why=why, events=self._transaction.events)
        metrics.ABORTS.labels(why).inc()
        self._routing.forget()
        if replace:
            self._transaction.replace()
        else:
            self._transaction.abort()
        for number, owned in list(self._owned.items()):
            if (restore and owned.partition.is_touched) or not self._undo(owned):
                self._forget([number])
                self._restore(number)
        self._count_partitions()
        self._waiting.clear()
        if (again := self.health.undone(detail or why) - _AGAIN) > 0:
            self.health.pause(min(_LONG_PAUSE_S, _PAUSE_S * 2**again))
        return False

    def _undo(self, owned: Owned) -> bool:
        """Take a partition back to its last commit; False when that needs what does not answer now."""
        owned.partition.undo()
        try:
            self._enforce(owned)
        except RetriableError:
            return False
        self._inputs.rewind(owned.partition.number, owned.partition.meta.positions, owned.partition.meta.epochs)
        return True

    # --- partitions --------------------------------------------------------------------------------------------------

    def _restore(self, number: int) -> None:
        own_id = f"{self._engine.group}.{self._engine.instance}"
        self._restores[number] = Restore(
            self._kafka, number, group=self._engine.group, own_id=own_id, done=self._restored, accepted=self._accepted
        )
        self._count_partitions()

    def _adopt(self) -> None:
        """Own what was restored; claims are committed before anything is routed, so that every transaction is named."""
        before = len(self._owned)
        self._take_restored()
        if len(self._owned) > before and self._transaction.is_open:
            self._commit()

    def _take_restored(self) -> None:
        while not self._restored.empty():
            restore = self._restored.get()
            if restore.is_cancelled or self._restores.get(restore.number) is not restore:
                continue
            del self._restores[restore.number]
            if restore.partition is None:
                if isinstance(restore.error, FatalError):
                    self._stop_for(restore.error)
                _LOG.warning("restore failed; trying again", partition=restore.number, error=str(restore.error))
                self._restore(restore.number)
                continue
            self._own(restore.partition, restore)

    def _stop_for(self, error: FatalError) -> NoReturn:
        """Stop, and say with it what stops the other restores, so that people hear of all gaps at once."""
        found, patient_until = [str(error)], time.monotonic() + _GATHER_S
        while self._restores and time.monotonic() < patient_until:
            with suppress(queue.Empty):
                restore = self._restored.get(timeout=_IDLE_S)
                self._restores.pop(restore.number, None)
                if isinstance(restore.error, FatalError) and not restore.is_cancelled:
                    found.append(str(restore.error))
        raise type(error)("\n".join(sorted(found)))

    def _own(self, partition: Partition, restore: Restore) -> None:
        metrics.RESTORE_SECONDS.observe(restore.seconds)
        _LOG.info(
            "partition restored", partition=partition.number, cases=len(partition.states), records=restore.records,
            seconds=round(restore.seconds, 3), bundle=partition.meta.bundle,
        )  # fmt: skip
        owned = Owned(partition, TimerGate(partition, self._inputs, self._admin))
        self._owned[partition.number] = owned
        try:
            self._waiting.look_over(owned)
            self._begin(owned)
            self._enforce(owned)
        except RetriableError:  # half of it is done: it begins again with what Kafka holds
            self._forget([partition.number])
            self._restore(partition.number)
            raise
        self._count_partitions()

    def _enforce(self, owned: Owned) -> None:
        """Put the partition's bundle in force: its plan decides, its agencies' topics are read."""
        partition = owned.partition
        owned.force = self._rules(partition.meta)
        owned.let_go = deque(partition.waiting)
        agencies = owned.force.plan.agencies if owned.force else ()
        topics = input_topics(agencies) if owned.force else [COMMANDS]
        # A topic that is read no more may be gone and made anew before it is read again: then from its beginning.
        meta = partition.meta
        meta.positions = {topic: at for topic, at in meta.positions.items() if topic in topics}
        meta.epochs = {topic: epoch for topic, epoch in meta.epochs.items() if topic in topics}
        meta.positions |= self._inputs.follow(partition.number, topics, meta.positions, meta.epochs)

    def _rules(self, meta: Meta) -> Rules | None:
        """Give what is in force: a bundle's rules, under the orders to the network."""
        rules = self._shelf.get(meta.bundle) if meta.bundle else None
        return rules if rules is None or meta.orders is None else under(rules, meta.orders)

    def _let_go(self) -> None:
        """Look again at some of the cases that waited when orders changed; events go first."""
        for owned in self._owned.values():
            for _ in range(min(len(owned.let_go), _RECOUNTS_AT_ONCE) if owned.force else 0):
                if owned.unread and self._waiting.missing(owned, owned.let_go[0]) is not None:
                    break  # what is parked beside it is not to be read yet
                self._begin(owned)
                key, rules = owned.let_go.popleft(), owned.force
                if rules is not None:
                    self._routing.let_go(key, partition=owned.partition, force=rules, reading=self._shelf.codec)
                    self._transaction.events += 1

    def _forget(self, partitions: list[int]) -> None:
        for number in partitions:
            if restore := self._restores.pop(number, None):
                restore.cancel()
            if self._owned.pop(number, None) is not None:
                self._inputs.drop(number)
            self._waiting.forget(number)
        self._count_partitions()

    def _count_partitions(self) -> None:
        unruled = sum(owned.force is None for owned in self._owned.values())
        self.health.partitions(owned=len(self._owned), restoring=len(self._restores), unruled=unruled)

    # --- what cannot be read, and what is only looked at -------------------------------------------------------------

    def _set_aside(self, record: Record, unknown: UnknownSchemaError, owned: Owned) -> None:
        self._shelf.follow()  # a bundle that came a moment ago may hold what the registry did not
        if self._shelf.is_absent(unknown.schema_id) and not self._shelf.codec.can_read(unknown.schema_id):
            why = Unreadable("schema", str(unknown), "UnknownSchemaError")
            self._routing.reject(record, why, partition=owned.partition, force=owned.force)
        else:
            self._waiting.hold(record.place, unknown.schema_id)

    def _look(self) -> None:
        partitions = [owned.partition for owned in self._owned.values()]
        self._lag.look(partitions)
        self.health.lagging(records=self._lag.readable, held=len(self._unknown))
        if new := self.health.missing(self._lag.missing):
            _LOG.error("topics in force are not there any more; `hub apply` makes them again", topics=sorted(new))
        self._sweep.step(partitions, busy=self._transaction.is_open)
        self._recount()

    def _recount(self) -> None:
        """Count some of the deadlines anew that a changed calendar has moved; what is undone is found again."""
        for _ in range(min(len(self._sweep.moved), _RECOUNTS_AT_ONCE)):
            number, key = self._sweep.moved.popleft()
            owned = self._owned.get(number)
            if owned is not None and owned.force is not None:
                self._begin(owned)
                self._transaction.events += self._routing.recount(key, partition=owned.partition, force=owned.force)

    def _plan_of(self, partition: int) -> Plan | None:
        owned = self._owned.get(partition)
        return owned.force.plan if owned is not None and owned.force is not None else None

    def _observe(self, events: int) -> None:
        now = self._clock.read()
        for appended in _some(self._routing.appended):
            metrics.EVENT_TO_TASK_SECONDS.observe(max(0, now - appended) / 1000)
        for late in _some(self._routing.late):
            metrics.TIMER_LATENESS_SECONDS.observe(max(0, late) / 1000)
        for outcome, count in self._routing.outcomes.items():
            metrics.EVENTS.labels(outcome).inc(count)
        for end, count in self._routing.ends.items():
            metrics.CASES_CLOSED.labels(end).inc(count)
        self._routing.forget()
        metrics.TRANSACTION_SECONDS.observe(time.monotonic() - self._began_s)
        metrics.TRANSACTION_EVENTS.observe(events)
        metrics.CLOCK_SKEW_SECONDS.set((self._clock.skew_ms or 0) / 1000)

    def _finish(self) -> None:
        """Commit what is open; what cannot be committed is undone and the successor does it again."""
        self._pass_markers(now=True)
        if self._transaction.is_open:
            self._commit()

    def _close(self) -> None:
        for restore in self._restores.values():
            restore.cancel()
        for part in (self._member, self._inputs, self._shelf, self._transaction):
            part.close()


def _some(told: list[int]) -> list[int]:
    """Give what is observed of a transaction's."""
    return told[:: 1 + len(told) // _OBSERVED_AT_ONCE]
