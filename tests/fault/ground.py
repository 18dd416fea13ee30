"""What all kills share: how many, of which seed, how workers are started, and whether the journal's chain holds."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hub.views.evidence import verify_journal
from tests.kafka.world import Process, World

KILLS: Final = int(os.environ.get("HUB_FAULT_KILLS", "30"))
SEED: Final = int(os.environ.get("HUB_FAULT_SEED", "0")) or time.time_ns() % 1_000_000
#: Cases opened a second: five events each, give or take.
RATE: Final = 25
#: Session of two workers, so that one takes over from the other in the time of a test.
_SESSION_MS: Final = 2_000


def start(city: World, name: str) -> tuple[str, Process]:
    """Start one of several workers."""
    return name, Process(city.settings(name, session_timeout_ms=_SESSION_MS))


def wait(seconds: float) -> None:
    """Let the moment of a kill be any moment."""
    threading.Event().wait(seconds)


def broken(city: World) -> list[str]:
    """Say where the journal's chain does not hold."""
    chains = verify_journal(city.settings())
    return [f"{chain.partition}@{chain.broken_at}: {chain.why}" for chain in chains if chain.broken_at is not None]


@contextmanager
def killed_at_last() -> Iterator[list[tuple[str, Process]]]:
    """Keep routers by name, and kill those that are there at the end."""
    running: list[tuple[str, Process]] = []
    try:
        yield running
    finally:
        for _, router in running:
            router.kill()
