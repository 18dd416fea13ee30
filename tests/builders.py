"""Plans built by hand, small enough to read: the router's tests need no files and no compiler."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any

from hub.errors import ExpressionError
from hub.events.envelope import Event, Facts, content_digest
from hub.names import AgencyCode, CaseId, EventId, EventType, ProcedureRef, ServiceName, StepName, TaskId
from hub.network.model import APPROVAL_DECIDED, COMPLETED
from hub.network.plan import (
    AgencyPlan,
    AgreementPlan,
    AnswerPlan,
    DeadlinePlan,
    Expression,
    FactPath,
    Plan,
    ProcedurePlan,
    StepPlan,
    Substitute,
)
from hub.network.tariff import Tariff
from hub.rehearsal.world import Rehearsal
from hub.router.case import PENDING, Case, StepState
from hub.router.decision import Decision

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_767_571_200_000
FRONT = AgencyCode("front")
COORDINATOR = AgencyCode("coordinator")
OPENER = AgencyCode("hospital")
OPENS = EventType("test.Opened")
CASE = CaseId("hospital.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
ACCEPTED = EventType("hub.TaskAccepted")


@dataclass(frozen=True)
class Formula:
    """An expression of the tests: a function over the facts, and the paths that it reads."""

    text: str
    paths: frozenset[FactPath]
    run: Callable[[Mapping[str, Facts]], Any] = field(compare=False)

    def __call__(self, facts: Mapping[str, Facts]) -> Any:
        """Evaluate; a missing fact is an ExpressionError, as with CEL."""
        try:
            return self.run(facts)
        except KeyError as wrong:
            raise ExpressionError(f"{self.text!r} has no value") from wrong


def path(text: str) -> Formula:
    """Read one fact, as a plain path does."""
    source, name = text.split(".")
    return Formula(text, frozenset({(source, name)}), lambda facts: facts[source][name])


def has(text: str) -> Formula:
    """Tell whether a fact is there and true."""
    source, name = text.split(".")
    return Formula(
        f"has({text})", frozenset({(source, name)}), lambda facts: bool(facts.get(source, {}).get(name, False))
    )


def constant(value: Any) -> Formula:
    """Give the same value always."""
    return Formula(repr(value), frozenset(), lambda _: value)


def broken(error: Exception) -> Formula:
    """Raise, as a guard that meets what it did not expect."""

    def run(_: Mapping[str, Facts]) -> Any:
        raise error

    return Formula("broken", frozenset(), run)


def answer_type(step: str, outcome: str) -> EventType:
    """Name the type by which a test's step is answered: test.<step>.<outcome>."""
    return EventType(f"test.{step}.{outcome}")


def answer(step: str, outcome: Any, **more: Any) -> AnswerPlan:
    """Declare one answer of a step."""
    return AnswerPlan(type=more.pop("type", answer_type(step, outcome)), outcome=outcome, **more)


def deadline(within: int = 10 * DAY, *, on_missed: Any = "escalate", **more: Any) -> DeadlinePlan:
    """Declare a deadline with the usual warnings."""
    return DeadlinePlan(
        within=within, start=more.get("start"), warn=more.get("warn", (50, 80, 100)), on_missed=on_missed,
        facts=more.get("facts", {}), zone=more.get("zone", UTC), measure=more.get("measure", "clock"),
        calendar=more.get("calendar"), form=more.get("form", "automatic"), authority=more.get("authority"),
        legal_basis=more.get("legal_basis", ""),
    )  # fmt: skip


def step(name: str, *, after: Sequence[str] = (), mode: Any = None, **more: Any) -> StepPlan:
    """Declare one step; its agency is named like it unless said otherwise. `build` closes the graph."""
    answers = more.pop("answers", None) or [
        answer(name, outcome) for outcome in ("done", "returned", "rejected", "progress")
    ]
    return StepPlan(
        name=StepName(name), agency=AgencyCode(more.pop("agency", name)), request=EventType(f"test.{name}.Request"),
        mode=mode or ("all" if after else "start"), after=tuple(StepName(each) for each in after),
        at_least=more.pop("at_least", 1), when=more.pop("when", None),
        fill=tuple((key, expression) for key, expression in more.pop("fill", {}).items()),
        answers={each.type: each for each in answers}, deadline=more.pop("deadline", None),
        accept_within=more.pop("accept_within", None), holder=more.pop("holder", "agency"),
        on_rejected=more.pop("on_rejected", None), on_cancel=more.pop("on_cancel", "cancel"), successors=(),
        descendants=frozenset(), resets=frozenset(), uses=frozenset(), agreements=more.pop("agreements", ()), **more,
    )  # fmt: skip


def procedure(*steps: StepPlan, **more: Any) -> ProcedurePlan:
    """Close the graph of some steps into a procedure; the agency `spare` may do any of them too."""
    closed = _close(steps)
    answered: dict[EventType, list[StepName]] = {}
    completed: dict[EventType, list[StepName]] = {}
    for each in closed.values():
        for one in each.answers.values():
            answered.setdefault(one.type, []).append(each.name)
            if one.outcome == "returned" and one.to is None:
                by = one.completed_by or COMPLETED
                completed.setdefault(by, [])
                if each.name not in completed[by]:
                    completed[by].append(each.name)
    for event_type, names in completed.items():
        answered.setdefault(event_type, []).extend(names)
    if spare := more.get("spare"):
        closed = {name: _with_spare(each, AgencyCode(spare), closed) for name, each in closed.items()}
    return ProcedurePlan(
        ref=ProcedureRef(more.get("ref", "test@1")), service=ServiceName("test"),
        opens_on=EventType(more.get("opens_on", OPENS)),
        retention=more.get("retention", 90 * DAY), max_rounds=more.get("max_rounds", 5), steps=closed,
        answered_by={kind: tuple(names) for kind, names in answered.items()},
        completed_by={kind: tuple(names) for kind, names in completed.items()},
        agreements=more.get("agreements", ()), has_subjects=any(each.subject is not None for each in closed.values()),
        requirements=more.get("requirements", {}), priority=more.get("priority"),
        reversals=_reversals(closed), tariffs=_tariffs(closed),
        result=more.get("result"),
        predecessor=more.get("predecessor"),
    )  # fmt: skip


def _reversals(steps: Mapping[StepName, StepPlan]) -> dict[EventType, tuple[StepName, ...]]:
    paid = [each for each in steps.values() if each.payment is not None and each.payment.reversed_by is not None]
    return {each.payment.reversed_by: (each.name,) for each in paid if each.payment and each.payment.reversed_by}


def _tariffs(steps: Mapping[StepName, StepPlan]) -> dict[str, tuple[Tariff, ...]]:
    bills = [each.bill for each in steps.values() if each.bill is not None]
    return {each.tariff: tuple(each.versions.values()) for each in bills if each.tariff is not None}


def plan(*procedures: ProcedurePlan, more_publishes: Mapping[str, Iterable[str]] | None = None) -> Plan:
    """Put one or more procedures in force, with every agency that they name."""
    publishes: dict[AgencyCode, set[EventType]] = {FRONT: {COMPLETED, ACCEPTED}, OPENER: {ACCEPTED}, COORDINATOR: set()}
    for each in procedures:
        publishes[OPENER].add(each.opens_on)
        publishes[FRONT] |= set(each.completed_by)
        for one in each.steps.values():
            for code in (one.agency, *one.substitutes):
                publishes.setdefault(code, {ACCEPTED}).update(() if one.sub_case else one.answers)
                if one.deadline is not None and one.deadline.form == "proposal":
                    authority = one.deadline.authority or COORDINATOR
                    publishes.setdefault(authority, {ACCEPTED}).add(APPROVAL_DECIDED)
                if one.payment is not None and one.payment.reversed_by is not None:
                    publishes[code].add(one.payment.reversed_by)
    for code, types in (more_publishes or {}).items():
        publishes.setdefault(AgencyCode(code), set()).update(EventType(kind) for kind in types)
    return Plan(
        network="test", sequence=1, digest="test", coordinator=COORDINATOR, front_office=FRONT, partitions=4,
        agencies={
            code: AgencyPlan(
                code=code, publishes=frozenset(types),
                opens=frozenset({each.opens_on for each in procedures} if code == OPENER else ()),
            )
            for code, types in publishes.items()
        },
        procedures={each.ref: each for each in procedures},
        openings={each.opens_on: each.ref for each in procedures},
    )  # fmt: skip


def agreement(name: str = "pks", *, since: int = 0, until: int = NOW + 3650 * DAY, on_expiry: Any = "finish") -> Any:
    """Declare an agreement in force."""
    return AgreementPlan(name=name, since=since, until=until, on_expiry=on_expiry)


def event(event_type: str, agency: str, **more: Any) -> Event:
    """Make an event of the test's case, appended now unless said otherwise."""
    data = more.get("data", {})
    return Event(
        id=EventId(more.get("id", f"{agency}/{event_type}")), type=EventType(event_type), agency=AgencyCode(agency),
        case=more.get("case", CASE), data=data, appended_at=more.get("at", NOW),
        digest=more.get("digest") or content_digest(event_type, repr(sorted(data.items())).encode()),
        time=more.get("time"), subject=more.get("subject"),
        causation=TaskId(more["causation"]) if more.get("causation") else None,
    )  # fmt: skip


def _close(steps: Sequence[StepPlan]) -> dict[StepName, StepPlan]:
    named = {each.name: each for each in steps}
    following: dict[StepName, list[StepName]] = {name: [] for name in named}
    rejecting: dict[StepName, list[StepName]] = {name: [] for name in named}
    for each in steps:
        for before in each.after:
            following[before].append(each.name)
        if each.on_rejected is not None:
            following[each.name].append(each.on_rejected)
            rejecting[each.on_rejected].append(each.name)
    below = {name: _reach(name, following) for name in named}
    again = _paid_again(steps, below)
    closed: dict[StepName, StepPlan] = {}
    for each in steps:
        expressions: list[Expression] = [expression for _, expression in each.fill]
        origin = None if each.deadline is None else each.deadline.start
        expressions += [one for one in (each.when, origin) if one is not None]
        expressions += each.bill.expressions if each.bill is not None else ()
        only_rejected = bool(rejecting[each.name]) and not each.after
        closed[each.name] = replace(
            each, successors=tuple(following[each.name]), descendants=frozenset(below[each.name]),
            resets=frozenset(_resets(each.name, named, below)) | again, mode="any" if only_rejected else each.mode,
            uses=frozenset().union(*(one.paths for one in expressions)), rejected_by=tuple(rejecting[each.name]),
        )  # fmt: skip
    return closed


def _paid_again(steps: Sequence[StepPlan], below: Mapping[StepName, set[StepName]]) -> frozenset[StepName]:
    """Name the steps that a payment taken back, or a bill that lapses, may have done again."""
    paid = [(each.name, each.payment) for each in steps if each.payment is not None]
    targets = {name for name, payment in paid if payment.reversed_by is not None}
    targets |= {payment.renewed_by for _, payment in paid if payment.renewed_by is not None}
    return frozenset().union(*({name} | below[name] for name in targets))


def _with_spare(each: StepPlan, spare: AgencyCode, closed: Mapping[StepName, StepPlan]) -> StepPlan:
    readers = {name: one for name, one in closed.items() if any(source == each.name for source, _ in one.uses)}
    return replace(each, substitutes={spare: Substitute({**readers, each.name: replace(each, agency=spare)})})


def _reach(name: StepName, following: Mapping[StepName, Sequence[StepName]]) -> set[StepName]:
    found: set[StepName] = set()
    waiting = list(following[name])
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(following[each])
    return found


def _resets(
    name: StepName, named: Mapping[StepName, StepPlan], below: Mapping[StepName, set[StepName]]
) -> set[StepName]:
    found: set[StepName] = set()
    waiting = [name]
    while waiting:
        for one in named[waiting.pop()].answers.values():
            again = set() if one.outcome != "returned" else {name} if one.to is None else {one.to} | below[one.to]
            waiting.extend(again - found)
            found |= again
    return found


def opened(*steps: StepPlan, data: Mapping[str, Any] | None = None, **more: Any) -> Rehearsal:
    """Begin a world with one procedure of these steps, and open the test's case in it."""
    world = Rehearsal(plan(procedure(*steps, **more)))
    world.publish(event(OPENS, OPENER, data=dict(data or {}), subject="K-1"))
    return world


def case_of(world: Rehearsal) -> Case:
    """Read the test's case."""
    found = world.case(CASE)
    assert found is not None
    return found


def state(world: Rehearsal, step: str) -> StepState:
    """Read one step's state."""
    return case_of(world).steps.get(StepName(step), PENDING)


def statuses(world: Rehearsal) -> dict[str, str]:
    """Read every step's status."""
    return {str(name): each.status for name, each in case_of(world).steps.items()}


def answers(world: Rehearsal, step: str, outcome: str = "done", **data: Any) -> Decision:
    """Let a step's agency answer its active task."""
    return world.say(
        doer(world, step), answer_type(step, outcome), CASE, data=data, causation=world.active_task(CASE, step)
    )


def doer(world: Rehearsal, step: str) -> str:
    """Name the agency that does a step of the test's case now."""
    case = case_of(world)
    given = case.assigned.get(StepName(step))
    assert case.procedure is not None
    return given[-1] if given else world.plan.procedures[case.procedure].steps[StepName(step)].agency


def told(world: Rehearsal) -> list[tuple[str, str]]:
    """List the notices by type and agency."""
    return [(sent.notice.type.removeprefix("hub."), str(sent.notice.agency)) for sent in world.notices]
