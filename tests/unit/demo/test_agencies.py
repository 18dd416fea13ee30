"""The clock of a demonstration's mall, which only runs quicker than a real one."""

from datetime import UTC, date, datetime
from pathlib import Path

from hub.demo.agencies import MallClock, Play

ZONE = "Asia/Makassar"


def _clock(**play: object) -> MallClock:
    return MallClock(Play(ledgers=Path("x"), network=Path("x"), **play), ZONE)  # type: ignore[arg-type]


def test_a_mall_opens_on_a_monday_morning() -> None:
    """Whenever a demonstration is started, doors are open; a day that is named begins at its midnight."""
    opens, named = _clock(speed=1.0).at(), _clock(speed=1.0, begins=date(2025, 3, 17)).at()
    assert datetime.fromtimestamp(opens / 1000, UTC).replace(second=0, microsecond=0) == datetime(
        2026, 1, 5, tzinfo=UTC
    )
    assert datetime.fromtimestamp(named / 1000, UTC).date() == date(2025, 3, 16)


def test_time_is_so_many_times_quicker() -> None:
    """An hour of a mall that is 3,600 times quicker is a second; what has passed is at once."""
    clock = _clock(speed=3_600.0, begins=date(2025, 3, 17))
    begins = int(datetime(2025, 3, 16, 16, tzinfo=UTC).timestamp()) * 1000
    assert clock.seconds(begins + 7_200_000) == 2.0
    assert clock.seconds(begins - 1) == 0.0
    assert clock.at() >= begins
    assert clock.seconds_until(None) == clock.seconds_until(begins + 10**12) > 0
    assert clock.seconds_until(begins) == 0.0
