"""The clocks of a case: each step's, which may stop, and the case's own, which never does.

Times are ms. A deadline is a span of the step's clock; one in working time counts by the calendar of its agency, here
and nowhere else.
"""

from collections.abc import Iterator

import msgspec

from hub.calendar import LAST_MOMENT, Calendar
from hub.names import StepName
from hub.network.plan import AnswerPlan, DeadlinePlan, ProcedurePlan, StepPlan
from hub.router.case import HUB, OWED, STOPPED, Case, StepState


def start(state: StepState, now: int, *, deadline: DeadlinePlan | None, origin: int | None) -> None:
    """Start a new attempt's clock; with an `origin` the time since then counts already."""
    state.started, state.ended, state.since = now, 0, now
    state.elapsed = 0 if origin is None else spent(origin, now, by=deadline)
    state.warned, state.missed, state.resets = 0, False, 0
    state.due = _due(state, deadline)


def stop(state: StepState, at: int, *, deadline: DeadlinePlan | None) -> None:
    """Stop a step's clock; one that stands stays."""
    if state.since is not None:
        state.elapsed += max(0, spent(state.since, at, by=deadline))
        state.since = state.due = None


def resume(state: StepState, at: int, *, deadline: DeadlinePlan | None) -> None:
    """Let a step's clock run on; one that runs is left alone."""
    if state.since is None:
        state.since = at
        state.due = _due(state, deadline)


def reset(state: StepState, at: int, *, deadline: DeadlinePlan | None) -> None:
    """Let a step's clock run from zero, and count that."""
    state.elapsed, state.since, state.warned, state.missed, state.unasked = 0, at, 0, False, False
    state.resets += 1
    state.due = _due(state, deadline)


def count_on(state: StepState, deadline: DeadlinePlan | None) -> None:
    """Let what a clock has counted count by another deadline, of the same measure, from now on."""
    state.due = _due(state, deadline)


def end(state: StepState, at: int) -> None:
    """Stop a step's clock for good: its task is not waited for any more, and nobody asks for what it has counted."""
    state.since, state.elapsed = None, 0
    state.ended = max(at, state.started)  # an early answer was there before its step started
    state.task, state.accept_by, state.due, state.stale, state.held = "", None, None, False, False
    state.unasked = False
    if state.returned_by is not None:
        state.returned_by, state.items, state.reason, state.text = None, (), "", ""
        state.provisional = False


def reachable(moment: int) -> int:
    """Bring a time into what a calendar can write: a span or a date in the facts may lead anywhere."""
    return max(0, min(moment, LAST_MOMENT))


def spent(since: int, until: int, *, by: DeadlinePlan | None) -> int:
    """Count the time between two moments as a deadline does: in ms, or in working time of its calendar."""
    if by is None or by.measure == "clock" or by.calendar is None:
        return until - since
    return by.calendar.elapsed(since, until, by.measure)


def after(since: int, amount: int, *, by: DeadlinePlan | AnswerPlan) -> int:
    """Tell when so much time has passed, as a deadline or a time to complete counts it."""
    if by.calendar is None:
        return reachable(since + amount)
    if by.measure == "clock":
        return reachable(by.calendar.after_grace(since + amount))
    return reachable(by.calendar.due(since, amount, by.measure))


def counted_anew(procedure: ProcedurePlan, case: Case) -> list[tuple[StepName, int, str]]:
    """List the steps whose due time a calendar has moved that changed since it was set, with the new one and why.

    What was counted already stays counted; what was missed stays missed.
    """
    found = []
    for name, state in case.steps.items():
        if state.due is not None and not state.missed and (step := procedure.steps.get(name)) is not None:
            calendar, due = _due_again(step, state)
            if calendar is not None and due is not None and due != state.due:
                decision = calendar.grace_until(due)
                found.append((name, due, f"a grace: {decision}" if decision else "its calendar has changed"))
    return found


def account(case: Case, until: int) -> None:
    """Count the time since the case was last looked at to whoever held it."""
    passed = until - case.at
    if passed > 0 and case.closed_at is None:
        case.held = {**case.held, case.holder: case.held.get(case.holder, 0) + passed}
        case.at = until


def outlook(procedure: ProcedurePlan, case: Case) -> tuple[str, int | None]:
    """Tell whose time runs now, and when the case must be looked at next; while it waits for a person, never.

    It is the agencies' at work, else applicant's or payer's, else nobody's since all clocks stand, else the hub's.
    """
    if case.closed_at is not None:
        return "", None if case.incidents else reachable(case.closed_at + procedure.retention)
    if case.incidents:
        return HUB, None
    agencies, others, stopped, first = set(), set(), False, None
    for name, state in case.steps.items():
        if state.status == "active":
            step = procedure.steps[name]
            if state.since is None and state.provisional:
                others.add("applicant")  # who must fulfil what is open
            elif state.since is None:
                stopped = True
            elif step.holder == "agency":
                agencies.add(step.agency)
            else:
                others.add(str(step.holder))
        elif state.status == "returned":
            step = procedure.steps[name]
            others.add("applicant")
        else:
            continue
        moment = next_timer(step, state)
        if moment is not None and (first is None or moment < first):
            first = moment
    return ",".join(sorted(agencies or others)) or (STOPPED if stopped else HUB), first


class Owed(msgspec.Struct, frozen=True, gc=False):
    """Name the steps that somebody owes an answer to, and by when the first is due; None: none has a due time."""

    steps: list[StepName]
    due: int | None


def owed(case: Case) -> Owed:
    """Find what a case waits for; warnings before a due time are nobody's."""
    steps, first = [], None
    for name, state in case.steps.items():
        if state.status in OWED:
            steps.append(name)
            if state.due is not None and (first is None or state.due < first):
                first = state.due
    return Owed(steps, first)


def timers(procedure: ProcedurePlan, case: Case) -> Iterator[tuple[StepPlan, int]]:
    """List the steps that have a timer, with the moment of the next one."""
    for name, state in case.steps.items():
        if state.status == "active" or state.status == "returned":  # noqa: PLR1714 - quicker than a set
            step = procedure.steps[name]
            moment = next_timer(step, state)
            if moment is not None:
                yield step, moment


def next_timer(step: StepPlan, state: StepState) -> int | None:
    """Tell when an owed step's next timer fires: acceptance, a warning, the deadline or the applicant's time."""
    moment = None if state.missed or state.due is None else _next_threshold(step.deadline, state, state.due)
    if state.accept_by is not None and (moment is None or state.accept_by < moment):
        return state.accept_by
    return moment


def warning_at(deadline: DeadlinePlan, state: StepState, *, percent: int, due: int) -> int:
    """Tell when this percent of a running deadline's span is used; never after it is `due`."""
    left = deadline.within * (100 - percent) // 100
    if deadline.calendar is None or state.since is None:
        return due - left
    return min(due, after(state.since, deadline.within - left - state.elapsed, by=deadline))


def _next_threshold(deadline: DeadlinePlan | None, state: StepState, due: int) -> int:
    if deadline is not None and state.status == "active" and not state.provisional:
        for percent in deadline.warn:
            if percent > state.warned:
                return warning_at(deadline, state, percent=percent, due=due)
    return due


def _due_again(step: StepPlan, state: StepState) -> tuple[Calendar | None, int | None]:
    """Tell when an owed step's time is over by the calendar as it is now, and which; None when none has a say."""
    if state.status == "returned" or state.provisional:
        answer = None if state.returned_by is None else step.answers.get(state.returned_by)
        if answer is None or answer.complete_within is None or answer.calendar is None:
            return None, None
        return answer.calendar, after(state.started, answer.complete_within, by=answer)
    if step.deadline is None or step.deadline.calendar is None:
        return None, None
    return step.deadline.calendar, _due(state, step.deadline)


def _due(state: StepState, deadline: DeadlinePlan | None) -> int | None:
    if deadline is None or state.since is None:
        return None
    return after(state.since, deadline.within - state.elapsed, by=deadline)
