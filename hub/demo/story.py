"""What must become of one case, told event by event from its declared procedure: who is asked what, and how it ends.

An evaluation of its own, far smaller than the router: no time, no rights, no state to keep. Where an answer comes
too late it changes nothing; where it comes too early it is kept until its step is asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from hub.demo.rule import Rule, StepRule, goes_to_applicant
from hub.names import APPLICATION, AgencyCode, EventType

_OWED: Final = frozenset({"active", "returned"})


class Ask(NamedTuple):
    """Name one task: whom it asks, for which attempt of which step; or for the completion of a returned one."""

    agency: AgencyCode
    step: str
    attempt: int
    is_completion: bool = False


class Said(NamedTuple):
    """Hold one event as it stands in Kafka; ``answers`` is the task it names, if it names one."""

    agency: AgencyCode
    type: EventType
    data: Mapping[str, Any]
    at: int
    answers: Ask | None = None


class _Step(NamedTuple):
    status: str = "pending"
    attempt: int = 0
    returned_by: EventType | None = None


@dataclass
class Story:
    """Follow one case; ``asked`` holds every task that must have come so far, in order.

    ``status``: unopened, open, closing, completed or rejected; "stuck" when only a person can go on.
    """

    rule: Rule
    front_office: AgencyCode
    status: Literal["unopened", "open", "closing", "completed", "rejected", "stuck"] = "unopened"
    asked: list[Ask] = field(default_factory=list)
    _steps: dict[str, _Step] = field(default_factory=dict)
    _facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _kept: tuple[Said, ...] = ()

    def fork(self) -> "Story":
        """Make a second story that may go on differently."""
        return Story(
            self.rule, self.front_office, self.status, list(self.asked), dict(self._steps), dict(self._facts),
            self._kept,
        )  # fmt: skip

    def state(self) -> object:
        """Give what the story has caused and what its future depends on."""
        steps = tuple(sorted((name, *step) for name, step in self._steps.items()))
        facts, kept = repr(sorted(self._facts.items())), tuple(id(each) for each in self._kept)
        return self.status, frozenset(self.asked), steps, facts, kept

    def waits(self) -> Iterator[str]:
        """Name the steps somebody owes an answer to."""
        return (name for name, step in self._steps.items() if step.status in _OWED)

    def hear(self, said: Said) -> None:
        """Let one event happen."""
        if self.status == "unopened" and said.type != self.rule.opens_on:
            self._kept = (*self._kept, said)
        elif self.status == "unopened":
            self.status = "open"
            self._give(APPLICATION, said.data)
            self._consider([name for name, step in self.rule.steps.items() if not step.before and not step.rejections])
            self._go_on()
        elif self.status in {"open", "closing"}:
            self._kept = (*self._kept, said)
            self._go_on()

    # --- answers -----------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Use what is kept, the oldest first, until nothing more of it fits; then see whether the case has ended."""
        while (
            found := next(((said, way) for said in self._kept if (way := self._way(said)) != "early"), None)
        ) is not None:
            said, way = found
            self._kept = tuple(each for each in self._kept if each is not said)
            if isinstance(way, StepRule):
                self._take(way, said)
        self._settle()

    def _way(self, said: Said) -> StepRule | Literal["early", "void"]:
        """Find the step that an event moves now; or tell whether it may move one later."""
        if said.answers is not None:
            step = self.rule.steps[said.answers.step]
            now = self._step(step.name)
            wanted = "returned" if said.answers.is_completion else "active"
            fits = now.status == wanted and now.attempt == said.answers.attempt and self._fits(step, said)
            return step if fits else "void"
        fitting = [step for step in self.rule.steps.values() if self._fits(step, said)]
        if len(fitting) == 1:
            return fitting[0]
        pending = any(
            said.type in step.declared.answers and step.agency == said.agency and self._step(name).status == "pending"
            for name, step in self.rule.steps.items()
        )
        return "early" if pending and not fitting and self.status == "open" else "void"

    def _fits(self, step: StepRule, said: Said) -> bool:
        now = self._step(step.name)
        if not step.is_about(said.data):
            return False
        if now.status == "returned":
            return said.agency == self.front_office and said.type == step.completion(now.returned_by)
        return now.status == "active" and said.agency == step.agency and said.type in step.declared.answers

    def _take(self, step: StepRule, said: Said) -> None:
        if self._step(step.name).status == "returned":
            self._give(APPLICATION, step.of_case(said.data))
            self._set(step.name, "pending")
            self._consider(list(self._begin(step)))
            return
        answer = step.declared.answers[said.type]
        if answer.outcome == "returned" and self.status == "closing":
            self._set(step.name, "cancelled")
        elif answer.outcome == "returned" and goes_to_applicant(answer):
            self._give(step.name, said.data)
            self._set(step.name, "returned", returned_by=said.type)
            self.asked.append(Ask(self.front_office, step.name, self._step(step.name).attempt, is_completion=True))
        elif answer.outcome == "returned":
            self._do_again(str(answer.to), by=step, said=said)
        elif answer.outcome == "rejected" and step.declared.on_rejected is None:
            self._set(step.name, "rejected")
            self._close()
        elif answer.outcome == "progress":
            self._give(step.name, said.data)
        else:
            self._give(step.name, said.data)
            self._set(step.name, answer.outcome)
            self._consider(list(self.rule.after[step.name]))

    def _do_again(self, target: str, *, by: StepRule, said: Said) -> None:
        for name in self.rule.closure(target):
            if self._step(name).status != "pending":
                self._set(name, "pending")
                self._facts.pop(name, None)
        self._give(by.name, said.data)
        self._consider(list(self._begin(self.rule.steps[target])))

    # --- what follows ------------------------------------------------------------------------------------------------

    def _consider(self, names: list[str]) -> None:
        """Ask or skip each step that may begin, and what follows from a skip."""
        while names and self.status == "open":
            step = self.rule.steps[names.pop(0)]
            if self._step(step.name).status == "pending":
                readiness = step.readiness({name: each.status for name, each in self._steps.items()})
                if readiness == "ready":
                    names += self._begin(step)
                elif readiness == "closed":
                    self._set(step.name, "skipped")
                    names += self.rule.after[step.name]

    def _begin(self, step: StepRule) -> tuple[str, ...]:
        """Ask a step's agency, unless its guard is false; give what must be considered next."""
        holds = step.is_true(self._facts)
        if holds is None:
            self.status = "stuck"
        elif holds:
            attempt = self._step(step.name).attempt + 1
            self._steps[step.name] = _Step("active", attempt, None)
            self._facts.pop(step.name, None)
            self.asked.append(Ask(step.agency, step.name, attempt))
        else:
            self._set(step.name, "skipped")
            return self.rule.after[step.name]
        return ()

    def _close(self) -> None:
        """Begin to end: nothing new is asked; what is owed ends, unless it may be finished."""
        self.status = "closing"
        for name, now in list(self._steps.items()):
            may_finish = self.rule.steps[name].declared.on_cancel == "let_finish"
            if now.status == "returned" or (now.status == "active" and not may_finish):
                self._set(name, "cancelled")

    def _settle(self) -> None:
        if self.status not in {"open", "closing"} or any(True for _ in self.waits()):
            return
        if self.status == "closing":
            self.status = "rejected"
        else:
            is_whole = all(self._step(name).status != "pending" for name in self.rule.steps)
            self.status = "completed" if is_whole else "stuck"

    # --- what is known -----------------------------------------------------------------------------------------------

    def _step(self, name: str) -> _Step:
        return self._steps.get(name, _Step())

    def _set(self, name: str, status: str, *, returned_by: EventType | None = None) -> None:
        self._steps[name] = _Step(status, self._step(name).attempt, returned_by)

    def _give(self, source: str, data: Mapping[str, Any]) -> None:
        self._facts[source] = {**self._facts.get(source, {}), **data}
