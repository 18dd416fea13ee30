"""A procedure's examples told to the router in memory, to see whether each ends as it says.

Examples begin on the same day every time, or when they say so, and agreements do not run out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.errors import ExpressionError, SchemaError
from hub.events.catalog import Catalog, EventSchema
from hub.events.envelope import Facts
from hub.names import AgencyCode, CaseId, EventType, StepName, case_id, opener_of, procedure_ref, sub_case_id, task_id
from hub.network.check import example_failed
from hub.network.compile import compile_network
from hub.network.folder.finding import Finding
from hub.network.load import DeclaredNetwork
from hub.network.model import COMPLETED, Example, Expected, Procedure, Said
from hub.network.plan import Plan, ProcedurePlan
from hub.rehearsal.lasting import lasting_plan
from hub.rehearsal.sample import sample
from hub.rehearsal.world import START, Rehearsal
from hub.router.case import OWED, Case
from hub.router.control import APPROVAL_PROPOSED, COMPLETION_REQUESTED
from hub.router.predecessor import Proof, sealed

#: Tasks that ask for something else than a step's own work.
_NOT_OF_STEPS: Final = frozenset({COMPLETION_REQUESTED, APPROVAL_PROPOSED})
#: Seals the proofs of examples; no secret.
_KEY: Final = b"examples are told with this key."


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Say which example (counted from 0) ends otherwise than it says, and how."""

    index: int
    name: str
    why: str


def check_examples(network: DeclaredNetwork, catalog: Catalog) -> tuple[Finding, ...]:
    """Rehearse every example of a network that ``check`` found no error in; one finding per example that fails."""
    plan = compile_network(network, catalog, at=START)
    return tuple(
        example_failed(network, procedure, mismatch.index, why=mismatch.why)
        for procedure in network.procedures.values()
        for mismatch in rehearse(plan, procedure, catalog)
    )


def rehearse(plan: Plan, procedure: Procedure, catalog: Catalog) -> tuple[Mismatch, ...]:
    """Run one procedure's examples; an empty answer means that all end as they say."""
    ours = _timeless(plan, procedure)
    types = catalog.types
    return tuple(
        Mismatch(index, example.name, why)
        for index, example in enumerate(procedure.examples)
        if (why := _fault(ours, procedure, example, types=types))
    )


def tell(plan: Plan, procedure: Procedure, example: Example, *, types: Mapping[EventType, EventSchema]) -> "Telling":
    """Tell one example to a new world; raise SchemaError or ValueError when it cannot be told."""
    telling = Telling(plan, procedure, example, types=types)
    for said in example.given:
        telling.say(said)
    return telling


class Telling:
    """Let what an example gives happen in a world of its own."""

    def __init__(
        self, plan: Plan, procedure: Procedure, example: Example, *, types: Mapping[EventType, EventSchema]
    ) -> None:
        """Begin with nothing; the case's id follows from the example's name."""
        self._procedure = plan.procedures[procedure_ref(procedure.procedure, procedure.version)]
        self._types = types
        self.world = Rehearsal(plan, now=START if example.begins is None else _millis(example.begins))
        opener = next((said.agency for said in example.given if said.event == procedure.opens_on), None)
        self.case_id = case_id(opener or plan.front_office, example.name)

    @property
    def case(self) -> Case | None:
        """Read the example's case."""
        return self.world.case(self.case_id)

    def say(self, said: Said) -> None:
        """Let one line of the example happen."""
        if said.wait is not None:
            self.world.wind(said.wait)
            return
        case, procedure = self._where(said.sub_case)
        if said.operator is not None:
            reason = said.reason or "as the example says"
            self.world.command(said.operator, case, step=said.step, facts=said.data, reason=reason)
        else:
            event_type = said.event or _done_type(procedure, said.answers)
            data = self._data(procedure, event_type, said)
            data = {**data, **self._followed(said, data)}
            self.world.say(
                self._speaker(procedure, said, event_type), event_type, case, data=data,
                causation=self._task(case, said.answers), event_id=said.id,
            )  # fmt: skip

    def _where(self, step: StepName | None) -> tuple[CaseId, ProcedurePlan]:
        """Find the case that a line is about: the example's, or the sub-case that one of its steps has opened."""
        if step is None:
            return self.case_id, self._procedure
        state = self.case.steps.get(step) if self.case is not None else None
        case = (
            None
            if state is None
            else self.world.case(sub_case_id(self.case_id, task_id(self.case_id, step, state.attempt)))
        )
        if case is None or case.procedure is None:
            raise ValueError(f"step {step} has opened no sub-case")
        return case.id, self.world.plan.procedures[case.procedure]

    def _followed(self, said: Said, data: Facts) -> Facts:
        """Write what an opening says of the case that it follows, with a proof as the hub would have given it."""
        follows, declared = said.follows, self._procedure.predecessor
        if follows is None or declared is None:
            return {}
        before = case_id(AgencyCode(str(opener_of(self.case_id))), f"before {self.case_id}")
        verified = {step: self.world.now - ago for step, ago in follows.verified.items()}
        proof = Proof(before, self._procedure.ref.partition("@")[0], "", verified)
        whose = [data.get(name) if follows.same else "another" for name in declared.applicant]
        text = sealed(self.world.plan, proof, applicant=whose)
        return {declared.case: before, declared.proof: text}

    def _speaker(self, procedure: ProcedurePlan, said: Said, event_type: EventType) -> AgencyCode:
        if said.agency is not None:
            return said.agency
        step = None if said.answers is None else procedure.steps.get(said.answers)
        if step is not None and event_type in step.answers:
            return step.agency
        if event_type == COMPLETED or event_type in procedure.completed_by:
            return self.world.plan.front_office
        raise ValueError(f"who publishes {event_type} is not clear; name the agency")

    def _data(self, procedure: ProcedurePlan, event_type: EventType, said: Said) -> Facts:
        if event_type not in self._types:
            raise ValueError(f"event type {event_type} is not known")
        step = None if said.answers is None else procedure.steps.get(said.answers)
        subject = None if step is None or event_type == COMPLETED else step.subject
        of_whom = {} if subject is None else {subject.said_in: subject.code}
        return sample(self._types[event_type], {**of_whom, **said.data})

    def _task(self, case: CaseId, step: StepName | None) -> str | None:
        """Name the task that a step waits for, else the last one it waited for."""
        if step is None:
            return None
        sent = [each.task.id for each in self.world.tasks if each.case == case and each.task.step == step]
        return self.world.active_task(case, step) or (sent[-1] if sent else None)

    def asked(self) -> tuple[str, ...]:
        """Name the steps of the example's case that were begun, in order: with a task, or with a sub-case."""
        found: list[str] = []
        for entry in self.world.journal:
            if entry.case == self.case_id:
                found += [each.step for each in entry.decision.tasks if each.type not in _NOT_OF_STEPS]
                found += [each.step for each in entry.decision.signals if each.kind == "open"]
        return tuple(found)


def _done_type(procedure: ProcedurePlan, step: StepName | None) -> EventType:
    found = None if step is None else procedure.steps.get(step)
    done = [] if found is None else [each.type for each in found.answers.values() if each.outcome == "done"]
    if len(done) != 1:
        raise ValueError(f"which event answers {step!r} is not clear; name it")
    return done[0]


def _fault(plan: Plan, procedure: Procedure, example: Example, *, types: Mapping[EventType, EventSchema]) -> str:
    try:
        telling = tell(plan, procedure, example, types=types)
    except (SchemaError, ExpressionError, ValueError) as wrong:
        return str(wrong)
    differences = list(_differences(telling, example.then))
    return "; ".join([*differences, *_hints(telling)]) if differences else ""


def _differences(telling: Telling, then: Expected) -> Iterator[str]:
    case, world = telling.case, telling.world
    status = "gone" if case is None else case.status
    if status != then.outcome:
        yield f"the case is {status}, not {then.outcome}"
    sent = telling.asked()
    if then.tasks is not None and sent != then.tasks:
        yield f"tasks were sent for {_list(sent)}, not for {_list(then.tasks)}"
    for name, statuses, expected in (("active", OWED, then.active), ("skipped", {"skipped"}, then.skipped)):
        found = _steps(case, statuses)
        if expected is not None and found != set(expected):
            yield f"{name} are {_list(sorted(found))}, not {_list(sorted(expected))}"
    incidents = 0 if case is None else len(case.incidents)
    if incidents != then.incidents:
        yield f"there are {incidents} incidents, not {then.incidents}"
    if len(world.dead_letters) != then.dead_letters:
        yield f"there are {len(world.dead_letters)} dead letters, not {then.dead_letters}"


def _hints(telling: Telling) -> Iterator[str]:
    for letter in telling.world.dead_letters:
        yield f"{letter.event.type} was refused: {letter.refusal.reason}"
    case = telling.case
    for incident in case.incidents if case is not None else ():
        yield f"{incident.cause} at {incident.step or 'the case'}: {incident.detail}"
    active = sorted(_steps(case, OWED))
    if active:
        yield f"waiting for {_list(active)}"


def _steps(case: Case | None, statuses: frozenset[str] | set[str]) -> set[str]:
    steps = {} if case is None else case.steps
    return {str(name) for name, state in steps.items() if state.status in statuses}


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _list(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names) or "none"


def _timeless(plan: Plan, procedure: Procedure) -> Plan:
    """Put this version in force for its opening type, and let no agreement run out."""
    ref = procedure_ref(procedure.procedure, procedure.version)
    openings = {**plan.openings, procedure.opens_on: ref}
    return replace(lasting_plan(plan), evidence_keys=(_KEY,), openings=openings)
