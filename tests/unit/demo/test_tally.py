"""The books against the router, and against a router that loses and doubles."""

import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from hub.demo.account import as_json, as_lines, is_clean
from hub.demo.ledger import Entry
from hub.events.catalog import Catalog
from hub.names import AgencyCode
from hub.network.load import DeclaredNetwork
from hub.rehearsal.log import LogEvent, load_mapping, read_log
from tests.unit.demo.mall import Lines, Mall, tallied

ROOT = Path(__file__).parents[3]
_KEYS = [
    "cases_opened", "cases_completed", "cases_rejected", "cases_open", "events_published", "tasks_delivered",
    "tasks_lost", "tasks_duplicated", "event_to_task_ms", "ready_seconds", "versions",
]  # fmt: skip


@pytest.fixture(scope="module")
def morning(samarinda: DeclaredNetwork, catalog: Catalog) -> Lines:
    """Keep the books of one small morning."""
    return Mall(samarinda, catalog, seed=7).live(40)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_books_agree_with_the_router(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, seed: int
) -> None:
    """What the procedures cause by their files alone is what the router did, however events pass each other."""
    mall = Mall(samarinda, catalog, seed=seed)
    tally = tallied(tmp_path, samarinda, catalog, mall.live(150))
    assert (tally.lost, tally.doubled) == ([], [])
    statuses = Counter(case.status for case in map(mall.world.case, mall.world.states) if case is not None)
    assert (tally.opened, tally.open) == (150, 0)
    assert {end: tally.ended(end) for end in ("completed", "rejected")} == dict(statuses)
    assert statuses["rejected"] > 0
    assert tally.tasks == len(mall.world.tasks)
    assert is_clean(tally)


def test_the_books_agree_about_a_real_log(wabo: DeclaredNetwork, catalog: Catalog, tmp_path: Path) -> None:
    """Answers that name no task, come early, late and again, mean the same to both."""
    mall = Mall(wabo, catalog, seed=1)
    rows = read_log(ROOT / "deploy/wabo/receipt.csv", load_mapping(ROOT / "deploy/wabo", wabo, catalog))
    events = [row for row in islice(rows, 2_500) if isinstance(row, LogEvent)]
    for row in events:
        mall.say(row.agency, row.event_type, row.case, row.data, task=None)
    mall.route_all()
    tally = tallied(tmp_path, wabo, catalog, mall.lines)
    done: dict[str, set[str]] = {}
    for row in events:
        done.setdefault(row.key, set()).add(row.activity[:3])
    whole = sum({"T02", "T04", "T05", "T06", "T10"} <= activities for activities in done.values())
    assert (tally.opened, tally.ended("completed"), tally.lost, tally.doubled) == (len(done), whole, [], [])
    assert 0 < whole < len(done)


def test_an_event_that_was_never_routed_is_missed(samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path) -> None:
    """A hub that loses events is told so: each loss that should have had a consequence shows."""
    mall = Mall(samarinda, catalog, seed=5, drops=40)
    tally = tallied(tmp_path, samarinda, catalog, mall.live(60))
    assert mall.dropped > 2
    assert len(tally.lost) > mall.dropped / 2
    assert tally.doubled == []
    assert not is_clean(tally)


def test_each_task_that_did_not_come_is_lost(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, morning: Lines
) -> None:
    """Take any task out of the books of a last moment, and one is missing."""
    last = max(number for number, (_, entry) in enumerate(morning) if entry.what == "asked")
    tally = tallied(tmp_path, samarinda, catalog, [*morning[:last], *morning[last + 1 :]])
    assert any(morning[last][1].step in each for each in tally.lost)


def test_each_task_that_came_twice_is_doubled(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, morning: Lines
) -> None:
    """The same task again is one too many, each time."""
    again = [line for line in morning if line[1].what == "asked"][:3]
    tally = tallied(tmp_path, samarinda, catalog, [*morning, *again, again[0]])
    assert (len(tally.doubled), tally.asked_again, tally.lost) == (4, 4, [])


def test_a_task_that_nothing_caused_is_too_many(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, morning: Lines
) -> None:
    """A step asked under a new attempt without a reason is found, though its id is new."""
    agency, task = next(line for line in morning if line[1].what == "asked" and line[1].attempt == 1)
    stray = msgspec.structs.replace(task, id="stray", attempt=9)
    tally = tallied(tmp_path, samarinda, catalog, [*morning, (agency, stray)])
    assert [each.endswith("which nothing caused") for each in tally.doubled] == [True]


@pytest.mark.parametrize("what", ["untold", "twice", "wrong"])
def test_how_a_case_ended_is_judged_too(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, morning: Lines, what: str
) -> None:
    """An end that was not told, told twice or told wrong does not pass."""
    place = next(number for number, (_, entry) in enumerate(morning) if entry.type == "hub.CaseClosed")
    agency, closed = morning[place]
    wrong = msgspec.structs.replace(closed, data={**closed.data, "outcome": "withdrawn"})
    told = {"untold": [], "twice": [closed, closed], "wrong": [wrong]}[what]
    lines = [*morning[:place], *((agency, entry) for entry in told), *morning[place + 1 :]]
    tally = tallied(tmp_path, samarinda, catalog, lines)
    assert (len(tally.lost), len(tally.doubled)) == {"untold": (1, 0), "twice": (0, 1), "wrong": (1, 1)}[what]


def test_a_task_of_a_case_nobody_opened_is_too_many(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path
) -> None:
    """Out of nothing comes nothing."""
    task = Entry(what="asked", at=1, id="t", case="rs.1", type="id.mpp.civil.FamilyCardRequest", step="x", attempt=1)
    tally = tallied(tmp_path, samarinda, catalog, [(AgencyCode("disdukcapil"), task)])
    assert len(tally.doubled) == 1


def test_the_account_is_the_books(samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, morning: Lines) -> None:
    """The object for machines has the promised keys; the lines for people say the same."""
    tally = tallied(tmp_path, samarinda, catalog, morning)
    account = as_json(tally, ready_s=1.25, versions={"kafka": "4"})
    assert list(account) == _KEYS
    assert account["cases_opened"] == 40
    assert account["cases_completed"] + account["cases_rejected"] == 40
    assert account["events_published"] == sum(entry.what == "stands" for _, entry in morning)
    assert 0 < account["event_to_task_ms"]["p50"] <= account["event_to_task_ms"]["p99"]
    assert list(as_lines(tally))[-1] == "by the agencies' own books: 0 lost, 0 doubled"


def test_what_kafka_did_not_take_is_no_event(
    samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path, morning: Lines
) -> None:
    """An event that failed is counted apart, and the demonstration is not clean."""
    failing = Entry(what="said", at=1, id="f", case="rs.1", type="id.mpp.civil.BirthNotified")
    failed = msgspec.structs.replace(failing, what="failed")
    tally = tallied(tmp_path, samarinda, catalog, [*morning, (AgencyCode("rs"), failing), (AgencyCode("rs"), failed)])
    assert (tally.failed, tally.unacknowledged, tally.opened, is_clean(tally)) == (1, 0, 40, False)


def test_who_proves_the_hub_does_not_ask_the_router() -> None:
    """Neither the agencies nor the judge load any of the router's code."""
    look = "import sys, hub.demo.agencies, hub.demo.account; print([m for m in sys.modules if 'hub.router' in m])"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"
