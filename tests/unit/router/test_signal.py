"""What a case hears from another when it cannot simply be done (design §7.11)."""

from dataclasses import replace
from typing import Any

import pytest

from hub.names import AgencyCode, CaseId, ProcedureRef
from hub.network.plan import Plan
from hub.rehearsal.world import Rehearsal
from hub.router.case import MAX_PARKED, Incident, encode_case
from hub.router.decision import Signal
from hub.router.incident import opened_by
from hub.router.route import route
from tests import builders as b
from tests.unit.router.test_sub_case import child_of, ends, signals, sub_case, work, world

CHILD = ProcedureRef("child@1")


def _unable(plan: Plan, cause: str) -> Plan:
    """Give a network in which the sub-case cannot be opened."""
    if cause == "procedure":
        kept = {kind: ref for kind, ref in plan.openings.items() if ref != "child@1"}
        return replace(plan, openings=kept)
    over = replace(plan.procedures[CHILD], agreements=(b.agreement(until=b.NOW),))
    return replace(plan, procedures={**plan.procedures, CHILD: over})


def hindered(cause: str, **more: Any) -> tuple[Rehearsal, Plan]:
    """Begin a world in which the sub-case cannot be opened; give the network in which it can, too."""
    wait = b.step("wait", sub_case="child", answers=ends(**more))
    child = b.procedure(b.step("work"), ref="child@1", opens_on="test.wait.Request")
    whole = b.plan(b.procedure(wait), child)
    made = Rehearsal(_unable(whole, cause))
    made.publish(b.event(b.OPENS, b.OPENER))
    return made, whole


@pytest.mark.parametrize("cause", ["procedure", "agreement"])
def test_what_cannot_be_opened_waits_for_a_person(cause: str) -> None:
    """The opening is kept beside the case that is none yet; a retry under a better network opens it."""
    made, whole = hindered(cause)
    assert (sub_case(made).status, [each.cause for each in sub_case(made).incidents]) == ("orphan", [cause])
    made.plan = whole
    made.command("retry", child_of())
    assert (sub_case(made).status, sub_case(made).parked) == ("open", 0)
    work(made)
    assert b.case_of(made).status == "completed"


def test_whoever_waits_for_what_is_never_opened_hears_of_it() -> None:
    """An operator may withdraw what cannot be opened: for the case that waits it is withdrawn."""
    made, _ = hindered("procedure", withdrawn="returned")
    made.command("withdraw", child_of())
    assert made.case(child_of()) is None
    assert b.statuses(made) == {"wait": "returned"}


def test_what_is_given_up_before_it_could_be_opened_is_opened_and_withdrawn() -> None:
    """Signals that wait are heard in the order in which they came."""
    made, whole = hindered("procedure")
    made.command("withdraw", b.CASE)
    assert (b.case_of(made).status, sub_case(made).parked) == ("withdrawn", 2)
    made.plan = whole
    made.command("retry", child_of())
    assert (sub_case(made).status, sub_case(made).parked) == ("withdrawn", 0)


def test_a_signal_always_finds_room() -> None:
    """However much waits beside a case, what another case tells it is never turned away."""
    made = world()
    made.command("withdraw", b.CASE)
    (cancel,) = [each for each in signals(made) if each.kind == "cancel"]
    full = sub_case(made)
    full.incidents, full.parked, full.applied = (Incident(cause="guard", since=0, detail=""),), MAX_PARKED, {}
    decision = route(made.plan, full, cancel, made.now)
    assert (decision.outcome, decision.park) == ("parked", True)


def test_an_id_that_somebody_else_has_used_is_told_to_whoever_waits() -> None:
    """The case that is there goes on as it is; the step hears that its own was withdrawn."""
    wait = b.step("wait", after=["first"], sub_case="child", answers=ends(withdrawn="returned"))
    parent = b.procedure(b.step("first"), wait)
    child = b.procedure(b.step("work"), ref="child@1", opens_on="test.wait.Request")
    made = Rehearsal(b.plan(parent, child))
    made.publish(b.event(b.OPENS, b.OPENER))
    made.publish(b.event("test.wait.Request", b.OPENER, case=child_of()))
    b.answers(made, "first")
    assert (sub_case(made).status, sub_case(made).parent) == ("open", None)
    assert b.statuses(made)["wait"] == "returned"


def test_only_the_case_that_waits_may_give_a_sub_case_up() -> None:
    """What another one tells is journaled and changes nothing."""
    made = world()
    made.command("skip", b.CASE, step="wait")
    (cancel,) = [each for each in signals(made) if each.kind == "cancel"]
    other = world()
    wrong = Signal(**{name: getattr(cancel, name) for name in cancel.__struct_fields__} | {"sender": CaseId("x.1")})
    assert other.publish(wrong).outcome == "late"
    assert sub_case(other).status == "open"


def test_an_end_that_no_step_takes_waits_for_a_person() -> None:
    """A network that says otherwise than the one under which the sub-case was opened is mended, then retried."""
    made = world()
    whole = made.plan
    ref = whole.openings[b.OPENS]
    procedure = whole.procedures[ref]
    steps = {name: replace(step, answers={}) if name == "wait" else step for name, step in procedure.steps.items()}
    made.plan = replace(whole, procedures={**whole.procedures, ref: replace(procedure, steps=steps)})
    work(made)
    assert [each.cause for each in b.case_of(made).incidents] == ["procedure"]
    made.plan = whole
    made.command("retry", b.CASE)
    assert b.statuses(made)["wait"] == "done"


def test_a_signal_to_a_case_whose_state_is_deleted_is_told_and_dropped() -> None:
    """Nothing can hear it any more; no case is made of it."""
    made = world()
    work(made)
    (end,) = [each for each in signals(made) if each.kind == "end"]
    decision = route(made.plan, None, end, made.now)
    assert (decision.outcome, decision.case) == ("refused", None)
    assert decision.refusal is not None
    assert decision.refusal.category == "routing"


def test_what_stops_an_opening_knows_who_waits() -> None:
    """Whatever stops an opening, the case that is none yet names the one that waits for it."""
    made = world()
    (opening,) = [each for each in signals(made) if each.kind == "open"]
    broken = replace(made.plan, openings=None)  # type: ignore[arg-type] # what the router does not expect
    decision = route(broken, None, opening, made.now)
    assert decision.case is not None
    assert (decision.case.incidents[0].cause, decision.case.parent) == ("exception", opened_by(opening))
    assert encode_case(decision.case) == decision.state
    assert opening.agency == AgencyCode("~hub")
