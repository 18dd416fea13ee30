"""What becomes of a bill (R40): paid, paid already, taken back, lapsed and issued anew, split to the rupiah."""

from typing import Any

import pytest

from hub.events.envelope import Event
from hub.names import EventType, StepName
from hub.network.plan import BillPlan, PaymentPlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import Bill
from tests import builders as b

TAKEN_BACK = EventType("test.TakenBack")
RECEIPT = {"received": 100_000, "receipt": "R-1", "city": 40_000, "state": 60_000}


def shop(*more: Any, bills: int = 1, **declared: Any) -> Rehearsal:
    """Open a case that owes Rp100,000 to two payees within two hours; then `print`, then `collect`."""
    bill = BillPlan(
        amounts=(("city", b.constant(40_000)), ("state", b.constant(60_000))), into={"total": "amount"}
    )  # fmt: skip
    payment = PaymentPlan(
        bill=StepName("pay"), amount="received", number="receipt", shares={"city": "city", "state": "state"},
        bills=bills, reversed_by=TAKEN_BACK, **declared,
    )  # fmt: skip
    lapses = b.deadline(2 * b.HOUR, on_missed="expired_unpaid", warn=())
    steps = (
        b.step("pay", bill=bill, payment=payment, deadline=lapses, holder="payer"),
        b.step("print", after=["pay"], fill={"receipt": b.path("pay.receipt")}),
        b.step("collect", after=["print"]),
    )
    return b.opened(*steps, *more)


def bill_of(world: Rehearsal) -> Bill:
    """Read the case's bill."""
    return b.case_of(world).bills[StepName("pay")]


def words(world: Rehearsal) -> list[tuple[str, str]]:
    """List what was told of the bill, and to whom."""
    return [(sent.notice.data["word"], sent.notice.agency) for sent in world.notices if "word" in sent.notice.data]


def incidents(world: Rehearsal) -> list[tuple[str, str]]:
    """List the open incidents by cause and step."""
    return [(one.cause, one.step) for one in b.case_of(world).incidents]


def receipt(at: int, task: str | None, **more: Any) -> Event:
    """Make a receipt of the whole bill that was appended at a moment."""
    return b.event("test.pay.done", "pay", data=RECEIPT, at=at, causation=task, **more)


def test_a_receipt_of_the_bill_ends_the_step() -> None:
    """What was billed was paid, to the rupiah and to each payee; the state keeps a mark of the receipt only."""
    world = shop()
    task = world.active_task(b.CASE, "pay")
    b.answers(world, "pay", **RECEIPT)

    assert b.statuses(world) == {"pay": "done", "print": "active"}
    assert (bill_of(world).task, len(bill_of(world).paid)) == (task, 8)
    assert b"R-1" not in world.states[b.CASE].partition(b'"bills"')[2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"received": 99_999}, "1 rupiah less than the bill was received"),
        ({"received": 100_001}, "1 rupiah more than the bill was received"),
        ({"city": 39_999}, "the shares are 1 rupiah less than the bill; city gets 1 rupiah less"),
        ({"city": 40_007, "state": 59_993}, "city gets 7 rupiah more; state gets 7 rupiah less"),
        ({"state": None}, "state gets 60000 rupiah less"),
        ({"received": None}, "no whole amount was received"),
        ({"received": 1e5}, "no whole amount was received"),
        ({"city": -40_000}, "a share is no whole amount"),
    ],
)
def test_a_receipt_that_is_not_the_bill_is_refused(wrong: dict[str, Any], said: str) -> None:
    """It is a dead letter with the exact difference, the case waits for a person, and nothing is counted."""
    world = shop()
    decision = b.answers(world, "pay", **RECEIPT | wrong)

    assert (decision.outcome, incidents(world)) == ("incident", [("payment", "pay")])
    assert [(one.refusal.category, said in one.refusal.reason) for one in world.dead_letters] == [("payment", True)]
    assert b.told(world) == [("EventRefused", "pay")]
    assert (b.statuses(world)["pay"], bill_of(world).paid) == ("active", "")


def test_no_bill_lapses_while_a_wrong_receipt_waits_for_a_person() -> None:
    """The payer paid; the bank mends its receipt, and `retry` takes it however late."""
    world = shop()
    b.answers(world, "pay", **RECEIPT | {"city": 1})
    world.wind(10 * b.DAY)
    assert b.answers(world, "pay", **RECEIPT).outcome == "parked"
    world.command("retry", b.CASE)
    assert (b.statuses(world)["pay"], bill_of(world).issued, incidents(world)) == ("done", 1, [])


def test_an_operator_lets_a_bill_lapse_whose_right_receipt_never_comes() -> None:
    """After a wrong receipt its clock stands until somebody has it run on."""
    world = shop()
    b.answers(world, "pay", **RECEIPT | {"city": 1})
    world.command("retry", b.CASE)
    world.wind(10 * b.DAY)
    assert (b.statuses(world)["pay"], b.case_of(world).holder) == ("active", "stopped")
    world.command("resume", b.CASE, step="pay")
    world.wind(2 * b.HOUR)
    assert b.case_of(world).status == "expired_unpaid"


def test_the_right_receipt_counts_once_a_person_has_looked() -> None:
    """It was parked in time, and `retry` routes it."""
    world = shop()
    b.answers(world, "pay", **RECEIPT | {"city": 1})
    b.answers(world, "pay", **RECEIPT)
    world.command("retry", b.CASE)
    assert (b.statuses(world)["pay"], incidents(world)) == ("done", [])


def test_a_wrong_receipt_that_came_early_is_told_and_given_up() -> None:
    """Its record is not kept, so that it is no dead letter; who sent it sends another."""
    first = b.step("first")
    pay = shop().plan.procedures[b.ProcedureRef("test@1")].steps[StepName("pay")]
    again = b.step("pay", after=["first"], bill=pay.bill, payment=pay.payment, holder="payer")
    world = b.opened(first, again)
    assert world.say("pay", "test.pay.done", b.CASE, data=RECEIPT | {"city": 1}).outcome == "early"
    b.answers(world, "first")
    assert (incidents(world), b.case_of(world).early) == ([("payment", "pay")], ())
    assert ("EventRefused", "pay") in b.told(world)
    world.command("retry", b.CASE)
    b.answers(world, "pay", **RECEIPT)
    assert b.case_of(world).status == "completed"


def test_a_receipt_that_came_early_counts() -> None:
    """All of it that makes it a receipt is kept until its step starts."""
    pay = shop().plan.procedures[b.ProcedureRef("test@1")].steps[StepName("pay")]
    world = b.opened(b.step("first"), b.step("pay", after=["first"], bill=pay.bill, payment=pay.payment))
    world.say("pay", "test.pay.done", b.CASE, data=RECEIPT)
    b.answers(world, "first")
    assert b.case_of(world).status == "completed"


@pytest.mark.parametrize(("number", "word"), [("R-1", "already_paid"), ("R-2", "paid_twice")])
def test_a_second_payment_has_no_second_effect_and_is_told(number: str, word: str) -> None:
    """The same receipt again changes nothing; another one is money that goes back, which the coordinator hears too."""
    world = shop()
    task = world.active_task(b.CASE, "pay")
    b.answers(world, "pay", **RECEIPT)
    sent = len(world.tasks)
    second = b.event("test.pay.done", "pay", data=RECEIPT | {"receipt": number}, causation=task, id="second")

    assert world.publish(second).outcome == "late"
    assert {told for told, _ in words(world)} == {word}
    assert ("coordinator" in {agency for _, agency in words(world)}) == (word == "paid_twice")
    assert (len(world.tasks), incidents(world)) == (sent, [])
    assert world.publish(second).outcome == "duplicate"


@pytest.mark.parametrize(("late_ms", "status"), [(-1, "done"), (0, "cancelled"), (1, "cancelled")])
def test_an_expiry_never_races_a_payment_that_was_appended(late_ms: int, status: str) -> None:
    """One ms before the bill lapses a receipt counts, whenever it is read; at that moment and after it does not."""
    world = shop()
    task, due = world.active_task(b.CASE, "pay"), b.state(world, "pay").due
    assert due is not None
    world.now = due + b.DAY  # the worker was down; timers fire only when its inputs are read to their end
    world.publish(receipt(due + late_ms, task))

    assert b.statuses(world)["pay"] == status
    assert b.case_of(world).status == ("open" if status == "done" else "expired_unpaid")
    assert incidents(world) == ([] if status == "done" else [("legal-effect", "pay")])


def test_a_lapsed_bill_is_issued_anew_up_to_the_ceiling() -> None:
    """Three bills of two hours, each a task of its own; then the case ends unpaid."""
    world = shop(bills=3)
    seen = [world.active_task(b.CASE, "pay")]
    for _ in range(2):
        world.wind(2 * b.HOUR)
        seen.append(world.active_task(b.CASE, "pay"))
    assert (len(set(seen)), None in seen, bill_of(world).issued) == (3, False, 3)
    assert [word for word, agency in words(world) if agency == "front"] == ["lapsed", "lapsed"]

    world.wind(2 * b.HOUR)
    assert (b.case_of(world).status, b.case_of(world).held["payer"]) == ("expired_unpaid", 6 * b.HOUR)


@pytest.mark.parametrize("late_ms", [-1, 0, 1])
def test_a_bill_is_not_issued_anew_when_the_first_was_paid_in_time(late_ms: int) -> None:
    """At the boundary the receipt of the first bill counts, or a new bill is out and a person looks at the money."""
    world = shop(bills=2)
    task, due = world.active_task(b.CASE, "pay"), b.state(world, "pay").due
    assert due is not None
    world.now = due + 1
    world.publish(receipt(due + late_ms, task))

    paid = late_ms < 0
    assert (b.statuses(world)["pay"], bill_of(world).issued) == (("done", 1) if paid else ("active", 2))
    assert incidents(world) == ([] if paid else [("legal-effect", "pay")])


def test_a_bill_is_issued_anew_from_the_step_that_gives_its_code() -> None:
    """What lies between is done again, and its old task is taken back."""
    steps = (
        b.step("code", bill=BillPlan(amounts=(("state", b.constant(5)),), into={"total": "amount"})),
        b.step(
            "pay", after=["code"], holder="payer", fill={"code": b.path("code.code")},
            deadline=b.deadline(b.HOUR, on_missed="expired_unpaid", warn=()),
            payment=PaymentPlan(bill=StepName("code"), amount="received", bills=2, renewed_by=StepName("code")),
        ),
    )  # fmt: skip
    world = b.opened(*steps)
    b.answers(world, "code", code="one")
    world.wind(b.HOUR)
    assert b.statuses(world) == {"code": "active", "pay": "pending"}
    b.answers(world, "code", code="two")
    assert [sent.task.data for sent in world.tasks if sent.task.step == "pay"] == [{"code": "one"}, {"code": "two"}]
    b.answers(world, "pay", received=5)
    assert b.case_of(world).status == "completed"


def test_what_was_paid_is_not_asked_for_again() -> None:
    """A later step returned to one before the payment does not have it paid twice."""
    pay = shop().plan.procedures[b.ProcedureRef("test@1")].steps[StepName("pay")]
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("start"))]
    world = b.opened(
        b.step("start"), b.step("pay", after=["start"], bill=pay.bill, payment=pay.payment, deadline=pay.deadline),
        b.step("check", after=["pay"], answers=back, fill={"receipt": b.path("pay.receipt")}),
    )  # fmt: skip
    b.answers(world, "start")
    b.answers(world, "pay", **RECEIPT)
    b.answers(world, "check", "returned")
    b.answers(world, "start")

    assert [str(sent.task.step) for sent in world.tasks] == ["start", "pay", "check", "start", "check"]
    assert world.tasks[-1].task.data == {"receipt": "R-1"}


def test_what_was_paid_stays_paid_while_its_agency_is_held() -> None:
    """An order holds the bank when the step is done again: released, it is done with the receipt that it had."""
    pay = shop().plan.procedures[b.ProcedureRef("test@1")].steps[StepName("pay")]
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("start"))]
    world = b.opened(
        b.step("start"), b.step("pay", after=["start"], bill=pay.bill, payment=pay.payment),
        b.step("check", after=["pay"], answers=back, fill={"receipt": b.path("pay.receipt")}),
    )  # fmt: skip
    b.answers(world, "start")
    b.answers(world, "pay", **RECEIPT)
    b.answers(world, "check", "returned")
    world.order(held=["pay"])
    b.answers(world, "start")
    world.order()

    assert [str(sent.task.step) for sent in world.tasks] == ["start", "pay", "check", "start", "check"]
    assert world.tasks[-1].task.data == {"receipt": "R-1"}


def test_what_is_owed_otherwise_after_a_return_waits_for_a_person() -> None:
    """More is owed than was paid: nobody is billed twice, and nothing goes on unpaid."""
    bill = BillPlan(amounts=(("state", b.path("start.owed")),), into={"total": "amount"})
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("start"))]
    pays = PaymentPlan(bill=StepName("pay"), amount="received")
    world = b.opened(
        b.step("start"), b.step("pay", after=["start"], bill=bill, payment=pays),
        b.step("check", after=["pay"], answers=back),
    )  # fmt: skip
    b.answers(world, "start", owed=10)
    b.answers(world, "pay", received=10)
    b.answers(world, "check", "returned")
    b.answers(world, "start", owed=12)
    assert incidents(world) == [("payment", "pay")]
    assert "2 rupiah more is owed" in b.case_of(world).incidents[0].detail
    world.command("skip", b.CASE, step="pay")
    assert b.statuses(world)["check"] == "active"


def test_what_is_owed_anew_is_billed_by_itself() -> None:
    """An underpayment that is found later is a bill of its own; its receipt is held against it alone."""
    bill = BillPlan(amounts=(("city", b.path("start.owed")),), into={"total": "amount"}, owes="anew")
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("start"))]
    pays = PaymentPlan(bill=StepName("pay"), amount="received", number="receipt")
    world = b.opened(
        b.step("start"), b.step("pay", after=["start"], bill=bill, payment=pays),
        b.step("check", after=["pay"], answers=back),
    )  # fmt: skip
    for owed in (60, 50):
        b.answers(world, "start", owed=owed)
        assert world.tasks[-1].task.data == {"amount": owed}
        b.answers(world, "pay", received=owed, receipt=f"R-{owed}")
        b.answers(world, "check", "returned" if owed == 60 else "done")
    assert b.case_of(world).status == "completed"


def test_a_payment_taken_back_before_anything_followed_is_billed_anew() -> None:
    """What had only begun is stopped, and the payer gets a new bill with a time of its own."""
    world = shop()
    b.answers(world, "pay", **RECEIPT)
    world.wind(b.DAY)
    assert world.say("pay", TAKEN_BACK, b.CASE).outcome == "advanced"
    assert b.statuses(world) == {"pay": "active", "print": "pending"}
    assert (b.state(world, "pay").due, bill_of(world).paid) == (world.now + 2 * b.HOUR, "")
    assert ("reversed", "front") in words(world)
    assert ("TaskCancelled", "print") in b.told(world)


@pytest.mark.parametrize("declared", ["incident", "reopen"])
def test_a_payment_taken_back_after_the_case_went_on_does_as_declared(declared: str) -> None:
    """A document was made of it: a person looks, unless the procedure says that all of it is done again."""
    world = shop(on_reversal=declared)
    b.answers(world, "pay", **RECEIPT)
    b.answers(world, "print")
    world.say("pay", TAKEN_BACK, b.CASE)

    if declared == "incident":
        assert (incidents(world), b.statuses(world)["print"]) == ([("payment", "pay")], "done")
        world.command("retry", b.CASE)
        assert b.statuses(world)["pay"] == "active"
    else:
        assert (incidents(world), b.statuses(world)["print"]) == ([], "pending")
    assert (b.statuses(world)["pay"], bill_of(world).paid) == ("active", "")


def test_a_payment_that_is_settled_by_hand_goes_on_where_it_was() -> None:
    """After a reversal an operator's `skip` counts the bill as paid, and what was done stays done."""
    world = shop()
    b.answers(world, "pay", **RECEIPT)
    b.answers(world, "print")
    world.say("pay", TAKEN_BACK, b.CASE)
    world.command("skip", b.CASE, step="pay")
    assert (bill_of(world).paid, b.statuses(world)["print"], incidents(world)) == ("operator", "done", [])
    b.answers(world, "collect")
    assert b.case_of(world).status == "completed"


def test_a_payment_taken_back_after_the_end_is_an_incident() -> None:
    """Nothing is opened again, and nobody may overlook it."""
    world = shop()
    for step in ("pay", "print", "collect"):
        b.answers(world, step, **(RECEIPT if step == "pay" else {}))
    assert b.case_of(world).status == "completed"
    world.say("pay", TAKEN_BACK, b.CASE)
    assert incidents(world) == [("payment", "pay")]


def test_taking_back_what_had_not_counted_changes_nothing() -> None:
    """A second payment that the bank gives back, and one of a bill that nobody paid."""
    world = shop()
    assert world.say("pay", TAKEN_BACK, b.CASE).why == "what was taken back had not counted"
    b.answers(world, "pay", **RECEIPT)
    world.say("pay", TAKEN_BACK, b.CASE, data={"receipt": "R-2"})
    assert b.statuses(world)["pay"] == "done"
    world.say("pay", TAKEN_BACK, b.CASE, data={"receipt": "R-1"})
    assert b.statuses(world)["pay"] == "active"


def test_only_who_took_the_money_takes_it_back() -> None:
    """Another agency that may say so elsewhere is refused."""
    steps = tuple(shop().plan.procedures[b.ProcedureRef("test@1")].steps.values())
    plan = b.plan(b.procedure(*steps), more_publishes={"print": [TAKEN_BACK]})
    world = Rehearsal(plan)
    world.publish(b.event(b.OPENS, b.OPENER))
    b.answers(world, "pay", **RECEIPT)
    assert world.say("print", TAKEN_BACK, b.CASE).outcome == "refused"
    assert b.statuses(world)["pay"] == "done"


def test_the_payer_holds_the_time_of_every_bill() -> None:
    """Waiting for money is no agency's time (R12); after a reversal neither."""
    world = shop()
    world.wind(b.HOUR)
    b.answers(world, "pay", **RECEIPT)
    world.say("pay", TAKEN_BACK, b.CASE)
    world.wind(b.HOUR)
    b.answers(world, "pay", **RECEIPT | {"receipt": "R-9"})
    assert b.case_of(world).held == {"payer": 2 * b.HOUR}
