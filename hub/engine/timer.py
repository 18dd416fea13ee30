"""When a partition's timers may fire: up to T only once every input was read to the end it had at T.

So an answer that was appended before a due time is routed before the timer, however late it is read.
"""

import time
from concurrent.futures import Future
from typing import Final

from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.engine.inputs import Inputs
from hub.engine.partition import Partition

#: Seconds after which an unanswered question about ends is asked again.
_PATIENCE_S: Final = 5.0


class TimerGate:
    """Hold back one partition's timers until its inputs are read."""

    def __init__(self, partition: Partition, inputs: Inputs, admin: Admin) -> None:
        """Ask nothing until a timer is due."""
        self._partition, self._inputs, self._admin = partition, inputs, admin
        self._until = 0
        self._asked_s = 0.0
        self._questions: dict[Place, Future[int]] = {}

    def passes(self, now: int) -> int | None:
        """Tell up to when (ms) timers may fire now; None: not yet, or nothing is due.

        `now` is a believed clock's. The first call asks the broker for the ends; later ones look at the answers.
        """
        due = self._partition.next_due()
        if due is None or due > now:
            return None
        if not self._questions or time.monotonic() - self._asked_s > _PATIENCE_S:
            self._until, self._asked_s = now, time.monotonic()
            self._questions = dict(self._admin.ask_ends(self._inputs.places(self._partition.number)))
            return None
        if not all(answer.done() for answer in self._questions.values()):
            return None
        if any(answer.exception() is not None for answer in self._questions.values()):
            self._questions = {}
            return None
        if not all(self._is_read(place, answer.result()) for place, answer in self._questions.items()):
            return None
        self._questions = {}
        return self._until

    def _is_read(self, place: Place, end: int) -> bool:
        routed = self._partition.meta.positions.get(place.topic, 0)
        return self._inputs.position(place, routed) >= end
