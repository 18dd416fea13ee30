"""The report of a replay: lines that a clerk can act on, and the same as JSON data."""

import json
from pathlib import Path

import pytest

from hub.network.compile import compile_network
from hub.rehearsal.log import read_log
from hub.rehearsal.replay import Replay, replay
from hub.rehearsal.report import as_json, as_text
from tests.unit.rehearsal.wabo import OPENING, T02, catalog, mapping, network, row, table

T05 = "T05 Print and send confirmation of receipt"
T11 = "T11 Create document X request unlicensed"


@pytest.fixture
def told(tmp_path: Path) -> Replay:
    """Replay three cases: one with an early and a late answer, one stopped by a conflict, one that is only opened."""
    rows = [
        row("case-1", OPENING, at="2011-10-01 09:00+02:00"),
        row("case-1", T02),
        row("case-1", T02, id_="again"),
        row("case-1", T05),
        row("case-1", T11),
        row("case-2", OPENING),
        row("case-2", OPENING, id_="other", group="Group 2"),
        row("case-3", OPENING, at="2011-11-30 09:00+01:00"),
    ]
    path = tmp_path / "log.csv"
    path.write_text(table(rows), encoding="utf-8")
    plan = compile_network(network(), catalog(), at=1_790_000_000_000)
    return replay(plan, read_log(path, mapping()))


def test_a_clerk_reads_who_is_waited_for_and_why(told: Replay) -> None:
    """Steps and agencies stand by their titles, with a case to look up."""
    text = as_text(told, network(), log="log.csv", seconds=0.04)
    assert text.startswith(
        "Rehearsal of log.csv through the network wabo\n8 events of 3 cases, 01 Oct 2011 to 30 Nov 2011; took 0.0 s\n"
    )
    assert "  3 open\n" in text
    assert (
        "Determine the confirmation of receipt (T04), by Decision desk"
        " (1 later answer is here already; such as case-1)\n"
    ) in text
    assert "(stopped by an incident: conflict; such as case-2)" in text
    assert f"1 {T05}: its step had not begun; the answer is kept until it does (first in case-1)" in text
    assert f"1 {T11}: no step of receipt@1 takes nl.wabo.DocumentCreated (first in case-1)" in text
    assert "Deadlines that passed" in text


def test_json_says_the_same_and_counts_every_event_once(told: Replay) -> None:
    """The keys that scripts read are there, and fates add up to the events."""
    data = json.loads(json.dumps(as_json(told, seconds=0.0404)))
    fates = ("taken", "early", "late", "duplicate", "waiting", "unmatched", "refused")
    assert data["events"] == 8 == sum(data[f"events_{fate}"] for fate in fates)
    assert {key: data[key] for key in ("cases_opened", "cases_completed", "cases_open", "incidents")} == {
        "cases_opened": 3, "cases_completed": 0, "cases_open": 3, "incidents": 1,
    }  # fmt: skip
    assert (data["events_early"], data["events_late"], data["events_unmatched"]) == (1, 1, 1)
    assert data["seconds"] == 0.04
    assert sum(place["cases"] for place in data["waiting"]) == data["cases_open"]
    assert {place["example"]: place["kept"] for place in data["waiting"]} == {"case-1": 1, "case-2": 0, "case-3": 0}


def test_an_empty_log_has_a_report_too(tmp_path: Path) -> None:
    """Nothing to tell is told in two lines."""
    path = tmp_path / "log.csv"
    path.write_text(table([]), encoding="utf-8")
    plan = compile_network(network(), catalog(), at=1_790_000_000_000)
    empty = replay(plan, read_log(path, mapping()))
    assert as_text(empty, network(), log="log.csv", seconds=0.0).startswith("Rehearsal of log.csv")
    assert as_json(empty, seconds=0.0)["cases_opened"] == 0
