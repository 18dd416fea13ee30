"""The journal's hash chain checked: tells an entry that was changed, taken out or put in, and an end that is missing.

Each entry carries the hash of the head before and of its own bytes; the last head stands in the partition's state too.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.bus.record import Record
from hub.engine.outputs import CHAIN_HEADER, link
from hub.engine.partition import META_KEY, Partition
from hub.errors import ConfigurationError
from hub.names import CASES, JOURNAL
from hub.settings import Settings

#: Seconds until a transaction that shows in the journal shows in the state too.
_SETTLE_S: Final = 2.0


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
        told = (dict(record.headers).get(CHAIN_HEADER) or b"").decode(errors="replace")
        if self.since is None:
            self._begin(record, told)
        elif link(self.head, record.value or b"") != told:
            self.break_at(record.offset, "the entry, or one before it, was changed, taken out or put in")
        self.entries += 1
        self.head = told

    def _begin(self, record: Record, told: str) -> None:
        self.since = record.offset
        if link("", record.value or b"") != told and record.offset == 0:
            self.break_at(record.offset, "the first entry does not begin the chain")

    def break_at(self, offset: int, why: str) -> None:
        """Remember what does not fit, unless something before it did not."""
        if self.broken_at is None:
            self.broken_at, self.why = offset, why


def verify_journal(settings: Settings) -> list[Chain]:
    """Check the whole journal, partition by partition; raise ConfigurationError when there is none."""
    count = Admin(settings.kafka).partitions().get(JOURNAL, 0)
    if not count:
        raise ConfigurationError(f"there is no {JOURNAL} here; put a network in force with `hub apply`")
    return check(lambda: read_all(settings.kafka, JOURNAL, count), lambda: _heads_in_state(settings, count))


def check(
    read: Callable[[], Iterable[Record]], heads: Callable[[], Mapping[int, str]], *, settle_s: float = _SETTLE_S
) -> list[Chain]:
    """Check what `read` gives of the journal against the `heads` that its partitions' states have.

    They are asked before and after: a hub that runs beside this goes on writing, but no entry without its head.
    """
    known = heads()
    chains = {number: Chain(number) for number in known}
    met = {number for number, head in known.items() if not head}
    past: dict[int, int] = {}  # where the first entry past the known head stands
    for record in read():
        number, chain = record.partition, chains[record.partition]
        chain.add(record)
        if number in met:
            past.setdefault(number, record.offset)
        if chain.head == known[number]:
            met.add(number)
    for number in known.keys() - met:
        chains[number].break_at(-1, "the end of the journal, which the state knows of, is missing")
    for number in _unmoved(past, known, heads=heads, settle_s=settle_s):
        chains[number].break_at(past[number], "the entry, which the state does not know of, was put in")
    return list(chains.values())


def _unmoved(
    numbers: Collection[int], known: Mapping[int, str], *, heads: Callable[[], Mapping[int, str]], settle_s: float
) -> set[int]:
    """Tell of which partitions with entries past the known head the state does not move in time."""
    still, until = set(numbers), time.monotonic() + settle_s
    while still:
        now = heads()
        still = {number for number in still if now[number] == known[number]}
        if time.monotonic() > until:
            break
    return still


def _heads_in_state(settings: Settings, count: int) -> dict[int, str]:
    """Read the head of each partition's chain as its state has it; empty where nothing was journaled."""
    states = {number: Partition(number) for number in range(count)}
    for record in _metas(settings, count):
        states[record.partition].restore(META_KEY, record.value)
    return {number: state.meta.chain for number, state in states.items()}


def _metas(settings: Settings, count: int) -> Iterator[Record]:
    return (record for record in read_all(settings.kafka, CASES, count) if record.key == META_KEY)
