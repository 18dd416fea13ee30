"""Microseconds of office time: a due time and an elapsed time, beside the plain sum of a moment and a span."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub.calendar import DAY, Calendar
from hub.network.holiday import expand
from tests.bench.ground.machine import say

_ROUNDS: Final = 5
_WEEK: Final = (*(((480, 720), (780, 960)),) * 4, ((480, 690),), (), ())
_YEARS: Final = range(2024, 2028)


def measure(*, quick: bool) -> dict[str, Any]:
    """Ask a Samarinda office's calendar about random moments of three years; the best of some rounds, per answer."""
    count = 5_000 if quick else 50_000
    dice = random.Random(4)  # noqa: S311 - the same moments every time
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000 for year in (2024, 2027))
    starts = [dice.randrange(begin, end) for _ in range(count)]
    wall = [datetime.fromtimestamp(start / 1000, UTC) for start in starts]
    office, span = _office(), timedelta(days=5)
    few = starts[:1_000]  # as many as are remembered with room to spare
    found = {
        "due in 5 working days": _best(lambda at: office.due(at, 5 * DAY, "days"), starts, afresh=office),
        "due in 8 working hours": _best(lambda at: office.due(at, 28_800_000, "hours"), starts, afresh=office),
        "due, asked before": _best(lambda at: office.due(at, 5 * DAY, "days"), few),
        "elapsed working days": _best(lambda at: office.elapsed(at, at + 7 * DAY, "days"), starts),
        "elapsed working hours": _best(lambda at: office.elapsed(at, at + 7 * DAY, "hours"), starts),
        "plain + timedelta": _best(lambda at: at + span, wall),
    }
    say(f"calendar: {found['due in 5 working days']:.2f} microseconds per due time")
    return {"answers": count, "us": found, "year_ms": _year_ms()}


def _office() -> Calendar:
    holidays = dict.fromkeys(expand("ID", _YEARS, joint_leave=True), ())
    return Calendar("office", "Asia/Makassar", _WEEK, holidays)


def _best(ask: Callable[[Any], object], moments: list[Any], *, afresh: Calendar | None = None) -> float:
    """Time the answers, less what an empty call costs; `afresh` forgets what it remembered before each round."""
    best = float("inf")
    for _ in range(_ROUNDS):
        if afresh is not None:
            afresh._doors.due.cache_clear()  # type: ignore[attr-defined]
        begun = time.perf_counter()
        for moment in moments:
            ask(moment)
        middle = time.perf_counter()
        for moment in moments:
            _nothing(moment)
        best = min(best, 2 * middle - begun - time.perf_counter())
    return best * 1e6 / len(moments)


def _nothing(moment: object) -> object:
    return moment


def _year_ms() -> float:
    """Time what the first question about a year costs, which makes that year's table; the best of some."""
    best = float("inf")
    for year in range(2030, 2040):
        at, office = int(datetime(year, 7, 1, tzinfo=UTC).timestamp()) * 1000, _office()
        begun = time.perf_counter()
        office.is_open(at)
        best = min(best, time.perf_counter() - begun)
    return best * 1000
