"""What `hub doctor` says of a network in force, without a cluster."""

from datetime import date
from pathlib import Path

import pytest

from hub.cli.machine.doctor import _maven_version, agreements_line, folds_to
from hub.views import Store
from tests.unit.network.town import Town
from tests.unit.views.story import opening, placed, service_of


@pytest.mark.parametrize(
    ("today", "level", "found"),
    [
        (date(2030, 10, 1), "ok", "none of 1 ends soon"),
        (date(2030, 12, 1), "warn", "pks-town ends in 30 days, on 2030-12-31 (warning of 30 days)"),
        (date(2031, 1, 1), "fail", "pks-town expired on 2030-12-31"),
    ],
)
def test_the_doctor_warns_of_agreements_that_end(tmp_path: Path, today: date, level: str, found: str) -> None:
    """Who looks at the hub learns in time which agreement to renew, and what has stopped."""
    line = agreements_line(Town.copied(tmp_path).network(), today)

    assert (line.level, line.found) == (level, found)
    assert ("`hub apply`" in line.fix) == (level != "ok")


def test_views_that_fold_are_not_blamed_for_the_last_moment(tmp_path: Path) -> None:
    """They are behind only when they do not come so far while they are watched."""
    store = Store(f"sqlite:///{tmp_path / 'views.db'}")
    store.apply(placed(opening()), service_of, read={0: 1})
    assert folds_to(store, 1)
    assert not folds_to(store, 2, within_s=0.2)
    store.close()


def test_a_version_is_told_without_colours(tmp_path: Path) -> None:
    """Maven paints its name, whoever reads it."""
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\nprintf '\\033[1mApache Maven 3.8.7\\033[m\\nMaven home: x\\n'\n")
    maven.chmod(0o755)
    assert _maven_version(str(maven)) == "Apache Maven 3.8.7"
