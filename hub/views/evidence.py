"""The journal's hash chain checked: tells an entry that was changed, taken out or put in, and an end that is missing.

Each entry carries the hash of the head before and of its own bytes; the last head stands in the partition's state too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.bus.record import Record
from hub.engine.outputs import CHAIN_HEADER, link
from hub.engine.partition import META_KEY, Partition
from hub.errors import ConfigurationError
from hub.names import CASES, JOURNAL
from hub.settings import Settings


@dataclass
class Chain:
    """Hold what was found of one partition's chain; ``broken_at`` is the offset of the first entry that does not fit.

    ``since`` is the offset from which it holds: above the first entry's if older ones are past their time.
    """

    partition: int
    entries: int = 0
    since: int | None = None
    head: str = ""
    broken_at: int | None = None
    why: str = ""

    def add(self, record: Record) -> None:
        """Check the next entry."""
        told = dict(record.headers).get(CHAIN_HEADER) or b""
        if self.since is None:
            self._begin(record, told.decode())
        elif link(self.head, record.value or b"") != told.decode():
            self._break(record.offset, "the entry, or one before it, was changed, taken out or put in")
        self.entries += 1
        self.head = told.decode()

    def _begin(self, record: Record, told: str) -> None:
        self.since = record.offset
        if link("", record.value or b"") != told and record.offset == 0:
            self._break(record.offset, "the first entry does not begin the chain")

    def _break(self, offset: int, why: str) -> None:
        if self.broken_at is None:
            self.broken_at, self.why = offset, why


def verify_journal(settings: Settings) -> list[Chain]:
    """Check the whole journal, partition by partition; raise ConfigurationError when there is none."""
    count = Admin(settings.kafka).partitions().get(JOURNAL, 0)
    if not count:
        raise ConfigurationError(f"there is no {JOURNAL} here; put a network in force with `hub apply`")
    known = _heads_in_state(settings, count)  # before the journal is read: a running hub goes on writing
    chains = {number: Chain(number) for number in range(count)}
    missing = {number for number, head in known.items() if head}
    for record in read_all(settings.kafka, JOURNAL, count):
        chain = chains[record.partition]
        chain.add(record)
        if chain.head == known[record.partition]:
            missing.discard(record.partition)
    for chain in (chains[number] for number in missing):
        if chain.broken_at is None:
            chain.broken_at, chain.why = -1, "the end of the journal, which the state knows of, is missing"
    return list(chains.values())


def _heads_in_state(settings: Settings, count: int) -> dict[int, str]:
    """Read the head of each partition's chain as its state has it; empty where nothing was journaled."""
    states = {number: Partition(number) for number in range(count)}
    for record in _metas(settings, count):
        states[record.partition].restore(META_KEY, record.value)
    return {number: state.meta.chain for number, state in states.items()}


def _metas(settings: Settings, count: int) -> Iterator[Record]:
    return (record for record in read_all(settings.kafka, CASES, count) if record.key == META_KEY)
