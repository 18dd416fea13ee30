"""The one transaction a worker has open: begun late, committed by the clock, undone whole.

Times are seconds of a monotonic clock. Membership is taken at begin and that is used at commit: the broker checks
the generation and not who owns a partition, so membership taken later would let a former owner write.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from hub.bus.limit import Limits, size_of
from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place
from hub.engine.outputs import Output
from hub.engine.partition import CLAIM_KEY, META_KEY, Partition
from hub.errors import CommitUnknownError, OversizedError, RetriableError
from hub.names import CASES, COMMANDS
from hub.settings import Engine, Kafka

#: Share of a transaction's time spent reading; a worker that read for less had records waiting: it is under load.
IDLE_SHARE: Final = 0.25
#: Bytes of a record from which on its topic may refuse it; what is smaller is not looked at.
LARGE_BYTES: Final = 64 * 1024
#: Records in one transaction at most; bounds what an abort has to do again.
MOST_EVENTS: Final = 20_000


class Transaction:
    """Collect what must become visible together."""

    def __init__(self, kafka: Kafka, engine: Engine, on_skew: Callable[[int], None]) -> None:
        """Make the producer; `on_skew` gets broker time minus ours in ms, as often as a commit tells it."""
        self._kafka, self._engine, self._on_skew = kafka, engine, on_skew
        self._member: Any = None
        self._began_s = 0.0
        self._busy = False
        self.events = 0
        #: Seconds spent reading, waiting included, since it was begun.
        self.reading_s = 0.0
        self.is_open = False
        self._limits = Limits()
        self._producer = self._make()

    def init(self) -> None:
        """Take the transactional id; ends what our former self left open."""
        self._producer.init()

    def replace(self) -> None:
        """Throw the producer away and take the id anew: what became of the last commit is then decided."""
        self._producer.close()
        self._producer = self._make()
        self._producer.init()
        self.is_open, self.events = False, 0

    def open(self, member: Any) -> None:
        """Begin, unless one is open; `member` is the membership to commit as.

        A producer that refuses to begin is in a state of its own, and does not come back from it: it is replaced.
        """
        if not self.is_open:
            try:
                self._producer.begin()
            except RetriableError:
                self.replace()
                self._producer.begin()
            self._member, self._began_s, self.is_open = member, time.monotonic(), True
            self.events, self.reading_s = 0, 0.0

    def send(self, output: Output) -> None:
        """Add one record; raise OversizedError when its topic has refused one as large."""
        topic, value = output.topic, output.value
        on_oversized = None
        if (value is not None and len(value) > LARGE_BYTES) or topic.endswith(".deadletters"):
            on_oversized = self._measured(output)
        self._producer.produce(
            topic, value, key=output.key, headers=output.headers, partition=output.partition, on_oversized=on_oversized
        )

    def claim(self, partition: Partition) -> None:
        """Write our transactional id beside a partition's state, for a successor that finds us dead."""
        partition.touch()
        partition.claim = self._producer.transactional_id
        self._producer.produce(CASES, partition.claim.encode(), key=CLAIM_KEY, partition=partition.number)

    @property
    def due_in_s(self) -> float:
        """Tell how long the open transaction may still wait; soon when idle, longer under load."""
        interval = self._engine.commit_busy_ms if self._busy else self._engine.commit_idle_ms
        return max(0.0, self._began_s + interval / 1000 - time.monotonic())

    @property
    def is_due(self) -> bool:
        """Tell whether the open transaction should be committed now."""
        return self.is_open and (self.events >= MOST_EVENTS or self.due_in_s <= 0)

    def commit(self, partitions: Iterable[Partition]) -> int:
        """Write the changed states and positions of the touched partitions and commit; give the records written.

        Raises what ``TransactionalProducer.commit`` does; then nothing here is committed, or (CommitUnknownError)
        nobody knows.
        """
        self._busy = self.reading_s < IDLE_SHARE * (time.monotonic() - self._began_s)
        positions, written = {}, 0
        for partition in partitions:
            for key, value in partition.dirty():
                written += 1
                self._producer.produce(
                    CASES, value, key=key, partition=partition.number,
                    on_append=self._skew_since(time.time_ns()) if key == META_KEY else None,
                )  # fmt: skip
            positions[Place(COMMANDS, partition.number)] = partition.commands_position
        self._producer.commit(positions, self._member)
        self.is_open, self.events = False, 0
        return written

    def abort(self) -> None:
        """Undo what was sent."""
        if self.is_open:
            self.is_open, self.events = False, 0
            try:
                self._producer.abort()
            except CommitUnknownError:
                self.replace()

    def serve(self) -> None:
        """Let the producer run its call-backs."""
        self._producer.serve()

    def close(self) -> None:
        """Forget the producer."""
        self._producer.close()

    def _measured(self, output: Output) -> Callable[[], None]:
        size = size_of(output.value, output.key, output.headers)
        if self._limits.is_too_large(output.topic, size):
            raise OversizedError(f"{output.topic} takes no record of {size} bytes; let `hub apply` set its limit")
        return lambda: self._limits.learn(output.topic, size)

    def _skew_since(self, sent_ns: int) -> Callable[[int], None]:
        def measure(appended_ms: int) -> None:
            sent_ms, told_ms = sent_ns // 1_000_000, time.time_ns() // 1_000_000
            self._on_skew(min(0, appended_ms - sent_ms + 1) or max(0, appended_ms - told_ms - 1))

        return measure

    def _make(self) -> TransactionalProducer:
        return TransactionalProducer(
            self._kafka, f"{self._engine.group}.{self._engine.instance}", timeout_ms=self._engine.transaction_timeout_ms
        )
