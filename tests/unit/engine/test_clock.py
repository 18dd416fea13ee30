"""The clock of decisions: the broker's word over the machine's, and no step into a time that nobody confirmed."""

from dataclasses import dataclass

import pytest

from hub.engine import clock as clocks
from hub.engine.clock import MAX_SKEW_MS, Clock, wall_ms

_DAY_MS = 24 * 3_600_000


@dataclass
class Hands:
    """A clock that a test puts ahead of the machine's."""

    ahead_ms: int = 0

    def read(self) -> int:
        """Tell the time, in ms."""
        return wall_ms() + self.ahead_ms


def _is_believed(clock: Clock) -> bool:
    return clock.is_believed


def _wants(clock: Clock) -> bool:
    return clock.wants_comparing


def test_a_clock_is_not_believed_before_the_broker_told_its_time() -> None:
    """Until then the latest append time is all there is."""
    clock = Clock()

    assert not _is_believed(clock)
    assert clock.now(5, 9, 7) == 9
    clock.compare(0)
    assert _is_believed(clock)
    assert clock.now(5, 9) == pytest.approx(wall_ms(), abs=1_000)


@pytest.mark.parametrize("ahead_ms", [8 * _DAY_MS, -8 * _DAY_MS, MAX_SKEW_MS + 500, -MAX_SKEW_MS - 500])
def test_a_clock_that_differs_from_the_brokers_is_not_believed(ahead_ms: int) -> None:
    """Ahead or behind: decisions take the broker's times until both agree again."""
    hands = Hands(ahead_ms)
    clock = Clock(hands.read)
    clock.compare(0)

    assert not _is_believed(clock)
    assert clock.now(1_000) == 1_000
    assert clock.skew_ms == pytest.approx(-ahead_ms, abs=200)
    hands.ahead_ms = 0
    clock.compare(0)
    assert _is_believed(clock)


@pytest.mark.parametrize("step_ms", [8 * _DAY_MS, -8 * _DAY_MS])
def test_a_clock_that_was_set_is_not_believed_until_it_is_compared(step_ms: int) -> None:
    """A machine set to another time between two comparisons decides nothing by it."""
    hands = Hands()
    clock = Clock(hands.read)
    clock.compare(0)

    hands.ahead_ms = step_ms

    assert not _is_believed(clock)
    assert clock.now(1_000) == 1_000


def test_time_never_goes_back() -> None:
    """What a partition knows already is the least that it is."""
    clock = Clock()
    clock.compare(0)
    soon = wall_ms() + MAX_SKEW_MS // 2

    assert clock.now(soon, 5) == soon


@pytest.mark.parametrize("place", [0, 1])
def test_a_time_that_no_clock_bears_out_is_not_believed(place: int) -> None:
    """A record from tomorrow takes nobody there; a partition that was taken there comes back with the next record."""
    clock = Clock()
    clock.compare(0)
    times = [wall_ms(), wall_ms()]
    times[place] += _DAY_MS

    assert wall_ms() <= clock.now(*times) <= wall_ms() + MAX_SKEW_MS


@pytest.mark.parametrize("ahead_ms", [-8 * _DAY_MS, 0])
def test_the_brokers_clock_bears_a_time_out_also_when_ours_is_wrong(ahead_ms: int) -> None:
    """A machine that is behind takes the broker's times as they are, and none beyond them."""
    clock = Clock(Hands(ahead_ms).read)
    clock.compare(0)
    appended = wall_ms()

    assert clock.now(1_000, appended) == pytest.approx(appended, abs=1_000)
    assert clock.now(1_000, appended + _DAY_MS) <= wall_ms() + MAX_SKEW_MS + 5  # two clocks, each cut to whole ms


def test_a_broker_that_was_wrong_and_is_right_again_gives_the_time_back() -> None:
    """While its clock is a day ahead its times are all there is; compared again, the partition comes back."""
    clock, tomorrow = Clock(), wall_ms() + _DAY_MS
    clock.compare(_DAY_MS)
    assert clock.now(1_000, tomorrow) == tomorrow

    clock.compare(0)

    assert clock.now(tomorrow, wall_ms()) <= wall_ms() + MAX_SKEW_MS


def test_before_anything_was_compared_append_times_are_believed() -> None:
    """There is nothing to hold them against; a worker compares before it routes."""
    tomorrow = wall_ms() + _DAY_MS

    assert Clock().now(5, tomorrow) == tomorrow


def test_a_clock_that_is_not_believed_is_compared_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also without events: else one that was set right would not be noticed."""
    clock = Clock()
    assert _wants(clock)
    clock.compare(0)
    assert not _wants(clock)

    hands = Hands(_DAY_MS)
    wrong = Clock(hands.read)
    wrong.compare(0)
    assert not _wants(wrong)
    monkeypatch.setattr(clocks, "_COMPARE_EVERY_S", -1.0)
    assert _wants(wrong)
