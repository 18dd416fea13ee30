"""The operators' page against the code: settings, incidents, categories and metrics are on it, all of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from hub import metrics
from hub.errors import ParkableError
from hub.router.case import Cause
from hub.router.decision import Refusal
from hub.settings import Engine, Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def test_every_setting_is_told() -> None:
    """Whoever runs the hub finds every variable on the page."""
    names = {f"HUB_{name.upper()}" for name in Settings.model_fields} - {"HUB_KAFKA", "HUB_ENGINE", "HUB_REGISTRY_URL"}
    names |= {f"HUB_ENGINE__{name.upper()}" for name in Engine.model_fields}

    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_cause_of_an_incident_has_a_remedy() -> None:
    """An operator who is called finds what to do for each cause."""
    assert {cause for cause in get_args(Cause) if f"`{cause}`" not in PAGE} == set()


def test_every_metric_has_its_line() -> None:
    """Whoever sees a metric finds when it is an alarm and what to do; no line is of a metric that is gone."""
    exposed = re.findall(r"^# HELP (hub_[a-z_]+) ", metrics.expose().decode(), re.MULTILINE)
    lines = re.findall(r"^\| `(hub_[a-z_]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)

    assert sorted(name for name, _, _ in lines) == sorted(name for name in exposed if not name.endswith("_created"))
    assert set(re.findall(r"`(hub_[a-z_]+)`", PAGE)) == {name for name, _, _ in lines}


def test_every_category_of_dead_letters_is_told() -> None:
    """An agency that asks why finds what to do for each category: the router's own, and those of bytes and values."""
    categories = {*get_args(Refusal.__annotations__["category"]), *(each.category for each in _below(ParkableError))}
    section = PAGE.partition("## Dead letters")[2].partition("\n## ")[0]

    assert {category for category in categories if f"`{category}`" not in section} == set()


def test_where_errors_send_people_is_on_the_page() -> None:
    """A message that names a section of this page names one that is there."""
    headings = {line.lstrip("# ").lower() for line in PAGE.splitlines() if line.startswith("#")}
    told = [
        section
        for file in (ROOT / "hub").rglob("*.py")
        for section in re.findall(r"docs/operating\.md, ([a-z ]+)", file.read_text(encoding="utf-8"))
    ]

    assert told
    assert set(told) <= headings


def _below(kind: type[ParkableError]) -> Iterator[type[ParkableError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
