"""A partition in memory: what is written restores it, what is undone never was, and due times come in their order."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bus.record import Record
from hub.engine.partition import CLAIM_KEY, META_KEY, Partition, due_of
from hub.names import CaseId
from hub.router.case import Case, encode_case

_CASES = [f"desk.{number}".encode() for number in range(4)]


def _state(case: bytes, due: int | None, revision: int = 1) -> bytes:
    return encode_case(Case(id=case.decode(), due=due, revision=revision))  # type: ignore[arg-type]


def _record(number: int) -> Record:
    return Record("agency.civil.events", 2, number, 1_000 + number, b"desk.0", b"\x00\xff", (("ce_id", b"\xfe"),))


def _content(partition: Partition) -> dict[str, Any]:
    """List all that a partition knows, its timers by what they would do."""
    return {
        "meta": deepcopy(partition.meta), "states": dict(partition.states), "parked": dict(partition.parking.kept),
        "order": {case: list(numbers) for case, numbers in partition.parking._numbers.items() if numbers},
        "room": (dict(partition.parking.bytes_of_case), +partition.parking.bytes_of_agency),
        "due": sorted((due, case) for case, state in partition.states.items() if (due := due_of(state)) is not None),
    }  # fmt: skip


def _timers(partition: Partition) -> list[tuple[int, bytes]]:
    """Fire every timer, in order."""
    found = []
    partition.touch()
    while (due := partition.next_due()) is not None:
        case = partition.take_due(due)
        assert case is not None
        found.append((due, case))
        partition.put(case, _state(case, None))
    return sorted(found)


_acts = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(_CASES), st.none() | st.integers(1, 20)),
        st.tuples(st.just("delete"), st.sampled_from(_CASES), st.none()),
        st.tuples(st.just("park"), st.sampled_from(_CASES), st.none()),
        st.tuples(st.just("take_parked"), st.sampled_from(_CASES), st.none()),
        st.tuples(st.just("position"), st.just(b""), st.integers(1, 99)),
        st.tuples(st.just("take_due"), st.just(b""), st.integers(1, 20)),
    ),
    max_size=12,
)


def _do(partition: Partition, acts: list[tuple[str, bytes, int | None]], *, revision: int) -> None:
    partition.touch()
    for act, case, number in acts:
        if act == "put":
            partition.put(case, _state(case, number, revision))
        elif act == "delete":
            partition.put(case, None)
        elif act == "park":
            partition.parking.put(case, _record(number or 0))
        elif act == "take_parked":
            partition.parking.take(case)
        elif act == "position":
            partition.meta.positions["agency.civil.events"] = number or 0
        elif (due := partition.take_due(number or 0)) is not None:
            partition.put(due, _state(due, None, revision))


@given(before=_acts, after=_acts)
@settings(max_examples=150, deadline=None)
def test_what_is_undone_never_was(before: list[Any], after: list[Any]) -> None:
    """Whatever a transaction did, undoing it gives the last commit back, with every timer."""
    partition = Partition(0)
    _do(partition, before, revision=1)
    list(partition.dirty())
    partition.committed()
    known = _content(partition)

    _do(partition, after, revision=2)
    partition.undo()

    assert _content(partition) == known
    assert not partition.is_touched
    assert _timers(partition) == known["due"]


@given(transactions=st.lists(_acts, min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_is_written_restores_it(transactions: list[Any]) -> None:
    """A successor that reads the records of every commit, the last of each key, knows the same."""
    partition, log = Partition(0), dict[bytes, bytes | None]()
    for number, acts in enumerate(transactions):
        _do(partition, acts, revision=number + 1)
        written = list(partition.dirty())
        assert written[-1][0] == META_KEY
        log.update(written)
        partition.committed()

    restored = Partition(0)
    for key, value in log.items():
        restored.restore(key, value)
    restored.restored()

    assert _content(restored) == _content(partition)
    assert _timers(restored) == _timers(partition)


def test_a_timer_taken_and_not_decided_is_not_forgotten() -> None:
    """When its decision is undone before it was remembered, it is due again."""
    partition = Partition(0)
    partition.touch()
    partition.put(b"desk.1", _state(b"desk.1", 5))
    partition.committed()

    partition.touch()
    assert partition.take_due(10) == b"desk.1"
    partition.undo()

    assert partition.next_due() == 5


def test_parked_records_come_back_as_they_were_in_their_order() -> None:
    """Bytes, headers and place of a parked record are those that were read, also after a restore."""
    partition = Partition(0)
    partition.touch()
    for number in range(12):
        partition.parking.put(b"desk.0", _record(number))
    successor = Partition(0)
    for key, value in partition.dirty():
        successor.restore(key, value)
    successor.restored()

    found = successor.parking.take(b"desk.0")

    assert [record.offset for record in found] == list(range(12))
    assert found[0]._replace(headers=tuple(found[0].headers)) == _record(0)
    assert successor.parking.take(b"desk.0") == []


def test_claim_and_meta_are_no_cases() -> None:
    """The records beside the cases are told from them by their keys."""
    partition = Partition(0)
    partition.restore(CLAIM_KEY, b"hub.router.a")
    partition.restore(META_KEY, b'{"bundle":3,"chain":"x"}')
    partition.restored()

    assert (partition.claim, partition.meta.bundle, partition.states) == ("hub.router.a", 3, {})


def test_stale_due_times_do_not_pile_up() -> None:
    """A case whose due time changes for ever holds one timer in the end, and memory stays bounded."""
    partition = Partition(0)
    partition.touch()
    for due in range(50_000):
        partition.put(b"desk.0", _state(b"desk.0", 1_000_000 + due))

    assert partition.pending_timers() < 12_000
    assert _timers(partition) == [(1_049_999, b"desk.0")]


def test_cases_that_wait_for_an_order_are_known_without_a_look_at_the_others() -> None:
    """Kept as they come and go, over undone changes and a restore; a due time before it does not hide it."""
    partition = Partition(0)
    waits = encode_case(Case(id=CaseId("a.1"), waits=("agency:x",)))
    later = encode_case(Case(id=CaseId("a.2"), due=1_767_571_200_000, waits=("openings:y",)))
    plain = encode_case(Case(id=CaseId("a.3"), due=1_767_571_200_000, facts={"a": {"waits": 1}}))
    for key, state in ((b"a.1", waits), (b"a.2", later), (b"a.3", plain)):
        partition.restore(key, state)
    partition.restored()
    assert partition.waiting == {b"a.1", b"a.2"}
    partition.touch()
    partition.put(b"a.1", plain)
    partition.put(b"a.3", waits)
    partition.put(b"a.2", None)
    assert partition.waiting == {b"a.3"}
    partition.undo()
    assert partition.waiting == {b"a.1", b"a.2"}
