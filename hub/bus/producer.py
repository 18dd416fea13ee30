"""Writing to Kafka: one producer that is acknowledged, one that writes in transactions."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka import Producer as Client

from hub.bus.client import connect
from hub.bus.record import Place
from hub.bus.translate import translate, translated
from hub.errors import (
    CommitUnknownError,
    FatalError,
    FencedError,
    LostPartitionError,
    OversizedError,
    RetriableError,
    UnreachableError,
)
from hub.settings import Kafka

_LOG = structlog.get_logger("hub.bus.producer")

#: Java's hash, so that a case's records meet on one partition whoever writes them.
_PARTITIONER: Final = {"partitioner": "murmur2_random"}
#: Bytes of one record the client lets out: the largest of the hub's topics (a bundle). Topics have their own limits.
_SIZE: Final = {"message.max.bytes": 8_388_608}
#: How long records are gathered before they go out while a transaction is open: until its commit, which sends at once
#: what is there. Less would wake the sender for every few records, and each of 160 topics' partitions get them singly.
_GATHER_MS: Final = 100
#: Seconds until a commit, abort or flush is given up; longer than a broker's restart.
PATIENCE_S: Final = 30.0
#: Seconds until the group's coordinator must have taken positions; far more than it needs, less than a session.
POSITIONS_S: Final = 4.0


class Producer:
    """Publish records one by one and know when Kafka has them; safe to use from several threads.

    A client that can never send again is replaced: one whose records the log has lost, as after a power cut, refuses
    everything from then on. What it still held is told as failed; to publish it again is its owner's.
    """

    def __init__(self, kafka: Kafka, **settings: Any) -> None:
        """Make an idempotent producer that waits for all in-sync replicas; `settings` use librdkafka's dotted names."""
        given = {
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 2,
            "delivery.timeout.ms": 30_000,
            **_PARTITIONER,
            **_SIZE,
        }
        self._connect: Callable[[], Client] = partial(connect, Client, kafka, **given | settings)
        self._client = self._connect()
        self._ended: KafkaError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="producer", daemon=True)
        self._thread.start()

    def publish(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int = -1,
    ) -> "Future[Place]":
        """Hand over one record; the future holds its place once Kafka acknowledged it.

        It raises UnreachableError, or OversizedError when the topic takes no record so large.
        """
        future: Future[Place] = Future()

        def report(error: KafkaError | None, message: Message) -> None:
            if error is None:
                future.set_result(Place(message.topic() or topic, message.partition() or 0))
            else:
                future.set_exception(translate(error, f"publish to {topic}"))

        try:
            self._client.produce(topic, value, key=key, headers=list(headers), partition=partition, on_delivery=report)
        except BufferError as full:
            raise UnreachableError(f"publish to {topic}: the local queue is full; Kafka does not keep up") from full
        except KafkaException as wrong:
            error: KafkaError = wrong.args[0]
            if error.code() == KafkaError._FATAL:
                raise UnreachableError(f"publish to {topic}: a new producer is made; try again") from wrong
            raise translate(error, f"publish to {topic}") from wrong
        return future

    def flush(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until all handed over is acknowledged or failed; raise UnreachableError when time runs out."""
        try:
            left = self._client.flush(timeout_s)
        except KafkaException as wrong:
            self._ended = wrong.args[0]
            raise UnreachableError(
                "a producer is made anew; what was not acknowledged is to be published again"
            ) from wrong
        if left:
            raise UnreachableError(f"{len(self._client)} records are not acknowledged after {timeout_s:.0f} s")

    def close(self) -> None:
        """Flush and stop; nothing may be published after."""
        self._closing.set()
        self._thread.join()
        self._client.flush(PATIENCE_S)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                self._client.poll(0.05)
            except KafkaException as wrong:  # what the client cannot come back from is raised once, to whoever waits
                self._ended = wrong.args[0]
            if self._ended is not None:
                self._renew(self._ended)

    def _renew(self, why: KafkaError) -> None:
        """Take a new client and let the old one tell of all that it still holds, which would wait in it for ever."""
        _LOG.warning("a producer could not go on and is made anew", why=f"{why.str()} ({why.name()})")
        old, self._client = self._client, self._connect()
        old.purge()
        with suppress(KafkaException):
            old.flush(1.0)
        self._ended = None


class TransactionalProducer:
    """Write records, and positions of what was read, all or none. For one thread."""

    def __init__(self, kafka: Kafka, transactional_id: str, *, timeout_ms: int, **settings: Any) -> None:
        """Make the producer; nothing is sent until ``init``."""
        given = {
            "transactional.id": transactional_id, "transaction.timeout.ms": timeout_ms, "linger.ms": _GATHER_MS,
            "batch.size": 262_144, "compression.type": "lz4", "retry.backoff.ms": 5, "retry.backoff.max.ms": 20,
            "queue.buffering.max.messages": 500_000, "queue.buffering.max.kbytes": 262_144, **_PARTITIONER, **_SIZE,
        }  # fmt: skip
        self.transactional_id = transactional_id
        self._client = connect(Client, kafka, **given | settings)
        self._aside = _Aside(f"positions-{transactional_id}")
        self._failed: KafkaError | None = None

    def init(self, timeout_s: float = PATIENCE_S) -> None:
        """Take the transactional id: fences whoever carries it and ends its open transaction."""
        with translated(f"take transactional id {self.transactional_id!r}"):
            self._client.init_transactions(timeout_s)

    def begin(self) -> None:
        """Open a transaction."""
        self._failed = None
        with translated("begin a transaction"):
            self._client.begin_transaction()

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: Sequence[tuple[str, bytes]] | None = None,
        partition: int = -1,
        on_append: Callable[[int], None] | None = None,
        on_oversized: Callable[[], None] | None = None,
    ) -> None:
        """Add a record; `on_append` gets the broker's append time in ms once it is known.

        Raise OversizedError when no topic takes it; `on_oversized` is called when its own does not. What cannot be
        delivered fails the commit; a call-back for each record would only cost time.
        """
        told = self._reported(on_append, on_oversized) if on_append or on_oversized else None
        while True:
            try:  # by position, which the library reads in half the time; its second call-back would hide the first
                self._client.produce(topic, value, key, partition, told, None, 0, headers)  # type: ignore[arg-type]
            except BufferError:
                self._client.poll(0.05)
            except KafkaException as wrong:
                raise translate(wrong.args[0], f"produce to {topic}") from wrong
            else:
                return

    def serve(self) -> None:
        """Let the client run its call-backs without waiting."""
        self._client.poll(0)

    def commit(self, positions: Mapping[Place, int] | None = None, member: Any = None) -> None:
        """Commit records, and positions if given as the member that was taken at begin, together.

        Raise LostPartitionError when the group refuses the member, FencedError when another carries our id,
        CommitUnknownError when nobody can say whether it was done: the producer must be thrown away;
        RetriableError otherwise: abort and go on.
        """
        offsets = [TopicPartition(*place, offset) for place, offset in (positions or {}).items()]
        try:
            if offsets:
                # Records first, positions after: the broker asks only for positions whether we still own them, and
                # whoever took over meanwhile must find our records in the log, open, to wait for their end.
                if left := self._client.flush(POSITIONS_S):
                    raise CommitUnknownError(f"{left} records are not acknowledged after {POSITIONS_S:.0f} s")
                self._send_positions(offsets, member)
            self._client.commit_transaction(PATIENCE_S)
        except KafkaException as wrong:
            raise self._refused(wrong.args[0]) from wrong
        if self._failed is not None:
            raise translate(self._failed, "commit a transaction")

    def _send_positions(self, offsets: list[TopicPartition], member: Any) -> None:
        """Send positions; a library that waits for ever for a coordinator whose connection broke is left waiting.

        Its own time limit is not looked at then: https://github.com/confluentinc/librdkafka/issues/5456.
        """
        client, limit_s = self._client, POSITIONS_S
        try:
            self._aside.call(lambda: client.send_offsets_to_transaction(offsets, member, limit_s), 1.2 * limit_s)
        except TimeoutError as silent:
            raise CommitUnknownError(f"commit a transaction: no coordinator took positions in {limit_s} s") from silent

    def abort(self) -> None:
        """Make all of this transaction undone; raise CommitUnknownError, FencedError or FatalError when that fails.

        After CommitUnknownError the producer must be thrown away: who takes its id undoes what is open.
        """
        try:
            self._client.abort_transaction(PATIENCE_S)
        except KafkaException as wrong:
            error: KafkaError = wrong.args[0]
            if error.code() == KafkaError._STATE and not error.fatal():
                return  # nothing was open any more
            found = translate(error, "abort a transaction")
            is_over = isinstance(found, FatalError) and not _is_out_of_step(error)
            raise found if is_over else CommitUnknownError(str(found)) from wrong

    def close(self) -> None:
        """Forget the producer without waiting for what it still holds; a fenced one too."""
        self._aside.close()
        with suppress(KafkaException):
            self._client.purge()
            self._client.flush(1.0)

    def _refused(self, error: KafkaError) -> Exception:
        found = translate(error, "commit a transaction")
        if isinstance(found, OversizedError):
            return UnreachableError(
                "commit a transaction: a topic takes no record so large; `hub apply` sets its limit"
            )
        if _is_out_of_step(error):
            return CommitUnknownError(str(found))
        if isinstance(found, FencedError | LostPartitionError) or error.txn_requires_abort():
            return found if isinstance(found, RetriableError | FatalError) else UnreachableError(str(found))
        if error.retriable() or error.code() in {KafkaError._TIMED_OUT, KafkaError._TRANSPORT}:
            return CommitUnknownError(str(found))
        return found if isinstance(found, RetriableError | FatalError) else UnreachableError(str(found))

    def _report(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and self._failed is None:
            self._failed = error

    def _reported(
        self, on_append: Callable[[int], None] | None, on_oversized: Callable[[], None] | None
    ) -> Callable[[KafkaError | None, Message], None]:
        def report(error: KafkaError | None, message: Message) -> None:
            self._report(error, message)
            if error is not None and on_oversized and isinstance(translate(error, "deliver"), OversizedError):
                on_oversized()
            if error is None and on_append:
                on_append(message.timestamp()[1])

        return report


def _is_out_of_step(error: KafkaError) -> bool:
    """Tell whether client and coordinator hold different views of what is open, which a new producer settles.

    It happens when the only records of a transaction were refused; the library calls it fatal.
    """
    return error.code() == KafkaError.INVALID_TXN_STATE


class _Aside:
    """Make one call after another in a thread of its own, so that one that never returns can be left behind."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def call(self, act: Callable[[], object], timeout_s: float) -> None:
        """Make a call; raise what it raises, or TimeoutError when it has not returned in time."""
        answer: Future[object] = Future()
        self._asked.put((act, answer))
        answer.result(timeout_s)

    def close(self) -> None:
        """End the thread once its call returns."""
        self._asked.put(None)

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            act, answer = asked
            try:
                answer.set_result(act())
            except BaseException as wrong:  # noqa: BLE001 - it is the caller's
                answer.set_exception(wrong)
