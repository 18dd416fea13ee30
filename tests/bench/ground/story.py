"""Whole cases of the Samarinda network as records, made by rehearsing them: every answer names its task."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub.events.catalog import Catalog
from hub.events.codec import Codec, format_millis
from hub.events.envelope import Facts, to_headers
from hub.names import AgencyCode, CaseId, EventType, case_id, events_topic
from hub.network.model import COMPLETED
from hub.network.plan import Plan
from hub.rehearsal.sample import sample
from hub.rehearsal.world import Entry, Rehearsal, SentTask
from hub.router.case import Case, is_closed


class Saying(NamedTuple):
    """One event, ready to be published."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Told(NamedTuple):
    """One event of a case, what was decided on it, and the case's state after it."""

    saying: Saying
    entry: Entry
    state: bytes


#: The field in which an answer says of whom it is, and the code that it says there.
_Subject = tuple[str, str] | None


@dataclass
class Stories:
    """Hold events in waves: the first of every case, then the second of every case, and so on."""

    waves: list[list[Saying]] = field(default_factory=list)

    @property
    def events(self) -> int:
        """Count the events."""
        return sum(map(len, self.waves))


class Teller:
    """Tell cases in which every agency says done, one service after the other."""

    def __init__(self, plan: Plan, catalog: Catalog, codec: Codec) -> None:
        """Know the network."""
        self._plan, self._types, self._codec = plan, catalog.types, codec
        self._openings = sorted(plan.openings)
        self._samples: dict[tuple[EventType, _Subject], dict[str, Any]] = {}

    def stories(self, run: str, cases: int) -> Stories:
        """Make whole stories; `run` keeps their cases apart from those of another run."""
        made = Stories()
        for number in range(cases):
            for position, told in enumerate(self.tell(f"{run}/{number}", number)):
                if len(made.waves) <= position:
                    made.waves.append([])
                made.waves[position].append(told.saying)
        return made

    def openings(self, run: str, cases: int, *, of: EventType | None = None) -> list[Saying]:
        """Make the openings of cases alone: of one type, or of all in turn."""
        made = []
        for number in range(cases):
            opener, kind = self._opening(number if of is None else self._openings.index(of))
            key = f"{run}/{number}"
            case, data = case_id(opener, key), self._sample(kind)
            made.append(self._saying(opener, kind, case, data=data, event_id=f"{key}/open", causation=None))
        return made

    def tell(self, key: str, number: int) -> Iterator[Told]:
        """Make one whole story."""
        world = Rehearsal(self._plan, now=_now())
        opener, kind = self._opening(number)
        case, seen = case_id(opener, key), 0
        data = self._sample(kind)
        yield self._say(world, opener, kind, case, data=data, event_id=f"{key}/open", causation=None)
        while (state := world.case(case)) is not None and not is_closed(state) and seen < len(world.tasks):
            sent = world.tasks[seen]
            seen += 1
            agency, answer = self._answer(sent)
            data = self._sample(answer, self._subject(sent)) | self._receipt(sent, state)
            event_id = f"{sent.task.id}/{answer}"
            yield self._say(world, agency, answer, case, data=data, event_id=event_id, causation=sent.task.id)

    def _opening(self, number: int) -> tuple[AgencyCode, EventType]:
        kind = self._openings[number % len(self._openings)]
        return next(code for code, agency in self._plan.agencies.items() if kind in agency.opens), kind

    def _answer(self, sent: SentTask) -> tuple[AgencyCode, EventType]:
        step = self._plan.procedures[sent.task.procedure].steps[sent.task.step]
        if sent.task.type != step.request:
            return self._plan.front_office, COMPLETED
        return step.agency, next(kind for kind, answer in step.answers.items() if answer.outcome == "done")

    def _say(
        self,
        world: Rehearsal,
        agency: AgencyCode,
        kind: EventType,
        case: CaseId,
        *,
        data: Facts,
        event_id: str,
        causation: str | None,
    ) -> Told:
        world.say(agency, kind, case, data=data, causation=causation, event_id=event_id)
        saying = self._saying(agency, kind, case, data=data, event_id=event_id, causation=causation)
        return Told(saying, world.journal[-1], world.states[case])

    def _saying(
        self, agency: AgencyCode, kind: EventType, case: CaseId, *, data: Facts, event_id: str, causation: str | None
    ) -> Saying:
        headers = to_headers(
            event_id, kind, source=f"/agency/{agency}/bench", time=format_millis(_now()), case=case, causation=causation
        )
        return Saying(events_topic(agency), case.encode(), self._codec.encode(kind, data), headers)

    def _receipt(self, sent: SentTask, state: Case) -> dict[str, Any]:
        """Say of a payment what is owed: a receipt of anything else would be refused."""
        payment = self._plan.procedures[sent.task.procedure].steps[sent.task.step].payment
        if payment is None:
            return {}
        bill = state.bills[payment.bill]
        return {payment.amount: bill.total} | {field: bill.shares[payee] for payee, field in payment.shares.items()}

    def _subject(self, sent: SentTask) -> _Subject:
        """Tell in which field, and how, an answer says of whom it is."""
        subject = self._plan.procedures[sent.task.procedure].steps[sent.task.step].subject
        return None if subject is None else (subject.said_in, subject.code)

    def _sample(self, kind: EventType, of: _Subject = None) -> dict[str, Any]:
        if (kind, of) not in self._samples:
            schema = self._types[kind]
            now = format_millis(_now())
            times = {"date": now[:10], "timestamp": now}
            given = {name: times[each.kind] for name, each in schema.fields.items() if each.kind in times}
            given |= dict([of] if of else [])
            self._samples[kind, of] = dict(sample(schema, given))
        return self._samples[kind, of]


def _now() -> int:
    return time.time_ns() // 1_000_000
