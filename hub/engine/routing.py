"""From one record to all that follows from it: read, decide, write, remember. The order in which it is done is here.

What cannot be written is taken back and set aside as an incident of its case; nothing raises for one case's sake.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

import msgspec
import structlog

from hub import metrics
from hub.bus.limit import Limits, size_of
from hub.bus.origin import owner_of
from hub.bus.record import Record
from hub.engine.clock import Clock
from hub.engine.complaint import Complaints
from hub.engine.letter import write_dead_letter
from hub.engine.order import write_order
from hub.engine.outputs import (
    Decided,
    Output,
    owner_notice,
    sized,
    write_entry,
    write_forward,
    write_notice,
    write_status,
    write_task,
)
from hub.engine.partition import Partition, due_of
from hub.engine.reading import Activation, Ordered, Unreadable, read_stimulus
from hub.engine.signal import write_signal
from hub.errors import OversizedError, ParkableError, UndeliverableError, UnknownSchemaError, UnreachableError
from hub.events.codec import Codec
from hub.events.envelope import Event
from hub.names import INTAKE, AgencyCode, CaseId, agency_of, partition_of
from hub.network.order import Standing
from hub.network.plan import Plan
from hub.router import incident
from hub.router.case import Case, decode_case
from hub.router.clock import Owed, owed
from hub.router.command import decline
from hub.router.control import refused
from hub.router.decision import Command, Decision, Outcome, Refusal, Signal, Task, Tick
from hub.router.route import route

_LOG = structlog.get_logger("hub.engine.routing")

#: Characters of a foreign key that its owner is told: a key may be anything, and as long as a record.
_MAX_TOLD_KEY: Final = 200
#: Rounds in which records parked beside one case may be released by one stimulus; ends a ring of releases.
_MAX_RELEASES: Final = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """Hold what one bundle puts in force."""

    sequence: int
    plan: Plan
    codec: Codec


def under(rules: Rules, standing: Standing) -> Rules:
    """Give a bundle's rules as they are under orders to the network."""
    return replace(rules, plan=replace(rules.plan, orders=standing.for_plan()))


class _Turn(msgspec.Struct, frozen=True, gc=False):
    """Hold what one decision is made on."""

    case: Case | None
    stimulus: Event | Command | Tick
    key: bytes
    record: Record | None
    partition: Partition
    force: Rules
    now: int


class Routing:
    """Route records of one worker's partitions; what is produced goes to `send`."""

    def __init__(self, send: Callable[[Output], None], clock: Clock) -> None:
        """Start with nothing sent.

        Until a commit takes them, ``appended`` collects the append times (ms) of events that made tasks, ``late`` how
        late (ms) timers fired; ``outcomes`` counts what became of events, ``ends`` the cases that ended.
        """
        self._send, self._clock = send, clock
        self._reading = Codec({})
        self._fired_until = 0
        self._complaints, self._limits = Complaints(), Limits()
        self.appended: list[int] = []
        self.late: list[int] = []
        self.outcomes: Counter[Outcome] = Counter()
        self.ends: Counter[str] = Counter()

    def forget(self) -> None:
        """Count and collect from nothing on: what was is told, or undone."""
        self.appended.clear()
        self.late.clear()
        self.outcomes.clear()
        self.ends.clear()

    def take(
        self, record: Record, partition: Partition, force: Rules | None, reading: Codec
    ) -> Activation | Ordered | None:
        """Route one record, read by the codec `reading`; give a bundle or orders that it puts in force, to be so.

        Raises UnknownSchemaError, with nothing done, when the record's schema must be fetched first.
        """
        if force is not None and (owner := agency_of(record.topic)) and owner not in force.plan.agencies:
            return None  # fetched before its agency left; its topic is not ours to read, nor to remember, any more
        self._reading = reading
        stimulus = read_stimulus(record, reading)
        partition.touch()
        partition.meta.positions[record.topic] = record.offset + 1
        if isinstance(stimulus, Activation | Ordered):
            return self._ordered(stimulus, record, partition, force)
        if isinstance(stimulus, Unreadable) or force is None:
            unreadable = stimulus if isinstance(stimulus, Unreadable) else _NO_BUNDLE
            self._refuse(record, unreadable, force, partition)
            return None
        key = stimulus.case.encode()
        if key not in partition.states and self._is_misplaced(record, key, partition, force):
            return None
        self._decide(stimulus, key, record, partition, force)
        return None

    def _ordered(
        self, told: Activation | Ordered, record: Record, partition: Partition, force: Rules | None
    ) -> Activation | Ordered | None:
        """Journal an order to the network; None for one that is older than what is in force.

        One that comes before the first bundle holds too, though no bundle has words for its entry.
        """
        if isinstance(told, Activation):
            return told
        before, meta = partition.meta.orders, partition.meta
        if before is not None and told.standing.number <= before.number:
            return None
        if force is None:
            return told
        meta.now = self._clock.now(meta.now, record.timestamp)
        entry, meta.chain = write_order(told, record, force.codec, meta=meta, partition=partition.number)
        self._emit(entry)
        return told

    def let_go(self, key: bytes, *, partition: Partition, force: Rules, reading: Codec) -> None:
        """Look again at a case that waits for an order; what is parked beside it is read by the codec `reading`."""
        if key in partition.waiting:
            self._reading = reading
            partition.touch()
            self._fired_until = partition.meta.now
            self._decide(Tick(case=CaseId(key.decode())), key, None, partition, force)

    def reject(self, record: Record, why: Unreadable, *, partition: Partition, force: Rules | None) -> None:
        """Hand a record that nobody can read back to its owner."""
        partition.touch()
        partition.meta.positions[record.topic] = record.offset + 1
        self._refuse(record, why, force, partition)

    def fire(self, until: int, most: int, *, partition: Partition, force: Rules) -> int:
        """Fire timers due up to `until` (ms), in order of due time, `most` at the most; give how many."""
        fired, now = 0, self._clock.read()
        while fired < most and (key := partition.take_due(until)) is not None:
            partition.touch()
            before = partition.states[key]
            self.late.append(now - (due_of(before) or until))
            self._fired_until = until
            self._decide(Tick(case=CaseId(key.decode())), key, None, partition, force)
            if partition.states.get(key) == before:
                break  # a decision that leaves its due time as it was would fire for ever
            fired += 1
        return fired

    def recount(self, key: bytes, *, partition: Partition, force: Rules) -> bool:
        """Count a case's deadlines anew by the calendars in force; False when it is gone, or its timers do so soon."""
        due = due_of(partition.states.get(key))
        if due is None or due <= partition.meta.now:
            return False
        partition.touch()
        self._fired_until = partition.meta.now
        self._decide(Tick(case=CaseId(key.decode())), key, None, partition, force)
        return True

    def _decide(
        self, stimulus: Event | Command | Tick, key: bytes, record: Record | None, partition: Partition, force: Rules
    ) -> None:
        waiting: deque[tuple[Event | Command | Tick, Record | None]] = deque([(stimulus, record)])
        releases = 0
        while waiting:
            now_stimulus, now_record = waiting.popleft()
            decision = self._decide_one(now_stimulus, key, now_record, partition, force)
            if decision.release and releases < _MAX_RELEASES:
                releases += 1
                waiting.extendleft(reversed(self._released(key, partition, force)))

    def _released(self, key: bytes, partition: Partition, force: Rules) -> list[tuple[Event | Command, Record]]:
        """Take what was parked beside a case, to be decided in order; the unreadable goes to its owner."""
        again: list[tuple[Event | Command, Record]] = []
        for record in partition.parking.take(key):
            try:
                stimulus = read_stimulus(record, self._reading)
            except UnknownSchemaError as unknown:
                stimulus = Unreadable(unknown.category, str(unknown), type(unknown).__name__)
            if isinstance(stimulus, Event | Command):
                again.append((stimulus, record))
            elif isinstance(stimulus, Unreadable):
                self._refuse(record, stimulus, force, partition)
        return again

    def _decide_one(
        self, stimulus: Event | Command | Tick, key: bytes, record: Record | None, partition: Partition, force: Rules
    ) -> Decision:
        state = partition.states.get(key)
        case = decode_case(state) if state is not None else None
        turn = _Turn(case, stimulus, key, record, partition, force, self._now(record, partition))
        decision = route(force.plan, case, stimulus, turn.now)
        if decision.park:
            decision = _with_room(decision, turn)
        try:
            outputs, chain = self._fitting(_written(decision, turn))
        except ParkableError as wrong:
            decision, outputs, chain = _written_back(turn, str(wrong))
        for output in outputs:
            self._emit(output)
        partition.meta.chain = chain
        self._remember(decision, turn)
        self._count(decision, turn)
        return decision

    def _fitting(self, written: tuple[list[Output], str]) -> tuple[list[Output], str]:
        """Give what was written; raise OversizedError, with nothing sent, for what a topic is known not to take."""
        for output in written[0] if self._limits else ():
            if self._limits.is_too_large(output.topic, size_of(output.value, output.key, output.headers)):
                raise OversizedError(f"{output.topic} takes no record so large; let `hub apply` set its limit")
        return written

    def _emit(self, output: Output) -> None:
        """Send a record of a decision; raise UnreachableError, to decide anew, when its topic does not take it."""
        try:
            self._send(output)
        except OversizedError as wrong:  # others of the same decision may be sent: all of it must be undone
            self._limits.learn(output.topic, size_of(output.value, output.key, output.headers))
            raise UnreachableError(f"{wrong}; it is decided anew") from wrong

    def _count(self, decision: Decision, turn: _Turn) -> None:
        if decision.tasks and turn.record is not None:
            self.appended.append(turn.record.timestamp)
        self.outcomes[decision.outcome] += 1
        for signal in decision.signals:
            metrics.child(metrics.SIGNALS, signal.kind, "written").inc()
        case = decision.case
        if case is not None and case.closed_at is not None and (turn.case is None or turn.case.closed_at is None):
            self.ends[case.status] += 1
        if case is not None and case.incidents:
            before = turn.case.incidents if turn.case is not None else ()
            for one in case.incidents:
                if one not in before:
                    metrics.child(metrics.INCIDENTS, one.cause).inc()

    def _now(self, record: Record | None, partition: Partition) -> int:
        """Tell the time of a decision; a timer's is up to when inputs were read, so that no later one fires with it."""
        if record is None:
            partition.meta.now = max(partition.meta.now, self._fired_until)
            return self._fired_until
        partition.meta.now = self._clock.now(partition.meta.now, record.timestamp)
        return partition.meta.now

    def _remember(self, decision: Decision, turn: _Turn) -> None:
        key, record, partition = turn.key, turn.record, turn.partition
        if decision.state is not None:
            partition.put(key, decision.state)
        if decision.park and record is not None:
            partition.parking.put(key, record)
        if decision.drop_parked is not None:
            for parked in partition.parking.take(key):
                self._dead_letter(parked, decision.drop_parked, turn.force)
        if decision.refusal is not None and record is not None:
            self._dead_letter(record, decision.refusal, turn.force)
        if decision.delete:
            partition.put(key, None)

    def _is_misplaced(self, record: Record, key: bytes, partition: Partition, force: Rules) -> bool:
        """Forward a record whose key belongs elsewhere; a case's own partition is where Java would put it."""
        home = partition_of(key, force.plan.partitions)
        if home == partition.number or record.topic == INTAKE:
            return False
        forwarded = write_forward(record, home)
        if forwarded is None:
            return False
        self._send(forwarded)
        metrics.MISPLACED.labels(owner_of(record) or "").inc()
        return True

    def _refuse(self, record: Record, unreadable: Unreadable, force: Rules | None, partition: Partition) -> None:
        self._dead_letter(record, unreadable, force)
        owner = owner_of(record)
        partition.meta.now = now = self._clock.now(partition.meta.now, record.timestamp)
        if owner is not None and force is not None and _is_reached(owner, force, "notice"):
            notice = owner_notice(owner, record, unreadable.category, unreadable.reason)
            key = (record.key or b"").decode(errors="replace")[:_MAX_TOLD_KEY].encode()
            self._send(write_notice(notice, key, force.codec, now))

    def _dead_letter(self, record: Record, why: Refusal | Unreadable, force: Rules | None) -> None:
        error = why.error if isinstance(why, Unreadable) else "RefusedError"
        letter = write_dead_letter(record, why.category, why.reason, error)
        owner = owner_of(record)
        if letter is not None and owner is not None and _is_reached(owner, force, "dead-letter"):
            try:
                self._send(letter)
            except OversizedError:  # its topic was set to take less than it must
                self._send(write_dead_letter(record, why.category, why.reason, error, most=0) or letter)
        self._complaints.note(record, owner or "", why.category, error=error)
        metrics.DEAD_LETTERS.labels(owner or "hub", why.category).inc()


def _written(decision: Decision, turn: _Turn) -> tuple[list[Output], str]:
    """Write all that a decision says, and the journal chain's head after it; nothing is sent yet."""
    codec, now, chain = turn.force.codec, turn.now, turn.partition.meta.chain
    outputs = [write_task(deliverable(task, turn.force.plan), turn.key, codec, now) for task in decision.tasks]
    outputs += [
        write_notice(notice, turn.key, codec, now)
        for notice in decision.notices
        if _is_reached(notice.agency, turn.force, "notice")
    ]
    outputs += [write_signal(signal, codec, bundle=turn.force.sequence) for signal in decision.signals]
    if decision.case is not None and decision.journal:
        told, waits = None if isinstance(turn.stimulus, Tick) else turn.stimulus, owed(decision.case)
        entry, chain = write_entry(
            Decided(decision.case, waits, decision, told, turn.record, decision.state, now), codec,
            bundle=turn.force.sequence, chain=chain, partition=turn.partition.number,
            orders=turn.force.plan.orders.number,
        )  # fmt: skip
        outputs.append(sized(entry))
        if decision.case.procedure is not None and not _stands_as_before(turn.case, decision.case, waits):
            outputs.append(sized(write_status(decision.case, waits, codec=codec, plan=turn.force.plan, now=now)))
    return outputs, chain


def _stands_as_before(before: Case | None, case: Case, waits: Owed) -> bool:
    """Tell whether subscribers know all of where a case stands: a warning, a note or a late answer changes nothing."""
    return (
        before is not None
        and case.holder == before.holder
        and case.status == before.status
        and len(case.incidents) == len(before.incidents)
        and case.procedure == before.procedure
        and case.subject == before.subject
        and waits == owed(before)
    )


def _with_room(decision: Decision, turn: _Turn) -> Decision:
    """Let a decision park its event while there is room; beyond it the event goes back and the case is as it was."""
    if turn.record is None or not isinstance(turn.stimulus, Event) or isinstance(turn.stimulus, Signal):
        return decision
    why = turn.partition.parking.why_full(turn.key, turn.stimulus.agency)
    return refused(turn.stimulus, Refusal(category="oversized", reason=why)) if why else decision


def deliverable(task: Task, plan: Plan) -> Task:
    """Give a task whose agency is there to do it; raise UndeliverableError otherwise: a task is never left out."""
    if task.agency not in plan.agencies:
        raise UndeliverableError(f"agency {task.agency} is not in the network in force; apply one that has it")
    return task


def _is_reached(agency: AgencyCode, force: Rules | None, kind: Literal["notice", "dead-letter"]) -> bool:
    """Tell whether an agency's topics are sure to be there; what is left out else is counted."""
    if force is None or agency in force.plan.agencies:
        return True
    _LOG.warning("a message for an agency that has left is left out", agency=agency, kind=kind)
    metrics.UNDELIVERED.labels(kind).inc()
    return False


def _written_back(turn: _Turn, detail: str) -> tuple[Decision, list[Output], str]:
    """Write what stands instead of a decision that cannot be written; if not even that, hand the record back."""
    decision = taken_back(turn.case, turn.stimulus, turn.now, detail)
    if decision.park:
        decision = _with_room(decision, turn)
    try:
        return (decision, *_written(decision, turn))
    except ParkableError as wrong:
        _LOG.error("a decision cannot be told", partition=turn.partition.number, error=type(wrong).__name__)
        refusal = Refusal(
            category="routing", reason="what would be decided on it cannot be told; ask the hub's keepers"
        )
        return Decision(outcome="refused", refusal=refusal, journal=False), [], turn.partition.meta.chain


def taken_back(case: Case | None, stimulus: Event | Command | Tick, now: int, detail: str) -> Decision:
    """Decide what stands instead of a decision that cannot be written."""
    if isinstance(stimulus, Command) and case is not None:
        return decline(case, stimulus, why=detail)
    return incident.stop(case, stimulus, now=now, cause="fill", detail=detail)


_NO_BUNDLE: Final = Unreadable("routing", "no network is in force yet; run `hub apply`", "RoutingError")
