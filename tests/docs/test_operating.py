"""The operators' page against the code: every setting, incident cause and category is on it, and no dead metric."""

import re
from pathlib import Path
from typing import get_args

from hub.router.case import Cause
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


def test_every_metric_on_the_page_exists() -> None:
    """An alarm is about a metric that the hub really shows."""
    shown = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")

    assert {name for name in re.findall(r"`(hub_[a-z_]+)`", PAGE) if f"`{name}`" not in shown} == set()
