"""The journal read into the views batch by batch: what is folded is committed with its positions.

What cannot be read is counted, logged and passed by: only the hub writes there, so it is somebody's fault to look into.
"""

import time
from collections.abc import Mapping
from typing import Final

import structlog

from hub import metrics
from hub.bus.admin import Admin
from hub.bus.consumer import BEGINNING, Reader, read_to_end
from hub.bus.record import Place, Record
from hub.errors import ParkableError, RetriableError, UnknownSchemaError, UnreachableError
from hub.names import JOURNAL
from hub.settings import Kafka
from hub.views.entry import Placed, decode_entry
from hub.views.glossary import Glossary
from hub.views.store import Store

_LOG = structlog.get_logger("hub.views")

#: Entries folded in one database transaction; bounds memory and how long a SQLite reader may see the old state.
MOST_ENTRIES: Final = 2_000


class Follower:
    """Fold the journal into a store, from where the store stands."""

    def __init__(self, kafka: Kafka, store: Store) -> None:
        """Keep what to read and where to; nothing is read until ``step``."""
        self._kafka, self._store = kafka, store
        self._glossary = Glossary(kafka)
        self._reader: Reader | None = None
        self._stored: dict[int, int] = {}
        self._read: dict[Place, int] = {}

    def step(self, timeout_s: float) -> int:
        """Read and fold one batch, waiting up to `timeout_s` for its first record; tell how many entries were new.

        Raise RetriableError when Kafka or the database does not answer, there is no journal yet, or another process
        folds too: call ``rewind``, then go on. Raise FatalError when the position is not in the journal any more.
        """
        reader = self._reader or self._open()
        records = reader.read(MOST_ENTRIES, timeout_s)
        begun = time.monotonic()
        batch = [placed for record in records if (placed := self._decode(record)) is not None]
        self._glossary.learn(placed.entry.procedure for placed in batch)
        read = {record.partition: record.offset + 1 for record in records}
        new = self._store.apply(batch, self._glossary.service_of, seen=self._stored, read=read) if records else 0
        self._stored |= read
        for place, position in [(record.place, record.offset + 1) for record in records] + list(reader.ends.items()):
            self._read[place] = max(position, self._read[place])
        if new:
            metrics.VIEWS_ENTRIES.inc(new)
            metrics.VIEWS_FOLD_SECONDS.observe(time.monotonic() - begun)
        return new

    def rewind(self) -> None:
        """Forget what was read ahead; the next step begins where the store stands."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def ends(self) -> dict[Place, int]:
        """Ask Kafka where the journal ends now."""
        reader = self._reader or self._open()
        return reader.ends_now(self._read)

    def behind(self, ends: Mapping[Place, int]) -> int:
        """Count the offsets between what was read and these ends; markers of transactions count too."""
        return sum(max(0, end - self._read.get(place, 0)) for place, end in ends.items())

    def _open(self) -> Reader:
        admin = Admin(self._kafka)
        partitions = admin.partitions().get(JOURNAL, 0)
        if not partitions:
            raise UnreachableError(f"there is no topic {JOURNAL} yet; put a network in force with `hub apply`")
        self._glossary.read()
        self._stored = self._store.positions()
        places = [Place(JOURNAL, number) for number in range(partitions)]
        self._read = {place: self._stored.get(place.partition, 0) for place in places}
        reader = self._reader = Reader(self._kafka, "simpul-views", admin)
        reader.add({place: self._stored.get(place.partition, BEGINNING) for place in places})
        return reader

    def _decode(self, record: Record) -> Placed | None:
        try:
            try:
                return decode_entry(self._glossary.codec, record)
            except UnknownSchemaError:
                self._glossary.read()  # a bundle that came since
                return decode_entry(self._glossary.codec, record)
        except ParkableError as wrong:
            metrics.VIEWS_UNREADABLE.inc()
            _LOG.error(
                "a record of the journal cannot be read", partition=record.partition, offset=record.offset,
                error=str(wrong),
            )  # fmt: skip
            return None


def count_unfolded(kafka: Kafka, store: Store) -> int:
    """Count the journal's records after those that are folded, by reading them; none when there is no journal."""
    partitions, positions = Admin(kafka).partitions().get(JOURNAL, 0), store.positions()
    places = {Place(JOURNAL, number): positions.get(number, BEGINNING) for number in range(partitions)}
    return sum(1 for _ in read_to_end(kafka, places))


def fold_to_end(follower: Follower) -> int:
    """Fold what the journal holds now; tell how many entries were new. A fold beside this one does no harm."""
    ends = follower.ends()
    folded = 0
    while follower.behind(ends):
        try:
            folded += follower.step(1.0)
        except UnreachableError:
            raise
        except RetriableError:
            follower.rewind()
    return folded
