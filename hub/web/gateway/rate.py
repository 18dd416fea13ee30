"""A fair share for each agency: a token bucket, filled by a clock that is passed in."""

import math
from collections.abc import Callable

from hub.names import AgencyCode

#: Seconds' worth of events that may come at once after a pause.
_BURST_S = 10


class Rate:
    """Limit the events a second that each agency may send; agencies do not share."""

    def __init__(self, events_per_s: int | None, clock: Callable[[], float]) -> None:
        """Take the limit, or None for no limit."""
        self._per_s = events_per_s
        self._clock = clock
        self._buckets: dict[AgencyCode, tuple[float, float]] = {}

    def take(self, agency: AgencyCode, events: int) -> int:
        """Take the events' share: 0 when they may go, else the seconds after which to try again.

        A batch larger than the whole bucket goes when the bucket is full, and is paid for afterwards.
        """
        if self._per_s is None:
            return 0
        now, full = self._clock(), float(self._per_s * _BURST_S)
        left, at = self._buckets.get(agency, (full, now))
        left = min(full, left + (now - at) * self._per_s)
        lacking = min(events, full) - left
        granted = lacking <= 0
        self._buckets[agency] = (left - events if granted else left, now)
        return 0 if granted else max(1, math.ceil(lacking / self._per_s))
