"""What people declare, as frozen values: one model per kind of file of a network folder.

Shape only: pydantic refuses unknown keys and wrong types here; what one file says of another is ``check``'s.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from hub.calendar import DAY
from hub.names import AGENCY_CODE, AgencyCode, ElementName, EventType, ServiceName, StepName
from hub.network.hours import Moment, OpeningHours
from hub.network.span import SpanMs, Time, TimeInput

#: Steps of one procedure; ours have under 20. What follows from how they are joined takes the cube of it to find.
MAX_STEPS = 150
#: Subjects of one kind in a case: a wedding has two persons and three households.
MAX_SUBJECTS = 20
#: To whom a returned step goes when it goes to no other step.
APPLICANT = "applicant"
#: The event by which the front office says that an applicant has completed a returned file.
COMPLETED = EventType("hub.ApplicationCompleted")
#: The event by which an authority says whether an agency's silence counts as its consent.
APPROVAL_DECIDED = EventType("hub.ApprovalDecided")
#: How a step hears that the case which it opened and waits for has ended; a completed one may have a result instead.
SUB_CASE_ENDS = {
    "completed": EventType("hub.SubCaseCompleted"),
    "rejected": EventType("hub.SubCaseRejected"),
    "withdrawn": EventType("hub.SubCaseWithdrawn"),
    "expired": EventType("hub.SubCaseExpired"),
}


def parse_cel(value: object) -> object:
    """Write a number, true or false as the CEL text that means it; leave texts (which are CEL already) alone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


#: An expression in CEL; in YAML a bare number, true or false means itself.
Cel = Annotated[str, BeforeValidator(parse_cel, json_schema_input_type=str | int | float | bool)]
Code = Annotated[AgencyCode, Field(pattern=f"^{AGENCY_CODE.pattern}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
#: What an agency lists as missing: a word, or a year that is owed.
RequirementCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$")]
#: V read in a primary source, S in a secondary one, B background, I illustrative; confidence H, M, L.
Evidence = Annotated[str, Field(pattern=r"^[VSBI](-[HML])?$")]


class Declared(BaseModel):
    """Refuse what is not declared and never change after."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Declared):
    """Say the same in Indonesian and English."""

    id: str
    en: str


class Marked(Declared):
    """Carry the evidence for a record: how it is known and from where (reference tags)."""

    evidence: Evidence
    sources: tuple[str, ...] = ()


class Network(Marked):
    """One city's network (network.yaml)."""

    network: Word
    title: Text
    time_zone: str
    coordinator: Code
    front_office: Code
    partitions: Annotated[int, Field(ge=1, le=512)] = 4
    journal_retention: SpanMs = 3650 * DAY
    tasks_retention: SpanMs = 365 * DAY
    forbidden_elements: tuple[ElementName, ...] = ()


class Agency(Marked):
    """One agency: who it is, by which calendar it works, and what it may say (agencies/<code>.yaml)."""

    agency: Code
    title: Text
    kind: Literal[
        "city",
        "province",
        "vertical",
        "public-body",
        "state-enterprise",
        "regional-enterprise",
        "non-structural",
        "external",
    ]
    level: Literal["counter", "file", "database", "api", "events"]
    calendar: Word | None = None
    publishes: tuple[EventType, ...] = ()
    opens: tuple[EventType, ...] = ()
    note: str | None = None


class Components(Declared):
    """The six components every service must publish (UU 25/2009 art. 21), and the other eight where known."""

    requirements: Text
    procedure: Text
    time: Text
    fee: Text
    product: Text
    complaints: Text
    legal_basis: Text | None = None
    facilities: Text | None = None
    competence: Text | None = None
    internal_control: Text | None = None
    staffing: Text | None = None
    service_guarantee: Text | None = None
    security_guarantee: Text | None = None
    evaluation: Text | None = None


class Requirement(Declared):
    """Name one thing that an applicant must bring or mend, and, where it is not plain, say how (``ask``)."""

    title: Text
    ask: Text | None = None


class Service(Marked):
    """One public service and what is published of it (services/<service>.yaml).

    ``requirements``: what may be found missing or wrong, by the code by which agencies list it.
    What is published anew has a higher ``version``: a case keeps the one under which it was opened.
    """

    service: Annotated[ServiceName, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
    title: Text
    owner: Code
    components: Components
    requirements: dict[RequirementCode, Requirement] = Field(default_factory=dict)
    version: Annotated[int, Field(ge=1)] = 1


class After(Declared):
    """Say which steps come before: all of them, any of them, or at least k of them.

    Of those that ``provisional`` names an outcome that is not confirmed yet is enough.
    """

    all: tuple[StepName, ...] = ()
    any: tuple[StepName, ...] = ()
    of: tuple[StepName, ...] = ()
    at_least: Annotated[int, Field(ge=1)] | None = None
    provisional: tuple[StepName, ...] = ()


#: What an answer can do to its step.
Outcome = Literal["done", "returned", "rejected", "progress", "provisional", "revoked"]


_Outcome = Literal["done", "returned", "rejected", "progress"]


class Answer(Declared):
    """Say what one type of answer does to its step.

    ``to`` and ``completed_by`` belong to ``returned``: to the applicant (through the front office) or to a named
    step; the facts of ``completed_by`` replace the application's of the same name. ``items`` names the answer's
    array field that lists what is missing; ``reason`` its field with the reason code of a return or rejection; ``text``
    its field with a sentence for the applicant. ``refers_to`` belongs to ``done``: the case goes on to the competent
    agency's step, where the time since this step began counts already, and the front office is told.
    ``provisional``: it stands until an answer that is ``done`` confirms it, within ``confirm_within`` or the
    coordinator is told, or one that is ``revoked`` takes it back: ``then`` reject, return, or wait for a person.
    """

    outcome: Outcome
    to: str | None = None
    complete_within: Time | None = None
    completed_by: EventType = COMPLETED
    items: str | None = None
    reason: str | None = None
    clock: Literal["stopped", "resumed", "reset"] | None = None
    legal_effect: bool = False
    text: str | None = None
    refers_to: StepName | None = None
    confirm_within: Time | None = None
    then: Literal["incident", "reject", "return"] | None = None


def _as_answer(value: object) -> object:
    return {"outcome": value} if isinstance(value, str) else value


def _as_after(value: object) -> object:
    return {"all": value} if isinstance(value, list | tuple) else value


def _as_names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_deadline(value: object) -> object:
    return {"within": value} if isinstance(value, int | str) else value


#: What follows when a deadline is missed.
OnMissed = Literal["escalate", "deemed", "expired", "deemed_withdrawn", "expired_unpaid", "uncollected"]


def _as_on_missed(value: object) -> object:
    return "deemed_withdrawn" if value == "withdrawn" else value


class Deadline(Declared):
    """Say by when a step must be answered, and what happens then.

    ``within`` counts from activation, or from the date or timestamp that the expression ``start`` (YAML: ``from``)
    gives. ``warn`` are percents of the span. ``on_missed``: the step stays and the coordinator is told (``escalate``),
    it counts as done with the ``facts`` given (``deemed``), or the case ends: ``deemed_withdrawn``, ``expired_unpaid``,
    ``uncollected``, and ``expired`` for what is none of these. ``withdrawn`` is read as ``deemed_withdrawn``. By the
    ``form`` a deemed step is done of itself, or when the ``authority`` approves what the hub proposes to it; the
    ``legal_basis`` says by what law silence counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    within: Time
    start: Annotated[str | None, Field(alias="from")] = None
    warn: tuple[Annotated[int, Field(ge=1, le=100)], ...] = (50, 80, 100)
    on_missed: Annotated[OnMissed, BeforeValidator(_as_on_missed, json_schema_input_type=OnMissed)] = "escalate"
    facts: dict[str, Any] = Field(default_factory=dict)
    form: Literal["automatic", "proposal"] = "automatic"
    authority: Code | None = None
    legal_basis: str | None = None


class Bill(Declared):
    """Say what a step's request asks to be paid: what a ``tariff`` comes to for ``facts``, or ``amounts`` by payee.

    ``total`` is what somebody else has summed; another sum is an incident. ``into`` names the request's fields for the
    ``total`` and for payees' shares. A tariff counts in the version of the day on which the case was opened. When the
    step is done again, that is what is owed in all, so that what was paid is not asked for again, or it is owed
    ``anew``.
    """

    tariff: Word | None = None
    facts: dict[str, Cel] = Field(default_factory=dict)
    amounts: dict[Word, Cel] = Field(default_factory=dict)
    total: Cel | None = None
    into: dict[Word, str] = Field(default_factory=dict)
    owes: Literal["in_all", "anew"] = "in_all"

    @property
    def expressions(self) -> tuple[str, ...]:
        """List all that is evaluated to reckon it."""
        return (*self.facts.values(), *self.amounts.values(), *([] if self.total is None else [self.total]))


class Payment(Declared):
    """Say how a step takes the money of a bill: its own, or the one of the step that ``bill`` names.

    ``amount``, ``number`` and ``shares`` (by payee) name fields of the answers that are ``done``: what was received,
    under which receipt, and how it was split. A bill lapses with the step's deadline; up to ``bills`` of them are
    issued, again from the step ``renewed_by`` on. ``reversed_by``: the event type by which a payment is taken back.
    """

    bill: StepName | None = None
    amount: str
    number: str | None = None
    shares: dict[Word, str] = Field(default_factory=dict)
    bills: Annotated[int, Field(ge=1, le=20)] = 1
    renewed_by: StepName | None = None
    reversed_by: EventType | None = None
    on_reversal: Literal["incident", "reopen"] = "incident"


class Step(Declared):
    """One step of a procedure: who does what, after which others, with which data, within which time.

    ``for_each`` names subjects of the procedure: the step stands once for each of them, or for the one ``subject``.
    With ``sub_case`` no agency is asked: a case of that procedure is opened with the request, and its end is the
    answer; ``agency`` answers for it.
    """

    title: Text
    agency: Code
    request: EventType
    after: Annotated[After, BeforeValidator(_as_after, json_schema_input_type=After | tuple[StepName, ...])] = After()
    when: Cel | None = None
    fill: dict[str, Cel] = Field(default_factory=dict)
    answers: dict[EventType, Annotated[Answer, BeforeValidator(_as_answer, json_schema_input_type=Answer | Outcome)]]
    deadline: Annotated[Deadline, BeforeValidator(_as_deadline, json_schema_input_type=Deadline | TimeInput)] | None = (
        None
    )
    accept_within: SpanMs | None = None
    holder: Literal["agency", "applicant", "payer"] = "agency"
    on_rejected: StepName | None = None
    on_cancel: Literal["cancel", "let_finish", "compensate"] = "cancel"
    for_each: Word | None = None
    subject: Word | None = None
    bill: Bill | None = None
    payment: Payment | None = None
    sub_case: Word | None = None


class Subject(Declared):
    """One of whom a case speaks, and the facts of it, as expressions over the case's: ``subject.<name>`` in steps."""

    title: Text
    facts: dict[str, Cel] = Field(default_factory=dict)


class Subjects(Declared):
    """Name those of whom steps ``for_each`` speak, by code; ``field`` is where answers say of whom they are."""

    field: str
    of: Annotated[dict[Word, Subject], Field(min_length=1, max_length=MAX_SUBJECTS)]


class Predecessor(Declared):
    """Let a case follow an ended one of the same procedure and applicant, and use again what was verified there.

    The fields are the opening's: ``case`` names the case that it follows, ``proof`` is what the hub said of it at its
    end, and what ``applicant`` names (one field or several) must be the same in both. ``reuses``: for how long after
    it was done a step counts again.
    """

    case: str
    proof: str
    applicant: Annotated[tuple[str, ...], BeforeValidator(_as_names, json_schema_input_type=str | tuple[str, ...])]
    reuses: Annotated[dict[StepName, SpanMs], Field(min_length=1)]


class Follows(Declared):
    """Let an example's opening follow a case in which these steps were done so long ago; of the same one or another."""

    same: bool = True
    verified: dict[StepName, SpanMs]


class Priority(Declared):
    """Let cases go first whose opening records a ground: which of its fields says it, and the class of each ground.

    The class is what the lane's own records name; so coarse that it tells nothing of a person's health. A ground that
    has no class here is none. ``answers`` names facts of steps ("refer.priority_ground") that record a ground too: the
    case goes first from then on.
    """

    ground: str
    classes: Annotated[dict[str, Word], Field(min_length=1)]
    answers: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][\w-]*\.[A-Za-z_]\w*$")], ...] = ()


class Result(Declared):
    """What a completed case hands back to a step that waits for it: facts of its own, as an event of this type."""

    type: EventType
    fill: dict[str, Cel] = Field(default_factory=dict)


class Said(Declared):
    """One thing an example gives: an event by an agency, a passing of time, or an operator's act.

    ``sub_case`` names the step in whose sub-case it happens; ``answers`` and ``step`` are then that case's.
    """

    agency: Code | None = None
    event: EventType | None = None
    answers: StepName | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    id: str | None = None
    wait: SpanMs | None = None
    operator: Literal["retry", "skip", "amend", "withdraw"] | None = None
    step: StepName | None = None
    reason: str | None = None
    sub_case: StepName | None = None
    follows: Follows | None = None


class Expected(Declared):
    """What an example expects at its end; what is not named is not looked at."""

    outcome: Literal[
        "open", "closing", "completed", "rejected", "withdrawn", "deemed_withdrawn", "expired_unpaid", "uncollected",
        "expired",
    ]  # fmt: skip
    tasks: tuple[str, ...] | None = None
    active: tuple[StepName, ...] | None = None
    skipped: tuple[StepName, ...] | None = None
    incidents: int = 0
    dead_letters: int = 0


class Example(Declared):
    """A story that is the procedure's test: given these, then that; without ``begins`` on an ordinary Monday."""

    name: str
    begins: AwareDatetime | None = None
    given: tuple[Said, ...]
    then: Expected


class Procedure(Marked):
    """One version of a procedure (procedures/<name>.v<N>.yaml)."""

    procedure: Word
    version: Annotated[int, Field(ge=1)]
    service: Annotated[ServiceName, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
    title: Text
    opens_on: EventType
    retention: SpanMs = 90 * DAY
    max_rounds: Annotated[int, Field(ge=1, le=100)] = 5
    steps: Annotated[dict[StepName, Step], Field(max_length=MAX_STEPS)]
    result: Result | None = None
    examples: tuple[Example, ...] = ()
    subjects: dict[Word, Subjects] = Field(default_factory=dict)
    priority: Priority | None = None
    predecessor: Predecessor | None = None


class Validity(Declared):
    """From the first day to the last, both included, in the network's time zone."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: Annotated[date, Field(alias="from")]
    until: date


class Grant(Declared):
    """Allow one provider's elements to flow to one receiver, for one service and purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    provider: Annotated[Code, Field(alias="from")]
    receiver: Annotated[Code, Field(alias="to")]
    service: ServiceName
    purpose: str
    elements: tuple[ElementName, ...]


class Agreement(Marked):
    """A cooperation agreement (PKS) that the hub enforces (agreements/<name>.yaml)."""

    agreement: Word
    title: Text
    parties: tuple[Code, ...]
    legal_basis: str
    valid: Validity
    on_expiry: Literal["finish", "hold"] = "finish"
    contact: str
    grants: tuple[Grant, ...]


class AreaCode(Declared):
    """One area in the codes of Kemendagri and BPS; without ``bps`` nobody has mapped it yet. ``wards``: how many."""

    code: str
    bps: str | None = None
    name: str
    wards: Annotated[int, Field(ge=0)] | None = None


class Areas(Marked):
    """Areas under both their codes, as one decree has them (areas/<name>.yaml)."""

    areas: Word
    title: Text
    decree: str
    codes: tuple[AreaCode, ...]
    note: str | None = None


class Week(Declared):
    """Opening hours from Monday to Sunday; a day that is left out is closed."""

    mon: OpeningHours = ()
    tue: OpeningHours = ()
    wed: OpeningHours = ()
    thu: OpeningHours = ()
    fri: OpeningHours = ()
    sat: OpeningHours = ()
    sun: OpeningHours = ()


class Holidays(Declared):
    """Close on a country's public holidays of these years, and on its joint leave if told so."""

    country: str
    years: Annotated[tuple[Annotated[int, Field(ge=1970, le=2199)], ...], Field(min_length=1)]
    joint_leave: bool = False


class Closure(Declared):
    """Close on one day, or from the first day to the last, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    on: date | None = None
    start: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    reason: str


class Opening(Declared):
    """Open for these hours on one day, whatever the week, holidays and closures say of it."""

    on: date
    hours: OpeningHours
    reason: str


class GracePeriod(Declared):
    """Let what falls due from one moment to another be due at the end; a last day counts whole.

    For these ``services`` only, or for all when none is named; times by the clock too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: Annotated[Moment, Field(alias="from")]
    until: Moment
    decision: str
    services: tuple[ServiceName, ...] = ()


class Calendar(Marked):
    """When an office's doors are open, in its time zone (calendars/<name>.yaml)."""

    calendar: Word
    title: Text
    zone: str
    week: Week
    holidays: Holidays | None = None
    closed: tuple[Closure, ...] = ()
    open: tuple[Opening, ...] = ()
    grace: tuple[GracePeriod, ...] = ()
    note: str | None = None
