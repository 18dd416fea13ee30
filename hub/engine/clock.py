"""What time it is for a partition: never by a clock or an append time that no other clock bears out.

It never goes backwards, but from a time that was wrong: as soon as the clocks say so, from the next record on.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog

_LOG = structlog.get_logger("hub.engine.clock")

#: Difference (ms) to the broker's clock beyond which our wall clock is not believed: timers stop, an alarm rises.
MAX_SKEW_MS: Final = 5_000
#: How long (ms) a time must be over by both clocks before its timers fire: what is appended at its last moment needs so
#: long to be counted in the ends that are asked for, and two clocks are not compared more exactly.
MARGIN_MS: Final = 200
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
#: Seconds after which a clock that is not believed is compared again, events or not.
_COMPARE_EVERY_S: Final = 5.0


def wall_ms() -> int:
    """Read this machine's clock, in ms since the epoch."""
    return time.time_ns() // 1_000_000


def _steady_ms() -> int:
    """Read a clock that nobody sets and that runs on while the machine sleeps; where it began is of no meaning."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


class Clock:
    """Tell the time for decisions; believes this machine once the broker has confirmed it."""

    def __init__(self, read: Callable[[], int] = wall_ms) -> None:
        """Read time with `read`; it is not believed until ``compare`` was told the broker's."""
        self._read = read
        self._ahead_ms = 0
        self._broker_ahead_ms: int | None = None
        self._is_capped = False
        self._compared_s = 0.0
        self.skew_ms: int | None = None

    @property
    def is_believed(self) -> bool:
        """Tell whether our clock and the broker's agreed, and ours was not set to another time since."""
        return self._believes(self._read(), _steady_ms())

    @property
    def wants_comparing(self) -> bool:
        """Tell whether it is time to ask the broker again, since our clock is not believed."""
        return not self.is_believed and time.monotonic() - self._compared_s > _COMPARE_EVERY_S

    def compare(self, broker_ms: int) -> None:
        """Take how far the broker's clock is ahead of the machine's real one (ms)."""
        skew = broker_ms + wall_ms() - self._read()
        if abs(skew) > MAX_SKEW_MS and (self.skew_ms is None or abs(self.skew_ms) <= MAX_SKEW_MS):
            _LOG.error(
                "this machine's clock and the broker's differ; timers stop until they agree: set the clock (NTP)",
                skew_s=round(skew / 1000, 1),
            )
        self.skew_ms = skew
        self._ahead_ms, self._compared_s = self._read() - _steady_ms(), time.monotonic()
        self._broker_ahead_ms = broker_ms + wall_ms() - _steady_ms()

    def now(self, *at_least: int) -> int:
        """Tell the latest of the times given and, if believed, this machine's.

        Not one that lies beyond both clocks, the broker's as it was compared last and this machine's: on a topic with
        times of its writers, or under a broker whose clock was wrong, one record would set all deadlines off for days.
        """
        wall, steady, latest = self._read(), _steady_ms(), max(at_least)
        if self._broker_ahead_ms is not None:
            latest = self._capped(latest, max(steady + self._broker_ahead_ms, wall) + MAX_SKEW_MS)
        return max(latest, wall) if self._believes(wall, steady) else latest

    def over(self) -> int:
        """Tell up to when time is surely over, by the broker's clock too: nothing appended from now on is as old."""
        told = self._read()
        if self._broker_ahead_ms is not None:
            told = min(told, _steady_ms() + self._broker_ahead_ms)
        return told - MARGIN_MS

    def _believes(self, wall: int, steady: int, /) -> bool:
        if self.skew_ms is None or abs(self.skew_ms) > MAX_SKEW_MS:
            return False
        return abs(wall - steady - self._ahead_ms) <= MAX_SKEW_MS

    def _capped(self, latest: int, most: int) -> int:
        if latest > most and not self._is_capped:
            _LOG.error(
                "an append time lies beyond every clock and is not believed: see the topics' message.timestamp.type",
                ahead_s=round((latest - most) / 1000, 1),
            )
        self._is_capped = latest > most
        return min(latest, most)

    def read(self) -> int:
        """Read the machine's clock, believed or not."""
        return self._read()
