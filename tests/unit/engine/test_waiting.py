"""What is held back until the worker can decide it, against a broker inside the library."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from hub.bus.record import Place, Record
from hub.engine.bundle import Shelf
from hub.engine.inputs import Inputs
from hub.engine.owned import Owned
from hub.engine.partition import Partition
from hub.engine.timer import TimerGate
from hub.engine.waiting import Waiting
from hub.names import SIGNALS
from tests.broker import little_broker

_PLACE = Place(SIGNALS, 0)


@dataclass
class Held:
    """Hold one owned partition with its inputs, and what waits of them."""

    owned: Owned
    inputs: Inputs
    waiting: Waiting


@pytest.fixture
def held() -> Iterator[Held]:
    """Give a partition whose signals are read."""
    with little_broker() as broker:
        broker.append(_PLACE, 1)
        inputs, shelf, partition = Inputs(broker.kafka, "a", broker.admin), Shelf(broker.kafka, None), Partition(0)
        inputs.follow(0, [SIGNALS], {SIGNALS: 0}, {})
        yield Held(Owned(partition, TimerGate(partition, inputs, broker.admin)), inputs, Waiting(shelf, inputs))
        inputs.close()
        shelf.close()


def test_a_signal_made_under_a_bundle_to_come_waits_for_it(held: Held) -> None:
    """Its input stands still, and is read again from where it stood once the partition has gone over."""
    signal = Record(SIGNALS, 0, 0, 1, b"k", b"v", [("hubbundle", b"2")])
    assert held.waiting.is_ahead(signal, held.owned)
    assert held.inputs.held == {_PLACE}
    held.owned.partition.meta.bundle = 2
    held.waiting.go_on(held.owned)
    assert (held.inputs.held, held.waiting.is_ahead(signal, held.owned)) == (frozenset(), False)


def test_a_partition_that_is_gone_waits_for_nothing(held: Held) -> None:
    """The others wait on; whoever looks into what waits goes on looking into the same."""
    looked = held.waiting.unknown
    looked |= {_PLACE: 7, Place(SIGNALS, 1): 8}
    held.waiting.forget(0)
    assert looked == {Place(SIGNALS, 1): 8}
    held.waiting.clear()
    assert (looked, held.waiting.unknown is looked) == ({}, True)
