"""Wait for a condition with a deadline, and small programs to wait for, in tests of processes."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

#: A program that says it is up and ignores SIGTERM.
STUBBORN = (
    *(sys.executable, "-I", "-S", "-c"),
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()",
)


async def until(condition: Callable[[], object], *, within_s: float = 60.0) -> None:
    """Return when the condition holds; fail when it does not in time."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the condition is about other processes
            await asyncio.sleep(0.02)


def runs(pid: int) -> bool:
    """Tell whether a process runs (one that only waits to be buried does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
