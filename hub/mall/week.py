"""A mall rehearsed by clocks of its own: people come, agencies answer, deadlines pass, all in the order of time.

The router is the real one, in memory; whatever it sends is heard at the moment at which it was decided. Nothing waits.
Times are ms of the mall's clock, except where the hub's is named: the two are one unless the script says otherwise.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Final

from hub.events.catalog import Catalog
from hub.mall.arrivals import Arrival, Crowd, arrivals, midnight
from hub.mall.conduct import Asked
from hub.mall.diary import Diary
from hub.mall.staff import Staff, Utterance
from hub.mall.usual import usual
from hub.network.compile import compile_network
from hub.network.load import DeclaredNetwork
from hub.rehearsal.lasting import lasting_plan
from hub.rehearsal.world import Rehearsal
from hub.router.control import TASK_CANCELLED

_DAY_MS: Final = 86_400_000
#: Turns between two tellings of how far it is.
_TELL_EVERY: Final = 500

#: Told how far it is: the moment (ms) and the diary so far.
Tell = Callable[[int, Diary], None]


@dataclass(frozen=True, kw_only=True)
class Script:
    """Say what is rehearsed: so many cases from a day on, for so many days, by one seed.

    As in a demonstration people may be `patient` (all come in the end), and the mall so many times quicker than the
    hub's deadlines: ``speed``. The hub's clock then begins at `hub_at` (ms), else at the mall's first midnight.
    ``come_within``: the first days, in which people come; all of them unless it is told.
    """

    begins: date
    days: int = 7
    cases: int | None = None
    seed: int = 1
    patient: bool = False
    speed: float = 1.0
    hub_at: int | None = None
    come_within: int | None = None


class Week:
    """Rehearse one week, or as many days as the script says; with `keeps` every task stays in ``asked``."""

    def __init__(self, network: DeclaredNetwork, catalog: Catalog, script: Script, *, keeps: bool = False) -> None:
        """Draw who comes; raise ConfigurationError when nobody can."""
        self.network, self.script, self.mall = network, script, usual(network)
        self.since = midnight(script.begins, network.network.time_zone)
        self.until = self.since + script.days * _DAY_MS
        self._hub_since = self.since if script.hub_at is None else script.hub_at
        cases = script.cases if script.cases is not None else max(1, self.mall.arrivals.week * script.days // 7)
        days = script.come_within or script.days
        crowd = Crowd(network, self.mall, seed=script.seed, begins=script.begins, days=days)
        plan = lasting_plan(compile_network(network, catalog, at=self._hub_since))
        self.world = Rehearsal(plan, now=self._hub_since)
        self.staff = Staff(network, catalog.types, mall=self.mall, seed=script.seed, patient=script.patient)
        self.diary = Diary(network, plan, since=self.since)
        self.asked: list[Asked] = []
        self._keeps, self._types, self._come = keeps, catalog.types, deque(arrivals(crowd, cases))

    def run(self, tell: Tell | None = None) -> Diary:
        """Let time pass until the end; give what happened."""
        turns = 0
        while (at := self._next()) is not None and at <= self.until:
            self._pass_until(at)
            while self._come and self._come[0].at <= at:
                self._arrive(self._come.popleft())
            for said in self.staff.turn(at):
                self._say(said)
            turns += 1
            if tell is not None and turns % _TELL_EVERY == 0:
                tell(at, self.diary)
        self._pass_until(self.until)
        self.diary.end(self.world, self.staff, now=self.until)
        return self.diary

    def _next(self) -> int | None:
        """Tell when something happens next: somebody comes or answers, or a timer of a case is due."""
        come = self._come[0].at if self._come else None
        due = None if self.world.next_due is None else self._from_hub(self.world.next_due)
        return min((at for at in (come, self.staff.next_at, due) if at is not None), default=None)

    def _pass_until(self, at: int) -> None:
        """Let the clock run; a timer that is due on the way fires at its time."""
        self.world.wind(max(0, self._to_hub(at) - self.world.now))
        self._hear(at)

    def _arrive(self, person: Arrival) -> None:
        case, seed = person.case(seed=self.script.seed), self.script.seed
        data = person.facts(self._types, seed=seed, now=self._today)
        self.diary.arrive(person)
        self.world.say(person.opener, person.type, case, data=data, subject=person.subject)
        self._hear(person.at)

    def _say(self, said: Utterance) -> None:
        asked, data = said.asked, self.staff.facts(said, now=self._today)
        decision = self.world.say(
            asked.agency, said.said.type, asked.case, data=data, causation=asked.id, event_id=said.id
        )
        self.diary.hear(said, decision, data=data)
        self._hear(said.at)

    def _hear(self, at: int) -> None:
        """Hand on all that the router has sent and decided since."""
        world = self.world
        for sent in world.tasks:
            task = sent.task
            asked = Asked(
                task.agency, sent.case, task.id, task.type, task.procedure, task.step, task.attempt, task.data
            )
            self.diary.ask(asked)
            self.staff.hand(asked, at)
            if self._keeps:
                self.asked.append(asked)
        for told in world.notices:
            if told.notice.type == TASK_CANCELLED and told.notice.causation:
                self.staff.withdraw(told.notice.causation)
        for entry in world.journal:
            self.diary.note(entry)
        world.tasks.clear()
        world.notices.clear()
        world.journal.clear()

    @property
    def _today(self) -> int:
        """Give the moment near which dates in forms are: the hub's, but for one day where the mall is quicker."""
        return self.world.now if self.script.speed == 1.0 else self._hub_since

    def _to_hub(self, at: int) -> int:
        return self._hub_since + ceil((at - self.since) / self.script.speed)

    def _from_hub(self, at: int) -> int:
        return self.since + ceil((at - self._hub_since) * self.script.speed)
