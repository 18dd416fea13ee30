"""A procedure in plain Indonesian or English, as Markdown: what the parties read before they sign."""

from collections.abc import Iterator

from hub.errors import ExpressionSyntaxError
from hub.events.catalog import Catalog
from hub.names import EventType, StepName
from hub.network.agreements import Grants
from hub.network.compile import needs_of
from hub.network.expression import parse, read_paths
from hub.network.flow import Flow
from hub.network.load import DeclaredNetwork
from hub.network.model import APPLICANT, Agreement, Answer, Components, Deadline, Payment, Procedure, Step
from hub.network.paper.tariff import tariff_lines
from hub.network.paper.words import Language, Tongue
from hub.network.plan import FactPath
from hub.network.span import WorkingTime
from hub.network.sub_case import newest
from hub.network.supply import Supply, completion_of
from hub.network.tariff import TREASURIES


def explain(network: DeclaredNetwork, procedure: Procedure, catalog: Catalog, *, language: Language) -> str:
    """Write a whole procedure: what the public is told, each step, and the agreements that let data flow."""
    return "\n".join(_Explanation(network, procedure, catalog, language=language).lines()).rstrip() + "\n"


class _Explanation:
    """Say one procedure in one language."""

    def __init__(self, network: DeclaredNetwork, procedure: Procedure, catalog: Catalog, *, language: Language) -> None:
        self._network = network
        self._procedure = procedure
        self._catalog = catalog
        self._language = language
        self._tongue = Tongue(language)
        self._flow = Flow(procedure)
        self._supply = Supply(network, catalog.types, procedure)
        self._grants = Grants(network.agreements.values())

    def lines(self) -> Iterator[str]:
        """Give the explanation line by line."""
        tongue, procedure = self._tongue, self._procedure
        yield f"# {tongue.of(procedure.title)} ({tongue.say('version', procedure.version)})"
        yield ""
        yield from self._opening()
        yield from self._published()
        yield from tariff_lines(self._network, procedure.service, language=self._language)
        yield f"## {tongue.say('steps')}"
        yield ""
        for number, name in enumerate(self._flow.order, start=1):
            yield from self._step(number, name)
        yield from self._result()
        yield from self._agreements()

    def _opening(self) -> Iterator[str]:
        tongue, service = self._tongue, self._network.services.get(self._procedure.service)
        if service:
            yield tongue.say("for_service", tongue.of(service.title), self._agency(service.owner))
        opens_on = self._procedure.opens_on
        openers = [self._agency(each.agency) for each in self._network.agencies.values() if opens_on in each.opens]
        yield tongue.say("opened_by", tongue.listed(openers) or tongue.say("nothing"), _short(opens_on))
        if self._procedure.priority:
            yield tongue.say("goes_first", self._procedure.priority.ground)
            if facts := self._procedure.priority.answers:
                yield tongue.say("goes_first_later", ", ".join(f"`{each}`" for each in facts))
        if self._procedure.predecessor:
            yield tongue.say("may_follow", self._procedure.predecessor.case)
        for procedure in self._network.procedures.values():
            for name, step in procedure.steps.items():
                if step.sub_case == self._procedure.procedure:
                    yield ""
                    yield tongue.say("opened_by_step", tongue.step(procedure, name), tongue.of(procedure.title))
        yield ""

    def _published(self) -> Iterator[str]:
        service = self._network.services.get(self._procedure.service)
        if not service:
            return
        yield f"## {self._tongue.say('published')}"
        yield ""
        for name, field in Components.model_fields.items():
            if field.is_required():
                told = self._tongue.of(getattr(service.components, name)).strip()
                yield f"- **{self._tongue.say(name)}**: {' '.join(told.split())}"
        yield ""

    def _step(self, number: int, name: StepName) -> Iterator[str]:
        tongue, step = self._tongue, self._procedure.steps[name]
        yield f"### {number}. {tongue.of(step.title)}"
        yield ""
        yield self._does(step)
        yield ""
        yield f"- {tongue.say('starts')}: {self._starts(name, step)}."
        if step.when is not None:
            yield f"- {_upper(tongue.say('only_if', tongue.condition(self._procedure, step.when)))}."
        yield from self._data(step)
        yield f"- {tongue.say('ends')}:"
        for event_type, answer in step.answers.items():
            yield f"  - {self._answer(step, event_type, answer)}"
        if step.payment:
            yield from self._payment(step.payment)
        yield from self._reused(name)
        if step.deadline:
            yield f"- {tongue.say('due')}: {self._deadline(step, step.deadline)}."
        yield ""

    def _does(self, step: Step) -> str:
        child = None if step.sub_case is None else newest(self._network, step.sub_case)
        agency = f"**{self._agency(step.agency)}**"
        return (
            self._tongue.say("opens_case", agency, self._tongue.of(child.title))
            if child
            else self._tongue.say("does", agency)
        )

    def _reused(self, name: StepName) -> Iterator[str]:
        predecessor = self._procedure.predecessor
        if predecessor and name in predecessor.reuses:
            yield f"- {_upper(self._tongue.say('reused', self._tongue.time(predecessor.reuses[name])))}."

    def _starts(self, name: StepName, step: Step) -> str:
        tongue = self._tongue
        after = [tongue.step(self._procedure, each) for each in self._flow.after[name]]
        rejected = [tongue.step(self._procedure, each) for each in self._flow.rejected_by[name]]
        by_rejection = tongue.say("after_rejected", tongue.say("or").join(rejected)) if rejected else ""
        if not after:
            return by_rejection or tongue.say("at_once")
        phrase = {"all": "after_all", "any": "after_any", "of": "after_some"}[self._flow.mode(name)]
        said = tongue.say("after_one" if len(after) == 1 else phrase, tongue.listed(after), step.after.at_least)
        if step.after.provisional:
            standing = [tongue.step(self._procedure, each) for each in step.after.provisional]
            said = tongue.say("on_provisional", said, tongue.listed(standing))
        return tongue.say("or_when", said, by_rejection) if by_rejection else said

    def _data(self, step: Step) -> Iterator[str]:
        tongue = self._tongue
        yield f"- {tongue.say('data_of_case' if step.sub_case else 'data', self._agency(step.agency))}:"
        for field, text in step.fill.items():
            yield f"  - {self._fact(field, text)}"
        yield from self._billed(step)
        if not step.fill and step.bill is None:
            yield f"  - {tongue.say('nothing')}"
        used = sorted({each.agreement for each in self._used(step)})
        if used:
            yield f"  - {tongue.say('allowed_by', ', '.join(f'`{each}`' for each in used))}"

    def _billed(self, step: Step) -> Iterator[str]:
        """Say what of a request its bill fills."""
        tongue, bill = self._tongue, step.bill
        for payee, field in bill.into.items() if bill is not None else ():
            if payee != "total":
                yield f"  - {tongue.say('billed_share', field, self._payee(payee))}"
            elif bill is not None and bill.tariff is not None:
                paths = sorted({path[0] for text in bill.facts.values() for path in _paths(text)})
                sources = tongue.listed([tongue.source(self._procedure, each) for each in paths])
                yield f"  - {tongue.say('billed_tariff', field, bill.tariff, sources or tongue.say('nothing'))}"
            elif bill is not None:
                payees = tongue.listed([self._payee(each) for each in bill.amounts])
                yield f"  - {tongue.say('billed_amounts', field, payees)}"

    def _payee(self, payee: str) -> str:
        return self._tongue.say(f"to_{payee}") if payee in TREASURIES else self._agency(payee)

    def _payment(self, payment: Payment) -> Iterator[str]:
        tongue = self._tongue
        said = [tongue.say("receipt", tongue.say("by_payee") if payment.shares else "")]
        if payment.bills > 1:
            said.append(tongue.say("bills", payment.bills))
        if payment.reversed_by is not None:
            said.append(tongue.say("reversed", _short(payment.reversed_by)))
        yield f"- {tongue.say('payment')}: {'; '.join(said)}."

    def _fact(self, field: str, text: str) -> str:
        tongue, paths = self._tongue, sorted(_paths(text))
        label = f"`{field}`"
        if not paths:
            return tongue.say("fixed", label, f"`{text}`")
        sources = tongue.listed(
            [tongue.source(self._procedure, each) for each in dict.fromkeys(path[0] for path in paths)]
        )
        is_plain = len(paths) == 1 and ".".join(paths[0]) == text.strip()
        return tongue.say("fact", label, sources) if is_plain else tongue.say("reckoned", label, sources, text)

    def _answer(self, step: Step, event_type: EventType, answer: Answer) -> str:
        tongue, word = self._tongue, _short(event_type)
        if answer.outcome == "done":
            said = tongue.say("done", word)
            to = answer.refers_to
            return said if to is None else tongue.say("referred", said, tongue.step(self._procedure, to))
        if answer.outcome == "progress":
            said = tongue.say("progress", word)
            return tongue.say(f"clock_{answer.clock}", said) if answer.clock else said
        if answer.outcome in {"provisional", "revoked"}:
            return self._standing(answer, word)
        if answer.outcome == "rejected":
            way = step.on_rejected
            return (
                tongue.say("rejected_goes", word, tongue.step(self._procedure, way))
                if way
                else (tongue.say("rejected_ends", word))
            )
        if completion_of(answer) is None:
            return tongue.say("returned_step", word, tongue.step(self._procedure, StepName(answer.to or APPLICANT)))
        said = tongue.say("returned_applicant", word)
        return said if answer.complete_within is None else self._completion(step, answer.complete_within, said)

    def _standing(self, answer: Answer, word: str) -> str:
        """Say of an outcome that it stands for now, or that it does not any more."""
        tongue, within = self._tongue, answer.confirm_within
        if answer.outcome == "revoked":
            return tongue.say("revoked", word, tongue.say(f"then_{answer.then or 'incident'}"))
        said = tongue.say("provisional", word)
        return said if within is None else tongue.say("confirm_within", said, tongue.time(within))

    def _completion(self, step: Step, within: int | WorkingTime, said: str) -> str:
        told = self._tongue.say("complete_within", said, self._tongue.time(within))
        return self._by_calendar(step, within, told)

    def _deadline(self, step: Step, deadline: Deadline) -> str:
        tongue, span = self._tongue, self._tongue.time(deadline.within)
        said = tongue.say("within_from", span, f"`{deadline.start}`") if deadline.start else tongue.say("within", span)
        said = self._by_calendar(step, deadline.within, said)
        return f"{said}; {self._missed(deadline)}"

    def _missed(self, deadline: Deadline) -> str:
        tongue, basis = self._tongue, " ".join((deadline.legal_basis or "").split())
        if deadline.on_missed == "deemed" and deadline.form == "proposal":
            authority = self._agency(deadline.authority or self._network.network.coordinator)
            return tongue.say("missed_proposal", authority, f" ({basis})" if basis else "")
        if deadline.on_missed == "deemed" and basis:
            return tongue.say("missed_deemed_by", basis)
        return tongue.say(f"missed_{deadline.on_missed}")

    def _by_calendar(self, step: Step, time: int | WorkingTime, said: str) -> str:
        """Name the calendar that counts a working time."""
        agency = self._network.agencies.get(step.agency)
        calendar = self._network.calendars.get(str(agency.calendar)) if agency else None
        if calendar is None or not isinstance(time, WorkingTime):
            return said
        return self._tongue.say("by_calendar", said, self._tongue.of(calendar.title), calendar.calendar)

    def _result(self) -> Iterator[str]:
        result = self._procedure.result
        if result is None:
            return
        yield f"## {self._tongue.say('hands_back')}"
        yield ""
        for field, text in result.fill.items():
            yield f"- {self._fact(field, text)}"
        yield ""

    def _agreements(self) -> Iterator[str]:
        used = {each.agreement: each for step in self._procedure.steps.values() for each in self._used(step)}
        yield f"## {self._tongue.say('agreements')}"
        yield ""
        for name in sorted(used):
            each = used[name]
            told = (
                self._tongue.of(each.title),
                name,
                each.valid.start,
                each.valid.until,
                " ".join(each.legal_basis.split()),
            )
            yield f"- {self._tongue.say('agreement', *told)}"
        if not used:
            yield f"- {self._tongue.say('nothing')}"

    def _used(self, step: Step) -> Iterator[Agreement]:
        """Go over the agreements that let a step's data flow."""
        texts = [*step.fill.values(), *([step.when] if step.when else [])]
        texts += [*step.bill.facts.values(), *step.bill.amounts.values()] if step.bill else []
        texts += [step.deadline.start] if step.deadline and step.deadline.start else []
        uses = {path for text in texts for path in _paths(text)}
        for need in needs_of(self._procedure, step, uses=uses, supply=self._supply):
            yield from self._grants.of(need)

    def _agency(self, code: str) -> str:
        agency = next((each for each in self._network.agencies.values() if each.agency == code), None)
        return self._tongue.of(agency.title) if agency else f"`{code}`"


def _paths(text: str) -> frozenset[FactPath]:
    try:
        return read_paths(parse(text.strip()))
    except ExpressionSyntaxError:
        return frozenset()


def _short(event_type: EventType) -> str:
    return event_type.rpartition(".")[2]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
