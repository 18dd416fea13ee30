"""The laws hold for procedures that were declared and compiled, not only for plans built by hand."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.network.plan import Plan
from hub.rehearsal.world import Rehearsal
from tests import builders as b
from tests.laws import invariants, stories
from tests.laws.declared import declared_plans
from tests.laws.procedures import applications, law


@given(data=st.data(), plan=declared_plans(), application=applications())
@law(100)
def test_compiled_procedures_keep_every_promise(data: st.DataObject, plan: Plan, application: dict[str, Any]) -> None:
    """Owner, facts, time, revisions and generations are right after every stimulus, and the case ends."""
    world, (procedure,) = Rehearsal(plan), plan.procedures.values()
    world.publish(b.event(b.OPENS, b.OPENER, data=application))
    for _ in range(data.draw(st.integers(0, 12))):
        stories.something_happens(data, world, procedure)
        invariants.hold(world, procedure)
    invariants.generations_are_whole(world)
    for _ in range(4 * len(procedure.steps) + 8):
        if not stories.mend_and_finish(world):
            break
    assert not stories.exceptions(world)
    case = world.case(b.CASE)
    assert case is None or case.closed_at is not None
    invariants.hold(world, procedure)
