"""What the log says of records that were handed back: where they stand and of what kind the fault is.

Never a key, a value, a header or a reason that might quote one; the dead letter holds those for its owner. One line an
agency and category in a while, so that a client that sends nothing else does not fill the log; metrics count them all.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog

from hub.bus.record import Record

_LOG = structlog.get_logger("hub.engine.complaint")
#: Seconds between two lines about the same agency and category.
EVERY_S: Final = 10.0


class Complaints:
    """Tell of refused records, each kind at most once in a while."""

    def __init__(self, read_s: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing told; `read_s` gives seconds that never go back."""
        self._read_s = read_s
        self._told_s: dict[tuple[str, str], float] = {}
        self._untold: dict[tuple[str, str], int] = {}

    def note(self, record: Record, owner: str, category: str, *, error: str) -> None:
        """Log a refused record, or count it for the next line about its kind; `owner` empty: nobody's."""
        kind, now = (owner, category), self._read_s()
        if now - self._told_s.get(kind, -EVERY_S) < EVERY_S:
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return
        self._told_s[kind] = now
        tell, what = (_LOG.warning, "handed back to its owner") if owner else (_LOG.error, "nobody's, and passed over")
        tell(
            f"a record was refused: it is {what}", agency=owner, category=category, error=error, topic=record.topic,
            partition=record.partition, offset=record.offset, alike_since=self._untold.pop(kind, 0),
        )  # fmt: skip
