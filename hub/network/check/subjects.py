"""Whether a procedure's subjects are what its steps for each of them need: names, facts, answers that say of whom."""

from collections.abc import Mapping

from hub.errors import ExpressionError
from hub.events.catalog import EventSchema
from hub.names import EventType, StepName
from hub.network.check.report import FileReport
from hub.network.expression import compile_expression
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.model import COMPLETED, MAX_STEPS, Answer, Procedure, Step
from hub.network.subject import CODE, SUBJECT, overlapping, step_count
from hub.network.supply import completion_of


class SubjectCheck:
    """Check the subjects of one procedure and the steps that stand for each of them."""

    def __init__(self, types: Mapping[EventType, EventSchema], *, procedure: Procedure, report: FileReport) -> None:
        """Keep what is checked against what."""
        self._types = types
        self._procedure = procedure
        self._report = report

    def run(self) -> bool:
        """Report everything that is wrong; tell whether every step stands written out for its subjects."""
        self._check_facts()
        steps = self._procedure.steps.items()
        is_known = [self._check_step(name, step) for name, step in steps]
        return all(is_known) and self._check_count()

    def _check_facts(self) -> None:
        for group, subjects in self._procedure.subjects.items():
            for code, subject in subjects.of.items():
                path: Path = ("subjects", group, "of", code, "facts")
                if CODE in subject.facts:
                    message = f"{SUBJECT}.{CODE} is the subject's code, {code!r}, and no other fact"
                    self._report.at_key((*path, CODE), "subject-fact", message, fix="give the fact another name")
                for name, text in subject.facts.items():
                    self._check_fact(text, (*path, name))

    def _check_fact(self, text: str, path: Path) -> None:
        try:
            compile_expression(text)
        except ExpressionError as wrong:
            why = str(wrong).rpartition(" is not taken: ")[2]
            message = f"{path[-1]} is not taken: {why}"
            self._report.at(path, "subject-fact", message, fix="write CEL, such as application.name")

    def _check_step(self, name: StepName, step: Step) -> bool:
        path, groups = ("steps", name), self._procedure.subjects
        if name == SUBJECT and groups:
            message = f"{SUBJECT!r} cannot be a step's name where there are subjects"
            self._report.at_key(path, "step-name", message, fix="give the step another name")
            return False
        if step.for_each is None:
            if step.subject is not None:
                message = f"step {name} is of subject {step.subject!r} of no declared subjects"
                self._report.at((*path, "subject"), "unknown-subject", message, fix="write for_each: beside it")
            return step.subject is None
        if step.for_each not in groups:
            message = f"subjects {step.for_each!r} are not in this procedure"
            fix = meant(step.for_each, groups, otherwise="add them to subjects:")
            self._report.at((*path, "for_each"), "unknown-subject", message, fix=fix)
            return False
        return self._check_subject(name, step)

    def _check_subject(self, name: StepName, step: Step) -> bool:
        subjects = self._procedure.subjects[step.for_each or ""]
        if step.subject is None:
            return True  # it could not be written out, for what `_check_count` tells
        if step.subject not in subjects.of:
            message = f"subject {step.subject!r} is none of {step.for_each}"
            fix = meant(step.subject, subjects.of, otherwise="add it there")
            self._report.at(("steps", name, "subject"), "unknown-subject", message, fix=fix)
            return False
        for event_type, answer in step.answers.items():
            self._check_answer(name, step, event_type=event_type, answer=answer)
        if step.payment is not None and step.payment.reversed_by is not None:
            self._check_says(step, step.payment.reversed_by, ("steps", name, "payment", "reversed_by"))
        return True

    def _check_answer(self, name: StepName, step: Step, *, event_type: EventType, answer: Answer) -> None:
        path: Path = ("steps", name, "answers", event_type)
        self._check_says(step, event_type, path)
        completion = completion_of(answer)
        if completion is not None and completion != COMPLETED:
            self._check_says(step, completion, (*path, "completed_by"))

    def _check_says(self, step: Step, event_type: EventType, path: Path) -> None:
        """Report an event that cannot say of whom it is: its field is not there, or does not know the subject."""
        schema, field = self._types.get(event_type), self._procedure.subjects[step.for_each or ""].field
        if schema is None:
            return  # told by the check of answers
        found = schema.fields.get(field)
        if found is None or found.kind not in {"enum", "string"}:
            message = f"{event_type} does not say of whom of {step.for_each} it is: it has no text {field!r}"
            fix = meant(field, schema.fields, otherwise="add the field to the schema")
            self._report.at_key(path, "subject-not-said", message, fix=fix)
        elif found.kind == "enum" and step.subject not in found.symbols:
            message = f"{field!r} of {event_type} cannot say {step.subject!r}"
            self._report.at_key(path, "subject-not-said", message, fix="add it to the enum's symbols")

    def _check_count(self) -> bool:
        """Report what hinders writing steps out: two of one name, or too many."""
        clashes = list(overlapping(self._procedure))
        for name, taken in clashes:
            message = f"step {name} would become {taken} for one of its subjects, which is a step already"
            self._report.at_key(("steps", name), "subject-steps", message, fix="give one of them another name")
        count = step_count(self._procedure)
        if count > MAX_STEPS:
            message = f"with one for each subject there are {count} steps, over {MAX_STEPS}"
            self._report.at_key(("subjects",), "subject-steps", message, fix="split the procedure in two")
        return not clashes and count <= MAX_STEPS


def is_told_apart(procedure: Procedure, first: StepName, second: StepName) -> bool:
    """Tell whether an answer says which of two steps it means: both are of the same subjects, each of another."""
    one, other = procedure.steps[first], procedure.steps[second]
    return one.for_each in procedure.subjects and one.for_each == other.for_each and one.subject != other.subject
