"""Wait for a condition about the broker, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")


def until(look: Callable[[], _Found], *, within_s: float = 20.0) -> _Found:
    """Ask again until the answer is true; fail when it is not in time. `look` waits a little itself."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {within_s} s in vain"
    return found
