"""The order and the repetition of independent answers make no difference (design §7, issue: laws)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import Case
from tests import builders as b
from tests.laws.procedures import applications, law, plain_procedures


@given(data=st.data(), procedure=plain_procedures(), application=applications())
@law(150)
def test_any_order_and_repetition_ends_in_the_same_case(
    data: st.DataObject, procedure: ProcedurePlan, application: dict[str, Any]
) -> None:
    """Early, in time, twice or before the opening: the final case is the same."""
    answered = data.draw(st.lists(st.sampled_from(list(procedure.steps)), unique=True))
    story = [b.event(b.OPENS, b.OPENER, data=application)]
    story += [b.event(b.answer_type(name, "done"), name, data={"value": len(name)}) for name in answered]
    other = data.draw(st.permutations(story + data.draw(st.lists(st.sampled_from(story), max_size=4))))
    assert _told(procedure, story) == _told(procedure, other)


def _told(procedure: ProcedurePlan, story: list[Event]) -> dict[str, Any]:
    world = Rehearsal(b.plan(procedure))
    for event in story:
        world.publish(event)
    return _essence(b.case_of(world))


def _essence(case: Case) -> dict[str, Any]:
    """Leave out what legitimately shows the order: revision, times, and the order in which things are listed."""
    return {
        "status": case.status,
        "facts": case.facts,
        "steps": {name: (state.status, state.attempt, state.task) for name, state in case.steps.items()},
        "early": sorted((answer.type, str(answer.data)) for answer in case.early),
        "applied": case.applied,
        "incidents": case.incidents,
        "parked": case.parked,
        "holder": case.holder,
    }
