"""What a batch of journal entries means for the views' rows."""

from hub.names import CaseId, StepName, task_id
from hub.views.entry import Change, OpenIncident, SentTask
from hub.views.fold import CaseRows, fold
from tests.unit.views.story import CASE, at, entry, move, opening, placed, service_of, task


def folded(*entries: object) -> CaseRows:
    """Fold the story from nothing and give the case's rows."""
    return fold({}, placed(*entries), service_of).cases[CASE]  # type: ignore[arg-type]


def test_an_opening_makes_a_case_with_its_service() -> None:
    """The first entry gives the case its number, service and time of opening."""
    rows = folded(opening())
    assert rows.case is not None
    assert (rows.case["number"], rows.case["service"], rows.case["opened_at"]) == ("MPP-1", "newborn", at(1))
    assert rows.case["closed_at"] is None


def test_an_orphan_is_opened_when_its_opening_comes() -> None:
    """A case known only by an early event has no time of opening yet."""
    orphan = entry(1, status="orphan", outcome="orphaned", procedure="", subject="")
    rows = folded(orphan)
    assert rows.case is not None
    assert (rows.case["opened_at"], rows.case["procedure"], rows.case["service"]) == (None, "", "")
    adopted = folded(orphan, entry(2, outcome="opened"))
    assert adopted.case is not None
    assert adopted.case["opened_at"] == at(2)


def test_the_time_of_closing_is_the_first_closed_entry() -> None:
    """Late entries of a closed case do not move its closing."""
    rows = folded(opening(), entry(2, status="completed"), entry(3, status="completed", outcome="late"))
    assert rows.case is not None
    assert (rows.case["closed_at"], rows.case["changed_at"], rows.case["revision"]) == (at(2), at(3), 3)


def test_a_task_is_owed_until_its_step_moves() -> None:
    """An answer ends the step's task as what the step became."""
    (owed,) = folded(opening()).tasks.values()
    assert (owed["agency"], owed["ended_as"], owed["due"]) == ("disdukcapil", "", at(600))
    (ended,) = folded(opening(), entry(2, changes=(move("record", "active", "done"),))).tasks.values()
    assert (ended["ended_as"], ended["ended_at"]) == ("done", at(2))


def test_a_note_about_a_step_ends_no_task() -> None:
    """A warned deadline is a change without a move: the answer is still owed."""
    note = Change("record", "", "warned 50 %", 1)
    resolved = Change("record", "incident", "resolved", 0)
    (owed,) = folded(opening(), entry(2, changes=(note, resolved))).tasks.values()
    assert owed["ended_as"] == ""


def test_a_returned_step_owes_the_applicants_completion() -> None:
    """The agency's task ends as returned; the front office's is owed until the file is complete."""
    completion = SentTask("completion-1", "record", "mpp", 1)
    returned = entry(2, changes=(move("record", "active", "returned"),), tasks=(completion,))
    tasks = folded(opening(), returned).tasks
    assert {each["agency"]: each["ended_as"] for each in tasks.values()} == {"disdukcapil": "returned", "mpp": ""}
    again = entry(
        3, changes=(move("record", "returned", "active", 2),), tasks=(task(CASE, "record", "disdukcapil", 2),)
    )
    tasks = folded(opening(), returned, again).tasks
    assert [each["ended_as"] for each in tasks.values()] == ["returned", "active", ""]


def test_a_task_answered_early_is_never_owed() -> None:
    """A step that is active and done within one decision leaves no open task."""
    moves = (move("record", "active", "done"), move("card", "pending", "active"), move("card", "active", "done"))
    tasks = folded(opening(), entry(2, changes=moves, tasks=(task(CASE, "card", "disdukcapil"),))).tasks
    assert {each["step"]: each["ended_as"] for each in tasks.values()} == {"record": "done", "card": "done"}


def test_a_task_is_due_as_its_clock_says() -> None:
    """A stopped clock leaves nothing due, one that runs on again moves the time; also within one decision."""
    stopped, on = Change("record", "", "progress", 1), Change("record", "", "progress", 1, due=at(900))
    dues = [
        [each["due"] for each in folded(*story).tasks.values()]
        for story in (
            [opening(), entry(2, changes=(stopped,))],
            [opening(), entry(2, changes=(stopped,)), entry(3, changes=(on,))],
            [opening(changes=(move("record", "pending", "active"), stopped))],
        )
    ]
    assert dues == [[None], [at(900)], [None]]


def test_of_two_attempts_in_one_decision_only_the_last_is_owed() -> None:
    """An early answer may return a step that this very decision has sent a task for."""
    moves = (
        move("record", "active", "done"), move("record", "done", "pending"), move("record", "pending", "active", 2),
    )  # fmt: skip
    sent = (task(CASE, "record", "disdukcapil"), task(CASE, "record", "disdukcapil", 2))
    tasks = folded(entry(1, changes=(move("record", "pending", "active"), *moves), tasks=sent)).tasks
    assert [(each["attempt"], each["ended_as"]) for each in tasks.values()] == [(1, "done"), (2, "")]
    tasks = folded(opening(), entry(2, changes=moves, tasks=sent[1:])).tasks
    assert [(each["attempt"], each["ended_as"]) for each in tasks.values()] == [(1, "done"), (2, "")]


def test_a_task_sent_again_stays_owed() -> None:
    """A resend names the same task without a move."""
    rows = folded(opening(), entry(2, kind="command", tasks=(task(CASE, "record", "disdukcapil"),)))
    assert list(rows.tasks) == [task_id(CaseId(CASE), StepName("record"), 1)]
    assert rows.tasks[task_id(CaseId(CASE), StepName("record"), 1)]["ended_as"] == ""


def test_an_incident_closes_when_it_is_not_named_any_more() -> None:
    """Each entry names all open incidents; one that is gone is closed, one that comes again is a new one."""
    guard = OpenIncident("guard", at(2), "card", "no value")
    story = [opening(), entry(2, incidents=(guard,)), entry(3, incidents=(guard,)), entry(4)]
    (closed,) = folded(*story).incidents
    assert (closed["revision"], closed["closed_at"]) == (2, at(4))
    again = folded(*story, entry(5, incidents=(guard,))).incidents
    assert [each["closed_at"] for each in again] == [at(4), None]


def test_two_like_incidents_are_two() -> None:
    """Incidents that look the same are counted, not merged."""
    twin = OpenIncident("guard", at(2), "card", "no value")
    incidents = folded(opening(), entry(2, incidents=(twin, twin)), entry(3, incidents=(twin,))).incidents
    assert sorted(each["closed_at"] or "" for each in incidents) == ["", at(3)]


def test_steps_keep_their_last_status() -> None:
    """A step's row is its newest move."""
    rows = folded(opening(), entry(2, changes=(move("record", "active", "done"),)))
    assert (rows.steps["record"]["status"], rows.steps["record"]["since"]) == ("done", at(2))


def test_changes_keep_their_order() -> None:
    """What a decision changed can be told in the order in which it happened."""
    moves = (move("record", "active", "done"), move("card", "pending", "active"))
    written = fold({}, placed(opening(), entry(2, changes=moves)), service_of).changes
    assert [(row["revision"], row["number"], row["step"]) for row in written] == [
        (1, 0, "record"),
        (2, 0, "record"),
        (2, 1, "card"),
    ]


def test_a_step_that_goes_on_under_another_name_keeps_its_task() -> None:
    """Its row and what is owed of it move; an answer under the new name ends the task."""
    taken = Change("", "newborn@1", "newborn@2", 0, "taken over")
    renamed = Change("record", "active", "renamed", 1, "register")
    rows = folded(opening(), entry(2, changes=(taken, renamed), procedure="newborn@2"))
    assert {step: row["status"] for step, row in rows.steps.items()} == {"record": "renamed", "register": "active"}
    (owed,) = rows.tasks.values()
    assert (owed["step"], owed["ended_as"]) == ("register", "")
    after = folded(
        opening(), entry(2, changes=(renamed,)), entry(3, changes=(move("register", "active", "done"),))
    ).tasks.values()
    assert [each["ended_as"] for each in after] == ["done"]


def test_two_steps_that_change_names_keep_their_own_tasks() -> None:
    """They move at once; what was taken back before was of the old names, what moves after is of the new ones."""
    both = entry(
        1, outcome="opened", changes=(move("a", "pending", "active"), move("c", "pending", "active")),
        tasks=(task(CASE, "a", "x"), task(CASE, "c", "y")),
    )  # fmt: skip
    swapped = entry(
        2,
        changes=(
            Change("a", "active", "renamed", 1, "c"), Change("c", "active", "renamed", 1, "a"),
            move("a", "active", "skipped"),
        ),
    )  # fmt: skip
    owed = {row["agency"]: (row["step"], row["ended_as"]) for row in folded(both, swapped).tasks.values()}
    assert owed == {"x": ("c", ""), "y": ("a", "skipped")}


def test_a_proposal_is_owed_by_its_authority_until_the_step_moves() -> None:
    """The agency that was silent owes its answer as before; both tasks end with the step (R13)."""
    proposal = SentTask(task_id(CaseId(CASE), StepName("record/proposal"), 1), "record", "head", 1, None)
    proposed = entry(2, changes=(Change("record", "", "proposed", attempt=1),), tasks=(proposal,))
    rows = fold({}, placed(opening(), proposed), service_of).cases[CASE]
    assert {row["agency"] for row in rows.tasks.values() if not row["ended_as"]} == {"disdukcapil", "head"}

    approved = entry(3, changes=(move("record", "active", "done"),))
    rows = fold({}, placed(opening(), proposed, approved), service_of).cases[CASE]
    assert {row["ended_as"] for row in rows.tasks.values()} == {"done"}


def test_an_act_on_a_case_that_is_not_there_stands_in_its_timeline_alone() -> None:
    """Neither a case is made of it, nor the row of one that was deleted changed."""
    act = entry(0, status="orphan", outcome="commanded", kind="command", procedure="", applied=False)
    assert fold({}, placed(act), service_of).cases == {}
    told = fold({}, placed(opening(), entry(2, status="completed"), act), service_of)
    row = told.cases[CASE].case
    assert row is not None
    assert (row["status"], row["revision"]) == ("completed", 2)
    assert [each["revision"] for each in told.timeline] == [1, 2, 0]
