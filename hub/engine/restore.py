"""A partition's state read back from ``hub.cases`` in a thread of its own, while the worker's others go on.

Complete up to every record that was there when the partition was given to us: a dead owner's open transaction is
waited for, or ended under the name it left behind. It is also ended when only those who read tasks wait for it.
"""

import queue
import threading
import time
from typing import Final

import structlog

from hub.bus.admin import Admin
from hub.bus.consumer import Reader
from hub.bus.producer import TransactionalProducer
from hub.bus.record import Place
from hub.engine.gap import Accepted, find_gaps
from hub.engine.partition import Partition
from hub.errors import HubError, UnreachableError
from hub.names import CASES, JOURNAL
from hub.settings import Kafka

_LOG = structlog.get_logger("hub.engine.restore")

#: How long a restore that has read all it may read waits for the rest before it ends the owner's open transaction.
PATIENCE_S: Final = 0.2
#: After so long below the target something is wrong that waiting does not mend: an alarm.
ALARM_S: Final = 30.0
#: Pause after a failed restore, before it is told and begun again.
_PAUSE_S: Final = 0.5
#: Pause between two looks at whether a transaction has ended.
_LOOK_S: Final = 0.02
#: Records taken from the reader at once.
_BATCH: Final = 20_000


class Restore:
    """Restore one partition; the result, or the error that stopped it, is put into a queue."""

    def __init__(
        self, kafka: Kafka, number: int, *, group: str, own_id: str,
        done: "queue.SimpleQueue[Restore]", accepted: Accepted | None = None,
    ) -> None:  # fmt: skip
        """Start reading at once; `own_id` is the transactional id that is never ended, nor is a living member's.

        `accepted` gaps in the inputs are no reason to stop.
        """
        self.number = number
        self.partition: Partition | None = None
        self.error: HubError | None = None
        self.records = 0
        self.seconds = 0.0
        self._kafka, self._group, self._own_id, self._done = kafka, group, own_id, done
        self._accepted = accepted or {}
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"restore-{number}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Give up: the partition went to another worker. What is put into the queue after is to be ignored."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Tell whether nobody waits for the result any more."""
        return self._cancelled.is_set()

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            self.partition = self._read()
        except HubError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a thread's error must reach the worker, whatever it is
            self.error = UnreachableError(f"restore of partition {self.number} failed: {error!r}")
        self.seconds = time.monotonic() - begun
        if self.error is not None:
            self._cancelled.wait(_PAUSE_S)
        self._done.put(self)

    def _read(self) -> Partition:
        place = Place(CASES, self.number)
        admin = Admin(self._kafka)
        target = admin.ends([place])[place]
        partition = Partition(self.number)
        reader = Reader(
            self._kafka, f"simpul-restore-{self.number}", **{"queued.min.messages": 100_000, "fetch.wait.max.ms": 20}
        )
        try:
            reader.add(admin.begins([place]))
            begun, waiting_since, ended, alarmed = time.monotonic(), time.monotonic(), "", False
            while reader.ends.get(place, -1) < target and not self.is_cancelled:
                records = reader.read(_BATCH, 0.05)
                for record in records:
                    if record.key is not None:
                        partition.restore(record.key, record.value)
                self.records += len(records)
                waited = time.monotonic() - waiting_since
                if records:
                    waiting_since = time.monotonic()
                elif (
                    waited > PATIENCE_S
                    and place in reader.ends
                    and partition.claim is not None
                    and partition.claim not in {ended, self._own_id}
                ):
                    ended = self._end_transaction_of(partition.claim, admin)
                    waiting_since = time.monotonic()
                if time.monotonic() - begun > ALARM_S and place in reader.ends and not alarmed:
                    alarmed = True
                    _LOG.error("restore waits for an open transaction", partition=self.number, seconds=round(ALARM_S))
            if partition.claim is not None and partition.claim not in {ended, self._own_id}:
                self._free_readers(reader, partition.claim, admin)
        finally:
            reader.close()
        if not self.is_cancelled:
            find_gaps(partition, admin, self._accepted)
        partition.restored()
        return partition

    def _free_readers(self, reader: Reader, claim: str, admin: Admin) -> None:
        """End what the last owner left open beside the states: nobody could read tasks or journals behind it.

        Whoever decided something on this partition wrote to its journal: that tells whether anything is open.
        """
        place = Place(JOURNAL, self.number)
        end, patient_until = admin.ends([place])[place], time.monotonic() + PATIENCE_S
        while reader.ends_now([place])[place] < end and not self.is_cancelled:
            if time.monotonic() > patient_until:
                self._end_transaction_of(claim, admin)
                return
            self._cancelled.wait(_LOOK_S)

    def _end_transaction_of(self, claim: str, admin: Admin) -> str:
        """End what the last owner left open by taking its transactional id once; give the id when that is done.

        A claim that a living member of the group carries is not the open transaction's: its owner died before its own
        claim was committed. That one ends by itself, when its time is over.
        """
        if claim.removeprefix(f"{self._group}.") in admin.group(self._group).members:
            return ""
        _LOG.warning("ending the last owner's open transaction", partition=self.number, owner=claim)
        producer = TransactionalProducer(self._kafka, claim, timeout_ms=10_000)
        try:
            producer.init()
        finally:
            producer.close()
        return claim
