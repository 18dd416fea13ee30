"""Which data a procedure's guards, fills and deadlines read, whether it is there, fits, and may flow at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from hub.errors import ExpressionError, ExpressionSyntaxError
from hub.events.catalog import EventSchema
from hub.names import APPLICATION, EventType, StepName
from hub.network.agreements import Grants, Need
from hub.network.check.part import PartCheck
from hub.network.check.report import FileReport
from hub.network.check.sub_cases import RESULT
from hub.network.compile import needs_of
from hub.network.expression import (
    ANY,
    BOOLEAN,
    ITEM,
    Read,
    Type,
    TypeCheck,
    compile_expression,
    field_types,
    first_refused,
    fits,
    parse,
    path_of,
    read_paths,
    reads,
    test_patterns,
)
from hub.network.expression.syntax import Node
from hub.network.expression.types import INT
from hub.network.flow import Flow
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Agreement, Bill, Procedure, Step
from hub.network.plan import FactPath
from hub.network.subject import CODE, SUBJECT
from hub.network.supply import Supply

_MOMENT: Final = Type("date or timestamp")
#: As what a tariff's facts are read.
_OF_KIND: Final[Mapping[str, Type]] = {"rupiah": INT, "count": INT, "flag": BOOLEAN}


@dataclass(frozen=True, slots=True)
class _Use:
    """One expression of a step: what it is for, where it stands, and what must come out."""

    label: str
    path: Path
    text: str
    target: Type


class DataCheck(PartCheck):
    """Check the expressions of one procedure; expects a flow without circles."""

    def __init__(
        self,
        network: DeclaredNetwork,
        types: Mapping[EventType, EventSchema],
        *,
        procedure: Procedure,
        flow: Flow,
        grants: Grants,
        today: date,
        report: FileReport,
    ) -> None:
        """Keep what is checked against what; `today` decides which agreements are in force."""
        super().__init__(network, types, procedure=procedure, flow=flow, report=report)
        self._grants = grants
        self._today = today
        self._supply = Supply(network, types, procedure)

    def run(self, *, only_result: bool = False) -> None:
        """Report everything that is wrong; `only_result` with what a completed case hands back."""
        for name, step in self._procedure.steps.items():
            if only_result != (name == RESULT):
                continue
            for use in self._uses(name, step):
                self._check_use(name, step, use)
            if step.request in self._types:
                self._check_request(name, step, self._types[step.request])

    def _uses(self, name: StepName, step: Step) -> Iterator[_Use]:
        path = _place(name)
        if step.when is not None:
            yield _Use("the guard", (*path, "when"), step.when, BOOLEAN)
        targets = field_types(self._types[step.request]) if step.request in self._types else {}
        for field, text in step.fill.items():
            yield _Use(f"{field}", (*path, "fill", field), text, targets.get(field, ANY))
        if step.bill is not None:
            yield from self._billed(step.bill, (*path, "bill"))
        if step.deadline and step.deadline.start is not None:
            yield _Use("the deadline's start", (*path, "deadline", "from"), step.deadline.start, _MOMENT)

    def _billed(self, bill: Bill, path: Path) -> Iterator[_Use]:
        versions = [each for each in self._network.tariffs.values() if each.tariff == bill.tariff]
        kinds = {name: fact.kind for each in versions for name, fact in each.facts.items()}
        for name, text in bill.facts.items():
            yield _Use(f"the tariff's {name}", (*path, "facts", name), text, _OF_KIND.get(kinds.get(name, ""), ANY))
        for payee, text in bill.amounts.items():
            yield _Use(f"the amount for {payee}", (*path, "amounts", payee), text, INT)
        if bill.total is not None:
            yield _Use("the total", (*path, "total"), bill.total, INT)

    def _check_request(self, name: StepName, step: Step, request: EventSchema) -> None:
        path = (*_place(name), "fill")
        for field in step.fill:
            if field not in request.fields:
                message = f"{step.request} has no field {field!r}"
                fix = meant(field, request.fields, otherwise="take it out")
                self._report.at_key((*path, field), "unknown-field", message, fix=fix)
        billed = frozenset(step.bill.into.values()) if step.bill is not None else frozenset[str]()
        for field, known in request.fields.items():
            if field not in step.fill and field not in billed and not known.nullable and not known.has_default:
                message = f"{_named(name)} does not fill {field!r} of {step.request}"
                self._report.at_key(path, "request-not-filled", message, fix=f"add {field}: with an expression")
            if field in step.fill and known.element in self._network.network.forbidden_elements:
                message = f"{step.request} carries the forbidden element {known.element!r}"
                self._report.at_key((*path, field), "forbidden-element", message, fix="use a request without it")

    def _check_use(self, name: StepName, step: Step, use: _Use) -> None:
        try:
            node = parse(use.text.strip())
            compile_expression(use.text)
        except (ExpressionSyntaxError, ExpressionError) as wrong:
            why = str(wrong).rpartition(" is not taken: ")[2]
            self._say(use, "expression", f"is not taken: {why}", fix="write CEL, such as application.name")
            return
        if why := test_patterns(node):
            self._say(use, "expression", f"has a pattern that is not taken: {why}", fix="mend the pattern")
        known = [path for path in sorted(read_paths(node)) if self._check_path(name, step, use, path)]
        for read in reads(node):
            if read.path[:2] in known:
                self._check_there(name, use, read, node=node)
        self._check_types(use, node)
        self._check_grants(step, use, known)

    def _check_path(self, name: StepName, step: Step, use: _Use, path: FactPath, /) -> bool:
        """Report a path that leads nowhere; tell whether it leads to a field that may be read."""
        source, field = path
        if source != APPLICATION and source not in self._procedure.steps:
            return self._say_unknown(step, use, path)
        if source != APPLICATION and source not in self._flow.usable(name):
            fix = f"let step {name} come after {source}, or take it out"
            return self._say(use, "fact-not-before", f"reads step {source!r}, which does not come before", fix=fix)
        found = self._supply.find(source, field)
        if not found:
            fields = self._supply.fields_of(source)
            fix = meant(field, fields, otherwise="add it to the schema")
            return self._say(use, "unknown-field", f"reads {source}.{field}, which is no field there", fix=fix)
        if found.type is None:
            fix = "give the field one type in all of them"
            return self._say(
                use, "types-disagree", f"reads {source}.{field}, to which its event types give several types", fix=fix
            )
        if why := first_refused([found.type]):
            return self._say(use, "refused-kind", f"reads {source}.{field}: {why}", fix="use another field")
        return True

    def _say_unknown(self, step: Step, use: _Use, path: FactPath) -> bool:
        source, field = path
        group = self._procedure.subjects.get(step.for_each or "")
        if source == SUBJECT and group:
            known = {fact for each in group.of.values() for fact in each.facts}
            fix = meant(field, [CODE, *known], otherwise=f"add it to the facts of every one of {step.for_each}")
            return self._say(use, "subject-fact", f"reads {SUBJECT}.{field}, which not all of them have", fix=fix)
        fix = meant(source, [APPLICATION, *self._procedure.steps], otherwise="mend the name")
        return self._say(use, "unknown-source", f"reads {source!r}, which is no step here", fix=fix)

    def _check_there(self, name: StepName, use: _Use, read: Read, *, node: Node) -> None:
        """Report the first part of a read that may be missing and that nothing tests before."""
        fact = (read.path[0], read.path[1])
        if not self._supply.is_sure(fact, self._flow.sure(name)) and not read.is_tested(fact):
            alone = path_of(node) == fact
            if not (alone and use.target.nullable):
                fix = f"write has({'.'.join(fact)}) ? {'.'.join(fact)} : <what else>"
                self._say(use, "fact-may-miss", f"reads {'.'.join(fact)}, which may not be there", fix=fix)
                return
        inner = self._supply.types([fact])[fact]
        for length, member in enumerate(read.path[2:], start=3):
            inner = (inner.item or ANY) if member == ITEM else inner.members.get(member, ANY)
            part = read.path[:length]
            if inner.nullable and member != ITEM and not read.is_tested(part):
                written = ".".join(part).replace(f".{ITEM}", ITEM)
                fix = "test it with has() first"
                self._say(use, "fact-may-miss", f"reads {written}, which may not be there", fix=fix)
                return

    def _check_types(self, use: _Use, node: Node) -> None:
        checker = TypeCheck(self._look_up)
        found = checker.of(node)
        for problem in dict.fromkeys(checker.problems):
            self._say(use, "expression-type", f"cannot come out well: {problem}", fix="mend the expression")
        if checker.problems:
            return
        if found.nullable and not use.target.nullable and use.target.kind != "any":
            self._say(use, "null-misfit", "may be null, which does not fit", fix="give a value in every case")
        elif use.target is _MOMENT:
            if found.kind not in {"date", "timestamp", "any"}:
                self._say(use, "type-misfit", f"is of type {found}, not date or timestamp", fix="read a date")
        elif not fits(found, use.target):
            self._say(
                use,
                "type-misfit",
                f"is of type {found}, not {_described(use.target)}",
                fix="convert it, or read another field",
            )

    def _look_up(self, source: str, field: str) -> Type:
        found = self._supply.find(source, field)
        return ANY if not found or not found.type or first_refused([found.type]) else found.type

    def _check_grants(self, step: Step, use: _Use, known: list[FactPath]) -> None:
        if step.agency not in self._network.agencies or self._procedure.service not in self._network.services:
            return  # told already; nothing could grant it
        for path in known:
            for need in sorted(needs_of(self._procedure, step, uses=[path], supply=self._supply), key=str):
                if need.element in self._network.network.forbidden_elements:
                    self._say(
                        use,
                        "forbidden-element",
                        f"reads {'.'.join(path)}, the forbidden element {need.element!r}",
                        fix="take it out",
                    )
                elif not any(_is_in_force(each, self._today) for each in self._grants.of(need)):
                    self._say_not_granted(use, path, need)

    def _say_not_granted(self, use: _Use, path: FactPath, need: Need) -> None:
        if need.element is None:
            what = "has no element, so that no agreement can grant it"
            self._say(use, "not-granted", f"reads {'.'.join(path)}, which {what}", fix="name its element in the schema")
            return
        flow = f"{need.element!r} from {need.provider} to {need.receiver} for {need.service}"
        others = ", ".join(
            f"{each.agreement} ({each.valid.start} to {each.valid.until})" for each in self._grants.of(need)
        )
        only = f"; not in force on {self._today}: {others}" if others else ""
        message = f"reads {'.'.join(path)}: no agreement in force grants {flow}{only}"
        self._say(use, "not-granted", message, fix="grant it in an agreement of both, or take it out")

    def _say(self, use: _Use, code: str, message: str, *, fix: str) -> bool:
        self._report.at(use.path, code, f"{use.label} {message}", fix=fix)
        return False


def _place(name: StepName) -> tuple[str, ...]:
    return ("result",) if name == RESULT else ("steps", name)


def _named(name: StepName) -> str:
    return "the result" if name == RESULT else f"step {name}"


def _is_in_force(agreement: Agreement, today: date) -> bool:
    return agreement.valid.start <= today <= agreement.valid.until


def _described(target: Type) -> str:
    symbols = f" ({', '.join(sorted(target.literals))})" if target.literals else ""
    return f"{target}{symbols}"
