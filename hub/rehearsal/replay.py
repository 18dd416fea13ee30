"""A real log sent through the router: what became of each event and of each case.

Cases do not touch each other, so each has a world and a clock of its own, wound by the log's times: deadlines count in
the log's days, whether the log is sorted by case or by time. Nothing of the log is dropped: each row has one fate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from hub.events.envelope import Event, content_digest
from hub.names import CaseId, ProcedureRef, StepName
from hub.network.plan import Plan
from hub.rehearsal.log import LogEvent, UnmappedRow
from hub.rehearsal.world import Rehearsal
from hub.router.case import OWED, Case, CaseStatus, Cause
from hub.router.decision import Decision, Refusal

#: What became of one event of a log. ``waiting``: parked at the log's end, behind an incident. ``unmatched``: no
#: activity of log.yaml, no step or no case takes it.
Fate = Literal["taken", "early", "late", "duplicate", "waiting", "unmatched", "refused"]

#: Refusals that mean that nothing in the network takes such an event; the others mean that this one was wrong.
_UNMATCHED: Final = frozenset({"routing", "orphan"})
_NO_ACTIVITY: Final = "log.yaml names no such activity"
_NO_CASE: Final = "its case was never opened"
_WAITING: Final = "its case waits for a person"

_LATE_STEP: Final = "its step had been answered, or closed, before"
_LATE_CASE: Final = "its case had ended"
_EARLY: Final = "its step had not begun; the answer is kept until it does"
_TWICE: Final = "the same event with the same id had come before"

_json = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Remark:
    """Count the events of one activity that had one fate for one reason; ``example`` is a case's name in the log."""

    fate: Fate
    activity: str
    why: str
    events: int
    example: str


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """Say how one case stood at the log's end.

    ``owed`` and ``missed`` name the steps whose answers are waited for, and whose deadlines passed; ``kept`` counts
    early answers that no step could use yet; ``incident`` says why a person is needed.
    """

    key: str
    case: CaseId
    procedure: ProcedureRef
    status: CaseStatus
    owed: tuple[StepName, ...]
    missed: tuple[StepName, ...]
    kept: int
    incident: Cause | None


@dataclass(frozen=True)
class Replay:
    """Hold what became of a log: counts by fate, remarks on all that was not simply taken, and how each case ended."""

    events: int
    fates: dict[Fate, int]
    remarks: tuple[Remark, ...]
    cases: tuple[CaseEnd, ...]
    tasks: int
    since: int | None
    until: int | None

    def count(self, *statuses: CaseStatus) -> int:
        """Count the cases that stand so."""
        return sum(case.status in statuses for case in self.cases)


def replay(plan: Plan, log: Iterable[LogEvent | UnmappedRow]) -> Replay:
    """Send a log through the router, row by row in its order; raise what reading the log raises."""
    told = _Told()
    stories: dict[CaseId, _Story] = {}
    for row in log:
        told.events += 1
        if isinstance(row, UnmappedRow):
            told.tell("unmatched", row.activity, why=_NO_ACTIVITY, key=row.key)
            continue
        told.span(row.at)
        story = stories.get(row.case)
        if story is None:
            story = stories[row.case] = _Story(row.key, Rehearsal(plan, now=row.at), told)
        story.hear(row)
    return told.replay(stories)


@dataclass(slots=True)
class _Told:
    """Count fates and gather remarks over all cases."""

    events: int = 0
    tasks: int = 0
    since: int | None = None
    until: int | None = None
    fates: dict[Fate, int] = field(default_factory=dict)
    remarks: dict[tuple[Fate, str, str], list[str]] = field(default_factory=dict)

    def span(self, at: int) -> None:
        self.since = at if self.since is None else min(self.since, at)
        self.until = at if self.until is None else max(self.until, at)

    def tell(self, fate: Fate, activity: str, *, why: str, key: str) -> None:
        self.fates[fate] = self.fates.get(fate, 0) + 1
        if fate != "taken":
            self.remarks.setdefault((fate, activity, why), []).append(key)

    def replay(self, stories: Mapping[CaseId, "_Story"]) -> Replay:
        ends = [story.end(self.until or 0) for story in stories.values()]
        remarks = [Remark(*said, len(keys), keys[0]) for said, keys in self.remarks.items()]
        return Replay(
            events=self.events,
            fates=self.fates,
            remarks=tuple(sorted(remarks, key=lambda each: (each.fate, each.activity, each.why))),
            cases=tuple(end for end in ends if end is not None),
            tasks=self.tasks,
            since=self.since,
            until=self.until,
        )


class _Story:
    """Follow one case through the log."""

    __slots__ = ("_key", "_last", "_told", "_unsettled", "_world")

    def __init__(self, key: str, world: Rehearsal, told: _Told) -> None:
        self._key = key
        self._world = world
        self._told = told
        self._last: Case | None = None
        self._unsettled: dict[int, tuple[Event, str]] = {}  # by identity: ids of a log may repeat

    def hear(self, row: LogEvent) -> None:
        """Let time pass until the row was written, then route it."""
        if row.at > self._world.now:
            self._world.wind(row.at - self._world.now)
        event = Event(
            id=row.id, type=row.event_type, agency=row.agency, case=row.case, data=row.data, appended_at=row.at,
            digest=content_digest(row.event_type, _json.encode(row.data)), subject=row.key,
        )  # fmt: skip
        self._unsettled[id(event)] = (event, row.activity)
        decision = self._world.publish(event)
        self._read()
        if not decision.park and id(event) in self._unsettled:
            self._settle(event, decision)  # a decision that is not journaled, such as on a repeat

    def end(self, now: int) -> CaseEnd | None:
        """Let time pass until the log's end and say how the case stands then; None when it was never opened."""
        last = self._last
        if (last is None or last.closed_at is None) and now > self._world.now:
            self._world.wind(now - self._world.now)
            self._read()
        for event, activity in self._unsettled.values():
            self._tell(*self._left(event), activity)
        return None if self._last is None else _end(self._world.plan, self._last, key=self._key)

    def _read(self) -> None:
        world = self._world
        for entry in world.journal:
            case = entry.decision.case
            if case is not None and (case.procedure is not None or self._last is None):
                self._last = case
            if isinstance(entry.stimulus, Event) and not entry.decision.park:
                self._settle(entry.stimulus, entry.decision)
        for letter in world.dead_letters:
            self._settle_refused(letter.event, letter.refusal)
        self._told.tasks += len(world.tasks)
        for told in (world.journal, world.dead_letters, world.tasks, world.notices):
            told.clear()

    def _settle(self, event: Event, decision: Decision) -> None:
        if decision.refusal is not None:
            self._settle_refused(event, decision.refusal)
        elif (found := self._unsettled.pop(id(event), None)) is not None:
            self._tell(*self._fate(decision), found[1])

    def _settle_refused(self, event: Event, refusal: Refusal) -> None:
        found = self._unsettled.pop(id(event), None)
        if found is not None:
            self._tell("unmatched" if refusal.category in _UNMATCHED else "refused", refusal.reason, found[1])

    def _fate(self, decision: Decision) -> tuple[Fate, str]:
        if decision.outcome == "late":
            ended = self._last is not None and self._last.closed_at is not None
            return "late", _LATE_CASE if ended else _LATE_STEP
        if decision.outcome == "early":
            return "early", _EARLY
        if decision.outcome == "duplicate":
            return "duplicate", _TWICE
        return ("waiting", _WAITING) if decision.outcome == "incident" else ("taken", "")

    def _left(self, event: Event) -> tuple[Fate, str]:
        if any(event is each for each in self._world.parked.get(event.case, ())):
            known = self._last is not None and self._last.procedure is not None
            return ("waiting", _WAITING) if known else ("unmatched", _NO_CASE)
        return "duplicate", _TWICE  # of those that were released, only repeats are not journaled

    def _tell(self, fate: Fate, why: str, activity: str, /) -> None:
        self._told.tell(fate, activity, why=why, key=self._key)


def _end(plan: Plan, case: Case, *, key: str) -> CaseEnd | None:
    if case.procedure is None:
        return None
    order = plan.procedures[case.procedure].steps
    states = [(name, case.steps[name]) for name in order if name in case.steps]
    return CaseEnd(
        key=key,
        case=case.id,
        procedure=case.procedure,
        status=case.status,
        owed=tuple(name for name, state in states if state.status in OWED),
        missed=tuple(name for name, state in states if state.missed),
        kept=len(case.early),
        incident=case.incidents[0].cause if case.incidents else None,
    )
