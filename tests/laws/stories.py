"""What may happen to the test's case: what agencies, operators and time do, drawn or directed."""

from typing import get_args

from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.names import StepName
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Rehearsal
from hub.router.decision import Act
from tests import builders as b

ACTS = get_args(Act)


def something_happens(data: st.DataObject, world: Rehearsal, procedure: ProcedurePlan) -> None:
    """Let an agency, an operator or time do the next thing, in order or out of it."""
    often, once = ["answer"] * 3, ["stray", "again", "wait", "operator", "clock", "give", "accept", "order"]
    kind = data.draw(st.sampled_from([*often, *once]))
    if kind == "answer":
        agency_answers(data, world, procedure)
    elif kind == "stray":
        stray = data.draw(st.sampled_from(list(procedure.steps)))
        world.say(stray, data.draw(st.sampled_from(list(procedure.steps[stray].answers))), b.CASE)
    elif kind == "again":
        events = [entry.stimulus for entry in world.journal if isinstance(entry.stimulus, Event)]
        world.publish(data.draw(st.sampled_from(events)))
    elif kind == "wait":
        world.wind(data.draw(st.sampled_from([1, b.HOUR, b.DAY, 6 * b.DAY, 100 * b.DAY])))
    elif kind in {"clock", "give"}:
        for name in owed(world):
            operator_moves(world, kind, name)
    elif kind == "order":
        held = data.draw(st.sets(st.sampled_from([*procedure.steps, b.FRONT]), max_size=3))
        world.order(held=held, stopped=data.draw(st.sets(st.just("test"))))
    elif kind == "accept":
        for name in owed(world):
            world.say(b.doer(world, name), b.ACCEPTED, b.CASE, causation=world.active_task(b.CASE, name))
    else:
        step = data.draw(st.sampled_from([None, *owed(world) * 3, *procedure.steps]))
        facts = data.draw(st.sampled_from([{}, {"value": False}, {"f0": True}]))
        to = data.draw(st.sampled_from([None, "spare", *procedure.steps]))
        world.command(data.draw(st.sampled_from(ACTS)), b.CASE, step=step, facts=facts, to=to)


def operator_moves(world: Rehearsal, what: str, step: str) -> None:
    """Stop a step's clock, or resume one that stands; or give the step to the other agency that may do it."""
    if what == "clock":
        is_running = b.state(world, step).since is not None
        world.command("stop-clock" if is_running else "resume", b.CASE, step=step)
    else:
        world.command("reassign", b.CASE, step=step, to="spare" if b.doer(world, step) == step else step)


def agency_answers(data: st.DataObject, world: Rehearsal, procedure: ProcedurePlan) -> None:
    """Let whoever owes an answer give one of those that its step takes."""
    waiting = owed(world)
    if not waiting:
        return
    name = data.draw(st.sampled_from(waiting))
    if b.state(world, name).status == "returned":
        facts = {"f0": data.draw(st.booleans())}
        world.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, data=facts, causation=world.active_task(b.CASE, name))
        return
    kind = data.draw(st.sampled_from(list(procedure.steps[StepName(name)].answers)))
    task = data.draw(st.sampled_from([None, world.active_task(b.CASE, name)]))
    world.say(b.doer(world, name), kind, b.CASE, data={"value": data.draw(st.booleans())}, causation=task)


def mend_and_finish(world: Rehearsal) -> bool:
    """Do the next thing that brings the case to its end; tell whether there was one."""
    case = world.case(b.CASE)
    if case is None or (case.closed_at is not None and not case.incidents):
        return False
    if case.procedure is None:
        world.command("withdraw", b.CASE)
        return True
    if case.incidents:
        world.command("retry", b.CASE)
        for incident in b.case_of(world).incidents:
            world.command("skip", b.CASE, step=incident.step or None)
        return True
    name = owed(world)[0]
    if b.state(world, name).status == "returned":
        world.say(b.FRONT, "hub.ApplicationCompleted", b.CASE, causation=world.active_task(b.CASE, name))
    else:
        world.say(b.doer(world, name), b.answer_type(name, "done"), b.CASE, causation=world.active_task(b.CASE, name))
    return True


def owed(world: Rehearsal) -> list[str]:
    """Name the steps that wait for an answer."""
    case = world.case(b.CASE)
    steps = {} if case is None else case.steps
    return [str(name) for name, state in steps.items() if state.status in {"active", "returned"}]


def exceptions(world: Rehearsal) -> list[str]:
    """List the incidents that came from an exception: none may, when everything is declared well."""
    changes = [change for entry in world.journal for change in entry.decision.changes]
    return [change.why for change in changes if change.after == "incident" and change.why.startswith("exception")]
