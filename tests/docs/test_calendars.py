"""The page on calendars shows what the hub takes, and counts as the hub does."""

from datetime import UTC, datetime

import pytest

from hub.calendar import DAY, Calendar, Measure
from hub.network import model
from hub.network.calendars import office_of
from hub.network.folder.yaml import read_yaml
from tests.docs.page import ROOT, blocks

_BLOCKS = [block for block in blocks(ROOT / "docs/calendars.md") if block.kind == "yaml"]


def shown() -> Calendar:
    """Make the page's calendar."""
    document, findings = read_yaml("city.yaml", _BLOCKS[0].text.encode())
    assert findings == []
    return office_of(model.Calendar.model_validate(document.value))


def at(text: str) -> int:
    """Read a wall clock of Samarinda."""
    return int(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000)


def wall(moment: int) -> str:
    """Write a moment by the wall clock of Samarinda."""
    return datetime.fromtimestamp(moment / 1000 + 8 * 3600, UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("line", _BLOCKS[2].text.splitlines())
def test_the_deadlines_shown_are_taken(line: str) -> None:
    """Each line is a step's deadline."""
    document, findings = read_yaml("step.yaml", line.encode())

    assert findings == []
    step = {"title": {"id": "x", "en": "x"}, "agency": "dpmptsp", "request": "x.Y", "answers": {}, **document.value}
    assert model.Step.model_validate(step).deadline is not None


@pytest.mark.parametrize(
    ("start", "amount", "measure", "due"),
    [
        ("2025-03-13 10:00", 2 * DAY, "days", "2025-03-17 10:00"),
        ("2025-03-13 10:00", 8 * 3_600_000, "hours", "2025-03-14 11:00"),
        ("2025-03-13 12:00", 2 * DAY, "days", "2025-03-17 12:00"),
        ("2025-03-26 10:00", 5 * DAY, "days", "2025-04-11 09:00"),
    ],
)
def test_the_page_counts_right(start: str, amount: int, measure: Measure, due: str) -> None:
    """From Thursday 10:00, half of four days from Thursday noon, and across Eid 2025; the grace is another example."""
    calendar = shown()
    plain = Calendar(calendar.name, calendar.zone, calendar.week, calendar.days)

    assert wall(plain.due(at(start), amount, measure)) == due
    assert plain.is_open(at("2025-03-13 10:00"))
