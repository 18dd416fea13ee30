"""The views say of every case what the engine's state says, whatever happens and in however many lives of its id."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.engine.outputs import Decided, write_entry
from hub.events.catalog import Catalog
from hub.events.codec import Codec, format_millis
from hub.names import StepName
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Entry, Rehearsal
from hub.router.case import OWED, Case, encode_case, is_closed
from hub.router.clock import owed
from hub.router.decision import Tick
from hub.views.entry import Placed, read_entry
from hub.views.fold import CLOSED, CaseRows, fold
from tests import builders as b
from tests.laws import stories
from tests.laws.procedures import applications, law, wild_procedures

_SCHEMAS = Path(__file__).parents[2] / "schemas" / "hub"
_CODEC = Codec.over(Catalog.load(_SCHEMAS))


@given(data=st.data(), procedure=wild_procedures(), application=applications())
@law(150)
def test_the_folded_journal_says_what_the_state_says(
    data: st.DataObject, procedure: ProcedurePlan, application: dict[str, Any]
) -> None:
    """After every stimulus: status, steps, who owes what, incidents, holder and due time are the state's."""
    world, rows, told = Rehearsal(b.plan(procedure)), CaseRows(), 0
    for _ in range(data.draw(st.integers(1, 25))):
        _something(data, world, procedure, application)
        entries = [_placed(entry, offset) for offset, entry in enumerate(world.journal)]
        rows = fold({b.CASE: rows}, entries[told:], lambda _: "test").cases[b.CASE]
        told = len(entries)
        if told:
            _says_the_same(rows, world.case(b.CASE), procedure)


def _something(data: st.DataObject, world: Rehearsal, procedure: ProcedurePlan, application: dict[str, Any]) -> None:
    if world.case(b.CASE) is not None and data.draw(st.integers(0, 9)):
        stories.something_happens(data, world, procedure)
    elif data.draw(st.booleans()):
        step = data.draw(st.sampled_from([*procedure.steps]))
        world.say(step, b.answer_type(step, "done"), b.CASE, data={"value": True})
    else:
        world.say(b.OPENER, b.OPENS, b.CASE, data=application)


def _placed(entry: Entry, offset: int) -> Placed:
    case = entry.decision.case
    assert case is not None
    stimulus = None if isinstance(entry.stimulus, Tick) else entry.stimulus
    decided = Decided(case, owed(case), entry.decision, stimulus, None, encode_case(case), entry.now)
    output, _ = write_entry(decided, _CODEC, bundle=1, chain="", partition=0)
    return Placed(0, offset, read_entry(_CODEC.decode(output.value)[1]))


def _says_the_same(rows: CaseRows, case: Case | None, procedure: ProcedurePlan) -> None:
    row = rows.case
    assert row is not None
    asked = {task: each for task, each in rows.tasks.items() if not each["ended_as"]}
    incidents = [each for each in rows.incidents if each["closed_at"] is None]
    if case is None:
        assert (row["status"] in CLOSED, asked, incidents, row["incidents"]) == (True, {}, [], 0)
        return
    told = case.due if is_closed(case) else owed(case).due
    due = None if told is None else format_millis(told)
    assert (row["status"], row["revision"], row["holder"], row["due"]) == (
        case.status, case.revision, case.holder, due,
    )  # fmt: skip
    assert (row["status"] in CLOSED) == is_closed(case) == (row["closed_at"] is not None)
    assert {name: (each["status"], each["attempt"]) for name, each in rows.steps.items()} == {
        name: (state.status, state.attempt) for name, state in case.steps.items()
    }
    assert {task: (each["agency"], each["due"]) for task, each in asked.items()} == {
        state.task: (_owner(procedure, case, name), None if state.due is None else format_millis(state.due))
        for name, state in case.steps.items()
        if state.status in OWED and not state.held
    }
    assert [(each["cause"], each["step"], each["detail"]) for each in incidents] == [
        (one.cause, one.step, one.detail) for one in case.incidents
    ]
    assert row["incidents"] == len(case.incidents)


def _owner(procedure: ProcedurePlan, case: Case, step: StepName) -> str:
    if case.steps[step].status == "returned":
        return b.FRONT
    return case.assigned.get(step, (procedure.steps[step].agency,))[-1]
