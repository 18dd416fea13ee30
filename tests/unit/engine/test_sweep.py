"""What a sweep over all cases tells: how many are open and where they wait, and that nobody is forgotten."""

from dataclasses import replace
from datetime import date

import pytest

from hub import metrics
from hub.calendar import DAY, Calendar
from hub.engine import sweep as module
from hub.engine.partition import Partition
from hub.engine.sweep import Sweep
from hub.names import AgencyCode, CaseId, ProcedureRef, StepName
from hub.network.plan import Substitute
from hub.rehearsal.world import Rehearsal
from hub.router.case import Case, Incident, StepState, encode_case
from tests import builders as b

_LICENCE = ProcedureRef("licence@1")
_OWED, _DONE = StepState(status="active", attempt=1), StepState(status="done", attempt=1)


def _partition(*cases: Case) -> Partition:
    made = Partition(0)
    for case in cases:
        made.restore(case.id.encode(), encode_case(case))
    return made


def _case(number: int, **more: object) -> Case:
    return Case(**{"id": CaseId(f"desk.{number}"), "procedure": _LICENCE} | more)  # type: ignore[arg-type]


def _told() -> dict[str, float]:
    return {
        "open": metrics.CASES_OPEN.labels(_LICENCE)._value.get(),
        "check": metrics.STEPS_OPEN.labels(_LICENCE, "check")._value.get(),
        "guard": metrics.INCIDENTS_OPEN.labels("guard")._value.get(),
        "adrift": metrics.CASES_ADRIFT._value.get(), "orphaned": metrics.CASES_ORPHANED._value.get(),
    }  # fmt: skip


def _sweep(sweep: Sweep, *partitions: Partition, busy: bool = False) -> int:
    """Go once over all; give how many steps it took."""
    steps, before = 1, sweep._ended_s
    sweep.step(partitions, busy=busy)
    while sweep._ended_s == before:
        sweep.step(partitions, busy=busy)
        steps += 1
    return steps


def test_open_cases_are_counted_where_they_wait() -> None:
    """By procedure and step; closed cases and steps that are over are not; orphans are told apart."""
    incident = Incident(cause="guard", step="check", since=1, detail="")
    _sweep(
        Sweep(),
        _partition(
            _case(1, steps={StepName("check"): _OWED}),
            _case(2, steps={StepName("check"): _OWED, StepName("pay"): _DONE}),
            _case(3, incidents=(incident,)),
            _case(4, status="completed", closed_at=5, due=9),
        ),
        _partition(_case(5, procedure=None, status="orphan", due=7)),
    )

    assert _told() == {"open": 3, "check": 2, "guard": 1, "adrift": 0, "orphaned": 1}


def test_a_case_that_nobody_will_move_is_told() -> None:
    """Open, without a step that is owed, a timer or an incident: the number that must be 0 is not."""
    _sweep(Sweep(), _partition(_case(1, steps={StepName("check"): _DONE}), _case(2, due=9)))

    assert _told()["adrift"] == 1


def test_what_is_over_is_not_told_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round begins from nothing."""
    monkeypatch.setattr(module, "_REST_S", 0)
    sweep = Sweep()
    _sweep(sweep, _partition(_case(1, steps={StepName("check"): _OWED})))
    _sweep(sweep, _partition())

    assert _told() == {"open": 0, "check": 0, "guard": 0, "adrift": 0, "orphaned": 0}


def test_a_round_is_made_a_few_cases_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under load it takes less of each turn than when idle, and it looks at everybody all the same."""
    monkeypatch.setattr(module, "_PAUSE_S", 0)
    many = _partition(*(_case(number, due=9) for number in range(600)))

    assert _sweep(Sweep(), many) == 2
    assert _sweep(Sweep(), many, busy=True) == 7
    assert _told()["open"] == 600


def test_a_loop_that_turns_for_every_event_looks_no_oftener(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two goes lies a pause, however many turns fall into it."""
    monkeypatch.setattr(module, "_PAUSE_S", 3_600)
    many, sweep = _partition(*(_case(number, due=9) for number in range(600))), Sweep()
    for _ in range(100):
        sweep.step([many], busy=False)

    assert sweep._ended_s == 0


@pytest.mark.parametrize(("closed", "found"), [((), 0), ((date(2026, 1, 6),), 1)])
def test_cases_that_a_changed_calendar_moves_are_found(closed: tuple[date, ...], found: int) -> None:
    """Where the plan in force counts a running deadline otherwise than its case does, and nowhere else."""
    week = (((480, 960),),) * 5 + ((), ())
    worlds = [
        b.opened(b.step("a", deadline=b.deadline(2 * DAY, measure="days", calendar=Calendar("c", "UTC", week, days))))
        for days in ({}, dict.fromkeys(closed, ()))
    ]
    state = worlds[0].states[b.CASE]
    kept = Partition(3)
    kept.restore(b.CASE.encode(), state)
    plans = {3: worlds[1].plan}
    sweep = Sweep(plans.get)

    _sweep(sweep, kept, _partition(_case(1, due=9)))

    assert list(sweep.moved) == [(3, b.CASE.encode())] * found


def test_a_state_whose_step_the_plan_does_not_have_stops_nothing() -> None:
    """A version that was taken out by force and came back with other steps: its cases are the router's to tell."""
    world = b.opened(b.step("a"))
    lost = StepState(status="active", attempt=1, due=9)
    kept = _partition(_case(1, procedure=ProcedureRef("test@1"), steps={StepName("gone"): lost}, due=9))

    _sweep(sweep := Sweep(lambda _: world.plan), kept)

    assert list(sweep.moved) == []


def test_a_step_that_was_given_away_counts_by_its_agency_of_now() -> None:
    """A substitute has hours of its own: its case is not taken for one that a calendar has moved."""
    days = [Calendar("c", "UTC", (((opens, opens + 60),),) * 7, {}) for opens in (480, 900)]
    own, other = (b.step("a", deadline=b.deadline(2 * DAY, measure="days", calendar=each)) for each in days)
    procedure = b.procedure(own)
    step = procedure.steps[own.name]
    spare = Substitute({own.name: replace(other, agency=AgencyCode("spare"))})
    given = replace(procedure, steps={own.name: replace(step, substitutes={AgencyCode("spare"): spare})})
    world = Rehearsal(b.plan(given))
    world.publish(b.event(b.OPENS, b.OPENER))
    assert world.command("reassign", b.CASE, step="a", to="spare").applied
    kept = Partition(0)
    kept.restore(b.CASE.encode(), world.states[b.CASE])

    _sweep(sweep := Sweep(lambda _: world.plan), kept)

    assert list(sweep.moved) == []
