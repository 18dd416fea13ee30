"""A declared procedure as whoever proves the hub reads it: who is asked what after what, straight from its file.

Reads joins, returns and rejections from the declared model itself; of the hub's own machinery only the evaluation of
one guard is used. The router and its plan are not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hub.errors import ExpressionError
from hub.names import AgencyCode, EventType
from hub.network.expression import compile_expression
from hub.network.model import APPLICANT, Answer, Procedure, Step
from hub.network.plan import Expression, SubjectPlan
from hub.network.subject import subject_of
from hub.network.supply import Supply

#: What a step's predecessors say: it may begin, it never will, or nobody knows yet.
Readiness = Literal["ready", "closed", "waiting"]
_OVER: Final = frozenset({"done", "skipped", "rejected", "cancelled"})


@dataclass(frozen=True)
class StepRule:
    """Say of one step whom it asks, what comes before it, and what its answers do."""

    name: str
    agency: AgencyCode
    declared: Step
    before: tuple[str, ...]
    least: int
    rejections: tuple[str, ...]
    guard: Expression | None
    subject: SubjectPlan | None = None

    def is_about(self, data: Mapping[str, Any]) -> bool:
        """Tell whether facts may be said of whom this step is."""
        return self.subject is None or data.get(self.subject.said_in) in {None, self.subject.code}

    def of_case(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say of the case what a completion says of this step's subject."""
        if self.subject is None:
            return data
        names, own = self.subject.facts, self.subject.said_in
        return {names.get(name, name): value for name, value in data.items() if name != own}

    def completion(self, returned_by: EventType | None) -> EventType | None:
        """Name the event that completes this step after an answer has returned it to the applicant."""
        answer = None if returned_by is None else self.declared.answers.get(returned_by)
        return None if answer is None else answer.completed_by

    def readiness(self, statuses: Mapping[str, str]) -> Readiness:
        """Tell from the steps' statuses whether this step may begin."""
        found = self._joined([statuses.get(name, "pending") for name in self.before])
        if found == "ready" or not self.rejections:
            return found
        ways = [statuses.get(name, "pending") for name in self.rejections]
        if "rejected" in ways:
            return "ready"
        return "closed" if found == "closed" and all(way in _OVER for way in ways) else "waiting"

    def is_true(self, facts: Mapping[str, Mapping[str, Any]]) -> bool | None:
        """Evaluate the guard; None when it has no value, which waits for a person."""
        if self.guard is None:
            return True
        try:
            value = self.guard(facts)
        except ExpressionError:
            return None
        return value if isinstance(value, bool) else None

    def _joined(self, before: list[str]) -> Readiness:
        if not before:
            return "closed" if self.rejections else "ready"
        done = before.count("done")
        closed = before.count("skipped") + before.count("rejected")
        if done + closed == len(before):
            return "ready" if done else "closed"
        enough = 0 < done >= min(self.least, len(before) - closed)
        return "ready" if enough and self.least < len(before) else "waiting"


class Rule:
    """Say of one procedure which steps there are and what follows what."""

    def __init__(self, declared: Procedure, supply: Supply) -> None:
        """Read it; guards are compiled here, with the types of the facts that they read."""
        self.service = declared.service
        self.opens_on = declared.opens_on
        self.steps = {
            str(name): _step(declared, str(name), step, supply=supply) for name, step in declared.steps.items()
        }
        self.after = {name: tuple(self._after(name)) for name in self.steps}

    def closure(self, name: str) -> frozenset[str]:
        """Name a step and every step that comes after it."""
        found, look = {name}, [name]
        while look:
            for each in self.after[look.pop()]:
                if each not in found:
                    found.add(each)
                    look.append(each)
        return frozenset(found)

    def _after(self, name: str) -> list[str]:
        return [each for each, step in self.steps.items() if name in step.before or name in step.rejections]


def goes_to_applicant(answer: Answer) -> bool:
    """Tell whether an answer returns its step to the applicant."""
    return answer.outcome == "returned" and answer.to in {None, APPLICANT}


def _step(procedure: Procedure, name: str, declared: Step, *, supply: Supply) -> StepRule:
    after = declared.after
    before = tuple(str(each) for each in (*after.all, *after.any, *after.of))
    least = len(before) if after.all else 1 if after.any else after.at_least or 1
    rejections = tuple(str(each) for each, step in procedure.steps.items() if step.on_rejected == name)
    guard = None if declared.when is None else _guard(declared.when, supply)
    subject = subject_of(procedure, declared)
    return StepRule(name, declared.agency, declared, before, least, rejections, guard, subject)


def _guard(text: str, supply: Supply) -> Expression:
    return compile_expression(text, supply.types(compile_expression(text).paths))
