"""Every case looked at, a few at a time while the worker is idle: what is open, where, and that nobody is adrift."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import structlog

from hub import metrics
from hub.engine.partition import Partition
from hub.router.case import OWED, Case, decode_case, has_owner, is_closed

_LOG = structlog.get_logger("hub.engine.sweep")

#: Cases looked at in one go: about two milliseconds when idle, a fifth of it while a transaction is open.
_AT_ONCE: Final = 500
_AT_ONCE_BUSY: Final = 100
#: Seconds between two goes: the loop turns for every event, and looking around may not cost it more than the event.
_PAUSE_S: Final = 0.05
#: Seconds between the end of a round and the next.
_REST_S: Final = 5.0


class Sweep:
    """Go over all cases again and again; gauges are set at the end of each round."""

    def __init__(self) -> None:
        """Begin a first round."""
        self._waiting: Iterator[bytes] | None = None
        self._ended_s = self._stepped_s = 0.0
        self._begin()

    def step(self, partitions: Iterable[Partition], *, busy: bool) -> None:
        """Look at some more cases."""
        now = time.monotonic()
        if now - self._stepped_s < _PAUSE_S:
            return
        self._stepped_s = now
        if self._waiting is None:
            if now - self._ended_s < _REST_S:
                return
            self._begin()
            self._waiting = iter([state for each in partitions for state in each.states.values()])
        for _ in range(_AT_ONCE_BUSY if busy else _AT_ONCE):
            state = next(self._waiting, None)
            if state is None:
                self._end()
                return
            self._look(decode_case(state))

    def _begin(self) -> None:
        self._cases: Counter[str] = Counter()
        self._steps: Counter[tuple[str, str]] = Counter()
        self._incidents: Counter[str] = Counter()
        self._adrift = self._orphaned = 0

    def _look(self, case: Case) -> None:
        self._incidents.update({incident.cause for incident in case.incidents})
        if case.procedure is None:
            self._orphaned += 1
        elif not is_closed(case):
            self._cases[case.procedure] += 1
            self._steps.update((case.procedure, step) for step, state in case.steps.items() if state.status in OWED)
        if not has_owner(case):
            self._adrift += 1
            _LOG.error("a case has neither step, timer nor incident; `hub case retry` it", case=case.id)

    def _end(self) -> None:
        self._waiting, self._ended_s = None, time.monotonic()
        for gauge in (metrics.CASES_OPEN, metrics.STEPS_OPEN, metrics.INCIDENTS_OPEN):
            gauge.clear()
        for procedure, count in self._cases.items():
            metrics.CASES_OPEN.labels(procedure).set(count)
        for (procedure, step), count in self._steps.items():
            metrics.STEPS_OPEN.labels(procedure, step).set(count)
        for cause, count in self._incidents.items():
            metrics.INCIDENTS_OPEN.labels(cause).set(count)
        metrics.CASES_ADRIFT.set(self._adrift)
        metrics.CASES_ORPHANED.set(self._orphaned)
