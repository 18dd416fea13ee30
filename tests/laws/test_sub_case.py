"""Cases that wait for cases always end or have an owner, and always know each other, over random stories."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.names import CaseId, StepName, sub_case_id
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import OWED, Case, decode_case, encode_case, has_owner, is_closed
from hub.router.decision import Command, Decision, Signal, Tick
from tests import builders as b
from tests.laws import stories
from tests.laws.procedures import applications, law, waiting_procedures

Procedures = tuple[ProcedurePlan, ProcedurePlan]
_ACTS = ("retry", "skip", "withdraw", "resend", "amend", "stop-clock", "resume")


@given(data=st.data(), procedures=waiting_procedures(), application=applications())
@law(100)
def test_cases_that_wait_for_each_other_are_owned_and_end(
    data: st.DataObject, procedures: Procedures, application: dict[str, Any]
) -> None:
    """Whatever agencies, operators and time do in either case; and when everybody answers, all of them end."""
    world = Rehearsal(b.plan(*procedures))
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    _all_hold(world)
    for _ in range(data.draw(st.integers(0, 20))):
        _something_happens(data, world)
        _all_hold(world)
    assert not stories.exceptions(world)
    for _ in range(400):
        open_cases = [case for case in _cases(world) if not is_closed(case) or case.incidents]
        if not open_cases:
            break
        _finish(world, open_cases[0])
        _all_hold(world)
    assert all(is_closed(case) for case in _cases(world))


class _Lossy(Rehearsal):
    """A world in which what cases tell each other is lost while ``loses`` says so."""

    def __init__(self, plan: Plan, loses: Callable[[], bool]) -> None:
        super().__init__(plan)
        self.loses = loses

    def _route(self, case: CaseId, stimulus: Event | Command | Tick) -> Decision:
        if isinstance(stimulus, Signal) and self.loses():
            return Decision(outcome="nothing", journal=False)
        return super()._route(case, stimulus)


@given(data=st.data(), procedures=waiting_procedures(), application=applications())
@law(60)
def test_whatever_was_lost_between_cases_a_resend_mends(
    data: st.DataObject, procedures: Procedures, application: dict[str, Any]
) -> None:
    """An opening or an end that never arrived is told again; when everybody answers, all cases end, each once."""
    world = _Lossy(b.plan(*procedures), lambda: data.draw(st.booleans(), label="lost"))
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    for _ in range(data.draw(st.integers(0, 12))):
        _something_happens(data, world, again=False)
    world.loses = lambda: False
    for _ in range(400):
        _ask_again(world)
        open_cases = [case for case in _cases(world) if not is_closed(case) or case.incidents]
        if not open_cases:
            break
        _finish(world, open_cases[0])
    assert all(is_closed(case) for case in _cases(world))
    assert not stories.exceptions(world)
    _ends_once(world)


def _ask_again(world: Rehearsal) -> None:
    """Let an operator resend every step that waits for a case which is not there or has ended; skip what is too old."""
    for case in _cases(world):
        for name, step in _steps(world, case).items():
            state = case.steps.get(name)
            if step.sub_case is None or state is None or state.status != "active":
                continue
            child = world.case(sub_case_id(case.id, state.task))
            if (child is None or is_closed(child)) and not world.command("resend", case.id, step=name).applied:
                world.command("skip", case.id, step=name)


def _ends_once(world: Rehearsal) -> None:
    """Assert that no case has heard one end twice."""
    ends = [
        (entry.case, entry.stimulus.id)
        for entry in world.journal
        if isinstance(entry.stimulus, Signal) and entry.stimulus.kind == "end"
        if entry.decision.outcome not in {"parked", "incident"}
    ]
    assert len(ends) == len(set(ends))


def _something_happens(data: st.DataObject, world: Rehearsal, *, again: bool = True) -> None:
    cases = _cases(world)
    if not cases:
        return
    case = data.draw(st.sampled_from(cases))
    kind = data.draw(st.sampled_from(["answer", "answer", "answer", "wait", "operator", *(["again"] if again else [])]))
    owed = _owed(world, case)
    if kind == "answer" and owed:
        step = data.draw(st.sampled_from(owed))
        outcome = data.draw(st.sampled_from(list(step.answers)))
        _say(world, case, step, outcome, value=data.draw(st.booleans()))
    elif kind == "wait":
        world.wind(data.draw(st.sampled_from([1, b.HOUR, b.DAY, 6 * b.DAY, 30 * b.DAY])))
    elif kind == "operator":
        named = data.draw(st.sampled_from([None, *case.steps]))
        facts = data.draw(st.sampled_from([{}, {"f0": True}, {"value": False}]))
        world.command(data.draw(st.sampled_from(_ACTS)), case.id, step=named, facts=facts)
    elif kind == "again":
        told = [entry.stimulus for entry in world.journal if isinstance(entry.stimulus, Signal)]
        if told:
            assert world.publish(data.draw(st.sampled_from(told))).outcome in {"duplicate", "parked", "refused"}


def _finish(world: Rehearsal, case: Case) -> None:
    """Do the next thing that brings a case to its end."""
    if case.incidents:
        world.command("retry", case.id)
        found = world.case(case.id)
        for incident in () if found is None else found.incidents:
            world.command("skip", case.id, step=incident.step or None)
        if found is not None and found.procedure is None:
            world.command("withdraw", case.id)
        return
    owed = _owed(world, case)
    if owed:
        done = next(kind for kind, answer in owed[0].answers.items() if answer.outcome == "done")
        _say(world, case, owed[0], done, value=True)
    else:  # it waits for another case, which is finished first; else nobody would move it
        below = [each for each in _cases(world) if each.parent and each.parent.case == case.id and not is_closed(each)]
        assert below
        _finish(world, below[0])


def _say(world: Rehearsal, case: Case, step: StepPlan, kind: str, *, value: bool) -> None:
    task = case.steps[step.name].task
    if case.steps[step.name].status == "returned":
        world.say(b.FRONT, "hub.ApplicationCompleted", case.id, data={"f0": value}, causation=task)
    else:
        world.say(step.agency, kind, case.id, data={"value": value}, causation=task)


def _cases(world: Rehearsal) -> list[Case]:
    return [decode_case(state) for state in world.states.values()]


def _steps(world: Rehearsal, case: Case) -> dict[StepName, StepPlan]:
    return dict(world.plan.procedures[case.procedure].steps) if case.procedure else {}


def _owed(world: Rehearsal, case: Case) -> list[StepPlan]:
    """List the steps to which somebody outside the hub owes something; whoever waits for a case owes nothing."""
    steps = _steps(world, case)
    return [
        steps[name]
        for name, state in case.steps.items()
        if state.status in OWED and (state.status == "returned" or steps[name].sub_case is None)
    ]


def _all_hold(world: Rehearsal) -> None:
    found = {case.id: case for case in _cases(world)}
    for case in found.values():
        assert is_closed(case) or has_owner(case)
        assert case.parked == len(world.parked.get(case.id, []))
        assert decode_case(encode_case(case)) == case
        _time_is_somebodys(case, world.now)
        _is_waited_for(world, case, found)
        for name, step in _steps(world, case).items():
            if step.sub_case and name in case.steps and case.steps[name].status == "active" and not case.incidents:
                task = case.steps[name].task
                below = [each for each in found.values() if each.parent and each.parent.task == task]
                assert [each.id for each in below if not is_closed(each) and each.parent and each.parent.waits]


def _is_waited_for(world: Rehearsal, case: Case, found: dict[CaseId, Case]) -> None:
    """Assert that whoever is told of an open case's end still waits for it, unless it hears nothing for a person."""
    if case.parent is None or not case.parent.waits or is_closed(case):
        return
    parent = found[case.parent.case]
    tasks = [state.task for state in parent.steps.values()]
    gives_up = any(
        isinstance(each, Signal) and each.kind == "cancel" for each in world.parked.get(case.id, [])
    )  # it cannot hear it now
    assert case.parent.task in tasks or gives_up


def _time_is_somebodys(case: Case, now: int) -> None:
    until = now if case.closed_at is None else case.closed_at
    running = 0 if case.closed_at is not None else now - case.at
    assert sum(case.held.values()) + running == until - case.opened_at
