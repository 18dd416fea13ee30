"""What was decided, in lines that people can compare: what became of it, what moved, who was asked and told, by when.

Holds what the promises speak of and nothing of how it is kept, so that a new field of a state changes no golden file.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.events.codec import parse_millis
from hub.events.envelope import Event
from hub.router.case import Case
from hub.router.decision import Change, Command, Decision, Notice, Signal, Task, Tick

#: Where the clocks of the stories hang.
ZONE = ZoneInfo("Asia/Makassar")
_HOUR_MS = 3_600_000


def lines_of(stimulus: Event | Command | Tick, decision: Decision, now: int, *, where: str = "") -> Iterator[str]:
    """Write one decision: a line of what happened and what became of it, and one for each thing that followed.

    `where` names the case, when it is not the story's own.
    """
    yield f"{moment(now)}{where and f' [{where}]'} {_told(stimulus)}: {_outcome(decision)}"
    yield from (f"  {_change(change)}" for change in decision.changes)
    yield from (f"  task {_task(task)}" for task in decision.tasks)
    yield from (f"  tell {_notice(notice)}" for notice in decision.notices)
    yield from (f"  signal {signal.kind}: {signal.type} {_data(signal.data)}" for signal in decision.signals)
    if decision.refusal is not None:
        yield f"  dead letter {decision.refusal.category}: {decision.refusal.reason}"
    if decision.drop_parked is not None:
        yield f"  parked events are dead letters {decision.drop_parked.category}: {decision.drop_parked.reason}"
    if decision.elements:
        yield f"  reads {', '.join(decision.elements)}"


def end_of(case: Case | None, now: int, *, where: str = "") -> Iterator[str]:
    """Write how a case stands at the end of its story: status, incidents, what is owed, whose time it was."""
    at = f"at the end{where and f' of {where}'}"
    if case is None:
        yield f"{at}: no case"
        return
    yield f"{at}: {case.status}, revision {case.revision}, held by {case.holder or 'nobody'}"
    yield from (f"  incident {one.cause} at {one.step or 'the case'}: {one.detail}" for one in case.incidents)
    for name, state in sorted(case.steps.items()):
        if state.task:
            due = "" if state.due is None else f", due {moment(state.due)}"
            yield f"  owed {name}/{state.attempt} ({state.status}){due}{'' if state.since else ', clock stopped'}"
    for source, facts in sorted(case.facts.items()):
        yield f"  facts of {source}: {', '.join(sorted(facts))}"
    if case.parked or case.early:
        yield f"  parked {case.parked}, early {', '.join(one.type for one in case.early) or 'none'}"
    held = {**case.held}
    if case.closed_at is None and now > case.at:
        held[case.holder] = held.get(case.holder, 0) + now - case.at
    yield f"  time: {', '.join(f'{holder} {span / _HOUR_MS:g} h' for holder, span in sorted(held.items())) or 'none'}"


def moment(at: int) -> str:
    """Write a time as a clock in Samarinda shows it."""
    shown = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZONE)
    return shown.strftime("%a %d %b %Y %H:%M" if at % 60_000 == 0 else "%a %d %b %Y %H:%M:%S.%f")


def _told(stimulus: Event | Command | Tick) -> str:
    if isinstance(stimulus, Signal):
        return f"another case tells {stimulus.kind}"
    if isinstance(stimulus, Event):
        return f"{stimulus.agency} says {stimulus.type}"
    if isinstance(stimulus, Command):
        step = f" {stimulus.step}" if stimulus.step else ""
        return f"{stimulus.actor} {stimulus.act}{step}{f' to {stimulus.to}' if stimulus.to else ''}"
    return "time has come"


def _outcome(decision: Decision) -> str:
    case = decision.case
    said = [decision.outcome]
    said += [] if decision.applied is None else ["done" if decision.applied else "not done"]
    said += [] if case is None else [case.status, f"held by {case.holder or 'nobody'}"]
    said += ["parked"] if decision.park else []
    said += ["parked events are taken up"] if decision.release else []
    return ", ".join(said) + (f" ({decision.why})" if decision.why else "")


def _change(change: Change) -> str:
    due = "" if change.due is None else f", due {moment(change.due)}"
    arrow = f"{change.before} > {change.after}" if change.before else change.after
    return f"{change.step or 'case'}: {arrow}{f' ({change.why})' if change.why else ''}{due}"


def _task(task: Task) -> str:
    due = "" if task.due is None else f", due {moment(task.due)}"
    more = f" of {task.about}" if task.about else ""
    more += (", first" if task.priority else "") + (", again" if task.again else "")
    return f"{task.step}/{task.attempt} to {task.agency}{more}{due}: {task.type} {_data(task.data)}"


def _notice(notice: Notice) -> str:
    return f"{notice.agency}: {notice.type} {_data(notice.data)}"


def _data(data: Mapping[str, Any]) -> str:
    """Write what is sent, without ids, which follow from the story's name, and with times that people read."""
    shown = {name: _value(name, value) for name, value in data.items() if name not in {"case", "task_id"}}
    return json.dumps(shown, ensure_ascii=False)


def _value(name: str, value: Any) -> Any:
    if name == "proof":
        return "sealed"
    return moment(parse_millis(value)) if name == "due" and isinstance(value, str) else value
