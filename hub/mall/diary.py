"""What happened in a rehearsed mall, written down while it happens: by service, by agency, by hour.

Time is taken from the cases themselves: what their holders held sums to their ages, to the ms.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.events.envelope import Facts
from hub.mall.arrivals import Arrival
from hub.mall.conduct import COMPLETION_REQUESTED, OF_THE_HUB, Asked
from hub.mall.desk import Desk
from hub.mall.staff import Staff, Utterance
from hub.names import AgencyCode, CaseId, ProcedureRef, ServiceName, StepName
from hub.network.load import DeclaredNetwork
from hub.network.plan import Plan, StepPlan
from hub.rehearsal.world import Entry, Rehearsal
from hub.router.case import HUB, OWED, STOPPED, Case
from hub.router.decision import Decision, Outcome, Tick

#: Who may hold a case's time, in the order in which people read it.
HOLDERS: Final = ("agency", "applicant", "payer", STOPPED, HUB)
_PEOPLE: Final = frozenset({"applicant", "payer", STOPPED, HUB})
_HOUR_MS: Final = 3_600_000
#: Outcomes with which an event moved its case.
_TAKEN: Final[frozenset[Outcome]] = frozenset({"advanced", "closed", "incident"})
#: Cases that wait the longest and are named.
_NAMED: Final = 10

_Attempt = tuple[CaseId, StepName, int]


@dataclass
class ServiceDiary:
    """Count one service's cases; ``held`` is ms by holder, ``ages`` of ended cases in ms, ``office`` in working days.

    ``late``: cases of which an agency missed a deadline.
    """

    opened: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    late: set[CaseId] = field(default_factory=set)
    held: Counter[str] = field(default_factory=Counter)
    age: int = 0
    ages: list[int] = field(default_factory=list)
    office: list[int] = field(default_factory=list)
    waits: Counter[str] = field(default_factory=Counter)


@dataclass
class AgencyDiary:
    """Count one agency's tasks; ``answered`` by what the answer was, ``late`` of them after their deadline.

    ``owed`` are not answered at the end, ``owed_late`` of them past their deadline; ``held`` is its share of the ms
    in which it held a case, alone or with others.
    """

    asked: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    late: int = 0
    owed: int = 0
    owed_late: int = 0
    wrong: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Return:
    """Name why files of a step were returned or rejected; ``reason`` is a code of a closed set, or empty."""

    service: ServiceName
    step: StepName
    agency: AgencyCode
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Name a case that waits: by its number, for whom, since when (ms)."""

    number: str
    service: ServiceName
    step: StepName
    whom: str
    since: int
    is_late: bool


class Diary:
    """Write down what happens."""

    def __init__(self, network: DeclaredNetwork, plan: Plan, *, since: int) -> None:
        """Begin with nothing."""
        self._plan, self.since, self.until = plan, since, since
        self._office = network.network.front_office
        self.services = {each.service: ServiceDiary() for each in network.procedures.values()}
        self.agencies = {code: AgencyDiary() for code in network.agencies}
        self.returns: Counter[Return] = Counter()
        self.incidents: Counter[str] = Counter()
        self.come: Counter[int] = Counter()
        self.ended: Counter[int] = Counter()
        self.waiting: list[Waiting] = []
        self.desks: Mapping[str, Desk] = {}
        self.events = self.tasks = self.refused = self.decisions = self.fired = self.away = 0
        self._missed: set[_Attempt] = set()
        self._returned: set[_Attempt] = set()
        self._over: dict[CaseId, Case] = {}

    @property
    def opened(self) -> int:
        """Count the cases that were opened."""
        return sum(each.opened for each in self.services.values())

    @property
    def closed(self) -> int:
        """Count the cases that have ended."""
        return len(self._over)

    # --- while it happens --------------------------------------------------------------------------------------------

    def arrive(self, person: Arrival) -> None:
        """Count somebody who came with an application."""
        self.events += 1
        self.come[self._hour(person.at)] += 1

    def ask(self, asked: Asked) -> None:
        """Count a task that was sent."""
        self.tasks += 1
        if asked.type == COMPLETION_REQUESTED:
            self._returned.add((asked.case, asked.step, asked.attempt))
        elif asked.type not in OF_THE_HUB:
            self.agencies[asked.agency].asked += 1

    def hear(self, said: Utterance, decision: Decision, *, data: Facts) -> None:
        """Count an event that was said, by what the router decided."""
        self.events += 1
        asked = said.asked
        agency = self.agencies[asked.agency]
        if said.said.is_wrong:
            agency.wrong += 1
        if asked.type in OF_THE_HUB or decision.outcome not in _TAKEN:
            return
        if said.is_last:
            agency.answered[said.said.outcome] += 1
            agency.late += (asked.case, asked.step, asked.attempt) in self._missed
        if said.said.outcome in {"returned", "rejected"}:
            plan = self._plan.procedures[asked.procedure]
            answer = plan.steps[asked.step].answers[said.said.type]
            reason = str(data.get(answer.reason or "", ""))
            reason = reason if reason in answer.codes else ""
            self.returns[Return(plan.service, asked.step, asked.agency, said.said.outcome, reason)] += 1

    def note(self, entry: Entry) -> None:
        """Count a decision that is journaled."""
        self.decisions += 1
        case = entry.decision.case
        if case is None:
            return
        if entry.decision.outcome == "opened":
            self._service(case).opened += 1
        if isinstance(entry.stimulus, Tick):
            self.fired += 1
            self._note_missed(case)
        self.incidents.update(
            change.why.partition(":")[0] for change in entry.decision.changes if change.after == "incident"
        )
        if case.closed_at is not None and case.id not in self._over:
            self._over[case.id] = case
            self.ended[self._hour(case.closed_at)] += 1

    def _note_missed(self, case: Case) -> None:
        for name, state in case.steps.items():
            attempt = (case.id, name, state.attempt)
            if not state.missed or state.status == "returned" or attempt in self._returned:
                continue
            if attempt not in self._missed and self._step(case, name).holder == "agency":
                self._missed.add(attempt)  # what applicants and payers miss is theirs
                self._service(case).late.add(case.id)

    # --- at the end --------------------------------------------------------------------------------------------------

    def end(self, world: Rehearsal, staff: Staff, *, now: int) -> None:
        """Count how everything stands now."""
        self.until, self.desks, self.away, self.refused = now, staff.desks, staff.away, len(world.dead_letters)
        office = staff.calendars.get(self._office)
        for case in self._over.values():
            service, closed = self._service(case), case.closed_at or now
            service.ends[case.status] += 1
            service.ages.append(closed - case.opened_at)
            if office is not None:
                service.office.append(office.elapsed(case.opened_at, closed, "days"))
            self._count_time(case, until=closed)
        for name in [each for each in world.states if each not in self._over]:
            found = world.case(name)
            if found is not None and found.procedure is not None:
                self._count_open(found, now=now)
        self.waiting.sort(key=lambda each: (each.since, each.number, each.step))
        del self.waiting[_NAMED:]

    def _count_open(self, case: Case, *, now: int) -> None:
        self._count_time(case, until=now)
        for name, state in case.steps.items():
            if state.status in OWED:
                step = self._step(case, name)
                whom: str = "applicant" if state.status == "returned" else step.holder
                is_late = state.missed
                if whom == "agency":
                    whom = step.agency
                    self.agencies[step.agency].owed += 1
                    self.agencies[step.agency].owed_late += is_late
                service = self._plan.procedures[_ref(case)].service
                self.services[service].waits[name] += 1
                self.waiting.append(Waiting(case.subject or "", service, name, whom, state.started, is_late))

    def _count_time(self, case: Case, *, until: int) -> None:
        service = self._service(case)
        service.age += until - case.opened_at
        held = Counter(case.held)
        if case.closed_at is None:
            held[case.holder] += until - case.at
        for holder, passed in held.items():
            for name, part in shares(holder.split(","), passed):
                service.held[name if name in _PEOPLE else "agency"] += part
                if name not in _PEOPLE:
                    self.agencies[AgencyCode(name)].held += part

    def _service(self, case: Case) -> ServiceDiary:
        return self.services[self._plan.procedures[_ref(case)].service]

    def _step(self, case: Case, name: StepName) -> StepPlan:
        return self._plan.procedures[_ref(case)].steps[name]

    def _hour(self, at: int) -> int:
        return (at - self.since) // _HOUR_MS


def shares(names: Iterable[str], whole: int) -> Iterator[tuple[str, int]]:
    """Share a whole out evenly, so that the parts sum to it: the first get what does not divide."""
    found = list(names)
    each, rest = divmod(whole, len(found))
    for place, name in enumerate(found):
        yield name, each + (place < rest)


def _ref(case: Case) -> ProcedureRef:
    if case.procedure is None:
        raise KeyError(case.id)  # only an orphan has none, and these are not counted
    return case.procedure
