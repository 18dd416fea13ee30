"""The real log of a municipality through the network made from it, held against plain counting in its CSV."""

import csv
import gzip
import json
import resource
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from hub.events.catalog import Catalog
from hub.network.check import check_folder
from hub.network.compile import compile_network
from hub.network.load import load_or_raise
from hub.rehearsal.examples import check_examples
from hub.rehearsal.log import load_mapping, read_log
from hub.rehearsal.replay import Replay, replay

ROOT: Final = Path(__file__).parents[2]
WABO: Final = ROOT / "deploy" / "wabo"
LOG: Final = WABO / "receipt.csv"
NEEDED: Final = {"T02", "T04", "T05", "T06", "T10"}
#: Seconds in which the log must be rehearsed, from starting Python to the report; measured: 0.8.
LIMIT_S: Final = 2.0

#: The whole rehearsal as a program of its own, from its first import on.
PROGRAM: Final = """
import json, sys, time
from pathlib import Path
from hub.events.catalog import Catalog
from hub.network.compile import compile_network
from hub.network.load import load_or_raise
from hub.rehearsal.log import load_mapping, read_log
from hub.rehearsal.replay import replay
from hub.rehearsal.report import as_json
folder, schemas = Path(sys.argv[1]), Path(sys.argv[2])
network, catalog = load_or_raise(folder), Catalog.load(schemas)
plan = compile_network(network, catalog, at=int(time.time() * 1000))
found = replay(plan, read_log(folder / "receipt.csv", load_mapping(folder, network, catalog)))
print(json.dumps(as_json(found, seconds=0)))
"""


@cache
def cases() -> dict[str, list[str]]:
    """List the activities of each case by their short names, in the log's order, with nothing but Python."""
    found: dict[str, list[str]] = defaultdict(list)
    with LOG.open(encoding="utf-8", newline="") as log:
        for row in csv.DictReader(log):
            name = row["concept:name"]
            found[row["case:concept:name"]].append("C" if name == "Confirmation of receipt" else name[:3])
    return found


def rehearse(log: Path) -> Replay:
    """Rehearse a log through the network."""
    network, catalog = load_or_raise(WABO), Catalog.load(ROOT / "schemas")
    plan = compile_network(network, catalog, at=int(time.time() * 1000))
    return replay(plan, read_log(log, load_mapping(WABO, network, catalog)))


@cache
def rehearsed() -> Replay:
    """Rehearse the log once for all tests."""
    return rehearse(LOG)


def late_by_hand(said: list[str]) -> int:
    """Count what comes after its step was answered: repeats, and T03, T07 to T09 after the step they belong to."""
    ends = {"T03": "T04", "T07": "T10", "T08": "T10", "T09": "T10"}
    late, seen = 0, set[str]()
    for each in said:
        late += ends.get(each, each) in seen
        seen.add(each)
    return late


def test_the_log_is_the_one_that_was_published() -> None:
    """1,434 cases and 8,577 events, each case beginning with its receipt."""
    assert len(cases()) == 1434
    assert sum(map(len, cases().values())) == 8577
    assert all(said[0] == "C" and said.count("C") == 1 for said in cases().values())


def test_exactly_those_cases_complete_that_hold_all_five_activities() -> None:
    """The hub agrees with plain counting, case by case; all others stay open, none is stopped."""
    expected = {key for key, said in cases().items() if set(said) >= NEEDED}
    found = rehearsed()
    assert {case.key for case in found.cases if case.status == "completed"} == expected
    assert {case.key for case in found.cases if case.status == "open"} == cases().keys() - expected
    assert len(expected) == 1277
    assert all(case.incident is None for case in found.cases)


def test_every_event_has_one_fate_and_none_is_dropped() -> None:
    """Late, early and unmatched are what plain counting says they are; all the rest moved a case."""
    late = sum(late_by_hand([each for each in said if each < "T11"]) for said in cases().values())
    unmatched = sum(each >= "T11" for said in cases().values() for each in said)
    assert rehearsed().fates == {"taken": 8577 - late - unmatched - 1, "late": late, "unmatched": unmatched, "early": 1}
    assert (late, unmatched) == (169, 257)


def test_open_cases_wait_for_the_steps_that_their_log_lacks() -> None:
    """Whom a case waits for follows from the first activity that is missing on each branch."""
    for case in rehearsed().cases:
        said = set(cases()[case.key])
        first = (("T02", "check_confirmation"), ("T04", "determine_confirmation"), ("T05", "send_confirmation"))
        second = (("T06", "stop_advice"), ("T10", "stop_indication"))
        owed = {next((step for name, step in branch if name not in said), "") for branch in (first, second)}
        assert set(case.owed) == owed - {""}, case.key
    assert sum(said == ["C"] for said in cases().values()) == 116


def test_tasks_are_one_for_each_step_that_began() -> None:
    """No step is asked for twice, however often the log repeats an activity."""
    expected = sum(2 + sum(name in said for name in ("T02", "T04", "T06")) for said in map(set, cases().values()))
    assert rehearsed().tasks == expected


def test_the_same_log_as_packed_xes_is_rehearsed_the_same(tmp_path: Path) -> None:
    """The mapping's columns are XES attributes, so the standard's own form gives the same report."""
    lines = ["<log>"]
    with LOG.open(encoding="utf-8", newline="") as log:
        for _, rows in groupby(csv.DictReader(log), key=lambda row: row["case:concept:name"]):
            trace = list(rows)
            lines += ["<trace>", *_attributes(trace[0], "case:", strip=True)]
            for row in trace:
                lines += ["<event>", *_attributes(row, ""), "</event>"]
            lines.append("</trace>")
    path = tmp_path / "receipt.xes.gz"
    path.write_bytes(gzip.compress("\n".join([*lines, "</log>"]).encode(), compresslevel=1))
    assert rehearse(path) == rehearsed()


def _attributes(row: dict[str, str], prefix: str, *, strip: bool = False) -> list[str]:
    names = [name for name in row if name.startswith("case:") == strip]
    return [f"<string key={quoteattr(name.removeprefix(prefix))} value={quoteattr(row[name])}/>" for name in names]


def test_the_network_is_without_findings_and_its_examples_end_as_they_say() -> None:
    """The second network stands on the same checks as the first."""
    catalog = Catalog.load(ROOT / "schemas")
    reading = check_folder(WABO, catalog, today=datetime.now(UTC).date())
    assert reading.network is not None
    assert [str(each) for each in (*reading.findings, *check_examples(reading.network, catalog))] == []
    assert len(next(iter(reading.network.procedures.values())).examples) >= 4


def test_the_whole_log_is_rehearsed_in_under_two_seconds() -> None:
    """From starting Python to the report, in time of the processor: other work on the machine is no fault of ours."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", PROGRAM, str(WABO), str(ROOT / "schemas")]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert json.loads(done.stdout)["cases_completed"] == 1277
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < LIMIT_S
