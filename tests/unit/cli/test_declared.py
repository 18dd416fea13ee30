"""Which day it is where a network is: agreements are in force or not by that day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.cli.network.declared import today_in


def _folder(where: Path, content: str) -> Path:
    where.mkdir()
    (where / "network.yaml").write_text(content, encoding="utf-8")
    return where


def test_the_day_is_that_of_the_networks_time_zone(tmp_path: Path) -> None:
    """Two zones that are 25 hours apart never have the same day, and no other file of the folder is read for it."""
    east = _folder(tmp_path / "east", "time_zone: Pacific/Kiritimati\n")
    west = _folder(tmp_path / "west", "time_zone: Pacific/Pago_Pago\n")
    (east / "agencies").mkdir()
    (east / "agencies" / "torn.yaml").write_text("agency: [", encoding="utf-8")
    assert today_in(west) < today_in(east)


@pytest.mark.parametrize("content", ["time_zone: Nowhere/Land\n", "time_zone: ../../etc\n", "network: [", "- a\n", ""])
def test_the_day_is_utcs_where_the_file_does_not_say(tmp_path: Path, content: str) -> None:
    """What is wrong with the file is the check's to tell; the day is there anyway."""
    before = datetime.now(UTC).date()
    assert before <= today_in(_folder(tmp_path / "odd", content)) <= datetime.now(UTC).date()


def test_the_day_is_utcs_where_there_is_no_file(tmp_path: Path) -> None:
    """A folder without network.yaml is told of by the check, not by the look at the clock."""
    before = datetime.now(UTC).date()
    assert before <= today_in(tmp_path) <= datetime.now(UTC).date()
