"""What one case tells another, as records (design §5, §7.11)."""

from pathlib import Path

import msgspec
import pytest

from hub.bus.record import Record
from hub.engine.outputs import Output
from hub.engine.reading import Unreadable, read_stimulus
from hub.engine.signal import made_under, write_signal
from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.names import CASES, SIGNALS, CaseId, EventId, StepName, TaskId
from hub.network.model import SUB_CASE_ENDS
from hub.router.decision import HUB_ITSELF, Signal
from tests import builders as b

_CODEC = Codec.over(Catalog.load(Path(__file__).parents[3] / "schemas" / "hub"))
_TOLD = {"case": "desk.2", "outcome": "rejected", "reason": "check was rejected"}


def _signal() -> Signal:
    return Signal(
        id=EventId("i"), type=SUB_CASE_ENDS["rejected"], agency=HUB_ITSELF, case=CaseId("desk.1"), data=_TOLD,
        appended_at=b.NOW - 500, digest="", subject="K-1", causation=TaskId("t"), kind="end", sender=CaseId("desk.2"),
        step=StepName("wait"), depth=3, lane="vulnerable",
    )  # fmt: skip


def _record(output: Output, *, topic: str = SIGNALS, **headers: bytes) -> Record:
    written = [(name, headers.pop(name, value)) for name, value in output.headers]
    return Record(topic, 0, 7, b.NOW, output.key, output.value, written)


def test_a_signal_is_read_as_it_was_written() -> None:
    """Who tells whom what, of which step and task, and when it happened: keyed by the case that is told."""
    output = write_signal(_signal(), _CODEC, bundle=4)
    read = read_stimulus(_record(output), _CODEC)
    assert isinstance(read, Signal)
    assert (output.topic, output.key, output.partition) == (SIGNALS, b"desk.1", -1)
    told = {name: getattr(read, name) for name in Signal.__struct_fields__ if name not in {"digest", "time", "source"}}
    assert told == {name: getattr(_signal(), name) for name in told}
    assert read.digest


def test_a_signal_without_a_lane_is_read_as_one_of_the_ordinary_lane() -> None:
    """Signals that were written before there was one say nothing of it."""
    output = write_signal(msgspec.structs.replace(_signal(), lane=""), _CODEC, bundle=4)
    assert "hublane" not in dict(output.headers)
    read = read_stimulus(_record(output), _CODEC)
    assert isinstance(read, Signal)
    assert read.lane == ""


def test_nothing_happened_after_its_record_was_appended() -> None:
    """A time that lies ahead, or is none, counts as the record's."""
    output = write_signal(_signal(), _CODEC, bundle=4)
    for said, counts in ((b"9999999999999", b.NOW), (b"x", b.NOW), (b"12", 12)):
        read = read_stimulus(_record(output, hubappended=said), _CODEC)
        assert isinstance(read, Signal)
        assert read.appended_at == counts


@pytest.mark.parametrize(("said", "sequence"), [(b"4", 4), (b"", 0), (b"x", 0), ("٣".encode(), 0), (b"9" * 20, 0)])
def test_the_bundle_is_read_from_its_header(said: bytes, sequence: int) -> None:
    """What is no number is none: such a signal waits for nothing."""
    output = write_signal(_signal(), _CODEC, bundle=4)
    assert made_under(_record(output, hubbundle=said)) == sequence


@pytest.mark.parametrize("header", ["hubsignal", "hubfrom"])
def test_what_the_hub_did_not_write_is_no_signal(header: str) -> None:
    """A record that does not say who tells what is set aside with words."""
    output = write_signal(_signal(), _CODEC, bundle=4)
    without = msgspec.structs.replace(output, headers=[each for each in output.headers if each[0] != header])
    read = read_stimulus(_record(without), _CODEC)
    assert isinstance(read, Unreadable)
    assert "only the hub may write to hub.signals" in read.reason


def test_signals_stand_on_their_topic_only() -> None:
    """The same bytes elsewhere are nobody's."""
    read = read_stimulus(_record(write_signal(_signal(), _CODEC, bundle=4), topic=CASES), _CODEC)
    assert isinstance(read, Unreadable)
    assert read.category == "routing"
