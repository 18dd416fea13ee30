"""What ends each step: its answers and deadline, whether they say what they mean, and whose task an answer is."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from hub.names import AgencyCode, EventType, StepName
from hub.network.check.actors import check_agency, check_type
from hub.network.check.part import PartCheck
from hub.network.check.subjects import is_told_apart
from hub.network.expression import fits
from hub.network.expression.types import Type, field_types, type_of
from hub.network.folder.finding import meant
from hub.network.model import APPLICANT, COMPLETED, Answer, Deadline, Procedure, Step
from hub.network.supply import completion_of

#: Which outcomes an answer's options belong to.
_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "to": frozenset({"returned", "revoked"}),
    "complete_within": frozenset({"returned", "revoked"}),
    "items": frozenset({"returned", "rejected", "revoked"}),
    "reason": frozenset({"returned", "rejected", "revoked"}),
    "confirm_within": frozenset({"provisional"}),
    "then": frozenset({"revoked"}),
    "text": frozenset({"returned"}),
    "clock": frozenset({"progress"}),
    "refers_to": frozenset({"done"}),
}
#: What whoever is rejected must be told beside the reason code: fields of the event type that ends the case.
_TOLD_WHEN_REJECTED: Final = ("legal_basis", "explanation", "appeal")
#: Whose silence an end of a case tells of.
_WHOSE_END: Final[Mapping[str, str]] = {"expired_unpaid": "payer", "uncollected": "applicant"}
_FIELD_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "items": ("array", "string", "enum"),
    "reason": ("string", "enum"),
    "text": ("string",),
}


class AnswerCheck(PartCheck):
    """Check the answers and deadlines of one procedure's steps."""

    def run(self) -> None:
        """Report everything that is wrong with each step by itself."""
        for name, step in self._procedure.steps.items():
            path = ("steps", name)
            check_agency(self._network, step.agency, self._report, path=(*path, "agency"))
            check_type(self._types, step.request, self._report, path=(*path, "request"))
            for event_type, answer in step.answers.items():
                self._check_answer(name, step, event_type=event_type, answer=answer)
            if not any(answer.outcome == "done" for answer in step.answers.values()):
                message = f"no answer ends step {name} as done"
                self._report.at_key((*path, "answers"), "no-done-answer", message, fix="add the answer that says so")
            self._check_deadline(name, step)

    def run_together(self) -> None:
        """Report answers that could match two tasks; needs a flow without circles."""
        said: dict[tuple[AgencyCode, EventType], list[StepName]] = {}
        for name, agency, event_type in self._said():
            said.setdefault((agency, event_type), []).append(name)
        for (agency, event_type), names in said.items():
            self._check_together(agency, event_type, names)

    def _check_together(self, agency: AgencyCode, event_type: EventType, names: list[StepName], /) -> None:
        told: set[StepName] = set()
        for first, second in combinations(names, 2):
            if second in told or not self._flow.together(first, second):
                continue
            if is_told_apart(self._procedure, first, second):
                continue
            told.add(second)
            message = f"{event_type} from {agency} could answer step {first} or step {second}, which may run together"
            fix = "give each step an answer of its own, or let one come after the other"
            self._report.at_key(_place_of(self._procedure, second, event_type), "ambiguous-answer", message, fix=fix)

    def _said(self) -> Iterator[tuple[StepName, AgencyCode, EventType]]:
        """List who may answer which step with what; the hub's own completions always name their task."""
        for name, step in self._procedure.steps.items():
            for event_type, answer in step.answers.items():
                if step.sub_case is None:  # the end of a sub-case always names the task
                    yield name, step.agency, event_type
                completion = completion_of(answer)
                if completion and completion != COMPLETED:
                    yield name, self._network.network.front_office, completion

    def _check_answer(self, name: StepName, step: Step, *, event_type: EventType, answer: Answer) -> None:
        path = ("steps", name, "answers", event_type)
        if check_type(self._types, event_type, self._report, path=path, key=True):
            self._check_fields(path, event_type, answer)
            ends = answer.outcome == "rejected" or answer.then == "reject"
            if ends and step.on_rejected is None and step.sub_case is None:
                self._check_rejection(path, event_type, answer)
        if step.sub_case is None:  # what a sub-case says, no agency may
            self._check_published(step.agency, event_type, path=path)
        self._check_options(path, answer)
        if event_type == self._procedure.opens_on or completion_of(answer) == self._procedure.opens_on:
            message = f"{self._procedure.opens_on} opens the procedure and also answers step {name}"
            self._report.at_key(path, "opening-answers", message, fix="give the answer a type of its own")
        if answer.outcome == "returned" or answer.then == "return":
            self._check_return(name, path, answer)
        if answer.refers_to is not None:
            self._check_referral(name, path, answer.refers_to)

    def _check_published(self, agency: AgencyCode, event_type: EventType, *, path: tuple[str, ...]) -> None:
        declared = self._network.agencies.get(agency)
        if declared and event_type not in {*declared.publishes, *declared.opens}:
            message = f"{agency} may not publish {event_type}, which is expected from it"
            self._report.at_key(path, "not-published", message, fix=f"add it to publishes in agencies/{agency}.yaml")

    def _check_options(self, path: tuple[str, ...], answer: Answer) -> None:
        for option, outcomes in _OPTIONS.items():
            if getattr(answer, option) is not None and answer.outcome not in outcomes:
                message = f"{option} says nothing for the outcome {answer.outcome!r}"
                fix = f"take it out; it belongs to {' and '.join(sorted(outcomes))}"
                self._report.at_key((*path, option), "answer-option", message, fix=fix)

    def _check_fields(self, path: tuple[str, ...], event_type: EventType, answer: Answer) -> None:
        fields = self._types[event_type].fields
        for option, kinds in _FIELD_KINDS.items():
            name = getattr(answer, option)
            if name is None:
                continue
            if name not in fields:
                message = f"{event_type} has no field {name!r}"
                fix = meant(name, fields, otherwise="add the field to the schema")
                self._report.at((*path, option), "answer-field", message, fix=fix)
            elif fields[name].kind not in kinds:
                message = f"{option}: field {name!r} of {event_type} is of kind {fields[name].kind}"
                self._report.at((*path, option), "answer-field", message, fix=f"name one of kind {' or '.join(kinds)}")

    def _check_rejection(self, path: tuple[str, ...], event_type: EventType, answer: Answer) -> None:
        fields = self._types[event_type].fields
        code = fields.get(answer.reason) if answer.reason is not None else None
        missing = [] if code is not None and code.kind == "enum" else ["a reason code"]
        missing += [each for each in _TOLD_WHEN_REJECTED if each not in fields]
        if missing:
            message = f"{event_type} ends the case without {', '.join(missing)}"
            fix = "let it say why (reason: names an enum), in plain words too, by what law, and where to object"
            self._report.at_key(path, "rejection-incomplete", message, fix=fix, level="warning")

    def _check_return(self, name: StepName, path: tuple[str, ...], answer: Answer) -> None:
        completion = completion_of(answer)
        if completion is None:
            self._check_target(name, path, StepName(str(answer.to)))
            return
        if answer.complete_within is None:
            message = f"step {name} may wait for the applicant for ever"
            self._report.at_key(path, "open-ended-return", message, fix="write complete_within:", level="warning")
        if completion != COMPLETED and check_type(self._types, completion, self._report, path=(*path, "completed_by")):
            self._check_published(self._network.network.front_office, completion, path=(*path, "completed_by"))

    def _check_referral(self, name: StepName, path: tuple[str, ...], to: StepName) -> None:
        target = self._procedure.steps.get(to)
        if target is None:
            fix = meant(to, self._procedure.steps, otherwise="add the step")
            self._report.at((*path, "refers_to"), "unknown-step", f"step {to!r} is not in this procedure", fix=fix)
        elif name not in self._flow.after[to] or target.agency == self._procedure.steps[name].agency:
            message = f"step {name} refers the case to {to}, which is not another agency's next step"
            fix = "name a step of another agency that waits for this one"
            self._report.at((*path, "refers_to"), "refers-not-next", message, fix=fix)

    def _check_target(self, name: StepName, path: tuple[str, ...], target: StepName) -> None:
        if target not in self._procedure.steps:
            message = f"step {target!r} is not in this procedure"
            fix = meant(target, [*self._procedure.steps, APPLICANT], otherwise="add the step")
            self._report.at((*path, "to"), "unknown-step", message, fix=fix)
        elif not self._flow.cycle and name not in self._flow.descendants[target]:
            message = f"step {name} is returned to {target}, which does not come before it"
            self._report.at(
                (*path, "to"), "return-not-before", message, fix="return it to a step before, or to applicant"
            )

    def _check_deadline(self, name: StepName, step: Step) -> None:
        path = ("steps", name)
        if step.deadline is None:
            message = f"step {name} has no deadline"
            self._report.at_key(
                path, "missing-deadline", message, fix="write deadline: with what the service publishes"
            )
            return
        self._check_end(name, step, step.deadline.on_missed)
        self._check_proposal(name, step.deadline)
        if step.deadline.facts and step.deadline.on_missed != "deemed":
            message = f"step {name} supplies facts when its deadline is missed, but is not deemed done then"
            self._report.at_key((*path, "deadline", "facts"), "deadline-option", message, fix="write on_missed: deemed")
        elif step.deadline.facts:
            self._check_deemed(step, path=(*path, "deadline", "facts"))

    def _check_end(self, name: StepName, step: Step, end: str) -> None:
        """Report an end that says of the payer or the applicant what is another's to do."""
        holder = _WHOSE_END.get(end)
        if holder is not None and step.holder != holder:
            message = f"the case would end as {end} at step {name}, whose holder is the {step.holder}"
            fix = f"write holder: {holder}, or another on_missed"
            self._report.at(("steps", name, "deadline", "on_missed"), "deadline-end", message, fix=fix)

    def _check_proposal(self, name: StepName, deadline: Deadline) -> None:
        """Report silence that would count by no law, and what belongs to silence that counts where none does."""
        path = ("steps", name, "deadline")
        if deadline.on_missed != "deemed":
            for option in ("authority", "legal_basis", "form"):
                if option in deadline.model_fields_set:
                    message = f"{option} says nothing of a step that is not deemed done when its deadline is missed"
                    self._report.at_key((*path, option), "deadline-option", message, fix="write on_missed: deemed")
            return
        if not (deadline.legal_basis or "").strip():
            message = f"the silence of step {name} counts as consent, but not by what law"
            self._report.at_key(path, "deemed-basis", message, fix="write legal_basis:", level="warning")
        if deadline.authority is not None and deadline.form == "automatic":
            message = f"step {name} is deemed done of itself, so that nobody is asked"
            self._report.at(
                (*path, "authority"), "deadline-option", message, fix="write form: proposal, or take it out"
            )
        elif deadline.authority is not None:
            check_agency(self._network, deadline.authority, self._report, path=(*path, "authority"))

    def _check_deemed(self, step: Step, *, path: tuple[str, ...]) -> None:
        done = [each for each, answer in step.answers.items() if answer.outcome == "done" and each in self._types]
        known: dict[str, Type] = {}
        for event_type in done:
            known |= field_types(self._types[event_type])
        for field, value in step.deadline.facts.items() if step.deadline else ():
            if field not in known:
                message = f"no answer that ends the step as done has a field {field!r}"
                fix = meant(field, known, otherwise="take it out")
                self._report.at_key((*path, field), "deemed-facts", message, fix=fix)
            elif not fits(type_of(value), known[field]):
                message = f"a value of type {type_of(value)} does not fit field {field!r} of type {known[field]}"
                self._report.at((*path, field), "deemed-facts", message, fix=f"write a {known[field]}")


def _place_of(procedure: Procedure, step: StepName, event_type: EventType) -> tuple[str, ...]:
    answers = procedure.steps[step].answers
    if event_type in answers:
        return ("steps", step, "answers", event_type)
    returned = next(each for each, answer in answers.items() if completion_of(answer) == event_type)
    return ("steps", step, "answers", returned, "completed_by")
