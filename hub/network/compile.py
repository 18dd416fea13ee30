"""A declared network made into the router's plan: graphs closed, expressions compiled, look-ups by name.

Expects a network that ``check`` found no error in; what is wrong all the same raises ExpressionError or KeyError.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from hub.calendar import Calendar
from hub.events.catalog import Catalog, EventSchema
from hub.names import AgencyCode, ElementName, EventType, ProcedureRef, ServiceName, StepName, procedure_ref
from hub.network.agreements import Grants, Need, windows
from hub.network.calendars import office_of
from hub.network.expression import compile_expression
from hub.network.flow import Flow, named_before, renewed_by
from hub.network.load import DeclaredNetwork
from hub.network.migration.compile import compile_migrations
from hub.network.model import APPLICANT, APPROVAL_DECIDED, COMPLETED, Answer, Procedure, Step
from hub.network.plan import (
    AgencyPlan,
    AgreementPlan,
    AnswerPlan,
    BillPlan,
    DeadlinePlan,
    Expression,
    FactPath,
    PaymentPlan,
    Plan,
    PredecessorPlan,
    PriorityPlan,
    ProcedurePlan,
    ResultPlan,
    StepPlan,
    Substitute,
    TimeMeasure,
)
from hub.network.span import WorkingTime
from hub.network.sub_case import readers_of
from hub.network.subject import standing_for, subject_of
from hub.network.supply import Supply, completion_of
from hub.network.tariff import Tariff

#: What every agency may say beside what its file lists: that it has a task.
ACCEPTED: Final = EventType("hub.TaskAccepted")


def compile_network(
    network: DeclaredNetwork, catalog: Catalog, *, at: int, sequence: int = 0, digest: str = ""
) -> Plan:
    """Compile a network as it is in force at `at` (ms), under a bundle's sequence and digest."""
    compiler = _Compiler(network, catalog, at)
    procedures = {ref: compiler.procedure(each) for ref, each in network.procedures.items()}
    return Plan(
        network=network.network.network,
        sequence=sequence,
        digest=digest,
        coordinator=network.network.coordinator,
        front_office=network.network.front_office,
        partitions=network.network.partitions,
        agencies={code: _agency(network, code) for code in network.agencies},
        procedures=procedures,
        openings=openings(network.procedures.values()),
        migrations=compile_migrations(network, catalog.types),
    )


def openings(procedures: Iterable[Procedure]) -> dict[EventType, ProcedureRef]:
    """Map each opening type to the newest version of the procedure that it opens."""
    oldest_first = sorted(procedures, key=lambda each: each.version)
    newest = {each.procedure: each for each in oldest_first}
    return {each.opens_on: procedure_ref(each.procedure, each.version) for each in newest.values()}


def _agency(network: DeclaredNetwork, code: AgencyCode) -> AgencyPlan:
    declared = network.agencies[code]
    own = {ACCEPTED, COMPLETED} if code == network.network.front_office else {ACCEPTED}
    if code in authorities(network):
        own.add(APPROVAL_DECIDED)
    return AgencyPlan(code, frozenset({*declared.publishes, *declared.opens, *own}), frozenset(declared.opens))


def authorities(network: DeclaredNetwork) -> frozenset[AgencyCode]:
    """Name the agencies to whom it is proposed that silence counts as consent."""
    deadlines = [step.deadline for each in network.procedures.values() for step in each.steps.values() if step.deadline]
    proposed = [each.authority or network.network.coordinator for each in deadlines if each.form == "proposal"]
    return frozenset(proposed)


class _Compiler:
    """Compile procedures against one network."""

    def __init__(self, network: DeclaredNetwork, catalog: Catalog, at: int) -> None:
        self._network = network
        self._types: Mapping[EventType, EventSchema] = catalog.types
        self._grants = Grants(network.agreements.values())
        self._zone = ZoneInfo(network.network.time_zone)
        self._at = at
        self._offices: dict[tuple[str, ServiceName], Calendar] = {}

    def procedure(self, declared: Procedure) -> ProcedurePlan:
        flow, supply = Flow(declared), Supply(self._network, self._types, declared)
        steps = {name: self._step(declared, name, flow=flow, supply=supply) for name in flow.order}
        steps = {name: self._with_substitutes(declared, step, steps=steps) for name, step in steps.items()}
        agreements = {each for step in steps.values() for each in step.agreements}
        answered, completed = _answered_by(declared)
        result = self._result(declared, supply)
        return ProcedurePlan(
            ref=procedure_ref(declared.procedure, declared.version),
            service=declared.service,
            opens_on=declared.opens_on,
            retention=declared.retention,
            max_rounds=declared.max_rounds,
            steps=steps,
            answered_by=answered,
            completed_by=completed,
            agreements=tuple(sorted(agreements, key=lambda each: each.name)),
            elements=_elements(_used(steps.values(), result), supply),
            has_subjects=any(step.subject is not None for step in steps.values()),
            requirements=self._requirements(declared.service),
            priority=_priority(declared),
            reversals=_reversals(declared),
            tariffs=_tariffs(steps.values()),
            zone=self._network.network.time_zone,
            service_version=self._service_version(declared.service),
            result=result,
            predecessor=_predecessor(declared),
        )

    def _requirements(self, name: ServiceName) -> dict[str, tuple[str, str]]:
        """Say of each code of a service's list what an applicant is told of it."""
        service = self._network.services.get(name)
        listed = service.requirements.items() if service else ()
        return {code: (each.title.id, each.ask.id if each.ask else "") for code, each in listed}

    def _step(self, procedure: Procedure, name: StepName, *, flow: Flow, supply: Supply) -> StepPlan:
        declared = procedure.steps[name]
        when = self._expression(declared.when, supply) if declared.when is not None else None
        fill = tuple(
            (field, self._expression(text, supply, optional=self._may_be_null(declared.request, field)))
            for field, text in declared.fill.items()
        )
        deadline = self._deadline(procedure, declared, supply=supply)
        bill = self._bill(declared, supply)
        evaluated = (*_expressions(when, fill, deadline), *(bill.expressions if bill else ()))
        uses = frozenset(path for each in evaluated for path in each.paths)
        return StepPlan(
            name=name,
            agency=declared.agency,
            request=declared.request,
            mode=flow.mode(name),
            after=named_before(declared),
            at_least=declared.after.at_least or 1,
            when=when,
            fill=fill,
            answers={kind: self._answer(procedure, declared, kind) for kind in declared.answers},
            deadline=deadline,
            accept_within=declared.accept_within,
            holder=declared.holder,
            on_rejected=declared.on_rejected,
            on_cancel=declared.on_cancel,
            successors=flow.successors(name),
            descendants=flow.descendants[name],
            resets=flow.resets[name],
            uses=uses,
            agreements=self._agreements(procedure, declared, uses=uses, supply=supply),
            rejected_by=flow.rejected_by[name],
            subject=subject_of(procedure, declared),
            bill=bill,
            payment=_payment(name, declared),
            provisional=frozenset(declared.after.provisional),
            sub_case=declared.sub_case,
            referred_by=tuple(each for each, step in procedure.steps.items() if _refers(step, name)),
        )

    def _result(self, declared: Procedure, supply: Supply) -> ResultPlan | None:
        if declared.result is None:
            return None
        kind = declared.result.type
        fill = tuple(
            (field, self._expression(text, supply, optional=self._may_be_null(kind, field)))
            for field, text in declared.result.fill.items()
        )
        return ResultPlan(kind, fill, frozenset(path for _, expression in fill for path in expression.paths))

    def _with_substitutes(
        self, procedure: Procedure, step: StepPlan, *, steps: Mapping[StepName, StepPlan]
    ) -> StepPlan:
        """Add what changes when another agency that may say all of a step's answers does it; not of sub-cases."""
        if step.sub_case is not None:
            return step
        able = [
            code
            for code, agency in self._network.agencies.items()
            if code != step.agency
            and step.answers.keys() <= {*agency.publishes, *agency.opens}
            and (agency.calendar is not None or not _is_in_working_time(procedure.steps[step.name]))
        ]
        if not able:
            return step
        readers = [each for each in steps.values() if any(source == step.name for source, _ in each.uses)]
        changed = {each.name: each for each in (step, *readers)}
        return replace(step, substitutes={code: self._substitute(procedure, step, code, changed) for code in able})

    def _substitute(
        self, procedure: Procedure, step: StepPlan, agency: AgencyCode, changed: Mapping[StepName, StepPlan], /
    ) -> Substitute:
        """Say of a step, and of those that read its facts, what would be if it were declared for another agency."""
        declared = procedure.steps[step.name].model_copy(update={"agency": agency})
        other = procedure.model_copy(update={"steps": {**procedure.steps, step.name: declared}})
        supply = Supply(self._network, self._types, other)
        steps = {
            name: replace(each, agreements=self._agreements(other, other.steps[name], uses=each.uses, supply=supply))
            for name, each in changed.items()
        }
        steps[step.name] = replace(
            steps[step.name], agency=agency,
            deadline=self._deadline(procedure, declared, supply=supply),
            answers={kind: self._answer(procedure, declared, kind) for kind in declared.answers},
        )  # fmt: skip
        return Substitute(steps, tuple(self._lacking(other, steps.values(), supply)))

    def _lacking(self, procedure: Procedure, steps: Iterable[StepPlan], supply: Supply) -> Iterable[str]:
        """Name what the steps need and no agreement grants, at whatever time."""
        needs = {
            need
            for step in steps
            for need in needs_of(procedure, procedure.steps[step.name], uses=step.uses, supply=supply)
            if not self._grants.of(need)
        }
        return sorted(f"{need.element or 'a field'} from {need.provider} to {need.receiver}" for need in needs)

    def _expression(self, text: str, supply: Supply, *, optional: bool = False) -> Expression:
        untyped = compile_expression(text)
        return compile_expression(text, supply.types(untyped.paths), optional=optional)

    def _may_be_null(self, request: EventType, field: str) -> bool:
        found = self._types[request].fields.get(field)
        return found is not None and found.nullable

    def _bill(self, step: Step, supply: Supply) -> BillPlan | None:
        declared = step.bill
        if declared is None:
            return None
        return BillPlan(
            tariff=declared.tariff,
            versions={each.version: each for each in self._versions(declared.tariff)},
            facts=tuple((name, self._expression(text, supply)) for name, text in declared.facts.items()),
            amounts=tuple((payee, self._expression(text, supply)) for payee, text in declared.amounts.items()),
            total=self._expression(declared.total, supply) if declared.total is not None else None,
            into=declared.into,
            owes=declared.owes,
        )

    def _service_version(self, service: ServiceName) -> int:
        known = self._network.services.get(service)
        return 1 if known is None else known.version

    def _versions(self, tariff: str | None) -> list[Tariff]:
        return [each for each in self._network.tariffs.values() if each.tariff == tariff]

    def _deadline(self, procedure: Procedure, step: Step, *, supply: Supply) -> DeadlinePlan | None:
        declared = step.deadline
        if declared is None:
            return None
        within, measure, calendar = self._counted(procedure, step, declared.within)
        return DeadlinePlan(
            within=within,
            start=self._expression(declared.start, supply) if declared.start else None,
            warn=tuple(sorted(set(declared.warn))),
            on_missed=declared.on_missed,
            facts=declared.facts,
            zone=self._zone,
            measure=measure,
            calendar=calendar,
            form=declared.form,
            authority=declared.authority,
            legal_basis=" ".join((declared.legal_basis or "").split()),
        )

    def _answer(self, procedure: Procedure, step: Step, event_type: EventType, /) -> AnswerPlan:
        answer = step.answers[event_type]
        within, measure, calendar = self._counted(procedure, step, answer.complete_within or answer.confirm_within or 0)
        return AnswerPlan(
            type=event_type,
            outcome=answer.outcome,
            to=None if answer.to in {None, APPLICANT} else StepName(str(answer.to)),
            complete_within=within or None,  # no length of time is nothing
            completed_by=completion_of(answer),
            items=answer.items,
            reason=answer.reason,
            clock=answer.clock,
            legal_effect=answer.legal_effect,
            text=answer.text,
            measure=measure,
            calendar=calendar,
            codes=self._codes(event_type, answer.reason),
            refers_to=answer.refers_to,
            told=(told := self._told(event_type, answer)),
            shown=self._shown(event_type, told),
            then=answer.then or "incident",
        )

    def _told(self, event_type: EventType, answer: Answer) -> dict[str, str]:
        """Name the fields in which a rejection says why: those that every rejection should have."""
        if answer.outcome != "rejected" and answer.then != "reject":
            return {}
        usual = {"reason": answer.reason, "explanation": answer.text or "explanation"}
        named = {**usual, "legal_basis": "legal_basis", "appeal": "appeal"}
        known = self._types[event_type].fields if event_type in self._types else {}
        return {name: field for name, field in named.items() if field is not None and field in known}

    def _shown(self, event_type: EventType, told: Mapping[str, str]) -> frozenset[str]:
        """Name what of it may be shown to anybody: no free words, a code only of a closed set, nothing of a person."""
        known = self._types[event_type].fields if told else {}
        plain = {name for name, field in told.items() if known[field].data_class in {"none", "general"}}
        open_code = {"reason"} if "reason" in told and not known[told["reason"]].symbols else set[str]()
        return frozenset(plain - {"explanation"} - open_code)

    def _codes(self, event_type: EventType, reason: str | None) -> frozenset[str]:
        found = self._types[event_type].fields.get(reason) if reason is not None else None
        return frozenset(found.symbols) if found is not None else frozenset()

    def _counted(
        self, procedure: Procedure, step: Step, time: int | WorkingTime, /
    ) -> tuple[int, TimeMeasure, Calendar | None]:
        """Say a length of time in its measure: working time is that of the step's agency, and so are graces."""
        office = self._office(step.agency, procedure.service)
        if isinstance(time, WorkingTime):
            if office is None:
                raise KeyError(f"agency {step.agency} works by no calendar")
            return time.amount, time.measure, office
        return time, "clock", office if office is not None and office.grace else None

    def _office(self, agency: AgencyCode, service: ServiceName) -> Calendar | None:
        """Give the office time of an agency for one service; those with the same graces are one, and so its table."""
        known = self._network.agencies.get(agency)  # a step of an agency that is not there is the check's finding
        declared = self._network.calendars.get(str(known.calendar)) if known is not None else None
        if declared is None:
            return None
        key = (declared.calendar, service)
        if key not in self._offices:
            made = office_of(declared, service)
            self._offices[key] = next((each for each in self._offices.values() if each == made), made)
        return self._offices[key]

    def _agreements(
        self, procedure: Procedure, step: Step, *, uses: Iterable[FactPath], supply: Supply
    ) -> tuple[AgreementPlan, ...]:
        needs = needs_of(procedure, step, uses=uses, supply=supply)
        return windows(self._grants, needs, zone=self._zone, at=self._at)


def _predecessor(declared: Procedure) -> PredecessorPlan | None:
    found = declared.predecessor
    return None if found is None else PredecessorPlan(found.case, found.proof, found.applicant, found.reuses)


def _priority(declared: Procedure) -> PriorityPlan | None:
    found = declared.priority
    if found is None:
        return None
    answers: dict[StepName, tuple[str, ...]] = {}
    for source, _, name in (fact.partition(".") for fact in found.answers):
        for step in standing_for(declared, StepName(source)):
            answers[step] = (*answers.get(step, ()), name)
    return PriorityPlan(found.ground, found.classes, answers)


def _used(steps: Iterable[StepPlan], result: ResultPlan | None) -> Iterable[FactPath]:
    """Go over the facts that steps and the result use."""
    yield from (path for step in steps for path in step.uses)
    yield from result.uses if result is not None else ()


def _elements(paths: Iterable[FactPath], supply: Supply) -> dict[FactPath, tuple[ElementName, ...]]:
    """Name, for each of these facts, the elements it speaks of."""
    used = {path: supply.find(*path) for path in paths}
    return {
        path: tuple(sorted({element for _, element in found.origins if element is not None}))
        for path, found in used.items()
        if found is not None
    }


def needs_of(procedure: Procedure, step: Step, *, uses: Iterable[FactPath], supply: Supply) -> frozenset[Need]:
    """List the elements that other agencies must be granted to give for a step's guard, fill and deadline.

    What opens a sub-case is read by that case's agencies, for its service.
    """
    found = {path: supplied for path in uses if (supplied := supply.find(*path))}
    readers = {path: {(step.agency, procedure.service)} for path in found}
    if step.sub_case is not None:
        readers = {path: set(readers_of(supply.network, procedure, step, path)) for path in found}
    return frozenset(
        Need(provider, reader, service, element)
        for path, supplied in found.items()
        for provider, element in supplied.origins
        for reader, service in readers[path]
        if provider != reader
    )


def _payment(name: StepName, step: Step) -> PaymentPlan | None:
    declared = step.payment
    if declared is None:
        return None
    return PaymentPlan(
        bill=declared.bill or name,
        amount=declared.amount,
        number=declared.number,
        shares=declared.shares,
        bills=declared.bills,
        renewed_by=renewed_by(name, step),
        reversed_by=declared.reversed_by,
        on_reversal=declared.on_reversal,
    )


def _reversals(procedure: Procedure) -> dict[EventType, tuple[StepName, ...]]:
    found: dict[EventType, list[StepName]] = {}
    for name, step in procedure.steps.items():
        if step.payment is not None and step.payment.reversed_by is not None:
            found.setdefault(step.payment.reversed_by, []).append(name)
    return {event_type: tuple(names) for event_type, names in found.items()}


def _tariffs(steps: Iterable[StepPlan]) -> dict[str, tuple[Tariff, ...]]:
    bills = [step.bill for step in steps if step.bill is not None and step.bill.tariff is not None]
    return {str(bill.tariff): tuple(bill.versions.values()) for bill in bills}


def _refers(step: Step, to: StepName) -> bool:
    return any(answer.refers_to == to for answer in step.answers.values())


def _is_in_working_time(step: Step) -> bool:
    times = [answer.complete_within for answer in step.answers.values()]
    return any(isinstance(time, WorkingTime) for time in (*times, step.deadline and step.deadline.within))


def _answered_by(
    procedure: Procedure,
) -> tuple[dict[EventType, tuple[StepName, ...]], dict[EventType, tuple[StepName, ...]]]:
    answered: dict[EventType, dict[StepName, None]] = {}
    completed: dict[EventType, dict[StepName, None]] = {}
    for name, step in procedure.steps.items():
        for event_type, answer in step.answers.items():
            answered.setdefault(event_type, {})[name] = None
            completion = completion_of(answer)
            if completion:
                answered.setdefault(completion, {})[name] = None
                completed.setdefault(completion, {})[name] = None
    return _as_tuples(answered), _as_tuples(completed)


def _as_tuples(found: Mapping[EventType, Mapping[StepName, None]]) -> dict[EventType, tuple[StepName, ...]]:
    return {event_type: tuple(names) for event_type, names in found.items()}


def _expressions(
    when: Expression | None, fill: Iterable[tuple[str, Expression]], deadline: DeadlinePlan | None
) -> list[Expression]:
    start = deadline.start if deadline else None
    return [each for each in (when, start, *(expression for _, expression in fill)) if each is not None]
