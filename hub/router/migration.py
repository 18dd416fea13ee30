"""A running case taken over to another version of its procedure, as the network's migration says.

Promises that a case goes over whole or not at all: what cannot be decided now (a fact that is not there, an answer that
could not be taken, a clock that counts otherwise) leaves it as it was, with the reason.
"""

from collections.abc import Iterator
from typing import Any, Final

from hub.errors import ExpressionError
from hub.names import APPLICATION, ProcedureRef, StepName
from hub.network.plan import AnswerPlan, DeadlinePlan, MigrationPlan, Plan, ProcedurePlan, StepPlan
from hub.router import activation, clock, flow, holding, proposal, returns
from hub.router.case import OWED, PENDING, Case, Cause, EarlyAnswer, StepState, StepStatus
from hub.router.decision import Change, Command
from hub.router.draft import Draft

#: Incidents that a new version may mend: their step is looked at again under it.
_MENDED: Final[frozenset[Cause]] = frozenset({"guard", "fill", "agreement", "rounds", "return", "stuck"})
#: The word in the journal for a step that goes on under another name, which stands in the change's why.
RENAMED: Final = "renamed"
#: The fact of a command that takes over also where a deadline is over at once by the new version.
OVERDUE: Final = "overdue"


def go(draft: Draft, command: Command) -> str | None:
    """Take the case over to the version that the command names; say what hinders it."""
    case, plan, to = draft.case, draft.plan, ProcedureRef(command.to or "")
    migration = plan.migrations.get((draft.procedure.ref, to))
    if draft.procedure.ref == to:
        return f"the case runs on {to} already"
    if migration is None or to not in plan.procedures:
        return f"the network in force has no migration from {draft.procedure.ref} to {to[:100]!r}"
    if why := _why_stays(plan, draft.procedure, case, migration):
        return why
    try:
        hindrance = _Passage(draft, migration, plan.procedures[to]).run()
    except ExpressionError as wrong:
        return str(wrong)
    if hindrance or command.facts.get(OVERDUE):
        return hindrance
    late = next((name for name, state in draft.case.steps.items() if _is_over(draft, state)), None)
    return None if late is None else f"the deadline of step {late} would be over at once"


def _why_stays(plan: Plan, procedure: ProcedurePlan, case: Case, migration: MigrationPlan, /) -> str | None:
    """Say all that hinders a case as it is now, each with what can be done about it."""
    if case.status != "open":
        return f"the case is {case.status}: it ends as it began"
    known = migration.steps.keys() | migration.gone.keys()
    strange = [name for name in case.steps if name not in known]
    persons = dict.fromkeys(one.cause for one in case.incidents if one.cause not in _MENDED)
    whys = [
        *dict.fromkeys(_why_early(procedure, case, answer) for answer in case.early),
        *(f"it waits for a person, for whom no version can stand in ({each}): mend that first" for each in persons),
        *(f"the migration does not say what becomes of step {name}" for name in strange),
        *(_why_asked(plan, procedure.steps[name], case) for name in case.steps if _is_asked(procedure, case, name)),
    ]
    return "; and ".join(whys) or None


def _why_early(procedure: ProcedurePlan, case: Case, answer: EarlyAnswer, /) -> str:
    """Say of an answer that came early for which step, and how that is made to start."""
    takers = procedure.answered_by.get(answer.type, ())
    steps = [name for name in takers if procedure.steps[name].agency == answer.agency]
    before = [
        name
        for name, state in case.steps.items()
        if state.status in OWED and not procedure.steps[name].descendants.isdisjoint(steps)
    ]
    start = f", or count what is before it as done: hub case skip --step {' and '.join(before)}" if before else ""
    of = " or ".join(steps) or "its step"
    return f"{answer.type} of {answer.agency} came early: take the case over once {of} has started{start}"


def _is_asked(procedure: ProcedurePlan, case: Case, name: StepName, /) -> bool:
    return proposal.is_due(case, procedure.steps[name])


def _why_asked(plan: Plan, step: StepPlan, case: Case, /) -> str:
    """Say who is asked whether the silence of a step counts, and what makes an end of that."""
    authority = holding.authority_of(plan, step.deadline) if step.deadline is not None else plan.coordinator
    done = f"count the step as done: hub case skip --step {step.name}"
    word = f"wait for its word or the answer of {step.agency}, or {done}"
    if case.steps[step.name].unasked:
        word = f"release it (hub agency release {authority}), then {word}"
    return f"{authority} is to say whether the silence of step {step.name} counts: {word}"


def _is_over(draft: Draft, state: StepState) -> bool:
    return state.status in OWED and state.due is not None and state.due <= draft.now and not state.missed


class _Passage:
    """Carry one case over; what hinders it comes as a text."""

    def __init__(self, draft: Draft, migration: MigrationPlan, declared: ProcedurePlan) -> None:
        case, was = draft.case, draft.case.steps
        self._draft, self._migration, self._old, self._facts = draft, migration, draft.procedure, case.facts
        self._given = {migration.steps[name]: who for name, who in case.assigned.items() if name in migration.steps}
        last = {name: agencies[-1] for name, agencies in self._given.items()}
        self._new = declared.assigned(last) if last else declared
        self._on = [(name, to) for name, to in migration.steps.items() if name in was]
        self._anew = [to for name, to in self._on if was[name].status == "active" and self._is_other(name, to)]
        self._gone = [name for name in migration.gone if was.get(name, PENDING).status in OWED]

    def run(self) -> str | None:
        if hindrance := self._why_not_given():
            return hindrance
        self._take_back()
        self._go_over()
        if hindrance := self._count_anew():
            return hindrance
        starts = [*self._anew, *self._instead_of_gone()]
        self._pass_over()
        return self._lacking(starts) or self._start(starts)

    def _is_other(self, name: StepName, to: StepName) -> bool:
        """Tell whether a task, as it was sent, is not what the new version asks for and takes answers to."""
        old, new = self._old.steps[name], self._new.steps[to]
        asked = (old.agency, old.request, old.sub_case) == (new.agency, new.request, new.sub_case)
        return not asked or not old.answers.keys() <= new.answers.keys()

    def _why_not_given(self) -> str | None:
        for name, agencies in self._given.items():
            step = self._new.steps[name]
            if step.agency != agencies[-1] or any(not each.until for each in step.agreements):
                return f"step {name} was given to {agencies[-1]}, which the new version does not let do it"
        return None

    def _take_back(self) -> None:
        """Withdraw, under their old names, the tasks of steps that are gone or asked anew."""
        for name in self._gone:
            self._end(name, "cancelled", why=f"it is gone in {self._new.ref}")
        for name, to in self._on:
            if to in self._anew:
                self._end(name, "pending", why=f"it is asked anew in {self._new.ref}")

    def _end(self, name: StepName, after: StepStatus, *, why: str) -> None:
        step, draft = self._old.steps[name], self._draft
        returns.cancel_task(draft, step, reason="the procedure has changed")
        clock.end(draft.move(name, after, why=why), draft.at)

    def _go_over(self) -> None:
        """Give steps and facts their new places; from here on the draft decides by the new version."""
        draft, case = self._draft, self._draft.case
        draft.changes.append(Change(step="", before=self._old.ref, after=self._new.ref, why="taken over"))
        draft.resolve(case.incidents, why=f"taken over to {self._new.ref}")
        steps: dict[StepName, StepState] = {}
        for name, to in self._on:
            state: StepState = case.steps[name].__copy__()  # type: ignore[attr-defined] # msgspec's own
            state.attempt = max(state.attempt, case.steps.get(to, PENDING).attempt)
            steps[to] = state
            if name != to:
                told = Change(step=name, before=state.status, after=RENAMED, attempt=state.attempt, why=to)
                draft.changes.append(told)
        case.procedure, case.steps, case.assigned = self._new.ref, steps, self._given
        if case.bills:  # what is owed or was paid goes along; of a step that is gone it stays on record
            case.bills = {self._migration.steps.get(name, name): bill for name, bill in case.bills.items()}
        case.facts, draft.procedure, draft.moved = self._carried(), self._new, True

    def _carried(self) -> dict[str, dict[str, Any]]:
        """Keep the facts of steps that the same agency does; what would pass for another agency's stays behind."""
        kept: dict[str, dict[str, Any]] = {}
        for source, facts in self._facts.items():
            to = APPLICATION if source == APPLICATION else self._goes_on(StepName(source))
            if to is not None:
                dropped = self._migration.dropped
                kept[to] = {name: value for name, value in facts.items() if (to, name) not in dropped}
        for path, expression in self._migration.added:
            value = expression(self._facts)
            if value is not None:
                kept[path[0]] = {**kept.get(path[0], {}), path[1]: value}
                self._draft.paths |= {path}
        return kept

    def _goes_on(self, name: StepName) -> StepName | None:
        to = self._migration.steps.get(name)
        return to if to is not None and self._old.steps[name].agency == self._new.steps[to].agency else None

    def _count_anew(self) -> str | None:
        """Count the deadlines of what is owed by the new version; say what cannot be."""
        for name, to in self._on:
            old, new, status = self._old.steps[name], self._new.steps[to], self._draft.state(to).status
            if status == "returned" and (hindrance := self._returned(old, new)):
                return hindrance
            if status == "active":
                state, due = self._draft.edit(to), self._draft.state(to).due
                state.stale = state.stale or to in self._migration.stale
                if hindrance := _count_on(state, old.deadline, step=new, facts=self._draft.case.facts):
                    return hindrance
                state.missed = state.missed and state.due is not None and state.due <= self._draft.now
                if state.due != due:
                    self._draft.note("progress", step=to, why="it counts by the new version", due=state.due)
        return None

    def _returned(self, old: StepPlan, new: StepPlan) -> str | None:
        state = self._draft.edit(new.name)
        before, after = _return_of(old, state), _return_of(new, state)
        if before is None or after is None or before.completed_by != after.completed_by:
            return f"step {new.name} waits for the applicant, whose completion the new version does not take"
        within = after.complete_within
        state.due = None if within is None else clock.after(state.started, within, by=after)
        return None

    def _instead_of_gone(self) -> Iterator[StepName]:
        """Name the steps to start in the place of those that are gone, with all before or after them as it must be."""
        for gone in (self._migration.gone[name] for name in self._gone):
            if gone.at is None:
                continue
            step = self._new.steps[gone.at]
            if gone.then == "restart":
                for name in (each for each in self._new.steps if each in {*step.descendants, step.name}):
                    self._reset(name)
                yield step.name
            elif self._draft.state(step.name).status == "pending":
                for name in (each for each in self._new.steps if each in self._migration.before[step.name]):
                    self._leave_out(name, why=f"the case goes on at {step.name}")
                yield step.name

    def _reset(self, name: StepName) -> None:
        draft, step = self._draft, self._new.steps[name]
        if draft.state(name).status != "pending":
            returns.cancel_task(draft, step, reason="the procedure has changed")
            clock.end(draft.move(name, "pending", why="done again"), draft.at)
            draft.forget(name)

    def _leave_out(self, name: StepName, *, why: str) -> None:
        draft, step = self._draft, self._new.steps[name]
        if draft.state(name).status in {"pending", *OWED}:
            returns.cancel_task(draft, step, reason="the procedure has changed")
            clock.end(draft.move(name, "skipped", why=why), draft.at)

    def _pass_over(self) -> None:
        """Leave out the new steps that the case has passed: something after them has begun."""
        became = set(self._migration.steps.values())
        for name, step in self._new.steps.items():
            if name in became or name in self._migration.starts or self._draft.state(name).status != "pending":
                continue
            if any(self._draft.state(each).status not in {"pending", "skipped"} for each in step.descendants):
                self._leave_out(name, why="the case has passed it")

    def _lacking(self, starts: list[StepName]) -> str | None:
        """Say which fact a step that may still start will lack."""
        facts, state = self._draft.case.facts, self._draft.state
        for name, paths in self._migration.needs.items():
            if state(name).status != "pending" and name not in starts:
                continue
            for source, field in sorted(paths):
                comes = source != APPLICATION and state(StepName(source)).status in {"pending", *OWED}
                if not comes and facts.get(source, {}).get(field) is None:
                    return f"step {name} needs {source}.{field}, which the case does not hold"
        return None

    def _start(self, starts: list[StepName]) -> str | None:
        draft = self._draft
        for name in dict.fromkeys(starts):
            if draft.state(name).status == "pending":
                activation.start(draft, draft.procedure.steps[name])
        draft.look.extend(draft.procedure.steps)
        flow.run(draft)
        one = next(iter(draft.case.incidents), None)
        return None if one is None else f"it would wait for a person: {one.cause}: {one.detail}"


def _return_of(step: StepPlan, state: StepState, /) -> AnswerPlan | None:
    answer = None if state.returned_by is None else step.answers.get(state.returned_by)
    return answer if answer is not None and answer.outcome == "returned" and answer.to is None else None


def _count_on(
    state: StepState, before: DeadlinePlan | None, *, step: StepPlan, facts: dict[str, dict[str, Any]]
) -> str | None:
    """Let a running clock count by another deadline; say when what it has counted cannot be told in its measure."""
    after = step.deadline
    if after is not None and _measure(before) != _measure(after):
        if state.since != state.started or state.resets:
            return f"the clock of step {step.name} was stopped, and the new version counts otherwise"
        origin = activation.origin_of(step, facts)
        state.elapsed = 0 if origin is None else clock.spent(origin, state.started, by=after)
    clock.count_on(state, after)
    return None


def _measure(deadline: DeadlinePlan | None, /) -> tuple[str, str]:
    if deadline is None:
        return "clock", ""
    return deadline.measure, deadline.start.text if deadline.start is not None else ""
