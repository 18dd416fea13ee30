"""Every case looked at, a few at a time while the worker is idle: what is open, where, and that nobody is adrift.

Also whose deadlines a changed calendar has moved: they are counted anew soon, whatever happens in the case.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import structlog

from hub import metrics
from hub.engine.partition import Partition
from hub.network.plan import Plan
from hub.router.assignment import procedure_of
from hub.router.case import OWED, Case, decode_case, has_owner, is_closed
from hub.router.clock import counted_anew

_LOG = structlog.get_logger("hub.engine.sweep")

#: Cases looked at in one go: about two milliseconds when idle, a fifth of it while a transaction is open.
_AT_ONCE: Final = 500
_AT_ONCE_BUSY: Final = 100
#: Seconds between two goes: the loop turns for every event, and looking around may not cost it more than the event.
_PAUSE_S: Final = 0.05
#: Seconds between the end of a round and the next.
_REST_S: Final = 5.0


class Sweep:
    """Go over all cases again and again; gauges are set at the end of each round.

    ``moved`` collects the cases, by partition and key, whose deadlines the plan in force counts otherwise.
    """

    def __init__(self, plan_of: Callable[[int], Plan | None] = lambda _: None) -> None:
        """Begin a first round; `plan_of` tells the plan in force for a partition."""
        self.moved: deque[tuple[int, bytes]] = deque()
        self._plan_of = plan_of
        self._waiting: Iterator[tuple[int, bytes]] | None = None
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
            self.moved.clear()
            self._waiting = _go_over([(each.number, list(each.states.values())) for each in partitions])
        for _ in range(_AT_ONCE_BUSY if busy else _AT_ONCE):
            found = next(self._waiting, None)
            if found is None:
                self._end()
                return
            number, state = found
            self._look(decode_case(state), number)

    def _begin(self) -> None:
        self._cases: Counter[str] = Counter()
        self._steps: Counter[tuple[str, str]] = Counter()
        self._incidents: Counter[str] = Counter()
        self._adrift = self._orphaned = 0

    def _look(self, case: Case, partition: int) -> None:
        self._incidents.update({incident.cause for incident in case.incidents})
        if case.procedure is None:
            self._orphaned += 1
        elif not is_closed(case):
            self._cases[case.procedure] += 1
            self._steps.update((case.procedure, step) for step, state in case.steps.items() if state.status in OWED)
            if self._is_moved(case, partition):
                self.moved.append((partition, case.id.encode()))
        if not has_owner(case):
            self._adrift += 1
            _LOG.error("a case has neither step, timer nor incident; `hub case retry` it", case=case.id)

    def _is_moved(self, case: Case, partition: int) -> bool:
        plan = self._plan_of(partition)
        procedure = procedure_of(plan, case) if plan is not None else None
        return procedure is not None and not case.incidents and bool(counted_anew(procedure, case))

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


def _go_over(partitions: list[tuple[int, list[bytes]]]) -> Iterator[tuple[int, bytes]]:
    for number, states in partitions:
        for state in states:
            yield number, state
