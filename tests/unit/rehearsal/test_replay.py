"""A log through the router: each row has one fate, time is the log's own, and cases stand as they should."""

from collections.abc import Iterable
from itertools import combinations, permutations
from pathlib import Path
from random import Random

import pytest

from hub.network.compile import compile_network
from hub.network.plan import Plan
from hub.rehearsal.log import read_log
from hub.rehearsal.replay import Replay, replay
from tests.unit.rehearsal.wabo import OPENING, T02, catalog, mapping, network, row, table

T03 = "T03 Adjust confirmation of receipt"
T04 = "T04 Determine confirmation of receipt"
T05 = "T05 Print and send confirmation of receipt"
T06 = "T06 Determine necessity of stop advice"
T08 = "T08 Draft and send request for advice"
T10 = "T10 Determine necessity to stop indication"
T11 = "T11 Create document X request unlicensed"
ALL = (OPENING, T02, T04, T05, T06, T10)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Compile the network as it is in force today."""
    return compile_network(network(), catalog(), at=1_790_000_000_000)


@pytest.fixture
def run(tmp_path: Path, plan: Plan) -> "Run":
    """Give what replays rows."""
    return Run(tmp_path / "log.csv", plan)


class Run:
    """Write rows as a log and replay it."""

    def __init__(self, path: Path, plan: Plan) -> None:
        """Keep where the log goes."""
        self._path = path
        self._plan = plan

    def __call__(self, rows: Iterable[tuple[str, ...]]) -> Replay:
        """Replay rows in their order."""
        self._path.write_text(table(rows), encoding="utf-8")
        found = replay(self._plan, read_log(self._path, mapping()))
        assert sum(found.fates.values()) == found.events
        assert sum(each.events for each in found.remarks) == found.events - found.fates.get("taken", 0)
        return found


def day(number: int, hour: int = 12) -> str:
    """Give a time of October 2011."""
    return f"2011-10-{number:02d} {hour:02d}:00:00+02:00"


def one(case: str, *activities: str) -> list[tuple[str, ...]]:
    """Give a case's rows, an hour apart."""
    return [row(case, each, at=day(3, hour), id_=f"{case}-{hour}") for hour, each in enumerate(activities)]


def test_a_whole_case_is_completed_and_a_cut_one_waits_where_it_was_cut(run: Run) -> None:
    """The steps that are owed at the end are named in the procedure's order."""
    found = run([*one("whole", *ALL), *one("cut", *ALL[:3])])
    assert [(case.key, case.status, case.owed) for case in found.cases] == [
        ("whole", "completed", ()),
        ("cut", "open", ("stop_advice", "send_confirmation")),
    ]
    assert found.fates == {"taken": 9}
    assert found.tasks == 9
    assert (found.count("completed"), found.count("open", "closing")) == (1, 1)


def test_an_answer_before_its_step_is_early_and_used_when_the_step_begins(run: Run) -> None:
    """It is kept, and no second answer is needed."""
    early = run(one("early", OPENING, T02, T05))
    assert (early.fates, early.cases[0].kept) == ({"taken": 2, "early": 1}, 1)
    used = run(one("used", OPENING, T02, T05, T04, T06, T10))
    assert (used.cases[0].status, used.cases[0].kept) == ("completed", 0)


def test_a_repeated_answer_is_late_and_says_whether_the_case_had_ended(run: Run) -> None:
    """Late answers are told apart by why, never as errors."""
    found = run(one("late", OPENING, T02, T03, T02, T04, T05, T06, T10, T06))
    assert found.cases[0].status == "completed"
    assert found.fates == {"taken": 7, "late": 2}
    assert [(each.activity, each.why) for each in found.remarks] == [
        (T02, "its step had been answered, or closed, before"),
        (T06, "its case had ended"),
    ]


def test_what_no_step_and_no_mapping_takes_is_unmatched(run: Run) -> None:
    """Both are told with their reason and a case to look at."""
    found = run([*one("a", OPENING, T11), *one("b", OPENING, T11, "T99 Dream")])
    assert found.fates == {"taken": 2, "unmatched": 3}
    assert [(each.activity, each.events, each.example) for each in found.remarks] == [
        (T11, 2, "a"),
        ("T99 Dream", 1, "b"),
    ]
    assert "no step of receipt@1 takes" in found.remarks[0].why
    assert found.remarks[1].why == "log.yaml names no such activity"


def test_whatever_the_order_a_case_is_completed_when_all_five_were_said(run: Run) -> None:
    """Every order of the five activities completes, and no part of them does."""
    five = ALL[1:]
    whole = run(each for i, said in enumerate(permutations(five)) for each in one(f"case-{i}", OPENING, *said))
    assert whole.count("completed") == len(whole.cases) == 120
    parts = [said for size in range(5) for said in combinations(five, size)]
    cut = run(each for i, said in enumerate(parts) for each in one(f"case-{i}", OPENING, *said))
    assert cut.count("open") == len(cut.cases) == 31


def test_events_before_their_opening_wait_for_it(run: Run) -> None:
    """A row out of order is adopted by the opening; only what it then does counts."""
    found = run(one("adopted", T02, T06, OPENING, T04, T05, T10))
    assert (found.cases[0].status, found.fates) == ("completed", {"taken": 6})


def test_events_of_a_case_that_is_never_opened_are_unmatched(run: Run) -> None:
    """Within the day they wait, after it they are given up: the log's end settles both."""
    found = run([*one("opened", OPENING), row("never", T02, at=day(3)), row("long", T02, at=day(1))])
    assert [case.key for case in found.cases] == ["opened"]
    assert found.fates == {"taken": 1, "unmatched": 2}
    assert {each.why for each in found.remarks} == {
        "its case was never opened",
        "no opening of this case came in time; publish the opening, then this again, or ask for its redrive",
    }


def test_the_same_event_twice_is_a_duplicate(run: Run) -> None:
    """A log that holds a row twice changes nothing the second time, adopted events included."""
    twice = row("a", T02, at=day(3))
    found = run([row("a", OPENING, at=day(3)), twice, twice])
    assert found.fates == {"taken": 2, "duplicate": 1}
    assert run([twice, twice, row("a", OPENING, at=day(3))]).fates == {"taken": 2, "duplicate": 1}


def test_a_second_opening_with_other_content_stops_the_case_for_a_person(run: Run) -> None:
    """What comes after it waits, and the case names its incident."""
    rows = [row("a", OPENING, id_="1"), row("a", OPENING, id_="2", group="Group 2"), row("a", T02, id_="3")]
    found = run(rows)
    assert found.fates == {"taken": 1, "waiting": 2}
    assert (found.cases[0].incident, found.cases[0].status) == ("conflict", "open")


def test_deadlines_count_in_the_logs_own_days(run: Run) -> None:
    """A step answered within its seven days misses nothing; one that stays open until the log's end does."""
    rows = [
        row("quick", OPENING, at=day(1)), row("quick", T02, at=day(7)), row("slow", OPENING, at=day(1)),
        row("other", OPENING, at=day(9)),
    ]  # fmt: skip
    missed = {case.key: case.missed for case in run(rows).cases}
    assert missed == {"quick": (), "slow": ("check_confirmation",), "other": ()}


def test_a_stopped_clock_misses_no_deadline(run: Run) -> None:
    """While outsiders are asked for advice, the desk's own time stands still."""
    begun = [row("a", each, at=day(1), id_=each) for each in (OPENING, T02, T04, T05, T06)]
    asked = [*begun, row("a", T08, at=day(2)), row("b", OPENING, at=day(31))]
    assert run(asked).cases[0].missed == ()
    assert run([*begun, row("b", OPENING, at=day(31))]).cases[0].missed == ("stop_indication",)


def test_how_cases_are_mixed_changes_nothing(run: Run) -> None:
    """Sorted by case or by time, each case ends the same: cases do not touch each other."""
    cases = [one("a", *ALL), one("b", *ALL[:4], T11), one("c", OPENING, T02, T05), one("d", *ALL, T02)]
    apart = run(each for case in cases for each in case)
    picks = Random(7)  # noqa: S311 - a shuffle, no secret
    mixed: list[tuple[str, ...]] = []
    while any(cases):
        mixed.append(picks.choice([case for case in cases if case]).pop(0))
    together = run(mixed)
    assert together.fates == apart.fates
    assert {case.key: case for case in together.cases} == {case.key: case for case in apart.cases}


def test_an_empty_log_is_no_error(run: Run) -> None:
    """Nothing came, nothing is open."""
    found = run([])
    assert (found.events, found.cases, found.since) == (0, (), None)
