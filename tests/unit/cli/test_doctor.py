"""What `hub doctor` says of a network in force, without a cluster."""

from datetime import date
from pathlib import Path

import pytest

from hub.cli.machine.doctor import agreements_line
from tests.unit.network.town import Town


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
