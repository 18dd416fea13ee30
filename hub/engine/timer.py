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

#: Seconds after which an unanswered question about ends is asked again, of those places only.
_PATIENCE_S: Final = 5.0
#: Seconds after which one that was refused is.
_REFUSED_S: Final = 0.2
#: Seconds after which an end that was told and is never reached, with all read that may be, is asked for again: the
#: log may have been cut. Longer than a transaction that somebody has open there.
_DOUBT_S: Final = 60.0


class TimerGate:
    """Hold back one partition's timers until its inputs are read."""

    def __init__(self, partition: Partition, inputs: Inputs, admin: Admin) -> None:
        """Ask nothing until a timer is due."""
        self._partition, self._inputs, self._admin = partition, inputs, admin
        self._until: int | None = None
        self._is_passed = False
        self._began_s = self._asked_s = 0.0
        self._questions: dict[Place, Future[int]] = {}
        self._ends: dict[Place, int] = {}

    def passes(self, now: int) -> int | None:
        """Tell up to when (ms) timers may fire now; None: not yet, or nothing is due.

        `now` is a believed clock's. The first call asks the broker for the ends; later ones look at the answers. What
        was answered once is not asked again, however long the reading takes: else a worker that is behind would run
        after ends that move away. What has passed stays so, unless what was read is undone: thousands that are due at
        once may be fired a few at a time, and nothing is asked for each few.
        """
        due = self._partition.next_due()
        if due is None or due > now:
            return None
        if self._until is None or (self._is_passed and due > self._until):
            self._until, self._began_s, self._ends, self._questions = now, time.monotonic(), {}, {}
            self._is_passed = False
        self._take()
        places = set(self._inputs.places(self._partition.number))
        if self._ask(places) or not all(self._is_read(place, self._ends[place]) for place in places):
            return None
        self._is_passed = True
        return self._until

    def _take(self) -> None:
        """Take the answers that came, and doubt those that cannot be reached any more."""
        for place, answer in list(self._questions.items()):
            if answer.done() and answer.exception() is None:
                self._ends[place] = answer.result()
                del self._questions[place]
        if time.monotonic() - self._began_s > _DOUBT_S:
            self._began_s = time.monotonic()
            self._ends = {place: end for place, end in self._ends.items() if not self._is_out_of_reach(place, end)}

    def _ask(self, places: set[Place]) -> bool:
        """Ask for the ends that are not known; tell whether there are any."""
        missing = places - self._ends.keys()
        waited_s = time.monotonic() - self._asked_s
        wanted = [place for place in missing if self._is_overdue(place, waited_s)]
        if wanted:
            self._asked_s = time.monotonic()
            self._questions |= self._admin.ask_ends(wanted)
        return bool(missing)

    def _is_overdue(self, place: Place, waited_s: float) -> bool:
        question = self._questions.get(place)
        return question is None or waited_s > (_REFUSED_S if question.done() else _PATIENCE_S)

    def _is_out_of_reach(self, place: Place, end: int) -> bool:
        return self._inputs.is_at_readable_end(place) and not self._is_read(place, end)

    def _is_read(self, place: Place, end: int) -> bool:
        routed = self._partition.meta.positions.get(place.topic, 0)
        return self._inputs.position(place, routed) >= end
