"""An in-memory world for the router: cases as bytes, parked events, a hand-wound clock and all that was sent.

Does what the engine does, without Kafka and without waiting: the clock moves only when wound, and what one case tells
another is heard at once.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from hub.events.envelope import Event, content_digest
from hub.names import AgencyCode, CaseId, EventId, EventType, StepName, TaskId, derived_id
from hub.network.plan import Orders, Plan
from hub.router.case import Case, decode_case
from hub.router.decision import Command, Decision, Notice, Refusal, Task, Tick
from hub.router.route import route

#: When a rehearsal begins unless it is told otherwise: 5 January 2026, 08:00 in Samarinda, a Monday.
START: Final = 1_767_571_200_000

_sorted_json = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class SentTask:
    """A task as its agency gets it."""

    case: CaseId
    task: Task
    at: int


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A control message as its agency gets it."""

    case: CaseId
    notice: Notice
    at: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be taken, and why."""

    event: Event
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Entry:
    """One journaled decision: what was decided on, when, and the case's revision after it."""

    case: CaseId
    revision: int
    stimulus: Event | Command | Tick
    decision: Decision
    now: int


class Rehearsal:
    """Hold a whole partition in memory and route what is published, wound and commanded."""

    def __init__(self, plan: Plan, *, now: int = START) -> None:
        """Begin with no cases at `now` (ms)."""
        self.plan = plan
        self.now = now
        self.states: dict[CaseId, bytes] = {}
        self.parked: dict[CaseId, list[Event]] = {}
        self.tasks: list[SentTask] = []
        self.notices: list[SentNotice] = []
        self.dead_letters: list[DeadLetter] = []
        self.journal: list[Entry] = []
        self._due: dict[CaseId, int] = {}
        self._heap: list[tuple[int, CaseId]] = []
        self._said = 0

    def case(self, case: CaseId) -> Case | None:
        """Read a case as it is now; None when there is none."""
        state = self.states.get(case)
        return None if state is None else decode_case(state)

    def say(
        self,
        agency: str,
        event_type: str,
        case: CaseId,
        *,
        data: Mapping[str, Any] | None = None,
        causation: str | None = None,
        event_id: str | None = None,
        subject: str | None = None,
    ) -> Decision:
        """Publish an event of an agency, appended now; without an id it gets the next one."""
        self._said += 1
        facts = dict(data or {})
        made = Event(
            id=EventId(event_id or f"said-{self._said}"), type=EventType(event_type), agency=AgencyCode(agency),
            case=case, data=facts, appended_at=self.now, digest=content_digest(event_type, _sorted_json.encode(facts)),
            causation=None if causation is None else TaskId(causation), subject=subject,
        )  # fmt: skip
        return self.publish(made)

    def publish(self, event: Event) -> Decision:
        """Route an event as read; the clock is never behind when it was appended."""
        self.now = max(self.now, event.appended_at)
        return self._route(event.case, event)

    def command(
        self,
        act: str,
        case: CaseId,
        *,
        step: str | None = None,
        facts: Mapping[str, Any] | None = None,
        revision: int | None = None,
        reason: str = "rehearsed",
        to: str | None = None,
    ) -> Decision:
        """Do an operator's act."""
        self._said += 1
        made = msgspec.convert(
            {
                "id": derived_id(case, act, str(self._said)), "case": case, "act": act, "actor": "operator",
                "reason": reason, "revision": revision, "step": step, "facts": dict(facts or {}),
                "to": to,
            },
            Command,
        )  # fmt: skip
        return self._route(case, made)

    def order(self, *, stopped: Iterable[str] = (), held: Iterable[str] = ()) -> None:
        """Put these orders to the network in force, and no others; what waited for one that is over is looked at."""
        number = self.plan.orders.number + 1
        orders = Orders(number, frozenset(stopped), frozenset(AgencyCode(each) for each in held))
        self.plan = replace(self.plan, orders=orders)
        for case in [each for each in self.states if (found := self.case(each)) is not None and found.waits]:
            self._route(case, Tick(case=case))

    def wind(self, span: int) -> None:
        """Let so many ms pass; every timer on the way fires at its time."""
        until = self.now + span
        while self._heap and self._heap[0][0] <= until:
            due, case = heapq.heappop(self._heap)
            if self._due.get(case) == due:
                del self._due[case]
                self.now = max(self.now, due)
                self._route(case, Tick(case=case))
        self.now = max(self.now, until)

    @property
    def next_due(self) -> int | None:
        """Tell when the next timer fires; None when none is set."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)  # it was moved or taken away
        return self._heap[0][0] if self._heap else None

    def active_task(self, case: CaseId, step: str) -> str | None:
        """Give the id of the task that a step waits for; None when it waits for none."""
        found = self.case(case)
        state = None if found is None else found.steps.get(StepName(step))
        return None if state is None or not state.task else state.task

    def _route(self, case: CaseId, stimulus: Event | Command | Tick) -> Decision:
        before = self.case(case)
        decision = route(self.plan, before, stimulus, self.now)
        self._take(case, stimulus, decision)
        if decision.release:
            for event in self.parked.pop(case, []):
                self._route(case, event)
        for signal in decision.signals:
            digest = content_digest(signal.type, _sorted_json.encode(signal.data))
            self._route(signal.case, msgspec.structs.replace(signal, digest=digest))
        return decision

    def _take(self, case: CaseId, stimulus: Event | Command | Tick, decision: Decision) -> None:
        if decision.park and isinstance(stimulus, Event):
            self.parked.setdefault(case, []).append(stimulus)
        if decision.drop_parked is not None:
            dropped = self.parked.pop(case, [])
            self.dead_letters.extend(DeadLetter(event, decision.drop_parked) for event in dropped)
        if decision.refusal is not None and isinstance(stimulus, Event):
            self.dead_letters.append(DeadLetter(stimulus, decision.refusal))
        self.tasks.extend(SentTask(case, task, self.now) for task in decision.tasks)
        self.notices.extend(SentNotice(case, notice, self.now) for notice in decision.notices)
        if decision.journal:
            revision = 0 if decision.case is None else decision.case.revision
            self.journal.append(Entry(case, revision, stimulus, decision, self.now))
        self._store(case, decision)

    def _store(self, case: CaseId, decision: Decision) -> None:
        if decision.delete:
            self.states.pop(case, None)
            self._due.pop(case, None)
        elif decision.case is not None and decision.state is not None:
            self.states[case] = decision.state
            if decision.case.due is None:
                self._due.pop(case, None)
            elif self._due.get(case) != decision.case.due:
                self._due[case] = decision.case.due
                heapq.heappush(self._heap, (decision.case.due, case))
