"""What the bare loop and the faust agent write: for each event of some whole cases, all that the hub writes for it."""

from collections.abc import Mapping
from typing import Any

from hub.bus.record import Record
from hub.engine.outputs import Decided, write_entry, write_notice, write_status, write_task
from hub.events.catalog import EventSchema
from hub.events.codec import Codec
from hub.events.envelope import Event, Facts
from hub.names import EventType
from hub.router.clock import owed
from tests.bench.ground.place import Ground
from tests.bench.ground.story import Told


class _Noted(Codec):
    """Encode, and keep the facts as they were given."""

    def __init__(self, schemas: Mapping[int, EventSchema]) -> None:
        super().__init__(schemas)
        self.noted: Facts = {}

    def encode(self, event_type: EventType, data: Facts) -> bytes:
        self.noted = data
        return super().encode(event_type, data)

    def encode_own(self, event_type: EventType, data: Facts) -> bytes:
        self.noted = data
        return super().encode_own(event_type, data)


def samples_of(place: Ground, *, openings_only: bool = False) -> list[dict[str, Any]]:
    """Rehearse one case of each service; give state, journal entry, status and tasks of each of its events."""
    codec, found = _Noted(place.force.schemas), []
    for number in range(len(place.force.plan.openings)):
        told = list(place.teller.tell(f"sample/{number}", number))
        found += [_sample(place, codec, each) for each in (told[:1] if openings_only else told)]
    return found


def _sample(place: Ground, codec: _Noted, told: Told) -> dict[str, Any]:
    said, entry, decision = told.saying, told.entry, told.entry.decision
    assert decision.case is not None
    event = entry.stimulus if isinstance(entry.stimulus, Event) else None
    record = Record(said.topic, 0, 1_000_000, entry.now, said.key, said.value, said.headers)
    waits = owed(decision.case)
    decided = Decided(decision.case, waits, decision, event, record, told.state, entry.now)
    sent = [_message(write_task(task, said.key, codec, entry.now), codec) for task in decision.tasks]
    sent += [_message(write_notice(notice, said.key, codec, entry.now), codec) for notice in decision.notices]
    write_entry(decided, codec, bundle=1, chain="", partition=0)
    journal = dict(codec.noted)
    write_status(decision.case, waits, codec=codec, plan=place.force.plan, now=entry.now)
    return {"state": told.state.decode(), "entry": journal, "status": dict(codec.noted), "sent": sent}


def _message(output: Any, codec: _Noted) -> dict[str, Any]:
    headers = {name: value.decode() for name, value in output.headers}
    extra = [(name, value) for name, value in headers.items() if name.startswith("hub")]
    return {
        "topic": output.topic, "type": headers["ce_type"], "id": headers["ce_id"], "data": dict(codec.noted),
        "extra": extra,
    }  # fmt: skip
