"""Wait for a condition about the broker, with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")


def until(look: Callable[[], _Found], *, within_s: float = 60.0) -> _Found:
    """Ask again until the answer is true; fail when it is not in time. `look` waits a little itself.

    The time is there to end what hopes in vain: a busy machine needs many times what an idle one does.
    """
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {within_s} s in vain"
    return found


def until_past(moment_ms: int) -> None:
    """Wait until this machine's clock is past a moment, in ms since the epoch."""
    pause = threading.Event()
    while (left_ms := moment_ms - time.time_ns() // 1_000_000) >= 0:
        pause.wait(left_ms / 1_000 + 0.001)
