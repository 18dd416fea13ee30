"""What a worker has of one partition that is its own: the state, what is in force there, and what waits."""

from collections import deque

from hub.engine.partition import Partition
from hub.engine.routing import Rules
from hub.engine.timer import TimerGate


class Owned:
    """Hold what belongs to one owned partition.

    ``unread`` names, by case, the schemas without which what is parked beside it cannot be read; ``let_go`` the cases
    to be looked at again since orders have changed.
    """

    def __init__(self, partition: Partition, gate: TimerGate) -> None:
        """Begin without a bundle in force."""
        self.partition, self.gate = partition, gate
        self.force: Rules | None = None
        self.is_claimed = False
        self.unread: dict[bytes, set[int]] = {}
        self.let_go: deque[bytes] = deque()
