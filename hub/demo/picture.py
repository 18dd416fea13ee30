"""A running demonstration as people see it: a live table on a terminal, else a line every few seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hub.demo.tally import ServiceCount, Tally
from hub.demo.voice import wall_ms
from hub.errors import HubError
from hub.events.codec import format_millis
from hub.settings import Settings
from hub.views import CaseFilter, Cases, Store, views_url

#: Seconds between two lines, and between two questions to the views.
_LINE_S: Final = 2.0
#: Cases that need a person and are counted; more is "many".
_MOST_STUCK: Final = 100


class Picture(Protocol):
    """Show a tally as it grows, for as long as the context is open."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        """End."""

    def show(self, tally: Tally) -> None:
        """Show where things are now."""


class Lines:
    """Say one line every few seconds."""

    def __init__(self, say: Callable[[str], object], stuck: Callable[[], str]) -> None:
        """Keep where to say it."""
        self._say, self._stuck = say, stuck
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        """Leave nothing behind."""

    def show(self, tally: Tally) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if now - self._said >= _LINE_S:
            self._said = now
            self._say(f"{now - self._begun:4.0f} s  {_cases(tally)}; {_speed(tally)}; {_trouble(tally, self._stuck())}")


class Screen:
    """Keep a table on the terminal."""

    def __init__(self, console: Console, below: str, stuck: Callable[[], str]) -> None:
        """Keep the terminal, and what stands below the table."""
        self._live = Live(console=console, auto_refresh=False)
        self._below, self._stuck = below, stuck

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def show(self, tally: Tally) -> None:
        """Draw it anew."""
        table = Table(title=f"{_cases(tally)}", title_justify="left", expand=True)
        for name in ("service", "opened", "completed", "rejected", "open"):
            table.add_column(name, justify="left" if name == "service" else "right")
        table.add_column("waiting now, by step", ratio=1)
        for name, count in tally.services.items():
            table.add_row(name, *_row(count))
        speed = Text(f"{_speed(tally)}; {_trouble(tally, self._stuck())}", style="bold")
        self._live.update(Group(table, speed, Text(self._below, style="dim")), refresh=True)


class Stuck:
    """Ask the hub's views how many cases need a person; not more often than it changes for an eye."""

    def __init__(self, settings: Settings) -> None:
        """Open the views when they are first asked."""
        self._settings = settings
        self._store: Store | None = None
        self._asked_s, self._answer = 0.0, ""

    def __call__(self) -> str:
        """Count them; empty while nobody knows."""
        now = time.monotonic()
        if now - self._asked_s >= _LINE_S:
            self._asked_s = now
            with suppress(HubError):
                self._store = self._store or Store(views_url(self._settings))
                chosen = CaseFilter(stuck=True, now=format_millis(wall_ms()), most=_MOST_STUCK)
                found = len(Cases(self._store).search(chosen))
                self._answer = "many" if found == _MOST_STUCK else str(found)
        return self._answer

    def close(self) -> None:
        """Close the views."""
        if self._store is not None:
            self._store.close()


def _row(count: ServiceCount) -> tuple[str, ...]:
    waits = "  ".join(f"{step}:{cases}" for step, cases in sorted(count.waits.items()))
    return str(count.opened), str(count.ends["completed"]), str(count.ends["rejected"]), str(count.open), waits


def _cases(tally: Tally) -> str:
    ends = f"{tally.ended('completed')} completed, {tally.ended('rejected')} rejected, {tally.open} open"
    return f"{tally.opened} cases: {ends}"


def _speed(tally: Tally) -> str:
    half, most = tally.delay_ms(50), tally.delay_ms(99)
    delays = "" if half is None else f", event to task p50 {half} ms, p99 {most} ms"
    return f"{tally.per_second(wall_ms()):.0f} events/s{delays}"


def _trouble(tally: Tally, stuck: str) -> str:
    """Tell what waits for a person or has failed."""
    waiting = f"need a person {stuck}, " if stuck else ""
    refused = tally.refused.total()
    return f"{waiting}dead letters {refused}, asked twice {tally.asked_again}, not taken {tally.failed}"
