"""The router is total, deterministic and owns every case, over random procedures and random stories."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.names import AgencyCode, CaseId, EventId, EventType, StepName, TaskId, derived_id
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import Case, encode_case
from hub.router.decision import Command, Tick
from hub.router.route import route
from tests import builders as b
from tests.laws import invariants, stories
from tests.laws.procedures import applications, law, wild_procedures


@given(data=st.data(), procedure=wild_procedures(), application=applications())
@law(150)
def test_every_case_is_whole_and_owned_after_every_stimulus(
    data: st.DataObject, procedure: ProcedurePlan, application: dict[str, Any]
) -> None:
    """Whatever agencies, operators and time do, and whenever, every promise about the state holds."""
    world = Rehearsal(b.plan(procedure))
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    for _ in range(data.draw(st.integers(1, 25))):
        stories.something_happens(data, world, procedure)
        invariants.hold(world, procedure)
    invariants.generations_are_whole(world)
    assert not stories.exceptions(world)


@given(data=st.data(), procedure=wild_procedures(), application=applications())
@law(100)
def test_every_case_ends_when_everybody_answers(
    data: st.DataObject, procedure: ProcedurePlan, application: dict[str, Any]
) -> None:
    """However a story began, when agencies answer and operators act, the case ends; no attempt is sent twice."""
    world = Rehearsal(b.plan(procedure))
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    for _ in range(data.draw(st.integers(0, 8))):
        stories.agency_answers(data, world, procedure)
        if data.draw(st.booleans()):
            world.command("reassign", b.CASE, step=data.draw(st.sampled_from([*procedure.steps])), to="spare")
    for _ in range(4 * len(procedure.steps) + 8):
        if not stories.mend_and_finish(world):
            break
    case = world.case(b.CASE)
    assert case is None or case.closed_at is not None
    invariants.hold(world, procedure)
    invariants.tasks_are_sent_once(world)


@given(data=st.data(), procedure=wild_procedures())
@law(150)
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
        id=texts.map(derived_id), case=st.just(CaseId(b.CASE)), act=st.sampled_from(stories.ACTS),
        actor=texts, reason=texts, revision=st.none() | st.integers(0, 5), step=st.none() | texts.map(StepName),
        facts=st.dictionaries(st.sampled_from(["f0", "f1", "value"]), junk, max_size=2),
        to=st.none() | st.just(AgencyCode("spare")) | texts.map(AgencyCode),
    )  # fmt: skip
    ticks: st.SearchStrategy[Event | Command | Tick] = st.just(Tick(case=b.CASE))
    return st.one_of(events, commands, ticks)
