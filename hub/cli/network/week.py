"""``hub rehearse --week``: a week of the whole mall in memory, told while it runs and reported when it has ended."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from hub.cli.output import say, write, write_json

if TYPE_CHECKING:
    from hub.events.catalog import Catalog
    from hub.mall.diary import Diary
    from hub.mall.week import Script
    from hub.network.load import DeclaredNetwork

#: Seconds between two tellings of how far it is.
_TELL_S: Final = 1.0


def rehearse_week(
    network: "DeclaredNetwork", catalog: "Catalog", script: "Script", *, as_json: bool, picture: Path | None
) -> None:
    """Rehearse a week and print what it tells; the report is the same for the same script, so time goes to stderr."""
    from hub.mall import report
    from hub.mall.picture import draw_week
    from hub.mall.week import Week

    begun = time.perf_counter()
    week = Week(network, catalog, script)
    diary = week.run(_Progress(network.network.time_zone))
    seconds = time.perf_counter() - begun
    if picture is not None:
        picture.write_text(draw_week(week, diary), encoding="utf-8")
        say(f"the picture is in {picture}")
    if as_json:
        write_json(report.as_json(week, diary))
    else:
        for line in report.as_lines(week, diary):
            write(line)
    say(f"{script.days} days in {seconds:.1f} s: {diary.events / seconds:,.0f} events/s")


@dataclass
class _Progress:
    """Say how far it is, not more often than a person reads."""

    zone: str
    _said: float = 0.0

    def __call__(self, at: int, diary: "Diary") -> None:
        now = time.perf_counter()
        if now - self._said >= _TELL_S:
            self._said = now
            moment = datetime.fromtimestamp(at / 1000, ZoneInfo(self.zone))
            say(f"{moment:%a %d %b %H:%M}  {diary.opened:,} opened, {diary.closed:,} ended, {diary.events:,} events")
