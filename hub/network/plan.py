"""A network compiled for the router: graphs closed, expressions compiled, look-ups by name.

Frozen values only; ``compile`` makes them from a checked network. Times are milliseconds since the epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from hashlib import blake2b
from typing import Any, Final, Literal, Protocol, TypeVar

from hub.calendar import Calendar
from hub.events.envelope import Facts
from hub.names import AgencyCode, ElementName, EventType, ProcedureRef, ServiceName, StepName
from hub.network.tariff import Tariff

#: The path of one fact: the step (or "application") that brought it, and the field's name.
FactPath = tuple[str, str]

#: How a length of time is counted: in ms of the clock, or in working days or hours of an agency's calendar.
TimeMeasure = Literal["clock", "days", "hours"]

#: Answers that a procedure remembers of one kind: parallel steps end in more orders than any memory holds.
MAX_REMEMBERED: Final = 4_096

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


class Expression(Protocol):
    """Give one value from a case's facts, always the same for the same facts."""

    @property
    def text(self) -> str:
        """Show the expression as it was declared."""

    @property
    def paths(self) -> frozenset[FactPath]:
        """Tell which facts the expression reads."""

    def __call__(self, facts: Mapping[str, Facts]) -> Any:
        """Evaluate over the facts by step; raise ExpressionError when there is no value."""


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """Say from when until when data may flow, in ms (``until`` excluded); renewals without a gap are one."""

    name: str
    since: int
    until: int
    on_expiry: Literal["finish", "hold"]


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """Say what one type of answer does to its step (see ``model.Answer``); ``complete_within`` is in the measure.

    ``codes``: what the field ``reason`` can say where it names one of a closed set; only those are journaled.
    ``told``: of a rejection, the fields that say why to whoever is rejected, by what they say; ``shown``: those of it
    that speak of no person.
    """

    type: EventType
    outcome: Literal["done", "returned", "rejected", "progress", "provisional", "revoked"]
    to: StepName | None = None  # None: to the applicant
    complete_within: int | None = None
    completed_by: EventType | None = None
    items: str | None = None
    reason: str | None = None
    clock: Literal["stopped", "resumed", "reset"] | None = None
    legal_effect: bool = False
    measure: TimeMeasure = "clock"
    calendar: Calendar | None = None
    codes: frozenset[str] = frozenset()
    text: str | None = None
    refers_to: StepName | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    then: Literal["incident", "reject", "return"] = "incident"


@dataclass(frozen=True, slots=True)
class DeadlinePlan:
    """Say by when a step must be answered and what happens then; ``warn`` holds ascending percents.

    ``within`` is in units of the ``measure``, which by days and hours is the ``calendar``'s; by the clock there is a
    calendar only when it has a grace. A date that ``start`` gives begins in the ``zone``.
    """

    within: int
    start: Expression | None
    warn: tuple[int, ...]
    on_missed: Literal["escalate", "deemed", "expired", "deemed_withdrawn", "expired_unpaid", "uncollected"]
    facts: Mapping[str, Any]
    zone: tzinfo = UTC
    measure: TimeMeasure = "clock"
    calendar: Calendar | None = None
    form: Literal["automatic", "proposal"] = "automatic"
    authority: AgencyCode | None = None  # None: the coordinator
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class SubjectPlan:
    """Say of whom a step is: the ``code`` that its answers name in the field ``said_in``.

    ``facts`` names, for a fact of the subject that is one of the application's, that one: what an applicant completes
    under the subject's name replaces it.
    """

    code: str
    said_in: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BillPlan:
    """Say what a request asks to be paid (see ``model.Bill``): by a tariff of ``versions``, or by ``amounts``."""

    tariff: str | None = None
    versions: Mapping[int, Tariff] = field(default_factory=dict)
    facts: tuple[tuple[str, Expression], ...] = ()
    amounts: tuple[tuple[str, Expression], ...] = ()
    total: Expression | None = None
    into: Mapping[str, str] = field(default_factory=dict)
    owes: Literal["in_all", "anew"] = "in_all"

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """List all that is evaluated to reckon it."""
        total = () if self.total is None else (self.total,)
        return (*(each for _, each in (*self.facts, *self.amounts)), *total)


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """Say how a step takes the money that the step ``bill`` asks for (see ``model.Payment``)."""

    bill: StepName
    amount: str
    number: str | None = None
    shares: Mapping[str, str] = field(default_factory=dict)
    bills: int = 1
    renewed_by: StepName | None = None  # None: by itself
    reversed_by: EventType | None = None
    on_reversal: Literal["incident", "reopen"] = "incident"


@dataclass(frozen=True, slots=True)
class ResultPlan:
    """Say what a completed case hands back to the step that waits for it; ``uses`` are the facts that it reads."""

    type: EventType
    fill: tuple[tuple[str, Expression], ...]
    uses: frozenset[FactPath]


@dataclass(frozen=True, slots=True)
class Substitute:
    """Say what changes when another agency does a step: the step itself, and those that read its facts.

    ``lacks`` names the elements that no agreement grants then, with giver and receiver: the agency may not do it.
    """

    steps: Mapping[StepName, "StepPlan"]
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Hold all that the router must know of one step.

    ``successors`` name it in their ``after`` or are where its rejection leads (``rejected_by`` is the way back);
    ``descendants`` closes over them. A step that only a rejection reaches has mode "any" and no ``after``: it starts
    when the edge is taken and is skipped as a dead path when every step of ``rejected_by`` ended otherwise.
    ``resets``: every step that a return during this step may make pending again, closed over further returns; with
    a return to the applicant the step itself. ``uses``: facts that its guard, fill and deadline read.
    ``agreements``: all of them must be in force for its data to flow. ``substitutes``: the other agencies that may say
    all of its answers. ``subject``: of whom it is, where the procedure has such steps for each of several.
    all of its answers. ``sub_case``: the procedure of which it opens a case, with the request, and waits for its end.
    ``referred_by``: the steps that may refer to it.
    """

    name: StepName
    agency: AgencyCode
    request: EventType
    mode: Literal["start", "all", "any", "of"]
    after: tuple[StepName, ...]
    at_least: int
    when: Expression | None
    fill: tuple[tuple[str, Expression], ...]
    answers: Mapping[EventType, AnswerPlan]
    deadline: DeadlinePlan | None
    accept_within: int | None
    holder: Literal["agency", "applicant", "payer"]
    on_rejected: StepName | None
    on_cancel: Literal["cancel", "let_finish", "compensate"]
    successors: tuple[StepName, ...]
    descendants: frozenset[StepName]
    resets: frozenset[StepName]
    uses: frozenset[FactPath]
    agreements: tuple[AgreementPlan, ...] = ()
    rejected_by: tuple[StepName, ...] = ()
    substitutes: Mapping[AgencyCode, Substitute] = field(default_factory=dict)
    subject: SubjectPlan | None = None
    bill: BillPlan | None = None
    payment: PaymentPlan | None = None
    provisional: frozenset[StepName] = frozenset()
    sub_case: str | None = None
    referred_by: tuple[StepName, ...] = ()


@dataclass(frozen=True, slots=True)
class PredecessorPlan:
    """Say by which fields of its opening a case follows another, and how long (ms) each step counts again."""

    case: str
    proof: str
    applicant: tuple[str, ...]
    reuses: Mapping[StepName, int]


@dataclass(frozen=True, slots=True)
class PriorityPlan:
    """Say which field of an opening records the ground of the priority lane, and the class of each ground.

    ``answers``: by step, the fields of its answers that record one too.
    """

    ground: str
    classes: Mapping[str, str]
    answers: Mapping[StepName, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProcedurePlan:
    """One version of a procedure; ``steps`` stand in topological order.

    ``elements``: what the facts that steps use speak of, by path; the names that the journal keeps.
    ``answered_by``: the steps that take an answer of this type, completions of returned steps included.
    ``completed_by``: the steps that an applicant's completion of this type may move. ``has_subjects``: some step is of
    one of several subjects, so that an answer must be held against whom it names. ``requirements``: what
    an applicant is told of each code of the service's list: its name, and how to mend it, in plain Indonesian.
    ``reversals``: the payment steps
    that an event of this type takes the money back of. ``tariffs``: the versions of what its bills are reckoned by;
    the day of opening, in the ``zone``, chooses. ``service_version``: what is published of its service now.
    """

    ref: ProcedureRef
    service: ServiceName
    opens_on: EventType
    retention: int
    max_rounds: int
    steps: Mapping[StepName, StepPlan]
    answered_by: Mapping[EventType, tuple[StepName, ...]]
    completed_by: Mapping[EventType, tuple[StepName, ...]]
    agreements: tuple[AgreementPlan, ...] = ()
    elements: Mapping[FactPath, tuple[ElementName, ...]] = field(default_factory=dict)
    has_subjects: bool = False
    requirements: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    priority: PriorityPlan | None = None
    reversals: Mapping[EventType, tuple[StepName, ...]] = field(default_factory=dict)
    tariffs: Mapping[str, tuple[Tariff, ...]] = field(default_factory=dict)
    zone: str = "UTC"
    service_version: int = 1
    predecessor: PredecessorPlan | None = None
    named_cache: dict[frozenset[FactPath], tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    needed_cache: dict[frozenset[StepName], Mapping[str, frozenset[str]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    assigned_cache: dict[tuple[tuple[StepName, AgencyCode], ...], "ProcedurePlan"] = field(
        default_factory=dict, compare=False, repr=False
    )
    result: ResultPlan | None = None

    def assigned(self, agencies: Mapping[StepName, AgencyCode]) -> "ProcedurePlan":
        """Give the procedure as it is when these agencies do these steps; to one that may not, no data flow."""
        key = tuple(sorted(agencies.items()))
        found = self.assigned_cache.get(key)
        if found is None:
            found = replace(self, steps=_assigned(self.steps, key))
            _remember(self.assigned_cache, key, found)
        return found

    def named(self, paths: frozenset[FactPath]) -> tuple[str, ...]:
        """Name the elements that facts speak of, sorted; a fact without an element by its path."""
        found = self.named_cache.get(paths)
        if found is None:
            names = {name for path in paths for name in self.elements.get(path) or (".".join(path),)}
            found = tuple(sorted(names))
            _remember(self.named_cache, paths, found)
        return found

    def needed(self, unfinished: frozenset[StepName]) -> Mapping[str, frozenset[str]]:
        """Tell which facts may still be used when these steps are not finished, returns included, by source.

        What a result reads is used to the case's end.
        """
        found = self.needed_cache.get(unfinished)
        if found is None:
            again = unfinished.union(*(self.steps[name].resets for name in unfinished))
            result = self.result.uses if self.result is not None else frozenset[FactPath]()
            paths = result.union(*(self.steps[name].uses for name in again))
            found = {
                source: frozenset(name for each, name in paths if each == source)
                for source in {each for each, _ in paths}
            }
            _remember(self.needed_cache, unfinished, found)
        return found


def _assigned(
    declared: Mapping[StepName, StepPlan], agencies: tuple[tuple[StepName, AgencyCode], ...]
) -> dict[StepName, StepPlan]:
    """Put other agencies in the places of the declared ones; what reads the facts of several needs all agreements."""
    steps, read = dict(declared), set[StepName]()
    for name, agency in agencies:
        if name not in declared or agency == declared[name].agency:
            continue
        substitute = declared[name].substitutes.get(agency)
        if substitute is None or substitute.lacks:
            never = AgreementPlan(f"that lets {agency} do {name}", 0, 0, "hold")
            steps[name] = replace(declared[name], agency=agency, agreements=(never,))
            read.add(name)
            continue
        for each, plan in substitute.steps.items():
            whole = plan if each == name else steps[each]
            more = steps[each].agreements if each in read else ()
            steps[each] = replace(whole, agreements=tuple(dict.fromkeys((*plan.agreements, *more))))
            read.add(each)
    return steps


def _remember(cache: dict[_Key, _Found], key: _Key, found: _Found) -> None:
    if len(cache) >= MAX_REMEMBERED:
        cache.clear()
    cache[key] = found


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """Say what one agency may publish (openings and the hub's own answers included) and open."""

    code: AgencyCode
    publishes: frozenset[EventType]
    opens: frozenset[EventType]


@dataclass(frozen=True, slots=True)
class GonePlan:
    """Say what becomes of a case that owes a step which the new version does not have (see ``migration``)."""

    then: Literal["skip", "restart", "jump"]
    at: StepName | None = None


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """Hold all that the router must know to take a case over from one version of its procedure to another.

    ``steps``: each old step that goes on, with its new name. ``starts``: new steps that are done also in cases that
    have passed them. ``added``: facts of the new version with the old facts that they are made of. ``needs``: by new
    step, the facts without which it cannot start. ``before``: by new step, all that come before it. ``stale``: new
    steps whose task is filled otherwise.
    """

    steps: Mapping[StepName, StepName]
    gone: Mapping[StepName, GonePlan]
    starts: frozenset[StepName]
    added: tuple[tuple[FactPath, Expression], ...]
    dropped: frozenset[FactPath]
    needs: Mapping[StepName, frozenset[FactPath]]
    before: Mapping[StepName, frozenset[StepName]]
    stale: frozenset[StepName]


@dataclass(frozen=True, slots=True)
class Orders:
    """Say what operators have ordered of the whole network: procedures that nobody opens, agencies that get no task.

    ``number`` counts the changes of orders; 0: there never was one.
    """

    number: int = 0
    stopped: frozenset[str] = frozenset()
    held: frozenset[AgencyCode] = frozenset()


def _mark_of_calendars(procedures: Mapping[ProcedureRef, ProcedurePlan]) -> str:
    """Hash the office times by which steps count, whoever does them: 8 hex characters, empty where none does."""
    marks: dict[int, str] = {}  # few calendars beside so many steps
    told = []
    for ref, procedure in procedures.items():
        for step in procedure.steps.values():
            for done in (step, *(each.steps[step.name] for each in step.substitutes.values())):
                for counted in (done.deadline, *done.answers.values()):
                    if counted is not None and (office := counted.calendar) is not None:
                        if id(office) not in marks:
                            marks[id(office)] = _hash(repr(office))
                        told.append((ref, step.name, done.agency, marks[id(office)]))
    return _hash(repr(sorted(told))) if told else ""


def _hash(text: str, /) -> str:
    return blake2b(text.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole network as one bundle put it in force; ``openings`` names the newest version per opening type.

    ``calendars`` is a mark of all calendars and graces: times that were counted under the same need no counting anew.
    ``evidence_keys`` come from the process's settings, not from the bundle: the first seals what a case proves for
    another, each of them proves a seal.
    """

    network: str
    sequence: int
    digest: str
    coordinator: AgencyCode
    front_office: AgencyCode
    partitions: int
    agencies: Mapping[AgencyCode, AgencyPlan]
    procedures: Mapping[ProcedureRef, ProcedurePlan]
    openings: Mapping[EventType, ProcedureRef]
    migrations: Mapping[tuple[ProcedureRef, ProcedureRef], MigrationPlan] = field(default_factory=dict)
    evidence_keys: tuple[bytes, ...] = field(default=(), repr=False)
    orders: Orders = Orders()
    calendars: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calendars", _mark_of_calendars(self.procedures))
