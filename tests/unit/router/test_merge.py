"""Two cases of the same thing made one: only as both were seen, and told in both journals."""

from typing import Any

import pytest

from hub.names import CaseId, StepName
from hub.network.plan import BillPlan, PaymentPlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import Case
from hub.router.decision import Decision
from hub.router.merge import asked_id
from tests import builders as b

OTHER = CaseId("hospital.6b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")


def two(*, other: str = "test", **more: Any) -> Rehearsal:
    """Open two cases; the second of another procedure when it is named otherwise."""
    steps = (b.step("a", deadline=b.deadline(), **more), b.step("c", after=["a"]))
    same, odd = b.procedure(*steps), b.procedure(b.step("o"), ref="odd@1", opens_on="test.Odd")
    world = Rehearsal(b.plan(same, odd))
    world.publish(b.event(b.OPENS, b.OPENER))
    opens = b.OPENS if other == "test" else "test.Odd"
    world.publish(b.event(opens, b.OPENER, case=OTHER, id="other"))
    return world


def merge(world: Rehearsal, **more: Any) -> Decision:
    """Ask the test's case to take the other in; the revisions are those that are there unless said otherwise."""
    given = {"facts": {"revision": other(world).revision}, "to": OTHER, "revision": b.case_of(world).revision} | more
    return world.command("merge", b.CASE, **given)


def other(world: Rehearsal) -> Case:
    """Read the other case."""
    found = world.case(OTHER)
    assert found is not None
    return found


def last(world: Rehearsal, case: CaseId) -> list[tuple[str, str]]:
    """Give what the last decision on a case says of it, with the reason."""
    entry = next(each for each in reversed(world.journal) if each.case == case)
    return [(change.after, change.why) for change in entry.decision.changes if not change.step]


def test_the_other_case_ends_and_both_name_each_other() -> None:
    """Its agencies are told to stop; the one that stays goes on as it was."""
    world = two()
    before = b.statuses(world)
    assert merge(world, reason="reported twice").applied
    assert other(world).status == "merged"
    assert last(world, OTHER) == [
        ("merging", f"merged into case {b.CASE} by operator: reported twice"),
        ("closing", "it was the same as another case, which goes on"), ("merged", ""),
    ]  # fmt: skip
    assert last(world, b.CASE) == [("merged in", f"case {OTHER} has ended as merged into this one")]
    assert ("TaskCancelled", "a") in b.told(world)
    assert "operator" not in str([each.notice.data for each in world.notices])
    assert (b.case_of(world).status, b.statuses(world)) == ("open", before)
    closed = [each.notice.data["outcome"] for each in world.notices if each.notice.type == "hub.CaseClosed"]
    assert set(closed) == {"merged"}


def test_what_was_asked_is_found_by_the_acts_id() -> None:
    """So that whoever waits hears of both cases."""
    world = two()
    merge(world)
    command = next(each.stimulus for each in world.journal if each.decision.applied)
    assert asked_id(command.id) in {each.stimulus.id for each in world.journal if each.case == OTHER}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"facts": {"revision": 7}}, "the operator saw revision 7, it is at 1; look again"),
        ({"other": "odd"}, "it is of another procedure: odd@1"),
        ({"closed": True}, "it is withdrawn already"),
    ],
)
def test_the_other_case_stays_when_it_is_not_as_it_was_seen(change: dict[str, Any], why: str) -> None:
    """Refused where it is known, journaled there, and told to the case that asked."""
    world = two(other=change.pop("other", "test"))
    if change.pop("closed", False):
        world.command("withdraw", OTHER)
    before = other(world)
    merge(world, **change)
    assert (other(world).status, other(world).steps) == (before.status, before.steps)
    assert last(world, OTHER) == [("not merged", f"into case {b.CASE}: {why}")]
    assert last(world, b.CASE) == [("not merged", f"case {OTHER}: {why}")]


def test_the_case_that_stays_must_be_as_it_was_seen() -> None:
    """Nobody is asked when it has moved on, has ended, or the other is not named."""
    world = two()
    assert not merge(world, revision=b.case_of(world).revision - 1).applied
    assert not merge(world, to=b.CASE).applied
    assert not merge(world, to="nobody").applied
    world.command("withdraw", b.CASE)
    assert "nothing can be merged into it" in merge(world).why
    assert other(world).status == "open"


def test_a_case_that_is_not_there_is_told() -> None:
    """The case that asked hears it; nothing is made under the id."""
    world = two()
    missing = CaseId("hospital.7b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
    assert merge(world, to=missing).applied
    assert last(world, b.CASE) == [("not merged", f"case {missing}: no such case is open")]
    assert world.case(missing) is None


def test_a_case_with_an_incident_can_be_merged() -> None:
    """A duplicate is often why somebody must look: it ends with the case, and what waited is told late."""
    world = two(when=b.broken(b.ExpressionError("no")))
    assert other(world).incidents
    merge(world)
    assert (other(world).status, other(world).incidents) == ("merged", ())


def test_asked_twice_it_ends_once() -> None:
    """The second is told that it has ended already."""
    world = two()
    merge(world)
    merge(world, facts={})
    assert [each.decision.outcome for each in world.journal if each.case == OTHER] == ["opened", "closed", "late"]


def test_a_case_whose_bill_is_paid_does_not_end_for_another_that_would_ask_again() -> None:
    """Nobody pays twice: the other is merged into it instead, or the payment is taken back first."""
    bill = BillPlan(amounts=(("state", b.constant(5)),), into={"total": "amount"})
    payment = PaymentPlan(bill=StepName("a"), amount="received")
    world = two(bill=bill, payment=payment, holder="payer")
    world.say("a", "test.a.done", OTHER, data={"received": 5})
    merge(world)
    assert other(world).status == "open"
    assert "its bill is paid" in last(world, b.CASE)[0][1]
    world.command("merge", OTHER, to=b.CASE, facts={"revision": b.case_of(world).revision})
    assert (b.case_of(world).status, other(world).status) == ("merged", "open")
