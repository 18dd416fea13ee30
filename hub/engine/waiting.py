"""Inputs that are held back until what they need is there: a schema, or the bundle under which a signal was made.

Promises that nothing of them is lost or passed over: they are read again from where they stood.
"""

import time
from collections.abc import Mapping
from typing import Final

import structlog

from hub.bus.record import Place, Record
from hub.engine.bundle import Shelf
from hub.engine.inputs import Inputs
from hub.engine.owned import Owned
from hub.engine.signal import made_under
from hub.names import SIGNALS

_LOG = structlog.get_logger("hub.engine.waiting")

#: Seconds between looks at the network's topic.
_FOLLOW_S: Final = 1.0


class Waiting:
    """Hold inputs of a worker back, and let them go."""

    def __init__(self, shelf: Shelf, inputs: Inputs) -> None:
        """Hold nothing; ``unknown`` has the schema for which a place waits, and is always the same object."""
        self._shelf, self._inputs = shelf, inputs
        self.unknown: dict[Place, int] = {}
        self._ahead: set[Place] = set()
        self._followed_s = 0.0

    def hold(self, place: Place, schema_id: int) -> None:
        """Read no further in a place until a schema is there, or known not to exist."""
        _LOG.warning("an input waits for its schema", topic=place.topic, partition=place.partition, schema_id=schema_id)
        self.unknown[place] = schema_id
        self._inputs.hold(place)
        self._shelf.fetch(schema_id)

    def is_ahead(self, record: Record, owned: Owned) -> bool:
        """Hold signals made under a bundle that this partition goes over to later; they are read again then."""
        if record.place in self._ahead:
            return True
        ahead = made_under(record) > owned.partition.meta.bundle
        if ahead:
            self._ahead.add(record.place)
            self._inputs.hold(record.place)
        return ahead

    def go_on(self, owned: Owned) -> None:
        """Read the signals again that waited for the bundle now in force."""
        place = Place(SIGNALS, owned.partition.number)
        if place in self._ahead:
            self._ahead.remove(place)
            self._inputs.release(place, owned.partition.meta.positions.get(SIGNALS, 0))

    def look_over(self, owned: Owned) -> None:
        """Find what was parked under schemas that a former owner had fetched, and fetch them again."""
        for case, schema_ids in owned.partition.parked_schemas.items():
            unread = {each for each in schema_ids if not self._shelf.codec.can_read(each)}
            if unread:
                owned.unread[case] = unread
            for schema_id in unread:
                self._shelf.fetch(schema_id)
        owned.partition.parked_schemas = {}

    def missing(self, owned: Owned, case: bytes) -> int | None:
        """Name a schema to wait for before a case's next record, which may release what is parked beside it."""
        for schema_id in owned.unread.get(case, ()):
            if not self._shelf.is_settled(schema_id):
                return schema_id
        owned.unread.pop(case, None)
        return None

    def follow(self, owned: Mapping[int, Owned]) -> None:
        """Let go what waits no more, and take what is new on the network's topic."""
        if self.unknown:
            self._release(owned)
        if time.monotonic() - self._followed_s > _FOLLOW_S:
            self._followed_s = time.monotonic()
            self._shelf.follow()
            for schema_id in set(self.unknown.values()):
                self._shelf.fetch(schema_id)

    def forget(self, partition: int) -> None:
        """Wait for nothing in a partition that is not ours any more."""
        for place in [each for each in self.unknown if each.partition == partition]:
            del self.unknown[place]
        self._ahead.discard(Place(SIGNALS, partition))

    def clear(self) -> None:
        """Wait for nothing: all is read again."""
        self.unknown.clear()
        self._ahead.clear()

    def _release(self, owned: Mapping[int, Owned]) -> None:
        for place in [place for place, each in self.unknown.items() if self._shelf.is_settled(each)]:
            del self.unknown[place]
            if (ours := owned.get(place.partition)) is not None:
                self._inputs.release(place, ours.partition.meta.positions.get(place.topic, 0))
