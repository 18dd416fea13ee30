"""A mall in memory whose agencies keep the books of the demonstration: the router is asked, the ledgers are written.

Events of different agencies pass each other on their way to the router, each agency's own stay in order.
"""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hub.demo.ledger import Entry, Ledger
from hub.demo.tally import Tally
from hub.events.catalog import Catalog
from hub.events.envelope import Event, Facts
from hub.mall.conduct import Asked, Conduct
from hub.mall.form import fill_form
from hub.mall.usual import usual
from hub.names import AgencyCode, CaseId, EventType, ProcedureRef, StepName, TaskId, case_id, derived_id
from hub.network.compile import compile_network
from hub.network.load import DeclaredNetwork
from hub.rehearsal.world import START, Rehearsal

#: What the agencies' books hold, in the order in which it was written.
Lines = list[tuple[AgencyCode, Entry]]


@dataclass
class Mall:
    """Let citizens come, agencies answer and events be routed, one at a time and by chance."""

    network: DeclaredNetwork
    catalog: Catalog
    seed: int
    lines: Lines = field(default_factory=list)
    #: Of so many events one never reaches the router; 0: none.
    drops: int = 0

    def __post_init__(self) -> None:
        self.world = Rehearsal(compile_network(self.network, self.catalog, at=START))
        self._conduct = Conduct(self.network, self.catalog.types, usual(self.network), seed=self.seed, patient=True)
        self._chance = Random(self.seed)  # noqa: S311 - a story
        self._on_way: dict[AgencyCode, deque[Event]] = {}
        self._owed: dict[str, Asked] = {}
        self._now = START
        self._seen = [0, 0]
        self.dropped = 0

    def live(self, cases: int) -> Lines:
        """Go through a whole morning; give the books."""
        ways = sorted((kind, code) for code, agency in self.network.agencies.items() for kind in agency.opens)
        for number in range(cases):
            kind, opener = self._chance.choice(ways)
            case = case_id(opener, str(number))
            self.say(opener, kind, case, fill_form(self.catalog.types[kind], self._chance, now=START))
            self._something()
        while self._on_way or self._owed:
            self._something()
        return self.lines

    def say(self, agency: AgencyCode, kind: EventType, case: CaseId, data: Facts, *, task: str | None = None) -> None:
        """Let an agency say something: it is on its way then."""
        self._now += 1
        event = Event(
            id=derived_id(agency, case, kind, task or ""), type=kind, agency=agency, case=case, data=data,
            appended_at=self._now, digest="d", causation=None if task is None else TaskId(task),
        )  # fmt: skip
        said = Entry(what="said", at=self._now, id=event.id, case=case, type=kind, causation=task or "", data=data)
        self.lines += [
            (agency, said), (agency, Entry(what="stands", at=self._now, id=event.id, case=case, type=kind)),
        ]  # fmt: skip
        self._on_way.setdefault(agency, deque()).append(event)

    def route_all(self) -> None:
        """Let everything arrive."""
        while self._on_way:
            self._arrive()

    def _something(self) -> None:
        if self._owed and (not self._on_way or self._chance.random() < 0.5):
            asked = self._owed.pop(self._chance.choice(sorted(self._owed)))
            for said in self._conduct.reply(asked).says:
                data = self._conduct.facts(asked, said, now=START)
                self.say(asked.agency, said.type, asked.case, data, task=asked.id)
        elif self._on_way:
            self._arrive()

    def _arrive(self) -> None:
        agency = self._chance.choice(sorted(self._on_way))
        event = self._on_way[agency].popleft()
        if not self._on_way[agency]:
            del self._on_way[agency]
        if self.drops and self._chance.randrange(self.drops) == 0:
            self.dropped += 1
            return
        self.world.publish(event)
        self._deliver()

    def _deliver(self) -> None:
        self._now += 1
        tasks, notices = self.world.tasks[self._seen[0] :], self.world.notices[self._seen[1] :]
        self._seen = [len(self.world.tasks), len(self.world.notices)]
        for sent in tasks:
            task = sent.task
            self.lines.append(
                (
                    task.agency,
                    Entry(
                        what="asked", at=self._now, id=task.id, case=sent.case, type=task.type, step=task.step,
                        attempt=task.attempt, procedure=task.procedure, data=task.data,
                    ),
                )
            )  # fmt: skip
            self._owed[task.id] = Asked(
                task.agency, sent.case, task.id, task.type, ProcedureRef(task.procedure), StepName(task.step),
                task.attempt, task.data,
            )  # fmt: skip
        for told in notices:
            notice = told.notice
            if notice.type == "hub.TaskCancelled" and notice.causation:
                self._owed.pop(notice.causation, None)
            entry = Entry(
                what="told", at=self._now, id=notice.id, case=told.case, type=notice.type,
                causation=notice.causation or "", data=notice.data,
            )  # fmt: skip
            self.lines.append((notice.agency, entry))


def tallied(folder: Path, network: DeclaredNetwork, catalog: Catalog, lines: Lines) -> Tally:
    """Write the books and judge by them."""
    ledgers = {code: Ledger(folder, code) for code in network.agencies}
    for agency, entry in lines:
        ledgers[agency].write(entry)
    for ledger in ledgers.values():
        ledger.close()
    tally = Tally(folder, network, catalog.types)
    tally.update()
    tally.judge()
    tally.judge(thorough=True)
    return tally
