"""When people are warned that an agreement ends, and when not."""

from datetime import date, timedelta

import pytest

from hub.network.agreements import Grants, ending
from hub.network.load import DeclaredNetwork
from tests.unit.network.town import AGREEMENT, Town

#: The last day of the town's one agreement.
LAST = date(2030, 12, 31)


def _told(network: DeclaredNetwork, days: int) -> dict[str, str]:
    """Tell what is said so many days before the last day."""
    grants = Grants(network.agreements.values())
    found = (ending(each, grants, today=LAST - timedelta(days=days)) for each in network.agreements.values())
    return {each.agreement: str(each) for each in found if each}


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (90, "ends in 90 days, on 2030-12-31 (warning of 90 days)"),
        (31, "ends in 31 days, on 2030-12-31 (warning of 90 days)"),
        (30, "ends in 30 days, on 2030-12-31 (warning of 30 days)"),
        (8, "ends in 8 days, on 2030-12-31 (warning of 30 days)"),
        (7, "ends in 7 days, on 2030-12-31 (warning of 7 days)"),
        (1, "ends in 1 day, on 2030-12-31 (warning of 7 days)"),
        (0, "ends today (warning of 7 days)"),
        (-1, "expired on 2030-12-31"),
    ],
)
def test_warnings_come_90_30_and_7_days_before(town: Town, days: int, told: str) -> None:
    """Each warning is told from its day on, until the next one or the end."""
    assert _told(town.network(), days) == {"pks-town": told}


def test_nobody_is_warned_before(town: Town) -> None:
    """An agreement that lasts is not spoken of."""
    assert _told(town.network(), 91) == {}


def test_what_is_renewed_is_no_warning(town: Town) -> None:
    """An agreement that another one follows without a gap, for all that it grants, ends only with that one."""
    _renew(town, since="2031-01-01", but=None)

    assert _told(town.network(), 7) == _told(town.network(), -1) == {}


def test_a_gap_and_a_part_that_is_not_renewed_are_warned_of(town: Town) -> None:
    """A day without agreement, or one element that is left out, stops cases as an end does."""
    _renew(town, since="2031-01-02", but=None)
    assert _told(town.network(), 7) == {"pks-town": "ends in 7 days, on 2030-12-31 (warning of 7 days)"}

    _renew(town, since="2031-01-01", but="weight, ")
    assert _told(town.network(), -1) == {"pks-town": "expired on 2030-12-31"}


def _renew(town: Town, *, since: str, but: str | None) -> None:
    """Write a second agreement like the first, for the years after."""
    text = (town.folder / AGREEMENT).read_text().replace("pks-town", "pks-next")
    text = text.replace("from: 2026-01-01, until: 2030-12-31", f"from: {since}, until: 2035-12-31")
    (town.folder / "town/agreements/pks-next.yaml").write_text(text.replace(but, "") if but else text)
