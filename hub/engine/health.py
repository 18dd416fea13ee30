"""What a worker tells about itself, read by its pages from another thread: whether it lives, whether it is ready."""

import threading
import time
from typing import Final

from hub import metrics

#: Seconds without a turn of the loop after which a worker is not live; longer than a commit may take.
_SILENT_S: Final = 60.0
#: Transactions undone one after the other from which on it is no accident.
_UNDONE: Final = 3
#: Seconds with records waiting and none committed after which a worker is not live.
_STUCK_S: Final = 60.0


class Health:
    """Hold the loop's last signs; safe to read from another thread."""

    def __init__(self) -> None:
        """Begin as live and not ready."""
        self._stop = threading.Event()
        self._beat_s = self._progress_s = time.monotonic()
        self._owned = self._restoring = self._unruled = self._lag = self._held = 0
        self._is_member = False
        self._undone, self._trouble = 0, ""
        self._missing: frozenset[str] = frozenset()
        self.failure: str | None = None

    def stop(self) -> None:
        """Ask the worker to finish."""
        self._stop.set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the worker is asked to finish."""
        self._stop.wait(seconds)

    @property
    def is_stopping(self) -> bool:
        """Tell whether the worker was asked to finish."""
        return self._stop.is_set()

    def beat(self) -> None:
        """Say that the loop turns."""
        self._beat_s = time.monotonic()

    def progressed(self) -> None:
        """Say that something was committed."""
        self._progress_s = time.monotonic()
        self._undone = 0

    def undone(self, why: str) -> int:
        """Say why a transaction was undone; give how many were since the last commit."""
        self._undone, self._trouble = self._undone + 1, why
        return self._undone

    def missing(self, topics: frozenset[str]) -> frozenset[str]:
        """Say which topics of the network are not there; give those of which nobody has heard before."""
        new, self._missing = topics - self._missing, topics
        return new

    def member(self, *, is_member: bool) -> None:
        """Say whether the group has told which partitions are ours, were it none: or has taken that back."""
        self._is_member = is_member

    def partitions(self, *, owned: int, restoring: int, unruled: int) -> None:
        """Say how many partitions are owned, how many of them without a network, and how many are being restored."""
        self._owned, self._restoring, self._unruled = owned, restoring, unruled
        metrics.PARTITIONS.labels("owned").set(owned)
        metrics.PARTITIONS.labels("restoring").set(restoring)

    def lagging(self, *, records: int, held: int) -> None:
        """Say how many records could be read and wait, and how many inputs wait for something outside."""
        self._lag, self._held = records, held
        metrics.HELD.set(held)
        if records == 0:
            self._progress_s = time.monotonic()

    def why_dead(self) -> str | None:
        """Tell why this worker should be started anew; None while it lives."""
        now = time.monotonic()
        if self.failure is not None:
            return self.failure
        if now - self._beat_s > _SILENT_S:
            return f"the loop has not turned for {now - self._beat_s:.0f} s"
        if self._owned and self._lag and not self._held and now - self._progress_s > _STUCK_S:
            return f"{self._lag} records wait and nothing was committed for {now - self._progress_s:.0f} s"
        return None

    def why_unready(self) -> str | None:
        """Tell what this worker still waits for; None when it routes. A spare without partitions is ready."""
        if dead := self.why_dead() or ("stopping" if self.is_stopping else None):
            return dead
        if self._restoring:
            return f"{self._restoring} partitions are being restored"
        if self._unruled:
            return f"{self._unruled} partitions have read of no network in force yet; apply one if there is none"
        if trouble := self._why_troubled():
            return trouble
        return None if self._is_member else "not assigned by the group yet"

    def _why_troubled(self) -> str | None:
        """Tell what only somebody outside can mend."""
        if self._missing:
            return f"{_listed(self._missing)} is not there: was it deleted by hand? `hub apply` makes it again, empty"
        if self._undone >= _UNDONE:
            return f"{self._undone} transactions were undone one after the other: {self._trouble}"
        return None


def _listed(topics: frozenset[str]) -> str:
    first, *others = sorted(topics)
    return f"topic {first}" + (f" (and {len(others)} more)" if others else "")
