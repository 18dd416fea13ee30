"""A case decided once more: the pure router over the case's own events, read from Kafka where the journal says.

Each decision is compared with the journaled one by the hash of the case's state after it; nothing is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from hub.bus.consumer import Reader
from hub.bus.record import Place, Record
from hub.engine.bundle import Shelf
from hub.engine.outputs import record_hash, state_hash, write_notice, write_task
from hub.engine.reading import Stimulus, read_stimulus
from hub.engine.routing import Rules, deliverable, taken_back
from hub.engine.signal import write_signal
from hub.errors import LostPositionError, ParkableError, UnknownSchemaError
from hub.events.codec import parse_millis
from hub.events.envelope import Event
from hub.names import CaseId
from hub.router.case import Case, decode_case
from hub.router.decision import Command, Decision, Tick
from hub.router.route import route
from hub.settings import Settings
from hub.views.read import Moment

#: What became of deciding once more. ``gone``: the event is not in Kafka any more, or a decision before could not be
#: made. ``altered``: the event is not what the journal has the hash of. ``differs``: the state is another one.
Verdict = Literal["reproduced", "differs", "altered", "gone"]

#: Seconds to wait for one record that must be there.
_READ_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Explained:
    """Hold one decision of the timeline and what became of making it again; ``why`` is the router's own reason."""

    moment: Moment
    verdict: Verdict
    why: str = ""


class Explainer:
    """Decide cases once more."""

    def __init__(self, settings: Settings) -> None:
        """Connect to the broker: records and bundles are read as they are needed."""
        self._shelf = Shelf(settings.kafka, settings.registry_url, evidence_keys=settings.evidence_keys)
        self._reader = Reader(settings.kafka, "simpul-explain")

    def explain(self, timeline: tuple[Moment, ...]) -> Iterator[Explained]:
        """Go through a case's timeline from its first decision on."""
        case: Case | None = None
        broken: Verdict | None = None
        for moment in timeline:
            if moment.revision <= 1:  # the id's first life, or after one that was deleted the next, or an act on none
                case = broken = None
            if broken is not None:
                yield Explained(moment, "gone", "a decision before it could not be made again")
                continue
            explained, case = self._decide(moment, case)
            if explained.verdict != "reproduced":
                broken = explained.verdict
            yield explained

    def close(self) -> None:
        """Leave the broker."""
        self._reader.close()
        self._shelf.close()

    def _decide(self, moment: Moment, case: Case | None) -> tuple[Explained, Case | None]:
        force = self._shelf.ordered(moment.bundle, moment.orders)
        stimulus: Event | Command | Tick = Tick(case=CaseId(moment.case))
        if moment.kind != "tick":
            record = self._record(moment)
            if record is None:
                return Explained(moment, "gone", f"nothing is at {_place(moment)} any more"), case
            if record_hash(record) != moment.event_hash:
                return Explained(moment, "altered", f"what is at {_place(moment)} is not what was decided on"), case
            read = self._stimulus(record, force)
            if not isinstance(read, Event | Command):
                return Explained(moment, "differs", f"what is at {_place(moment)} is no event or command now"), case
            stimulus = read
        return _decided(moment, force, case, stimulus)

    def _stimulus(self, record: Record, force: Rules) -> Stimulus:
        try:
            return read_stimulus(record, force.codec)
        except UnknownSchemaError:
            return read_stimulus(record, self._shelf.codec)  # written by a schema that was registered later

    def _record(self, moment: Moment) -> Record | None:
        place = Place(moment.topic, moment.partition)
        self._reader.add({place: moment.offset})
        try:
            records = self._reader.read(1, _READ_S)
        except LostPositionError:
            return None
        finally:
            self._reader.drop([place])
        return next((record for record in records if record.offset == moment.offset), None)


def decide(force: Rules, case: Case | None, stimulus: Event | Command | Tick, /, now: int) -> Decision:
    """Decide as a worker does: what cannot be written as records is taken back."""
    decision = route(force.plan, case, stimulus, now)
    key = stimulus.case.encode()
    try:
        for task in decision.tasks:
            write_task(deliverable(task, force.plan), key, force.codec, now)
        for notice in decision.notices:
            write_notice(notice, key, force.codec, now)
        for signal in decision.signals:
            write_signal(signal, force.codec, bundle=force.sequence)
    except ParkableError as wrong:
        return taken_back(case, stimulus, now, str(wrong))
    return decision


def _decided(
    moment: Moment, force: Rules, case: Case | None, stimulus: Event | Command | Tick, /
) -> tuple[Explained, Case | None]:
    """Decide with the key that seals now, and where that differs with each that may have sealed then."""
    now = parse_millis(moment.at)
    found = _compare(moment, decide(force, case, stimulus, now))
    for key in force.plan.evidence_keys[1:]:
        if found[0].verdict == "reproduced":
            break
        keys = (key, *(each for each in force.plan.evidence_keys if each != key))
        other = _compare(
            moment, decide(replace(force, plan=replace(force.plan, evidence_keys=keys)), case, stimulus, now)
        )
        found = other if other[0].verdict == "reproduced" else found
    return found


def _compare(moment: Moment, decision: Decision) -> tuple[Explained, Case | None]:
    state = decision.state
    same = state is not None and state_hash(state) == moment.state_hash
    after = decode_case(state) if state is not None else None
    return Explained(moment, "reproduced" if same else "differs", decision.why), after


def _place(moment: Moment) -> str:
    return f"{moment.topic}-{moment.partition}@{moment.offset}"
