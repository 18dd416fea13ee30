"""Everybody in a mall at work: tasks are handed in, and what is said to them comes out when it is time.

Promises that the same tasks at the same moments are answered the same. Knows no hub: who hands the tasks in and says
the events is the rehearsal or the demonstration. Times are ms of the mall's clock.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field

from hub.events.catalog import EventSchema
from hub.events.envelope import Facts
from hub.mall.conduct import Asked, Conduct, Reply, Saying
from hub.mall.desk import Desk, calendars_of, desks_of
from hub.names import EventId, EventType, derived_id
from hub.network.load import DeclaredNetwork
from hub.network.mall import Mall


@dataclass(frozen=True, slots=True)
class Utterance:
    """Say one event of a task's answer; ``is_last``: nothing more is said to it."""

    asked: Asked
    said: Saying
    at: int
    is_last: bool

    @property
    def id(self) -> EventId:
        """Name the event: the same each time it is said."""
        return derived_id(self.asked.agency, self.asked.id, self.said.type)


@dataclass(slots=True)
class _Work:
    """Hold a task that is not answered yet; ``said`` counts its events that are out."""

    asked: Asked
    reply: Reply
    is_at_desk: bool = False
    said: int = 0


@dataclass
class Staff:
    """Answer for every agency, applicant and payer of a network."""

    network: DeclaredNetwork
    types: Mapping[EventType, EventSchema]
    _: KW_ONLY
    mall: Mall
    seed: int
    patient: bool = False
    desks: dict[str, Desk] = field(init=False)
    away: int = 0
    _owed: dict[str, _Work] = field(default_factory=dict)
    _agenda: list[tuple[int, int, str]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.calendars = calendars_of(self.network)
        self.desks = desks_of(self.network, self.mall, self.calendars)
        self._conduct = Conduct(self.network, self.types, self.mall, seed=self.seed, patient=self.patient)

    @property
    def next_at(self) -> int | None:
        """Tell when something happens next; None when nobody has anything to do."""
        return self._agenda[0][0] if self._agenda else None

    def hand(self, asked: Asked, at: int) -> None:
        """Hand a task to whoever must answer; whom nobody waits for is never heard of again."""
        reply = self._conduct.reply(asked)
        if reply.comes is None:
            self.away += 1
            return
        self._owed[asked.id] = _Work(asked, reply)
        self._note(at + reply.comes + reply.reaches, asked.id)

    def withdraw(self, task: str) -> None:
        """Take a task back; at a desk its time is spent all the same."""
        self._owed.pop(task, None)

    def turn(self, at: int) -> Iterator[Utterance]:
        """Do what is to be done until a moment, in order of time; give what is said."""
        while self._agenda and self._agenda[0][0] <= at:
            moment, _, task = heapq.heappop(self._agenda)
            work = self._owed.get(task)
            if work is not None and (said := self._go_on(work, moment)) is not None:
                yield said

    def facts(self, said: Utterance, *, now: int) -> Facts:
        """Fill in what an event says; dates are near `now`."""
        return self._conduct.facts(said.asked, said.said, now=now)

    def _go_on(self, work: _Work, moment: int) -> Utterance | None:
        """Let a task reach its desk, leave it, or be answered."""
        desk = self.desks[work.asked.agency]
        if not work.is_at_desk and (opens := desk.open_from(moment)) > moment:
            self._note(opens, work.asked.id)
        elif not work.is_at_desk:
            work.is_at_desk = True
            self._note(desk.serve(moment, work.reply.handles) + work.reply.says[0].wait, work.asked.id)
        else:
            return self._say(work, moment)
        return None

    def _say(self, work: _Work, moment: int) -> Utterance:
        says, number = work.reply.says, work.said
        work.said += 1
        is_last = work.said == len(says)
        if is_last:
            del self._owed[work.asked.id]
        else:
            self._note(moment + says[work.said].wait, work.asked.id)
        return Utterance(work.asked, says[number], moment, is_last=is_last)

    def _note(self, at: int, task: str) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (at, self._count, task))
