"""A million open cases: states as a router would have left them, written to ``hub.cases`` in transactions.

Each is made from a rehearsed opening by changing its id and, where timers are to fire, moving all its times together.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hub.bus.producer import TransactionalProducer
from hub.names import CASES, AgencyCode, case_id
from hub.router.case import decode_case
from tests.bench.ground.place import Ground

#: States in one transaction.
_BATCH: Final = 20_000
#: Times in ms, as they stand in a state.
_TIME: Final = re.compile(rb"(?<![\d\w])\d{13}(?![\d\w])")
#: Stands for the id of a case while its state is a pattern.
_ID: Final = b"~id~"


class Pattern:
    """One rehearsed state, to be written for any case and any next due time."""

    def __init__(self, state: bytes) -> None:
        """Take it apart at the case's id and at its times."""
        case = decode_case(state)
        assert case.due is not None, "a case of the crowd has a timer"
        self.agency = AgencyCode(case.id.partition(".")[0])
        self._due = case.due
        text = state.replace(case.id.encode(), _ID)
        self._fixed = _TIME.split(text)
        self._times = [int(each) for each in _TIME.findall(text)]

    def write(self, case: bytes, due: int | None = None) -> bytes:
        """Write the state of a case; `due` (ms) moves it in time, so that its next timer is due then."""
        later = 0 if due is None else due - self._due
        times = [b"%d" % (each + later) for each in self._times]
        parts = [self._fixed[0]]
        for at, fixed in zip(times, self._fixed[1:], strict=True):
            parts += (at, fixed)
        return b"".join(parts).replace(_ID, case)


def patterns(place: Ground, *, procedures: Iterable[str] = ()) -> list[Pattern]:
    """Rehearse an opening of each service, or of these procedures; those that wait for somebody with a deadline."""
    wanted, found = set(procedures), []
    for number in range(len(place.force.plan.openings)):
        told = next(place.teller.tell(f"crowd/{number}", number))
        case = decode_case(told.state)
        name = (case.procedure or "").partition("@")[0]
        if case.due is not None and (not wanted or name in wanted):
            found.append(Pattern(told.state))
    return found


def fill(
    place: Ground, some: list[Pattern], count: int, *, run: str, due_of: Callable[[int], int | None] = lambda _: None
) -> float:
    """Write states of so many cases; `due_of` gives the due time (ms) of each by its number. Give the seconds taken."""
    producer, begun = TransactionalProducer(place.kafka, "bench-crowd", timeout_ms=60_000), time.monotonic()
    producer.init()
    for batch in _batches(some, count, run=run, due_of=due_of):
        producer.begin()
        for key, state in batch:
            producer.produce(CASES, state, key=key)
        producer.commit()
    producer.close()
    return time.monotonic() - begun


def _batches(
    some: list[Pattern], count: int, *, run: str, due_of: Callable[[int], int | None]
) -> Iterator[Iterator[tuple[bytes, bytes]]]:
    for start in range(0, count, _BATCH):
        yield _states(some, range(start, min(start + _BATCH, count)), run=run, due_of=due_of)


def _states(
    some: list[Pattern], numbers: Iterable[int], *, run: str, due_of: Callable[[int], int | None]
) -> Iterator[tuple[bytes, bytes]]:
    for number in numbers:
        pattern = some[number % len(some)]
        key = case_id(pattern.agency, f"{run}/{number}").encode()
        yield key, pattern.write(key, due_of(number))
