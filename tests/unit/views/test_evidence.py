"""The journal's chain: what is changed, taken out or put in is found at its offset."""

from collections.abc import Callable, Iterable

from hub.bus.record import Record
from hub.engine.outputs import CHAIN_HEADER, link
from hub.names import JOURNAL
from hub.views.evidence import Chain, check


def chained(*values: bytes, begin: int = 0, head: str = "") -> list[Record]:
    """Write entries as the engine does; every second offset is a marker of a transaction."""
    records = []
    for number, value in enumerate(values):
        head = link(head, value)
        records.append(Record(JOURNAL, 0, begin + 2 * number, 0, b"c", value, [(CHAIN_HEADER, head.encode())]))
    return records


def checked(records: Iterable[Record]) -> Chain:
    """Check records as they were read."""
    chain = Chain(0)
    for record in records:
        chain.add(record)
    return chain


def test_a_whole_chain_holds() -> None:
    """Entries as written are in order; the head is the last one's."""
    records = chained(b"a", b"b", b"c")
    chain = checked(records)
    assert (chain.entries, chain.broken_at, chain.since) == (3, None, 0)
    assert chain.head.encode() == records[-1].headers[0][1]


def test_a_changed_entry_breaks_it() -> None:
    """Other bytes under the same header."""
    records = chained(b"a", b"b", b"c")
    records[1] = records[1]._replace(value=b"B")
    assert checked(records).broken_at == 2


def test_an_entry_taken_out_breaks_it() -> None:
    """The one after it does not fit."""
    records = chained(b"a", b"b", b"c")
    del records[1]
    assert checked(records).broken_at == 4


def test_an_entry_put_in_breaks_it() -> None:
    """Whoever adds one cannot make the next ones fit."""
    records = chained(b"a", b"b")
    forged = records[0]._replace(value=b"x", offset=1)
    assert checked([records[0], forged, records[1]]).broken_at == 1
    assert checked([records[0], forged._replace(headers=[]), records[1]]).broken_at == 1


def test_entries_past_their_time_are_no_fault() -> None:
    """After retention the chain holds from the oldest entry there is; a first entry at offset 0 must begin it."""
    chain = checked(chained(b"k", b"l", begin=40, head="0f" * 16))
    assert (chain.broken_at, chain.since) == (None, 40)
    assert checked(chained(b"k", b"l", head="0f" * 16)).broken_at == 0


def test_a_header_that_is_no_text_breaks_it() -> None:
    """Whatever somebody writes there is told at its offset and ends nothing."""
    records = chained(b"a", b"b")
    records[1] = records[1]._replace(headers=[(CHAIN_HEADER, b"\xff\xfe")])
    assert checked(records).broken_at == 2


def heads_of(*moments: str) -> Callable[[], dict[int, str]]:
    """Give the state's head as it is at each look; the last one stays."""
    left = list(moments)
    return lambda: {0: left.pop(0) if len(left) > 1 else left[0]}


def head_of(record: Record) -> str:
    """Read the head that an entry carries."""
    return record.headers[0][1].decode()  # type: ignore[union-attr] # as chained() wrote it


def test_an_entry_put_in_at_the_end_is_told_by_the_state() -> None:
    """It fits the chain, which anybody can reckon on; but the state of the partition does not move."""
    records = chained(b"a", b"b", b"forged")
    (chain,) = check(lambda: records, heads_of(head_of(records[1])), settle_s=0)
    assert (chain.broken_at, "put in" in chain.why) == (4, True)
    (chain,) = check(lambda: records[2:], heads_of(""), settle_s=0)
    assert chain.broken_at == 4


def test_what_a_running_hub_writes_meanwhile_is_no_fault() -> None:
    """Its state moves with its entries, if not in the same instant."""
    records = chained(b"a", b"b", b"c")
    before, after = head_of(records[0]), head_of(records[2])
    assert [each.broken_at for each in check(lambda: records, heads_of(before, before, after))] == [None]
    assert [each.broken_at for each in check(lambda: records, heads_of(after))] == [None]


def test_an_end_that_is_missing_is_told_by_the_state() -> None:
    """The state knows of an entry that the journal does not hold."""
    records = chained(b"a", b"b")
    (chain,) = check(lambda: records[:1], heads_of(head_of(records[1])))
    assert (chain.broken_at, "missing" in chain.why) == (-1, True)
