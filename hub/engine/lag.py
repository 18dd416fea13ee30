"""How far a worker is behind: asked of the broker every few seconds, without waiting for the answer."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Final

from hub import metrics
from hub.bus.admin import Admin, is_missing
from hub.bus.record import Place
from hub.engine.clock import wall_ms
from hub.engine.inputs import Inputs
from hub.engine.partition import Partition

_EVERY_S: Final = 2.0


class Lag:
    """Measure records and seconds that inputs are behind; ``readable`` of them may be read, by the last answer.

    ``missing`` are topics that are to be read and are not there, by the last answer.
    """

    def __init__(self, admin: Admin, inputs: Inputs) -> None:
        """Ask nothing yet."""
        self._admin, self._inputs = admin, inputs
        self._questions: dict[Place, Future[int]] = {}
        self._asked_s = 0.0
        self._unreadable_since: dict[Place, float] = {}
        self.readable = 0
        self.missing: frozenset[str] = frozenset()

    def look(self, partitions: Iterable[Partition]) -> None:
        """Take answers that came, and ask again when it is time."""
        if time.monotonic() - self._asked_s < _EVERY_S:
            return
        owned = {partition.number: partition for partition in partitions}
        if self._questions and all(answer.done() for answer in self._questions.values()):
            self._take(owned)
        self._asked_s = time.monotonic()
        places = [place for number in owned for place in self._inputs.places(number)]
        self._questions = dict(self._admin.ask_ends(places)) if places else {}
        metrics.TIMERS_PENDING.set(sum(partition.pending_timers() for partition in owned.values()))

    def _take(self, owned: dict[int, Partition]) -> None:
        behind: dict[Place, int] = {}
        for place, answer in self._questions.items():
            partition = owned.get(place.partition)
            if partition is not None and answer.exception() is None:
                routed = partition.meta.positions.get(place.topic, 0)
                records = answer.result() - self._inputs.position(place, routed)
                if records > 0:
                    behind[place] = records
        self.missing = frozenset(place.topic for place, answer in self._questions.items() if is_missing(answer))
        metrics.LAG_RECORDS.set(sum(behind.values()))
        oldest = [seen for place in behind if (seen := self._inputs.last_append(place)) is not None]
        metrics.LAG_SECONDS.set(max(0, wall_ms() - min(oldest)) / 1000 if oldest else 0)
        now = time.monotonic()
        stuck = {place for place in behind if self._inputs.is_at_readable_end(place)}
        self.readable = sum(records for place, records in behind.items() if place not in stuck)
        self._unreadable_since = {place: self._unreadable_since.get(place, now) for place in stuck}
        metrics.OPEN_TRANSACTION_AGE_SECONDS.set(max((now - at for at in self._unreadable_since.values()), default=0))
