"""What sets a demonstration going: citizens who arrive, or the rows of a real log.

Both say what is due when they are tended, and never wait themselves.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from hub.demo.voice import Voice, wall_ms
from hub.events.catalog import EventSchema
from hub.mall.arrivals import Arrival
from hub.names import AgencyCode, CaseId, EventId, EventType, case_id, derived_id
from hub.rehearsal.log import LogEvent, UnmappedRow

#: Rows of a log that were read and are not acknowledged yet; bounds memory and the broker's load.
ROWS_IN_HAND: Final = 2_000
#: Seconds between two looks when nobody comes any more.
_PAUSE_S: Final = 1.0


class Feed(Protocol):
    """Say what is due."""

    @property
    def is_over(self) -> bool:
        """Tell whether everything was said and acknowledged."""

    def tend(self, now_s: float) -> float:
        """Say what is due at `now_s` (monotonic seconds); give the seconds until something may be due again."""

    def acknowledge(self, case: str) -> None:
        """Hear that Kafka has one event of a case."""


class Citizens:
    """Arrive as the mall is declared, each with an application for one of the network's services."""

    def __init__(
        self, voice: Voice, types: Mapping[EventType, EventSchema], people: Iterator[tuple[float, Arrival]], *,
        seed: int, run: str, today: int | None = None,
    ) -> None:  # fmt: skip
        """Open a case for each of `people` so many seconds after the first look; `run` keeps two demonstrations apart.

        Dates in applications are near `today` (ms), or near the moment at which they are made.
        """
        self._voice, self._types, self._people = voice, types, people
        self._seed, self._run, self._today = seed, run, today
        self._next = next(people, None)
        self._begun: float | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether the last citizen has come."""
        return self._next is None

    def tend(self, now_s: float) -> float:
        """Let come who is due."""
        self._begun = now_s if self._begun is None else self._begun
        while self._next is not None and self._next[0] <= now_s - self._begun:
            self._open(self._next[1])
            self._next = next(self._people, None)
        return _PAUSE_S if self._next is None else max(0.0, self._begun + self._next[0] - now_s)

    def acknowledge(self, case: str) -> None:
        """Wait for nobody: citizens do not know of each other."""

    def _open(self, person: Arrival) -> None:
        case = person.case(seed=self._seed, run=self._run)
        now = wall_ms() if self._today is None else self._today
        data = person.facts(self._types, seed=self._seed, now=now)
        self._voice.say(
            person.opener, person.type, case, data=data,
            event_id=derived_id(person.opener, case, person.type), subject=person.subject,
        )  # fmt: skip


class LogFeed:
    """Say each row of a log, each case's rows one after the other as Kafka acknowledges them, many cases at a time."""

    def __init__(
        self, voice: Voice, rows: Iterator[LogEvent | UnmappedRow], *, run: str, rate: float | None, most: int | None
    ) -> None:
        """Go over `rows`: as fast as it goes or `rate` a second; with `most` only the log's first so many cases."""
        self._voice, self._rows, self._run, self._rate, self._most = voice, rows, run, rate, most
        self._waiting: dict[str, deque[LogEvent]] = {}
        self._known: dict[CaseId, CaseId] = {}
        self._in_hand = self._said = 0
        self._is_read = False
        self._begun: float | None = None
        self.unmapped = 0

    @property
    def is_over(self) -> bool:
        """Tell whether the last row is acknowledged."""
        return self._is_read and self._in_hand == 0

    def tend(self, now_s: float) -> float:
        """Take rows up to what may be in hand."""
        self._begun = now_s if self._begun is None else self._begun
        due = ROWS_IN_HAND if self._rate is None else 1 + int((now_s - self._begun) * self._rate) - self._said
        while due > 0 and self._in_hand < ROWS_IN_HAND and not self._is_read:
            due -= self._take()
        return 0.005 if self._in_hand or not self._is_read else 1.0

    def acknowledge(self, case: str) -> None:
        """Go on with the case's next row."""
        self._in_hand -= 1
        waiting = self._waiting[case]
        waiting.popleft()
        if waiting:
            self._say(waiting[0])
        else:
            del self._waiting[case]

    def _take(self) -> int:
        row = next(self._rows, None)
        if row is None:
            self._is_read = True
            return 0
        if isinstance(row, UnmappedRow):
            self.unmapped += 1
            return 0
        if row.case not in self._known and self._most is not None and len(self._known) >= self._most:
            return 0
        case = self._known.setdefault(row.case, self._case(row))
        self._in_hand += 1
        self._said += 1
        waiting = self._waiting.setdefault(case, deque())
        waiting.append(row)
        if len(waiting) == 1:
            self._say(row)
        return 1

    def _case(self, row: LogEvent) -> CaseId:
        """Keep the log's own case id unless this run must be kept apart from others."""
        return case_id(AgencyCode(row.case.partition(".")[0]), f"{self._run}/{row.key}") if self._run else row.case

    def _say(self, row: LogEvent) -> None:
        self._voice.say(
            row.agency, row.event_type, self._known[row.case],
            data=row.data, event_id=EventId(row.id), subject=row.key, at=row.at,
        )  # fmt: skip
