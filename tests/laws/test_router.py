"""The router is total, deterministic and owns every case, over random procedures and random stories."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.names import AgencyCode, CaseId, EventId, EventType, StepName, TaskId, derived_id
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import Case, encode_case
from hub.router.decision import Command, Decision, Tick
from hub.router.route import route
from tests import builders as b
from tests.laws import invariants
from tests.laws.procedures import applications, law, wild_procedures

ACTS = ("retry", "skip", "amend", "withdraw", "resend")


@given(data=st.data(), procedure=wild_procedures(), application=applications())
@law(150)
def test_every_case_is_whole_and_owned_after_every_stimulus(
    data: st.DataObject, procedure: ProcedurePlan, application: dict[str, Any]
) -> None:
    """Whatever agencies, operators and time do, and whenever, every promise about the state holds."""
    world = Rehearsal(b.plan(procedure))
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    for _ in range(data.draw(st.integers(1, 25))):
        _something_happens(data, world, procedure)
        invariants.hold(world, procedure)
    invariants.generations_are_whole(world)
    assert not [one for entry in world.journal for one in _incidents(entry.decision) if one == "exception"]


@given(data=st.data(), procedure=wild_procedures(), application=applications())
@law(100)
def test_every_case_ends_when_everybody_answers(
    data: st.DataObject, procedure: ProcedurePlan, application: dict[str, Any]
) -> None:
    """However a story began, when agencies answer and operators act, the case ends; no attempt is sent twice."""
    world = Rehearsal(b.plan(procedure))
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    for _ in range(data.draw(st.integers(0, 8))):
        _agency_answers(data, world, procedure)
    for _ in range(4 * len(procedure.steps) + 8):
        if not _mend_and_finish(world):
            break
    case = world.case(b.CASE)
    assert case is None or case.closed_at is not None
    invariants.hold(world, procedure)
    invariants.tasks_are_sent_once(world)


@given(data=st.data(), procedure=wild_procedures())
@law(300)
def test_route_is_total_and_deterministic(data: st.DataObject, procedure: ProcedurePlan) -> None:
    """It decides whatever it is given, twice the same, and changes nothing that it was given."""
    plan, case = b.plan(procedure), None
    for _ in range(data.draw(st.integers(1, 8))):
        stimulus, now = data.draw(_stimuli(procedure, case)), data.draw(st.integers(0, 2 * b.NOW))
        before = None if case is None else encode_case(case)
        decision = route(plan, case, stimulus, now)
        assert route(plan, case, stimulus, now) == decision
        assert before == (None if case is None else encode_case(case))
        case = None if decision.delete else decision.case or case


def _something_happens(data: st.DataObject, world: Rehearsal, procedure: ProcedurePlan) -> None:
    kind = data.draw(st.sampled_from(["answer", "answer", "answer", "stray", "again", "wait", "operator", "accept"]))
    if kind == "answer":
        _agency_answers(data, world, procedure)
    elif kind == "stray":
        name = data.draw(st.sampled_from(list(procedure.steps)))
        world.say(name, data.draw(st.sampled_from(list(procedure.steps[name].answers))), b.CASE)
    elif kind == "again":
        events = [entry.stimulus for entry in world.journal if isinstance(entry.stimulus, Event)]
        world.publish(data.draw(st.sampled_from(events)))
    elif kind == "wait":
        world.wind(data.draw(st.sampled_from([1, b.HOUR, b.DAY, 6 * b.DAY, 100 * b.DAY])))
    elif kind == "accept":
        for name in _owed(world):
            world.say(name, b.ACCEPTED, b.CASE, causation=world.active_task(b.CASE, name))
    else:
        step = data.draw(st.sampled_from([None, *procedure.steps]))
        facts = data.draw(st.sampled_from([{}, {"value": False}, {"f0": True}]))
        world.command(data.draw(st.sampled_from(ACTS)), b.CASE, step=step, facts=facts)


def _agency_answers(data: st.DataObject, world: Rehearsal, procedure: ProcedurePlan) -> None:
    owed = _owed(world)
    if not owed:
        return
    name = data.draw(st.sampled_from(owed))
    if b.state(world, name).status == "returned":
        facts = {"f0": data.draw(st.booleans())}
        world.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, data=facts, causation=world.active_task(b.CASE, name))
        return
    kind = data.draw(st.sampled_from(list(procedure.steps[StepName(name)].answers)))
    task = data.draw(st.sampled_from([None, world.active_task(b.CASE, name)]))
    world.say(name, kind, b.CASE, data={"value": data.draw(st.booleans())}, causation=task)


def _mend_and_finish(world: Rehearsal) -> bool:
    """Do the next thing that brings the case to its end; tell whether there was one."""
    case = world.case(b.CASE)
    if case is None or (case.closed_at is not None and not case.incidents):
        return False
    if case.incidents:
        world.command("retry", b.CASE)
        for incident in b.case_of(world).incidents:
            world.command("skip", b.CASE, step=incident.step or None)
        return True
    name = _owed(world)[0]
    if b.state(world, name).status == "returned":
        world.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, name))
    else:
        world.say(name, b.answer_type(name, "done"), b.CASE, causation=world.active_task(b.CASE, name))
    return True


def _owed(world: Rehearsal) -> list[str]:
    case = world.case(b.CASE)
    steps = {} if case is None else case.steps
    return [str(name) for name, state in steps.items() if state.status in {"active", "returned"}]


def _incidents(decision: Decision) -> list[str]:
    return [change.why.partition(":")[0] for change in decision.changes if change.after == "incident"]


def _stimuli(procedure: ProcedurePlan, case: Case | None) -> st.SearchStrategy[Event | Command | Tick]:
    tasks = [] if case is None else [state.task for state in case.steps.values()]
    texts = st.one_of(st.text(max_size=8), st.sampled_from([*procedure.steps, *tasks, b.FRONT, b.OPENER]))
    kinds = st.one_of(st.text(max_size=8), st.sampled_from([*procedure.answered_by, b.OPENS, b.ACCEPTED]))
    junk: Any = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    events = st.builds(
        Event,
        id=texts.map(EventId), type=kinds.map(EventType), agency=texts.map(AgencyCode), case=st.just(b.CASE),
        data=st.dictionaries(st.sampled_from(["f0", "f1", "value", "x"]), junk, max_size=3),
        appended_at=st.integers(-(2**40), 2**45), digest=st.text(max_size=16),
        causation=st.none() | texts.map(TaskId), time=st.none() | st.text(max_size=10), subject=st.none() | texts,
    )  # fmt: skip
    commands = st.builds(
        Command,
        id=texts.map(derived_id), case=st.just(CaseId(b.CASE)), act=st.sampled_from(ACTS),
        actor=texts, reason=texts, revision=st.none() | st.integers(0, 5), step=st.none() | texts.map(StepName),
        facts=st.dictionaries(st.sampled_from(["f0", "f1", "value"]), junk, max_size=2),
    )  # fmt: skip
    ticks: st.SearchStrategy[Event | Command | Tick] = st.just(Tick(case=b.CASE))
    return st.one_of(events, commands, ticks)
