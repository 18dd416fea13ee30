"""What simulated agencies answer: mostly they do what they are asked, sometimes they return or reject it.

The same seed, case, step and attempt always decide the same, whatever was asked before. A second attempt is never
returned or rejected again, so that every case ends for which people come.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

from hub.events.catalog import EventSchema
from hub.events.envelope import Facts
from hub.mall.chance import dice, draw, happens
from hub.mall.form import fill_form
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName
from hub.network.load import DeclaredNetwork
from hub.network.mall import Mall
from hub.network.model import APPROVAL_DECIDED, COMPLETED, Procedure, Step

#: The hub's task for the front office: have a returned file completed.
COMPLETION_REQUESTED: Final = EventType("hub.CompletionRequested")
#: The hub's task for an authority: say whether an agency's silence counts as its consent.
APPROVAL_PROPOSED: Final = EventType("hub.ApprovalProposed")
#: Tasks that the hub sends beside those that procedures declare.
OF_THE_HUB: Final = frozenset({COMPLETION_REQUESTED, APPROVAL_PROPOSED})

#: Who must come before an agency can answer.
Awaited = Literal["", "applicant", "payer"]


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


@dataclass(frozen=True, slots=True)
class Saying:
    """Say one event so many ms after the one before; ``outcome`` and ``reason`` are what it means for its step."""

    type: EventType
    wait: int = 0
    outcome: str = ""
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Say how a task is answered: who comes first and when (None: never), how long it takes, and what is said then.

    All times are ms of the mall's clock; ``reaches`` is the way of task and answer, ``handles`` the work at a desk.
    """

    awaited: Awaited
    comes: int | None
    reaches: int
    handles: int
    says: tuple[Saying, ...]


class Conduct:
    """Decide for everybody in a mall what they answer, and what time it takes them."""

    def __init__(
        self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], mall: Mall, *, seed: int, patient: bool
    ) -> None:
        """Keep what the procedures let an agency say.

        When people are `patient`, as in a demonstration, everybody comes in the end and no rejection opens a case.
        """
        self._network, self._types, self._mall = network, types, mall
        self._seed, self._patient = seed, patient
        self._wrong = {ref: _foreign(network, each) for ref, each in network.procedures.items()}

    def reply(self, asked: Asked) -> Reply:
        """Decide how a task is answered."""
        random = dice(self._seed, asked.case, asked.step, asked.attempt, asked.type)
        office = self._mall.office(asked.agency)
        level = self._mall.levels[self._network.agencies[asked.agency].level]
        awaited = self._awaited(asked)
        comes = self._comes(awaited, asked, random=random)
        reaches, handles = draw(level.reaches, random), draw(office.handles, random)
        return Reply(awaited, comes, reaches, handles, tuple(self._says(asked, random=random)))

    def facts(self, asked: Asked, said: Saying, *, now: int) -> Facts:
        """Fill in what an event of an answer says; dates are near `now`."""
        random = dice(self._seed, asked.case, asked.step, asked.attempt, said.type)
        given = {**_repeated(asked.data), **_subject(*self._step(asked))}
        return fill_form(self._types[said.type], random, now=now, given=given, ahead=self._mall.public.ahead)

    def _awaited(self, asked: Asked) -> Awaited:
        if asked.type == COMPLETION_REQUESTED:
            return "applicant"
        holder = self._step(asked)[1].holder
        return "" if holder == "agency" or asked.type == APPROVAL_PROPOSED else holder

    def _comes(self, awaited: Awaited, asked: Asked, *, random: Random) -> int | None:
        public = self._mall.public
        if not awaited:
            return 0
        spread, never = public.comes, public.never
        if asked.type == COMPLETION_REQUESTED:
            spread = public.completes
        elif awaited == "payer":
            spread = self._mall.pays(self._network.procedures[asked.procedure].service)
            never = public.never if public.unpaid is None else public.unpaid
        is_away = happens(never, random)
        comes = draw(spread, random)
        if happens(public.no_show, random):
            comes += draw(spread, random)
        if is_away:
            return spread.longest if self._patient else None
        return comes

    def _says(self, asked: Asked, *, random: Random) -> Iterator[Saying]:
        office, public = self._mall.office(asked.agency), self._mall.public
        if asked.type == COMPLETION_REQUESTED:
            yield Saying(EventType(asked.data.get("completed_by", COMPLETED)), outcome="completed")
            return
        if asked.type == APPROVAL_PROPOSED:
            yield Saying(APPROVAL_DECIDED, outcome="decided")
            return
        procedure, step = self._step(asked)
        wait, wrong = 0, self._wrong[asked.procedure].get(asked.agency, ())
        if wrong and happens(office.wrong, random):
            yield Saying(random.choice(wrong), is_wrong=True)
            wait = draw(public.again, random)
        held = _held(step)
        if held and happens(office.held, random):
            yield Saying(held[0], wait, outcome="progress")
            yield Saying(held[1], draw(public.held, random), outcome="progress")
            wait = 0
        outcome = self._outcome(procedure, asked)
        said = _of(step, outcome) or _of(step, "done") or _of(step, "rejected") or _of(step, "returned")
        chosen = random.choice(said)
        yield Saying(chosen, wait, outcome=step.answers[chosen].outcome)

    def _outcome(self, procedure: Procedure, asked: Asked) -> str:
        """Decide how a task ends; of a case no more steps are returned than its procedure bears."""
        if asked.attempt > 1:
            return "done"
        lot = self._lot(procedure, asked.step, asked.case)
        if lot != "returned":
            return lot
        steps = list(procedure.steps)
        before = steps[: steps.index(asked.step)]
        returns = sum(self._lot(procedure, each, asked.case) == "returned" for each in before)
        return "returned" if returns < procedure.max_rounds else "done"

    def _lot(self, procedure: Procedure, name: StepName, case: CaseId, /) -> str:
        """Draw how the first attempt of a step ends: by the step alone, not by what else was asked."""
        step = procedure.steps[name]
        office, luck = self._mall.office(step.agency), dice(self._seed, case, name).random() * 100
        if luck < office.rejected:
            return "rejected" if _of(step, "rejected") and not self._is_elsewhere(procedure, step) else "done"
        if luck < office.rejected + office.returned:
            return "returned" if _of(step, "returned") else "done"
        return "done"

    def _is_elsewhere(self, procedure: Procedure, step: Step) -> bool:
        """Tell whether a rejection leads into another case, which whoever proves a demonstration does not follow."""
        follows = None if step.on_rejected is None else procedure.steps[step.on_rejected]
        return self._patient and follows is not None and follows.sub_case is not None

    def _step(self, asked: Asked) -> tuple[Procedure, Step]:
        procedure = self._network.procedures[asked.procedure]
        return procedure, procedure.steps[asked.step]


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


def _foreign(network: DeclaredNetwork, procedure: Procedure) -> dict[AgencyCode, tuple[EventType, ...]]:
    """List what each agency of a procedure might send by mistake: the answers of others that it may not publish."""
    answers = {kind: None for step in procedure.steps.values() for kind in step.answers}
    return {
        code: tuple(kind for kind in answers if kind not in {*agency.publishes, *agency.opens})
        for code, agency in network.agencies.items()
    }
