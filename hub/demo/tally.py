"""All cases counted while their books are written: what was opened, asked, lost and doubled, and how fast it went.

Knows nothing but the ledgers and the declared network.
"""

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hub.demo.ledger import Books, Entry
from hub.demo.rule import Rule
from hub.demo.story import Ask, Said
from hub.demo.verdict import CaseBooks, Verdict, judge
from hub.events.catalog import EventSchema
from hub.mall.conduct import COMPLETION_REQUESTED
from hub.names import AgencyCode, EventType
from hub.network.load import DeclaredNetwork
from hub.network.supply import Supply

_CLOSED: Final = "hub.CaseClosed"
_REFUSED: Final = "hub.EventRefused"
#: Seconds after its end for which a case's books are kept; then only its verdict is.
_KEPT_S: Final = 20.0
#: Seconds over which events are counted for their rate.
_RATE_S: Final = 5.0
#: Delays that are kept for the percentiles.
_DELAYS: Final = 200_000


@dataclass
class _Case:
    """Hold one case; ``ended_s`` is when its end was heard (monotonic)."""

    books: CaseBooks = field(default_factory=CaseBooks)
    rule: Rule | None = None
    opener: AgencyCode | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict("unopened"))
    is_new: bool = True
    ended_s: float | None = None


@dataclass
class ServiceCount:
    """Count one service's cases, and where the open ones wait."""

    opened: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)

    @property
    def open(self) -> int:
        """Count the cases that have not ended."""
        return self.opened - self.ends.total()


class Tally:
    """Count what the ledgers of one folder say."""

    def __init__(self, ledgers: Path, network: DeclaredNetwork, types: Mapping[EventType, EventSchema]) -> None:
        """Read the procedures; of each opening type the newest version counts."""
        self._books = Books(ledgers)
        self._front_office = network.network.front_office
        by_age = sorted(network.procedures.values(), key=lambda each: each.version)
        self._rules = {each.opens_on: Rule(each, Supply(network, types, each)) for each in by_age}
        self.services = {rule.service: ServiceCount() for rule in self._rules.values()}
        self._cases: dict[str, _Case] = {}
        self._over: set[str] = set()
        self._said: dict[tuple[AgencyCode, str], Entry] = {}
        self._moments: deque[int] = deque()
        self._past_delays: deque[int] = deque(maxlen=_DELAYS)
        self._past_lost: list[str] = []
        self._past_doubled: list[str] = []
        self.events = self.tasks = self.failed = 0
        self.refused: Counter[tuple[AgencyCode, str, str]] = Counter()
        self.heard_s = time.monotonic()

    def update(self) -> bool:
        """Take what is new in the books; tell whether there was anything."""
        is_news = False
        for agency, entry in self._books.news():
            is_news = True
            self._take(agency, entry)
        if is_news:
            self.heard_s = time.monotonic()
        return is_news

    def judge(self, *, thorough: bool = False) -> None:
        """Judge every case of which there is news; all of them `thorough` at the end, when nothing is on its way."""
        now = time.monotonic()
        for name, case in list(self._cases.items()):
            if case.rule is not None and case.opener is not None and (case.is_new or thorough):
                deep = thorough or case.ended_s is not None
                case.verdict = judge(
                    case.rule, case.books, front_office=self._front_office, opener=case.opener, thorough=deep
                )
                case.is_new = False
            elif case.rule is None and case.books.asks:
                case.verdict = Verdict("unopened", doubled=("agencies were asked for a case that nobody opened",))
            if case.ended_s is not None and now - case.ended_s > _KEPT_S:
                self._put_away(name, case)
        self._count_waits()

    @property
    def opened(self) -> int:
        """Count the cases whose opening stands in Kafka."""
        return sum(each.opened for each in self.services.values())

    def ended(self, end: str) -> int:
        """Count the cases of which an agency was told this end."""
        return sum(each.ends[end] for each in self.services.values())

    @property
    def open(self) -> int:
        """Count the cases of which nobody was told an end."""
        return sum(each.open for each in self.services.values())

    @property
    def lost(self) -> list[str]:
        """Name what must have come and has not: lost, unless it is still on its way."""
        return [*self._past_lost, *self._wrongs("lost")]

    @property
    def doubled(self) -> list[str]:
        """Name what came twice, or without a cause."""
        return [*self._past_doubled, *self._wrongs("doubled")]

    @property
    def asked_again(self) -> int:
        """Count the tasks that came once too often; unlike ``doubled`` this is sure while events are on their way."""
        return len(self._past_doubled) + sum(
            case.books.came.total() - len(case.books.came) for case in self._cases.values()
        )

    @property
    def unacknowledged(self) -> int:
        """Count the events that were said and neither stand nor failed."""
        return len(self._said)

    def per_second(self, now_ms: int) -> float:
        """Tell the rate at which events were appended in the last seconds."""
        while self._moments and self._moments[0] < now_ms - _RATE_S * 1000:
            self._moments.popleft()
        return len(self._moments) / _RATE_S

    def delay_ms(self, percent: float) -> int | None:
        """Tell within how many ms so many percent of the tasks came after what caused them; None without tasks."""
        delays = sorted([*self._past_delays, *(ms for case in self._cases.values() for ms in case.verdict.delays)])
        return delays[min(len(delays) - 1, int(len(delays) * percent / 100))] if delays else None

    # --- entries -----------------------------------------------------------------------------------------------------

    def _take(self, agency: AgencyCode, entry: Entry) -> None:
        if entry.what == "said":
            self._said[agency, entry.id] = entry
        elif entry.what == "failed":
            self.failed += self._said.pop((agency, entry.id), None) is not None
        elif entry.what == "stands":
            self._stands(agency, entry)
        elif entry.case in self._over:
            self._too_late(agency, entry)
        else:
            self._came(agency, entry)

    def _stands(self, agency: AgencyCode, entry: Entry) -> None:
        said = self._said.pop((agency, entry.id), None)
        if said is None:
            return  # read back a second time, or nothing that these agencies said
        self.events += 1
        self._moments.append(entry.at)
        if entry.case in self._over:
            return
        case = self._case(entry.case)
        if case.rule is None and (rule := self._rules.get(EventType(said.type))) is not None:
            case.rule, case.opener = rule, agency
            self.services[rule.service].opened += 1
        answers = case.books.asks.get(said.causation)
        case.books.said.append(Said(agency, EventType(said.type), said.data, entry.at, answers))

    def _came(self, agency: AgencyCode, entry: Entry) -> None:
        if entry.type == _REFUSED:
            self.refused[agency, _text(entry.data, "event_type"), _text(entry.data, "category")] += 1
            return
        case = self._case(entry.case)
        if entry.what == "asked":
            self.tasks += entry.id not in case.books.asks
            ask = Ask(agency, entry.step, entry.attempt, is_completion=entry.type == COMPLETION_REQUESTED)
            case.books.asks[entry.id] = ask
            case.books.came[entry.id] += 1
            case.books.first_at.setdefault(entry.id, entry.at)
        elif entry.type == _CLOSED:
            case.books.closed[agency, _text(entry.data, "outcome")] += 1

    def _case(self, name: str) -> _Case:
        case = self._cases.setdefault(name, _Case())
        case.is_new = True
        return case

    def _too_late(self, agency: AgencyCode, entry: Entry) -> None:
        if entry.what == "asked" or entry.type == _CLOSED:
            self._past_doubled.append(f"{entry.case}: {agency} got {entry.type} long after the case had ended")

    # --- counts ------------------------------------------------------------------------------------------------------

    def _count_waits(self) -> None:
        for each in self.services.values():
            each.waits.clear()
        for case in self._cases.values():
            if case.rule is not None and case.ended_s is None:
                if case.books.closed:
                    case.ended_s = time.monotonic()
                    self.services[case.rule.service].ends[next(iter(case.books.closed))[1]] += 1
                else:
                    self.services[case.rule.service].waits.update(case.verdict.waits)

    def _put_away(self, name: str, case: _Case) -> None:
        self._past_delays.extend(case.verdict.delays)
        self._past_lost += [f"{name}: {each}" for each in case.verdict.lost]
        self._past_doubled += [f"{name}: {each}" for each in case.verdict.doubled]
        self._over.add(name)
        del self._cases[name]

    def _wrongs(self, kind: str) -> Iterator[str]:
        for name, case in self._cases.items():
            yield from (f"{name}: {each}" for each in getattr(case.verdict, kind))


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name, ""))
