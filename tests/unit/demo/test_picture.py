"""What people see of a running demonstration."""

import io
from pathlib import Path

from rich.console import Console

from hub.demo.picture import Lines, Screen, Stuck
from hub.events.catalog import Catalog
from hub.network.load import DeclaredNetwork
from hub.settings import Settings
from tests.unit.demo.mall import Mall, tallied


def test_the_screen_shows_where_cases_wait(samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path) -> None:
    """Services, steps, speed, trouble, and the addresses below."""
    mall = Mall(samarinda, catalog, seed=2, drops=30)
    tally = tallied(tmp_path, samarinda, catalog, mall.live(60))
    paper = io.StringIO()
    with Screen(Console(file=paper, width=140, force_terminal=True), "Kafka here", lambda: "3") as screen:
        screen.show(tally)
    told = paper.getvalue()
    assert all(service in told for service in samarinda.services)
    waiting = next(f"{step}:{cases}" for count in tally.services.values() for step, cases in count.waits.items())
    for each in (f"{tally.opened} cases", waiting, "event to task p50", "need a person 3", "Kafka here"):
        assert each in told


def test_lines_come_every_few_seconds_only(samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path) -> None:
    """A log is not flooded."""
    tally = tallied(tmp_path, samarinda, catalog, [])
    said: list[str] = []
    with Lines(said.append, lambda: "") as lines:
        for _ in range(50):
            lines.show(tally)
    assert said == []


def test_nobody_is_stuck_where_nothing_is(tmp_path: Path) -> None:
    """The views are asked, also when they are empty."""
    stuck = Stuck(Settings(home=tmp_path))
    assert stuck() == "0"
    stuck.close()
