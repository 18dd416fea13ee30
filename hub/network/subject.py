"""A procedure's steps for each of several subjects, written out: one plain step for each of them.

The subjects are a fixed list, so that everything behind sees a procedure without them: the check, the plan, the state
of a case, the papers. What cannot be written out is left as it stands and is the check's finding.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from hub.errors import ExpressionSyntaxError
from hub.names import APPLICATION, StepName
from hub.network.expression import parse, path_of, rewritten
from hub.network.expression.syntax import Constant
from hub.network.model import MAX_STEPS, After, Answer, Bill, Payment, Procedure, Step, Subject, Text
from hub.network.plan import SubjectPlan

#: Under which name expressions read the facts of the subject that their step is of.
SUBJECT: Final = "subject"
#: The fact that every subject has: its own code, as its answers name it.
CODE: Final = "code"
#: In a title, stands for the subject's.
_MARK: Final = "{subject}"
_PLAIN: Final = 2  # source and field


def expanded(procedure: Procedure) -> Procedure:
    """Write a procedure's steps for each subject out; one that has none, or was written out before, stays as it is."""
    if not procedure.subjects or any(True for _ in overlapping(procedure)) or step_count(procedure) > MAX_STEPS:
        return procedure
    return procedure.model_copy(update={"steps": _Expansion(procedure).steps()})


def step_count(procedure: Procedure) -> int:
    """Count the steps of a procedure when they are written out."""
    return sum(len(_codes(procedure, step)) or 1 for step in procedure.steps.values())


def overlapping(procedure: Procedure) -> Iterator[tuple[StepName, StepName]]:
    """Find steps that cannot be written out: the name that one of them would get is another step's."""
    taken: dict[StepName, StepName] = {}
    for name, step in procedure.steps.items():
        codes = _codes(procedure, step)
        for each in [named(name, code) for code in codes] or [name]:
            other = taken.setdefault(each, name)
            if other != name:
                yield name if codes else other, each


def named(step: StepName, subject: str) -> StepName:
    """Name the step for one of the subjects."""
    return StepName(f"{step}_{subject}")


def written_name(name: StepName, step: Step) -> StepName:
    """Tell under which name a step that was written out for a subject stands in its file."""
    return name if step.subject is None else StepName(name.removesuffix(f"_{step.subject}"))


def standing_for(procedure: Procedure, name: StepName) -> tuple[StepName, ...]:
    """List the steps that a name means: the one of that name, or those that it was written out to for its subjects."""
    if name in procedure.steps:
        return (name,)
    return tuple(each for each, step in procedure.steps.items() if written_name(each, step) == name)


def subject_of(procedure: Procedure, step: Step) -> SubjectPlan | None:
    """Tell of whom a step is; None when it is the whole case's."""
    group = procedure.subjects.get(step.for_each or "")
    subject = group.of.get(step.subject or "") if group else None
    if group is None or subject is None or step.subject is None:
        return None
    return SubjectPlan(step.subject, group.field, application_facts(subject))


def application_facts(subject: Subject) -> dict[str, str]:
    """Name the application's field for each fact of a subject that is nothing but one."""
    found = {name: _path(text) for name, text in subject.facts.items()}
    return {name: path[1] for name, path in found.items() if len(path) == _PLAIN and path[0] == APPLICATION}


def facts_of(subject: Subject, code: str) -> Mapping[str, str]:
    """Give what a subject's facts stand for in expressions, its code too."""
    return {**{name: _bracketed(text) for name, text in subject.facts.items()}, CODE: f"'{code}'"}


class _Expansion:
    """Write one procedure's steps out."""

    def __init__(self, procedure: Procedure) -> None:
        self._procedure = procedure
        self._codes = {name: _codes(procedure, step) for name, step in procedure.steps.items()}

    def steps(self) -> dict[StepName, Step]:
        """Give all steps, in the order of the file."""
        found: dict[StepName, Step] = {}
        for name, step in self._procedure.steps.items():
            codes = self._codes[name]
            found |= {named(name, code): self._step(step, code) for code in codes} or {name: self._step(step, None)}
        return found

    def _step(self, step: Step, code: str | None, /) -> Step:
        code = code or step.subject
        group = self._procedure.subjects.get(step.for_each or "")
        subject = group.of.get(code) if group and code else None
        deadline = step.deadline
        if deadline and deadline.start:
            deadline = deadline.model_copy(update={"start": self._text(deadline.start, step, code, subject)})
        return step.model_copy(
            update={
                "title": step.title if subject is None else _titled(step.title, subject.title),
                "after": self._after(step, code),
                "when": None if step.when is None else self._text(step.when, step, code, subject),
                "fill": {name: self._text(text, step, code, subject) for name, text in step.fill.items()},
                "answers": {kind: self._answer(each, step, code) for kind, each in step.answers.items()},
                "deadline": deadline,
                "on_rejected": None if step.on_rejected is None else self._one(step.on_rejected, step, code),
                "bill": None if step.bill is None else self._bill(step.bill, step, code, subject),
                "payment": None if step.payment is None else self._payment(step.payment, step, code),
                "subject": code,
            }
        )

    def _text(self, text: str, step: Step, code: str | None, subject: Subject | None, /) -> str:
        facts = {} if subject is None or code is None else facts_of(subject, code)

        def rewrite(source: str, field: str) -> str | None:
            if source == SUBJECT:
                return facts.get(field)
            own = self._one(StepName(source), step, code)
            return None if own == source else f"{own}.{field}"

        return rewritten(text, rewrite)

    def _after(self, step: Step, code: str | None, /) -> After:
        ways = {way: self._all(getattr(step.after, way), step, code) for way in ("all", "any", "of", "provisional")}
        return step.after.model_copy(update=ways)

    def _answer(self, answer: Answer, step: Step, code: str | None, /) -> Answer:
        if answer.to is None:
            return answer
        return answer.model_copy(update={"to": str(self._one(StepName(answer.to), step, code))})

    def _bill(self, bill: Bill, step: Step, code: str | None, subject: Subject | None, /) -> Bill:
        def read(texts: Mapping[str, str]) -> dict[str, str]:
            return {name: self._text(text, step, code, subject) for name, text in texts.items()}

        total = None if bill.total is None else self._text(bill.total, step, code, subject)
        return bill.model_copy(update={"facts": read(bill.facts), "amounts": read(bill.amounts), "total": total})

    def _payment(self, payment: Payment, step: Step, code: str | None, /) -> Payment:
        """Let a subject's payment take the bill that is the same subject's."""
        named_steps = {"bill": payment.bill, "renewed_by": payment.renewed_by}
        own = {key: None if name is None else self._one(name, step, code) for key, name in named_steps.items()}
        return payment.model_copy(update=own)

    def _all(self, names: tuple[StepName, ...], step: Step, code: str | None, /) -> tuple[StepName, ...]:
        """Name what a step means by others: of the same subjects its own subject's, of other subjects all."""
        found: list[StepName] = []
        for name in names:
            own = self._one(name, step, code)
            codes = self._codes.get(name, ()) if own == name else ()
            found += [named(name, each) for each in codes] or [own]
        return tuple(found)

    def _one(self, name: StepName, step: Step, code: str | None, /) -> StepName:
        """Name the step of the same subject; one that is not for each of the same subjects stays as it is."""
        is_alike = code in self._codes.get(name, ()) and self._procedure.steps[name].for_each == step.for_each
        return named(name, code) if is_alike and code else name


def _codes(procedure: Procedure, step: Step) -> tuple[str, ...]:
    """List the subjects for whom a step is to be written out."""
    group = procedure.subjects.get(step.for_each or "")
    return tuple(group.of) if group and step.subject is None else ()


def _titled(title: Text, subject: Text) -> Text:
    return Text(id=title.id.replace(_MARK, subject.id), en=title.en.replace(_MARK, subject.en))


def _bracketed(text: str) -> str:
    """Bracket an expression that is more than a path or a value, so that it can stand within another."""
    try:
        is_one = isinstance(parse(text.strip()), Constant)
    except ExpressionSyntaxError:
        is_one = False
    return text.strip() if is_one or _path(text) else f"({text.strip()})"


def _path(text: str) -> tuple[str, ...]:
    try:
        return path_of(parse(text.strip())) or ()
    except ExpressionSyntaxError:
        return ()
