"""Gaps that people have settled, read as they are named."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from hub.bus.record import Place
from hub.engine.gap import find_gaps, read_accepted
from hub.engine.partition import Partition
from hub.errors import LostPositionError
from hub.settings import Engine
from tests.broker import LittleBroker

_NAMED = "agency.mal-bank.events/2:1041:1057,hub.intake/0:88:85"


def test_gaps_are_read_as_they_are_told() -> None:
    """Topic, partition, the position that is lost and the one to go on from; nothing is no gap."""
    assert read_accepted(Engine(accepted_gaps=_NAMED).accepted_gaps) == {
        (Place("agency.mal-bank.events", 2), 1041): 1057,
        (Place("hub.intake", 0), 88): 85,
    }
    assert read_accepted(Engine().accepted_gaps) == {}


@pytest.mark.parametrize("wrong", ["agency.bank.events", "agency.bank.events/2:5", "a/1:2:3;b/1:2:3", "a/1:2:x"])
def test_a_gap_that_cannot_be_read_stops_the_start(wrong: str) -> None:
    """Nobody steps over anything by a typing error."""
    with pytest.raises(ValidationError):
        Engine(accepted_gaps=wrong)


def _partition(positions: Mapping[str, int], **meta: Any) -> Partition:
    made = Partition(0)
    made.meta.positions = dict(positions)
    for name, value in meta.items():
        setattr(made.meta, name, value)
    return made


def test_positions_within_the_log_are_left_alone() -> None:
    """From its first offset up to its end, all is well."""
    broker = LittleBroker()
    broker.append(Place("said", 0), 1, 2, 3)
    for position in range(4):
        partition = _partition({"said": position}, epochs={"said": 7})
        find_gaps(partition, broker.admin, {})
        assert (partition.meta.positions, partition.meta.epochs) == ({"said": position}, {"said": 7})


def test_a_position_behind_the_end_is_told_with_what_to_do() -> None:
    """The alarm names the gap in the form in which it is accepted; another gap's leave is none for this one."""
    broker = LittleBroker()
    broker.append(Place("said", 0), 1, 2, 3)

    with pytest.raises(LostPositionError, match=r"said/0:9:3\)"):
        find_gaps(_partition({"said": 9}), broker.admin, {(Place("said", 0), 8): 3})


def test_an_accepted_gap_is_stepped_over() -> None:
    """The position is the one that was named; the epoch of what is lost says nothing any more."""
    broker = LittleBroker()
    broker.append(Place("said", 0), 1, 2, 3)
    partition = _partition({"said": 9}, epochs={"said": 7})

    find_gaps(partition, broker.admin, {(Place("said", 0), 9): 3})

    assert (partition.meta.positions, partition.meta.epochs) == ({"said": 3}, {})


def test_a_partition_that_nobody_ever_read_learns_where_it_begins() -> None:
    """So that what is deleted before it was read is an alarm from the first moment on."""
    broker = LittleBroker()
    broker.append(Place("hub.commands", 0), 1)
    partition = Partition(0)

    find_gaps(partition, broker.admin, {})

    assert partition.meta.positions == {"hub.commands": 0}
