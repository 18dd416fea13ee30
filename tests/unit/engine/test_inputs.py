"""In which order inputs are read, and what is paused or held back, against a broker inside the library."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bus.record import Place, Record
from hub.engine import inputs as module
from hub.engine.inputs import LEAD_MS, Inputs
from tests.broker import LittleBroker, little_broker
from tests.kafka.until import until

_AHEAD, _BEHIND = Place("ahead", 0), Place("behind", 0)
_EARLY_MS, _LATE_MS = 1_000_000, 1_000_000 + 2 * LEAD_MS
#: More than one look takes, so that there is a moment in which one input is ahead of another.
_MANY = 50


@pytest.fixture
def broker() -> Iterator[LittleBroker]:
    """Give a broker with one input far ahead of another."""
    with little_broker() as made:
        made.append(_AHEAD, *[_LATE_MS] * _MANY)
        made.append(_BEHIND, *[_EARLY_MS] * _MANY)
        yield made


@pytest.fixture
def inputs(broker: LittleBroker) -> Iterator[Inputs]:
    """Read both."""
    made = Inputs(broker.kafka, "a", broker.admin)
    made.follow(0, ["ahead", "behind"], {"ahead": 0, "behind": 0}, {})
    yield made
    made.close()


def _read(inputs: Inputs, found: list[Record]) -> list[Record]:
    found += inputs.read(1, 0.05)
    return found


def _until_paused(inputs: Inputs) -> list[Record]:
    found: list[Record] = []
    until(lambda: _read(inputs, found) is not None and inputs._paused)
    return found


def _count(records: list[Record], place: Place) -> int:
    return sum(record.place == place for record in records)


def test_what_is_ahead_goes_on_when_the_other_ends_although_nothing_is_kept(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept was routed out of patience with a slow input; its end lets go what is paused all the same."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.2)
    found = _until_paused(inputs)
    inputs._reader.pause([_BEHIND])
    until(lambda: _read(inputs, found) and not inputs._kept)
    inputs._reader.resume([_BEHIND])

    until(lambda: len(_read(inputs, found)) == 2 * _MANY)
    assert _count(found, _AHEAD) == _count(found, _BEHIND) == _MANY


def test_a_held_input_is_not_let_go_by_what_lets_go_the_paused(inputs: Inputs) -> None:
    """It waits for something outside; that the others have caught up is no reason to read it."""
    found = _until_paused(inputs)
    kept = sum(record.place == _AHEAD for record in inputs._kept.get(0, ()))
    inputs.hold(_AHEAD)

    until(lambda: _count(_read(inputs, found), _BEHIND) == _MANY)
    quiet_until = time.monotonic() + 0.3
    until(lambda: _read(inputs, found) and time.monotonic() > quiet_until)
    assert _count(found, _AHEAD) <= kept < _MANY

    inputs.release(_AHEAD, _count(found, _AHEAD))
    until(lambda: len(_read(inputs, found)) == 2 * _MANY)


@given(st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), st.integers(0, 20)), max_size=30))
def test_no_record_is_passed_by_a_later_one_of_its_input(said: list[tuple[str, int]]) -> None:
    """Append times of one input may go back, as under another leader: what stands behind another stays behind it."""
    kept = [Record(topic, 0, offset, at, b"k", b"v", ()) for offset, (topic, at) in enumerate(said)]
    turns = module._sort(kept)

    assert turns == sorted(turns)
    for topic in ("one", "two", "three"):
        offsets = [record.offset for record in kept if record.topic == topic]
        assert offsets == sorted(offsets)
    assert all(turn <= record.timestamp for turn, record in zip(turns, kept, strict=True))


def test_an_input_whose_times_go_back_is_read_in_its_order(broker: LittleBroker) -> None:
    """A broker with a clock behind the one before took the lead: nothing of it is routed before what it followed."""
    place = Place("led", 0)
    broker.append(place, *(_EARLY_MS + LEAD_MS // 2 + back for back in (0, 9, 3, 1, 12, 7)))  # waits for the other
    inputs, found = Inputs(broker.kafka, "b", broker.admin), list[Record]()
    inputs.follow(0, ["led", "behind"], {"led": 0, "behind": 0}, {})
    until(lambda: len(_read(inputs, found)) == 6 + _MANY)
    inputs.close()
    assert [record.offset for record in found if record.topic == "led"] == list(range(6))
