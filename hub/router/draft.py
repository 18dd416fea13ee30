"""The working copy of one case while one stimulus is decided, and all that the stimulus causes.

What was given is never changed: the case is copied once, a step's state when it is first touched.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.names import StepName
from hub.network.plan import FactPath, Plan, ProcedurePlan
from hub.router.case import (
    DIGEST_CHARS,
    ENDS,
    FINISHED,
    HUB,
    PENDING,
    Case,
    Cause,
    Incident,
    StepState,
    StepStatus,
    mark_of,
)
from hub.router.clock import account, counted_anew, outlook
from hub.router.decision import Change, Decision, Notice, Outcome, Refusal, Signal, Task
from hub.router.holding import waits_of


class Draft:
    """Collect what one stimulus changes and causes, then make it a decision.

    ``at`` is when what is told happened, ``now`` when it is decided: the time between them is the hub's.
    ``look`` lists the steps whose predecessors have changed and that must be considered.
    """

    __slots__ = (
        "at", "case", "changes", "look", "moved", "notices", "now", "paths", "plan", "procedure", "refusal", "signals",
        "tasks",
    )  # fmt: skip

    def __init__(self, plan: Plan, procedure: ProcedurePlan, case: Case, *, now: int, at: int) -> None:
        """Copy the case and count its time up to `at`; both times are moved forward to the case's own."""
        self.plan = plan
        self.procedure = procedure
        self.case: Case = case.__copy__()  # type: ignore[attr-defined] # msgspec's own, quicker than copy()
        self.case.revision += 1
        self.case.steps = case.steps.copy()
        self.case.applied = case.applied.copy()
        self.at = max(case.at, min(at, now))
        self.now = max(self.at, now)
        self.tasks: list[Task] = []
        self.notices: list[Notice] = []
        self.changes: list[Change] = []
        self.paths: frozenset[FactPath] = frozenset()
        self.look: list[StepName] = []
        self.moved = False
        self.refusal: Refusal | None = None
        self.signals: tuple[Signal, ...] = ()
        account(self.case, self.at)
        self.case.holder = HUB
        if case.counted_by != plan.calendars:
            self._count_anew(case)

    def _count_anew(self, case: Case) -> None:
        """Move the due times that calendars have moved which changed since they were counted."""
        for step, due, why in counted_anew(self.procedure, case):
            self.edit(step).due = due
            self.note("progress", step=step, why=why, due=due)
        self.case.counted_by = self.plan.calendars

    def state(self, step: StepName) -> StepState:
        """Give a step's state to read."""
        return self.case.steps.get(step, PENDING)

    def edit(self, step: StepName) -> StepState:
        """Give a step's state to change, without a change of status."""
        state: StepState = self.state(step).__copy__()  # type: ignore[attr-defined] # msgspec's own
        self.case.steps[step] = state
        return state

    def move(self, step: StepName, after: StepStatus, *, why: str = "") -> StepState:
        """Change a step's status, journal it, and give its state to change further; "active" is a new attempt."""
        state = self.edit(step)
        if after == "active":
            state.attempt += 1
        self.changes.append(Change(step=step, before=state.status, after=after, attempt=state.attempt, why=why))
        state.status = after
        self.moved = True
        return state

    def note(self, what: str, *, step: str = "", why: str = "", due: int | None = None) -> None:
        """Journal something that happened without a change of status."""
        attempt = self.state(StepName(step)).attempt if step else 0
        self.changes.append(Change(step=step, before="", after=what, attempt=attempt, why=why, due=due))

    def mark(self, agency: str, event_id: str, digest: str) -> None:
        """Remember that this event or command was taken."""
        self.case.applied[mark_of(agency, event_id)] = digest[:DIGEST_CHARS]

    def unmark(self, agency: str, event_id: str, /) -> None:
        """Forget that this event was taken: it is parked and will come again."""
        self.case.applied.pop(mark_of(agency, event_id), None)

    def give(self, source: str, data: Mapping[str, Any], /) -> None:
        """Add facts to a source's; the newer one of a name counts. What nobody can use goes at the end."""
        self.moved = True
        self.case.facts = {**self.case.facts, source: {**self.case.facts.get(source, {}), **data}}

    def forget(self, source: str) -> None:
        """Drop the facts of a source."""
        if source in self.case.facts:
            self.case.facts = {name: facts for name, facts in self.case.facts.items() if name != source}

    def incident(self, cause: Cause, detail: str, *, step: str = "", event: str = "") -> None:
        """Open an incident, unless the same one is open at the same step."""
        opened = self.case.incidents
        if not any((one.cause, one.step, one.event) == (cause, step, event) for one in opened):
            made = Incident(cause=cause, since=self.now, detail=detail, step=step, event=event)
            self.case.incidents = (*opened, made)
            self.changes.append(Change(step=step, before="", after="incident", why=f"{cause}: {detail}"))

    def resolve(self, incidents: Iterable[Incident], *, why: str) -> None:
        """Close incidents."""
        gone = tuple(incidents)
        if gone:
            self.case.incidents = tuple(one for one in self.case.incidents if one not in gone)
            self.changes.extend(Change(step=one.step, before="incident", after="resolved", why=why) for one in gone)

    def release(self) -> bool:
        """Take the parked records back when nothing hinders the case any more; tell whether there were any."""
        if self.case.incidents or not self.case.parked:
            return False
        self.case.parked = 0
        return True

    def outcome(self, usual: Outcome, /) -> Outcome:
        """Name what became of the stimulus: an incident, the end of the case, or what it usually is."""
        if any(change.after == "incident" for change in self.changes):
            return "incident"
        if any(not change.step and change.after in ENDS for change in self.changes):
            return "closed"
        return usual

    def decide(
        self,
        outcome: Outcome,
        *,
        why: str = "",
        park: bool = False,
        release: bool = False,
        delete: bool = False,
        drop_parked: Refusal | None = None,
        applied: bool | None = None,
    ) -> Decision:
        """Make the decision: facts that no step can use are dropped, the clock's holder and the next due time set."""
        case = self.case
        if self.moved:
            case.facts = usable_facts(self.procedure, case)
        if case.waits:
            case.waits = waits_of(self.plan, self.procedure, case)
        account(case, self.now)
        case.holder, case.due = outlook(self.procedure, case)
        return Decision(
            outcome=outcome, case=case, delete=delete, tasks=tuple(self.tasks), notices=tuple(self.notices),
            changes=tuple(self.changes), elements=self.procedure.named(self.paths), park=park, release=release,
            drop_parked=drop_parked, why=why, applied=applied, refusal=self.refusal, signals=self.signals,
        )  # fmt: skip


def usable_facts(procedure: ProcedurePlan, case: Case) -> dict[str, dict[str, Any]]:
    """Keep the facts that some step may still use: a closed case's are none. Null says nothing and is not kept."""
    needed = procedure.needed(unfinished_steps(procedure, case))
    kept: dict[str, dict[str, Any]] = {}
    for source, facts in case.facts.items():  # in the order they came, so that the state's bytes are always the same
        if (names := needed.get(source)) is None:
            continue
        if facts and facts.keys() <= names and None not in facts.values():
            kept[source] = facts
        elif some := {name: value for name, value in facts.items() if value is not None and name in names}:
            kept[source] = some
    return kept


def unfinished_steps(procedure: ProcedurePlan, case: Case) -> frozenset[StepName]:
    """Name the steps that may still need facts; once the case is ending, only those that are owed."""
    if case.status == "open":
        finished = [name for name, state in case.steps.items() if state.status in FINISHED]
        return frozenset(procedure.steps).difference(finished)
    return frozenset(name for name, state in case.steps.items() if state.status == "active")
