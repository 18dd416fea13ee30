"""What every database of the views promises; PostgreSQL is asked too where HUB_TEST_VIEWS_URL names one."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from hub.errors import ConfigurationError, RetriableError, UnreachableError
from hub.views.entry import Change, OpenIncident
from hub.views.read import CaseFilter, Cases
from hub.views.store import Store, _advance
from tests.unit.views.story import CASE, at, entry, many, move, opening, placed, service_of, task

_GIVEN = [url] if (url := os.environ.get("HUB_TEST_VIEWS_URL")) else []


@pytest.fixture(params=["sqlite", *_GIVEN])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    kept = Store(f"sqlite:///{tmp_path}/deep/views.db" if request.param == "sqlite" else request.param)
    kept.empty()
    yield kept
    kept.close()


def test_any_cut_into_batches_gives_the_same_rows(store: Store) -> None:
    """Folding in one batch or in many, and folding again after emptying, gives equal dumps."""
    seed = random.randrange(2**32)  # noqa: S311 - a test's chance
    print(f"seed {seed}")
    journal = placed(*many(40, seed))
    store.apply(journal, service_of)
    whole = store.dump()
    store.empty()
    chance, begin = random.Random(seed), 0  # noqa: S311 - a test's chance
    while begin < len(journal):
        end = begin + chance.randrange(1, 30)
        store.apply(journal[begin:end], service_of)
        begin = end
    assert store.dump() == whole
    assert len(whole["timeline"]) == len(journal)


def test_an_entry_folded_twice_changes_nothing(store: Store) -> None:
    """A batch read again after a crash is skipped by its offsets."""
    journal = placed(opening(), entry(2, changes=(move("record", "active", "done"),)))
    assert store.apply(journal, service_of) == 2
    before = store.dump()
    assert store.apply(journal, service_of) == 0
    assert store.dump() == before


def test_more_cases_than_one_statement_takes(store: Store) -> None:
    """A batch larger than a statement's limit is folded whole, in one transaction."""
    journal = placed(*(opening(case=f"mpp.{number}") for number in range(1201)))
    assert store.apply(journal, service_of) == 1201
    assert Cases(store).count() == {"open": 1201}
    assert store.positions() == {0: 1201}


def test_positions_are_those_of_each_partition(store: Store) -> None:
    """Partitions move on their own."""
    store.apply(placed(opening(case="mpp.a"), partition=1, offset=7), service_of)
    store.apply(placed(opening(case="mpp.b"), partition=2, offset=0), service_of)
    assert store.positions() == {1: 8, 2: 1}


def test_a_second_folding_process_is_refused(store: Store) -> None:
    """A position that moved since it was read makes the whole batch undone."""
    store.apply(placed(opening()), service_of, seen={})
    before = store.dump()
    with pytest.raises(RetriableError, match="another process"):
        store.apply(placed(entry(2), offset=1), service_of, seen={0: 99})
    with pytest.raises(RetriableError, match="another process"), store.engine.begin() as connection:
        _advance(connection, {0: 99}, {0: 100})
    assert store.dump() == before


def test_a_fold_that_was_emptied_beside_it_begins_anew(store: Store) -> None:
    """A rebuild empties the views under a running fold, which may not go on from where it was."""
    store.apply(placed(opening()), service_of, seen={})
    store.empty()
    with pytest.raises(RetriableError, match="another process"):
        store.apply(placed(entry(2), offset=1), service_of, seen={0: 1})
    assert store.positions() == {}


def test_two_folds_at_once_wait_for_each_other(store: Store) -> None:
    """A rebuild beside a running fold never finds the database locked: one of the two is told to look again."""
    journal, second = placed(opening()), Store(store.engine.url.render_as_string(hide_password=False))
    told: list[Exception] = []

    def fold_too() -> None:
        try:
            second.apply(journal, service_of, seen={})
        except RetriableError as moved:
            told.append(moved)

    beside = Thread(target=fold_too)

    def service_while_another_folds(procedure: str) -> str:
        beside.start()
        beside.join(0.3)  # it ends only where it need not wait
        return service_of(procedure)

    assert store.apply(journal, service_while_another_folds, seen={}) == 1
    beside.join(20)
    second.close()
    assert [(type(each), "another process" in str(each)) for each in told] == [(RetriableError, True)]
    assert Cases(store).count() == {"open": 1}


def test_views_of_another_version_are_made_anew(store: Store) -> None:
    """Tables with other columns or keys are emptied when they are opened: the journal holds all that was in them."""
    store.apply(placed(opening()), service_of)
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE changes"))
        connection.execute(text("CREATE TABLE changes (a TEXT PRIMARY KEY, b TEXT)"))
    again = Store(store.engine.url.render_as_string(hide_password=False))
    assert again.positions() == {}
    assert again.apply(placed(opening()), service_of) == 1
    again.close()


def test_a_broken_database_says_so(tmp_path: Path) -> None:
    """A file that is no database is named, with what to do."""
    (tmp_path / "views.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(UnreachableError, match=r"views\.db.*HUB_VIEWS_URL"):
        Store(f"sqlite:///{tmp_path}/views.db")


def test_a_url_that_names_no_driver_is_refused() -> None:
    """A wrong HUB_VIEWS_URL stops the start with what may stand there."""
    with pytest.raises(ConfigurationError, match="HUB_VIEWS_URL"):
        Store("nothing://here")


def test_cases_are_searched_by_what_they_are(store: Store) -> None:
    """Status, procedure, service and the agency that owes an answer choose cases; the last changed comes first."""
    store.apply(
        placed(
            opening(case="mpp.a"),
            opening(case="mpp.b", procedure="passport@1", at=at(9), tasks=(task("mpp.b", "record", "imigrasi"),)),
            opening(case="mpp.c", status="completed"),
        ),
        service_of,
    )
    cases = Cases(store)

    def ids(**chosen: object) -> list[str]:
        return [each.id for each in cases.search(CaseFilter(**chosen))]  # type: ignore[arg-type]

    assert ids() == ["mpp.b", "mpp.a", "mpp.c"]
    assert ids(open=True) == ["mpp.b", "mpp.a"]
    assert ids(agency="imigrasi") == ["mpp.b"]
    assert ids(procedure="newborn", open=True) == ids(procedure="newborn@1", open=True) == ["mpp.a"]
    assert ids(service="passport") == ["mpp.b"]
    assert ids(status="completed") == ["mpp.c"]
    assert ids(most=1) == ["mpp.b"]


def test_stuck_is_an_incident_or_an_overdue_answer(store: Store) -> None:
    """A closed case is never stuck; an open one is, when a person or an overdue agency is waited for."""
    guard = (OpenIncident("guard", at(1), "record", "no value"),)
    store.apply(
        placed(opening(case="mpp.a"), opening(case="mpp.b", incidents=guard), opening(case="mpp.c", status="expired")),
        service_of,
    )
    cases = Cases(store)
    assert [each.id for each in cases.search(CaseFilter(stuck=True, now=at(2)))] == ["mpp.b"]
    assert {each.id for each in cases.search(CaseFilter(stuck=True, now=at(601)))} == {"mpp.a", "mpp.b"}


def test_cases_that_wait_for_a_cause_are_found(store: Store) -> None:
    """One row a case, whose oldest incident is told; the longest waiting first; what was mended waits no more."""
    guard, later = OpenIncident("guard", at(1), "record", "no value"), OpenIncident("guard", at(5), "card", "no value")
    conflict = OpenIncident("conflict", at(2), "", "a second one")
    store.apply(
        placed(
            opening(case="mpp.a", incidents=(later, guard)),
            opening(case="mpp.b", incidents=(OpenIncident("guard", at(0), "record"), conflict), procedure="passport@1"),
            opening(case="mpp.c", incidents=(guard,)),
            entry(2, case="mpp.c"),
        ),
        service_of,
    )
    cases = Cases(store)
    found = [(each.case, each.number, each.revision, each.since) for each in cases.waiting("guard")]
    assert found == [("mpp.b", "MPP-1", 1, at(0)), ("mpp.a", "MPP-1", 1, at(1))]
    assert [(each.case, each.step) for each in cases.waiting("guard", step="card")] == [("mpp.a", "card")]
    assert [each.case for each in cases.waiting("guard", procedure="newborn")] == ["mpp.a"]
    assert [each.case for each in cases.waiting("conflict")] == ["mpp.b"]
    assert [each.case for each in cases.waiting("guard", most=1)] == ["mpp.b"]
    assert cases.waiting("fill") == []


def test_cases_in_which_an_agency_owes_a_step_are_found(store: Store) -> None:
    """Those asked longest ago first; what was answered, is another's or of a closed case is not owed."""
    store.apply(
        placed(
            opening(case="mpp.a", at=at(3), tasks=(task("mpp.a", "record", "disdukcapil"),)),
            opening(case="mpp.b", at=at(1), tasks=(task("mpp.b", "record", "disdukcapil"),), procedure="passport@1"),
            opening(case="mpp.c", tasks=(task("mpp.c", "record", "disdukcapil"),)),
            entry(2, case="mpp.c", changes=(move("record", "active", "done"),)),
            opening(case="mpp.d", tasks=(task("mpp.d", "record", "imigrasi"),)),
            opening(case="mpp.e", tasks=(task("mpp.e", "record", "disdukcapil"),), status="completed"),
        ),
        service_of,
    )
    cases = Cases(store)
    found = [(each.case, each.step, each.revision, each.since) for each in cases.owing("disdukcapil", step="record")]
    assert found == [("mpp.b", "record", 1, at(1)), ("mpp.a", "record", 1, at(3))]
    assert [each.case for each in cases.owing("disdukcapil", step="record", procedure="newborn")] == ["mpp.a"]
    assert [each.case for each in cases.owing("disdukcapil", most=1)] == ["mpp.b"]
    assert cases.owing("disdukcapil", step="card") == []


def test_of_a_closed_case_nothing_is_due(store: Store) -> None:
    """The day on which a closed case is deleted is no due date that somebody must meet; it is told by its own name."""
    store.apply(
        placed(opening(case="mpp.a", due=at(9)), opening(case="mpp.b", status="completed", due=at(8))), service_of
    )
    cases = Cases(store)

    assert {(each.id, each.due, each.kept_until) for each in cases.search(CaseFilter())} == {
        ("mpp.a", at(9), None),
        ("mpp.b", None, at(8)),
    }
    assert (cases.find("mpp.b").due, cases.find("mpp.b").kept_until) == (None, at(8))


def test_a_case_is_found_by_id_number_and_prefix(store: Store) -> None:
    """People type what they have: the id, the number, or the first characters of either part of the id."""
    store.apply(placed(opening(case="mpp.aa11"), opening(case="mpp.ab22", subject="MPP-2")), service_of)
    cases = Cases(store)
    for name in ("mpp.ab22", "MPP-2", "mpp.ab", "ab"):
        assert cases.find(name).id == "mpp.ab22"
    with pytest.raises(ConfigurationError, match=r"mpp\.aa11, mpp\.ab22"):
        cases.find("mpp.a")
    for name in ("mpp.c", "%"):
        with pytest.raises(ConfigurationError, match="hub case list"):
            cases.find(name)


def test_a_case_and_its_sub_case_know_each_other(store: Store) -> None:
    """Each shows the other; the number that both have is that of the case that was applied for."""
    store.apply(placed(opening(case="mpp.above"), opening(case="mpp.below", parent="mpp.above")), service_of)
    cases = Cases(store)
    assert [each.id for each in cases.show("mpp.above").sub_cases] == ["mpp.below"]
    assert cases.show("mpp.below").case.parent == "mpp.above"
    assert cases.find("MPP-1").id == "mpp.above"


def test_a_case_is_shown_whole(store: Store) -> None:
    """The timeline says who, what, when and why; steps, tasks and incidents stand beside it."""
    done = entry(2, changes=(move("record", "active", "done"),), why="answered", elements=("application.nik",))
    withdrawn = entry(3, kind="command", actor="budi", event_type="withdraw", reason="asked to", applied=True)
    store.apply(placed(opening(), done, withdrawn), service_of)
    shown = Cases(store).show(CASE)
    assert [(each.revision, each.actor) for each in shown.timeline] == [(1, "mpp"), (2, "disdukcapil"), (3, "budi")]
    assert (shown.timeline[1].changes[0].after, shown.timeline[1].elements) == ("done", "application.nik")
    assert (shown.timeline[2].applied, shown.timeline[2].reason) == ("yes", "asked to")
    assert [each.status for each in shown.steps] == ["done"]
    assert [each.ended_as for each in shown.tasks] == ["done"]


def test_the_tasks_an_agency_owes_come_first_due_first(store: Store) -> None:
    """Tasks without a due time stand last; ended ones are not owed."""
    store.apply(
        placed(
            opening(case="mpp.a", tasks=(task("mpp.a", "record", "bank"),)),
            opening(case="mpp.b", tasks=(task("mpp.b", "record", "bank", due=at(9)),)),
            opening(case="mpp.c", tasks=(task("mpp.c", "record", "bank", due=at(5)),)),
            entry(2, case="mpp.c", changes=(move("record", "active", "done"),)),
        ),
        service_of,
    )
    assert [each.case for each in Cases(store).tasks("bank")] == ["mpp.b", "mpp.a"]
    assert [each.case for each in Cases(store).tasks("bank", most=1)] == ["mpp.b"]


def test_tasks_of_the_priority_lane_come_first(store: Store) -> None:
    """Whatever is due before; a case that an operator brings back to the ordinary lane stands where it did."""
    store.apply(
        placed(
            opening(case="mpp.a", tasks=(task("mpp.a", "record", "bank", due=at(5)),)),
            opening(case="mpp.b", tasks=(task("mpp.b", "record", "bank", due=at(9)),), priority="vulnerable"),
            opening(case="mpp.c", tasks=(task("mpp.c", "record", "bank", due=at(7)),), priority="vulnerable"),
        ),
        service_of,
    )
    owed = Cases(store).tasks("bank")
    assert [(each.case, each.priority) for each in owed] == [
        ("mpp.c", "vulnerable"), ("mpp.b", "vulnerable"), ("mpp.a", ""),
    ]  # fmt: skip
    assert Cases(store).find("mpp.b").priority == "vulnerable"
    store.apply(placed(entry(2, case="mpp.b", priority=""), offset=3), service_of)
    assert [each.case for each in Cases(store).tasks("bank")] == ["mpp.c", "mpp.a", "mpp.b"]


def test_an_id_that_comes_back_keeps_both_its_lives(store: Store) -> None:
    """An orphan whose opening came after it was given up: its timeline stays, its case begins anew."""
    gone = Change("", "orphan", "deleted")
    story = [
        entry(
            1,
            status="orphan",
            outcome="orphaned",
            procedure="",
            subject="",
            changes=(move("old", "pending", "active"),),
        ),
        entry(2, status="orphan", outcome="deleted", procedure="", subject="", kind="tick", changes=(gone,)),
    ]
    store.apply(placed(*story), service_of)
    assert Cases(store).search(CaseFilter(open=True)) == []
    assert Cases(store).find(CASE).status == "deleted"
    store.apply(placed(opening(at=at(9)), entry(2), offset=2), service_of)
    shown = Cases(store).show(CASE)
    assert [(each.revision, each.outcome) for each in shown.timeline] == [
        (1, "orphaned"), (2, "deleted"), (1, "opened"), (2, "advanced"),
    ]  # fmt: skip
    assert [[change.after for change in each.changes] for each in shown.timeline] == [
        ["active"], ["deleted"], ["active"], [],
    ]  # fmt: skip
    assert [each.step for each in shown.steps] == ["record"]
    assert (shown.case.status, shown.case.opened_at, shown.case.closed_at) == ("open", at(9), None)
