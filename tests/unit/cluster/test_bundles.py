"""What stands on the network's topic, told from what somebody else wrote there."""

import pytest

from hub.bus.record import Record
from hub.cluster.bundles import _contents, bundle_key, sequence_of
from hub.names import NETWORK


def _record(offset: int, key: bytes | None, value: bytes | None) -> Record:
    return Record(NETWORK, 0, offset, 1, key, value, ())


def test_a_key_tells_its_sequence() -> None:
    """What is written is read."""
    assert sequence_of(bundle_key(17)) == 17


@pytest.mark.parametrize("key", [None, b"", b"x", b"-1", b" 1", b"1_0", "²".encode(), b"9" * 5_000])
def test_a_foreign_key_is_no_sequence(key: bytes | None) -> None:
    """Whatever Python would take for a number, too."""
    assert sequence_of(key) is None


def test_foreign_records_are_passed_over() -> None:
    """The bundles beside them are read as if they were not there; one that was taken away is gone."""
    records = [
        _record(0, b"1", b"one"), _record(1, b"hello", b"-"), _record(2, None, b"-"), _record(3, b"2", b"two"),
        _record(4, b"1", None),
    ]  # fmt: skip
    assert _contents(records) == {2: b"two"}
