"""What the bare loop and the faust agent write: one record of each type, of the size that the worker writes."""

import time
from typing import Any

from hub.bus.record import Record
from hub.engine.outputs import Decided, write_entry, write_status
from hub.events.envelope import Event
from hub.rehearsal.world import Rehearsal
from hub.router.case import encode_case
from tests.bench.place import Ground
from tests.bench.story import Stories


class Samples:
    """Take records from a rehearsed case."""

    def __init__(self, place: Ground) -> None:
        """Rehearse one case."""
        self._place = place
        world = Rehearsal(place.force.plan, now=time.time_ns() // 1_000_000)
        self._whole = place.teller.stories("sample", 8)
        case, saying = place.teller.opening("sample", 0)
        kind, data, _ = place.codec.decode(saying.value)
        decision = world.say(case.split(".")[0], kind, case, data=data)
        assert decision.case is not None, decision
        event = world.journal[-1].stimulus
        record = Record(saying.topic, 0, 1, world.now, case.encode(), saying.value, saying.headers)
        state = encode_case(decision.case)
        decided = Decided(
            decision.case, decision, event if isinstance(event, Event) else None, record, state, world.now
        )
        entry, _ = write_entry(decided, place.codec, bundle=1, chain="", partition=0)
        status = write_status(decision.case, place.codec, place.force.plan, world.now)
        self._entry = dict(place.codec.decode(entry.value)[1])
        self._status = dict(place.codec.decode(status.value)[1])
        task = decision.tasks[0]
        self._task = (task.type, dict(task.data))
        self._bundle = place.home / "bundle.json"
        self._bundle.write_bytes(place.force.bundle.encode())

    def of(self, stories: Stories | None) -> dict[str, Any]:
        """Give what the programs write, and how many tasks for each event."""
        told = stories or self._whole
        return {
            "entry": self._entry, "status": self._status, "task": self._task, "state": self._whole.state.decode(),
            "tasks_per_event": self._whole.tasks / self._whole.events if stories is None else told.tasks / told.events,
            "bundle": str(self._bundle), "broker": self._place.broker.pid("kafka"),
        }  # fmt: skip
