"""What facts a procedure's sources bring: of which type, about which element, from which agency, and when surely.

The sources are the application (the opening and its completions) and the steps (their answers).
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from hub.events.catalog import EventSchema, Field
from hub.names import APPLICATION, AgencyCode, ElementName, EventType, StepName
from hub.network.expression import ANY, Type, field_types
from hub.network.expression.types import joined
from hub.network.flow import Ending
from hub.network.load import DeclaredNetwork
from hub.network.model import APPLICANT, COMPLETED, SUB_CASE_ENDS, Answer, Procedure, Step
from hub.network.plan import FactPath, SubjectPlan
from hub.network.sub_case import newest, paths_of
from hub.network.subject import subject_of

#: Who brings a fact, and the element that it speaks of.
Origin = tuple[AgencyCode, ElementName | None]


@dataclass(frozen=True)
class _Said:
    """One event type that brings facts to a source: by which ending, and said by whom."""

    schema: EventSchema
    by: str
    agencies: frozenset[AgencyCode]
    subject: SubjectPlan | None = None
    origins: Mapping[str, frozenset[Origin]] | None = None

    def origins_of(self, field: str) -> frozenset[Origin]:
        """Tell who brings a field, and which element it speaks of; what a sub-case hands back is its agencies'."""
        if self.origins is not None:
            return self.origins.get(field, frozenset())
        return frozenset((agency, self.fields[field].element) for agency in self.agencies)

    @cached_property
    def types(self) -> Mapping[str, Type]:
        return {self._named(name): each for name, each in field_types(self.schema).items()}

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Give the schema's fields by the names under which they are kept."""
        return {self._named(name): each for name, each in self.schema.fields.items()}

    def _named(self, name: str) -> str:
        return name if self.subject is None else self.subject.facts.get(name, name)


@dataclass(frozen=True)
class Supplied:
    """One field of a source, over all the event types that bring it; ``type`` is None when they disagree.

    ``origins`` are the agencies that bring it, each with the element it speaks of.
    """

    type: Type | None
    origins: frozenset[Origin]
    fields: tuple[Field, ...]


class Supply:
    """Answer what is known of a procedure's facts before any case runs."""

    def __init__(
        self, network: DeclaredNetwork, types: Mapping[EventType, EventSchema], procedure: Procedure,
        *, above: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Keep what is needed; event types that are not known bring nothing, nor do sub-cases of those `above`."""
        self.network = network
        self._types = types
        self._procedure = procedure
        self._above = above | {procedure.procedure}
        self._found: dict[FactPath, Supplied | None] = {}

    def fields_of(self, source: str) -> tuple[str, ...]:
        """List the fields that a source may bring, in the order of its event types."""
        return tuple(dict.fromkeys(name for said in self._said(source) for name in said.fields))

    def find(self, source: str, field: str) -> Supplied | None:
        """Tell all that is known of one field of a source; None when no event type brings it."""
        path = (source, field)
        if path not in self._found:
            self._found[path] = self._find(source, field)
        return self._found[path]

    def origins(self, path: FactPath) -> frozenset[Origin]:
        """Tell who brings a fact; nobody when it is not known."""
        found = self.find(*path)
        return found.origins if found else frozenset()

    def types(self, paths: Iterable[FactPath]) -> dict[FactPath, Type]:
        """Give the types of those paths that are known and agreed."""
        found = {path: self.find(*path) for path in paths}
        return {path: each.type or ANY for path, each in found.items() if each}

    def is_sure(self, path: FactPath, sure: AbstractSet[Ending]) -> bool:
        """Tell whether a field is surely there, given how the steps before have surely ended."""
        source, field = path
        if source == APPLICATION:
            return self._is_filled(source, field, by="opening") and not self._may_be_emptied(field)
        step = StepName(source)
        if (step, "done") in sure:
            is_filled = self._is_filled(source, field, by="done") and self._stands(source, field)
            return is_filled and self._is_deemed(step, field) and not self._is_reused(step)
        return (step, "rejected") in sure and self._is_filled(source, field, by="rejected")

    def _stands(self, source: str, field: str) -> bool:
        """Tell whether a provisional outcome, where there is one, brings a field too."""
        said = [each for each in self._said(source) if each.by == "provisional"]
        return all(field in each.types and not each.types[field].nullable for each in said)

    def _is_filled(self, source: str, field: str, *, by: str) -> bool:
        """Tell whether every event type that may end this way brings the field with a value."""
        said = [each for each in self._said(source) if each.by == by]
        return bool(said) and all(field in each.types and not each.types[field].nullable for each in said)

    def _may_be_emptied(self, field: str) -> bool:
        """Tell whether an applicant's completion may replace the field's value by none."""
        said = [each for each in self._said(APPLICATION) if each.by == "completion"]
        return any(each.types[field].nullable for each in said if field in each.types)

    def _is_deemed(self, step: StepName, field: str) -> bool:
        deadline = self._procedure.steps[step].deadline
        return deadline is None or deadline.on_missed != "deemed" or deadline.facts.get(field) is not None

    def _is_reused(self, step: StepName) -> bool:
        """Tell whether a step may count as done without an answer, because a case before has verified it."""
        predecessor = self._procedure.predecessor
        return predecessor is not None and step in predecessor.reuses

    def _find(self, source: str, field: str) -> Supplied | None:
        said = [each for each in self._said(source) if field in each.types]
        if not said:
            return None
        whole: Type | None = said[0].types[field]
        for each in said[1:]:
            whole = joined(whole, each.types[field]) if whole else None
        fields = tuple(each.fields[field] for each in said)
        origins = frozenset[Origin]().union(*(each.origins_of(field) for each in said))
        return Supplied(whole, origins, fields)

    def _said(self, source: str) -> tuple[_Said, ...]:
        return self._sources.get(source, ())

    @cached_property
    def _sources(self) -> Mapping[str, tuple[_Said, ...]]:
        found = {str(name): tuple(self._of_step(step)) for name, step in self._procedure.steps.items()}
        return {**found, APPLICATION: tuple(self._of_application())}

    def _of_application(self) -> Iterable[_Said]:
        opens_on = self._procedure.opens_on
        if opens_on in self._types:
            openers = frozenset(each.agency for each in self.network.agencies.values() if opens_on in each.opens)
            yield _Said(self._types[opens_on], "opening", openers)
        office = frozenset({self.network.network.front_office})
        for completion, subject in _completions(self._procedure):
            if completion in self._types:
                yield _Said(self._types[completion], "completion", office, subject)

    def _of_step(self, step: Step) -> Iterable[_Said]:
        for event_type, answer in step.answers.items():
            ends_the_case = _rejects(answer) and step.on_rejected is None
            if event_type in self._types and not ends_the_case:
                handed = self._handed_back(step, event_type)
                by = "rejected" if _rejects(answer) else answer.outcome
                yield _Said(self._types[event_type], by, frozenset({step.agency}), origins=handed)

    def _handed_back(self, step: Step, event_type: EventType) -> Mapping[str, frozenset[Origin]] | None:
        """Tell who brings the fields of a sub-case's result; None when this is no result."""
        child = None if step.sub_case is None else newest(self.network, step.sub_case)
        if child is None or child.result is None or child.result.type != event_type or child.procedure in self._above:
            return None
        supply = Supply(self.network, self._types, child, above=self._above)
        return {
            field: frozenset[Origin]().union(*(supply.origins(path) for path in paths_of(text)))
            for field, text in child.result.fill.items()
        }


def _rejects(answer: Answer) -> bool:
    return answer.outcome == "rejected" or (answer.outcome == "revoked" and answer.then == "reject")


def completion_of(answer: Answer) -> EventType | None:
    """Name the event type that completes a step which this answer returned to the applicant; None for all others."""
    is_return = answer.outcome == "returned" or (answer.outcome == "revoked" and answer.then == "return")
    return answer.completed_by if is_return and answer.to in {None, APPLICANT} else None


def completions(procedure: Procedure) -> tuple[EventType, ...]:
    """List the event types by which applicants complete what was returned to them, the hub's own included."""
    return tuple(dict.fromkeys(each for each, _ in _completions(procedure)))


def _completions(procedure: Procedure) -> list[tuple[EventType, SubjectPlan | None]]:
    """List the completions, each with the subject of whom it speaks."""
    found: list[tuple[EventType, SubjectPlan | None]] = []
    for step in procedure.steps.values():
        subject = subject_of(procedure, step)
        for answer in step.answers.values():
            completion = completion_of(answer)
            if completion and (completion, subject) not in found:
                found.append((completion, subject))
    return found


def used_types(network: DeclaredNetwork) -> frozenset[EventType]:
    """Name the event types that agencies say or are asked with in this network, the hub's own left out."""
    found = {each for agency in network.agencies.values() for each in (*agency.publishes, *agency.opens)}
    for procedure in network.procedures.values():
        found |= {procedure.opens_on, *completions(procedure)}
        for step in procedure.steps.values():
            found |= {step.request, *step.answers}
            if step.payment is not None and step.payment.reversed_by is not None:
                found.add(step.payment.reversed_by)
        found |= {procedure.result.type} if procedure.result else set()
    return frozenset(found - {COMPLETED, *SUB_CASE_ENDS.values()})
