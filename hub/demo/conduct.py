"""How simulated agencies answer: mostly they do what they are asked, sometimes they return or reject it.

The same seed, case, step and attempt always decide the same. A second attempt is never returned or rejected again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from hub.demo.form import fill_form
from hub.events.catalog import EventSchema
from hub.events.envelope import Facts
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName
from hub.network.load import DeclaredNetwork
from hub.network.model import COMPLETED, Procedure, Step

#: The hub's task for the front office: have a returned file completed.
COMPLETION_REQUESTED: Final = EventType("hub.CompletionRequested")
#: Of a hundred tasks that may be rejected, and of those that may be returned, so many are.
REJECTED_PERCENT: Final = 4
RETURNED_PERCENT: Final = 10
#: Of a hundred tasks whose clock may be stopped, so many are held and taken up again before they are answered.
HELD_PERCENT: Final = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a task as an agency reads it."""

    agency: AgencyCode
    case: CaseId
    id: str
    type: EventType
    procedure: ProcedureRef
    step: StepName
    attempt: int
    data: Facts


class Conduct:
    """Decide for all agencies of a network what they answer."""

    def __init__(self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], *, seed: int) -> None:
        """Keep what the procedures let an agency say."""
        self._procedures = network.procedures
        self._types = types
        self._seed = seed
        self._returns: dict[CaseId, int] = {}

    def answer(self, asked: Asked, *, now: int) -> list[tuple[EventType, Facts]]:
        """Name the events that answer a task, in order, with their facts."""
        random = Random(f"{self._seed}/{asked.case}/{asked.step}/{asked.attempt}/{asked.type}")  # noqa: S311 - a play
        procedure = self._procedures[asked.procedure]
        step = procedure.steps[asked.step]
        said = self._said(procedure, step, asked, random=random)
        given = {**_repeated(asked.data), **_subject(procedure, step)}
        return [(each, fill_form(self._types[each], random, now=now, given=given)) for each in said]

    def forget(self, case: CaseId) -> None:
        """Forget a case that has ended."""
        self._returns.pop(case, None)

    def _said(self, procedure: Procedure, step: Step, asked: Asked, *, random: Random) -> list[EventType]:
        if asked.type == COMPLETION_REQUESTED:
            return [EventType(asked.data.get("completed_by", COMPLETED))]
        held = _held(step) if random.randrange(100) < HELD_PERCENT else []
        return [*held, random.choice(self._last(procedure, step, asked, luck=random.randrange(100)))]

    def _last(self, procedure: Procedure, step: Step, asked: Asked, *, luck: int) -> list[EventType]:
        """Name the events one of which ends the task."""
        rejected, returned = _of(step, "rejected"), _of(step, "returned")
        if step.on_rejected is not None and procedure.steps[step.on_rejected].sub_case:
            rejected = []  # what follows in another case is no part of the story that is told of this one
        if asked.attempt == 1 and rejected and luck < REJECTED_PERCENT:
            return rejected
        returns = self._returns.get(asked.case, 0)
        lucky = REJECTED_PERCENT <= luck < REJECTED_PERCENT + RETURNED_PERCENT
        if asked.attempt == 1 and returned and lucky and returns < procedure.max_rounds:
            self._returns[asked.case] = returns + 1
            return returned
        return _of(step, "done") or rejected or returned


def _repeated(data: Facts) -> dict[str, Any]:
    """Give what an answer repeats of its task: facts under the same names."""
    return {name: value for name, value in data.items() if value is not None}


def _subject(procedure: Procedure, step: Step) -> dict[str, Any]:
    """Say of whom a step is, where it is of one of several subjects."""
    group = procedure.subjects.get(step.for_each or "")
    return {group.field: step.subject} if group else {}


def _of(step: Step, outcome: str) -> list[EventType]:
    return [each for each, answer in step.answers.items() if answer.outcome == outcome]


def _held(step: Step) -> list[EventType]:
    """Name what stops and what resumes the clock; nothing when one of both is missing."""
    clocks = {answer.clock: each for each, answer in step.answers.items() if answer.outcome == "progress"}
    return [clocks["stopped"], clocks["resumed"]] if {"stopped", "resumed"} <= clocks.keys() else []
