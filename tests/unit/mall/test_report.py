"""The report of a week: one object for machines, tables whose columns people can read."""

from datetime import date

import pytest

from hub.events.catalog import Catalog
from hub.mall.diary import Diary, shares
from hub.mall.report import as_json, as_lines
from hub.mall.week import Script, Week
from hub.network.load import DeclaredNetwork


@pytest.fixture(scope="module")
def lived(samarinda: DeclaredNetwork, catalog: Catalog) -> tuple[Week, Diary]:
    """Rehearse a small week once."""
    week = Week(samarinda, catalog, Script(begins=date(2025, 3, 17), cases=80, seed=5))
    return week, week.run()


def test_every_agency_and_service_is_in_the_object(lived: tuple[Week, Diary]) -> None:
    """Also those that had nothing to do; hours are those of the week, in the network's zone."""
    week, diary = lived
    report = as_json(week, diary)
    assert {each["agency"] for each in report["agencies"]} == set(week.network.agencies)
    assert {each["service"] for each in report["services"]} == {
        each.service for each in week.network.procedures.values()
    }
    assert [report["hours"][hour]["at"] for hour in (0, 167)] == [
        "2025-03-17T00:00:00+08:00", "2025-03-23T23:00:00+08:00",
    ]  # fmt: skip
    assert len(report["hours"]) == 168
    assert sum(each["come"] for each in report["hours"]) == 80
    assert sum(each["ended"] for each in report["hours"]) == report["ended"]
    assert sum(each["files"] for each in report["returns"]) > 0


def test_tables_have_aligned_columns(lived: tuple[Week, Diary]) -> None:
    """Each service and each busy agency has its line; who had nothing to do is counted."""
    lines = list(as_lines(*lived))
    heading = next(line for line in lines if line.startswith("  SERVICE") and "IN TIME" in line)
    row = next(line for line in lines if line.startswith("  passport") and "%" in line)
    for column in ("OPENED", "IN TIME", "AGENCY"):
        place = heading.index(column)
        assert row[place - 2 : place] == "  "
        assert row[place].isdigit()
    assert any(line.strip().startswith("and ") and "more" in line for line in lines)
    assert [line for line in lines if line != line.rstrip()] == []


def test_a_whole_is_shared_to_the_last_ms() -> None:
    """The first get what does not divide."""
    assert list(shares(["a", "b", "c"], 11)) == [("a", 4), ("b", 4), ("c", 3)]
