"""Whether a reader stands still: more may be read, and nothing comes, look after look.

A library that was told of a partition without a leader, as when a broker froze for longer than its session, may never
fetch from it again, and says nothing: https://github.com/confluentinc/librdkafka/issues/5430.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.errors import RetriableError

#: Seconds between two looks; a place must be found standing in two of them, one after the other.
_LOOK_S: Final = 5.0


class Watch:
    """Hold what a reader has read against what there is to read, without waiting."""

    def __init__(self, admin: Admin) -> None:
        """Ask nothing yet."""
        self._admin = admin
        self._looked_s = time.monotonic()
        self._before: Mapping[Place, int] = {}
        self._questions: Mapping[Place, Future[int]] = {}
        self._suspects: set[Place] = set()

    def look(self, positions: Callable[[], Mapping[Place, int]]) -> set[Place]:
        """Give the places that stand still; `positions` are of those to be read now, asked for at each look."""
        if time.monotonic() - self._looked_s < _LOOK_S:
            return set()
        now = positions()
        standing = {place for place in self._questions if self._stands(place, now)}
        again, self._suspects = standing & self._suspects, standing
        self._before, self._questions = now, {}
        with suppress(RetriableError):
            self._questions = self._admin.ask_readable_ends(now) if now else {}
        self._looked_s = time.monotonic()
        return again

    def forget(self) -> None:
        """Begin anew, as after a reader was made anew."""
        self._questions, self._suspects = {}, set()

    def _stands(self, place: Place, now: Mapping[Place, int]) -> bool:
        answer = self._questions[place]
        if not answer.done() or answer.exception() is not None or place not in now:
            return False
        return now[place] == self._before[place] and answer.result() > now[place]
