"""Receipts that are there before their bill, at the last moment, of several subjects, or of no bill at all (R40)."""

from dataclasses import replace
from typing import Any

import pytest

from hub.names import EventType, StepName
from hub.network.plan import BillPlan, PaymentPlan, StepPlan, SubjectPlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import Bill
from tests import builders as b

TAKEN_BACK = EventType("test.TakenBack")
PAID = EventType("test.pay.done")
RIGHT = {"received": 100, "receipt": "R-1"}
WRONG = {"received": 99, "receipt": "R-1"}
LAPSES = b.deadline(2 * b.HOUR, on_missed="expired_unpaid", warn=())


def pays(bill: str = "pay", *, after: tuple[str, ...] = (), **more: Any) -> StepPlan:
    """Declare the step that takes a hundred rupiah, which it asks for itself unless another step does."""
    asks = BillPlan(amounts=(("state", b.constant(100)),), into={"total": "amount"}) if bill == "pay" else None
    payment = PaymentPlan(bill=StepName(bill), amount="received", number="receipt", reversed_by=TAKEN_BACK, bills=2)
    return b.step("pay", after=after, bill=asks, payment=payment, holder="payer", deadline=LAPSES, **more)


def later() -> Rehearsal:
    """Open a case whose payment comes after another step; then `print`."""
    printed = b.step("print", after=["pay"], fill={"receipt": b.path("pay.receipt")})
    return b.opened(b.step("first"), pays(after=("first",)), printed)


def asked() -> Rehearsal:
    """Open a case whose first step asks for the money that the second takes."""
    asks = b.step("code", bill=BillPlan(amounts=(("state", b.constant(100)),), into={"total": "amount"}))
    return b.opened(asks, pays("code", after=("code",)), b.step("print", after=["pay"]))


def incidents(world: Rehearsal) -> list[tuple[str, str]]:
    """List the open incidents by cause and step."""
    return [(one.cause, one.step) for one in b.case_of(world).incidents]


def words(world: Rehearsal) -> set[str]:
    """List what was told of the bill."""
    return {str(sent.notice.data["word"]) for sent in world.notices if "word" in sent.notice.data}


def letters(world: Rehearsal) -> list[str]:
    """List the dead letters by category."""
    return [one.refusal.category for one in world.dead_letters]


def test_an_early_receipt_that_is_not_the_bill_that_is_out_comes_back_at_once() -> None:
    """The code is asked for, so what is owed is known: a dead letter with the difference, and a person looks."""
    world = asked()
    decision = world.say("pay", PAID, b.CASE, data=WRONG)

    assert (decision.outcome, incidents(world), b.case_of(world).early) == ("incident", [("payment", "pay")], ())
    assert [one.refusal.reason for one in world.dead_letters] == [
        "the receipt is not the bill: 1 rupiah less than the bill was received; send a receipt of what was billed"
    ]
    assert b.told(world) == [("EventRefused", "pay")]
    assert "pay" not in b.statuses(world)


def test_a_mended_early_receipt_counts_under_the_same_id() -> None:
    """What came back is none that was taken: the bank mends it, and a person lets the case go on."""
    world = asked()
    world.say("pay", PAID, b.CASE, data=WRONG, event_id="receipt")
    world.say("pay", PAID, b.CASE, data=RIGHT, event_id="receipt")
    world.command("retry", b.CASE)
    b.answers(world, "code")

    assert (b.statuses(world)["pay"], incidents(world)) == ("done", [])
    assert (letters(world), b.statuses(world)["print"]) == (["payment"], "active")


def test_an_early_receipt_of_the_bill_that_is_out_is_kept() -> None:
    """It is the bill: it counts as soon as the code is given."""
    world = asked()
    assert world.say("pay", PAID, b.CASE, data=RIGHT).outcome == "early"
    b.answers(world, "code")
    assert (b.statuses(world)["pay"], letters(world)) == ("done", [])


def test_an_early_receipt_is_not_held_against_a_bill_that_is_asked_for_anew() -> None:
    """The amount was mended and the bill is not out yet: the receipt of the new amount waits for it."""
    bill = BillPlan(amounts=(("state", b.path("start.owed")),), into={"total": "amount"})
    back = [b.answer("code", "done"), b.answer("code", "returned", to=StepName("start"))]
    world = b.opened(
        b.step("start"), b.step("code", after=["start"], bill=bill, answers=back), pays("code", after=("code",))
    )  # fmt: skip
    b.answers(world, "start", owed=99)
    b.answers(world, "code", "returned")
    assert b.case_of(world).bills[StepName("code")].total == 99
    assert world.say("pay", PAID, b.CASE, data=RIGHT).outcome == "early"
    b.answers(world, "start", owed=100)
    b.answers(world, "code")
    assert b.case_of(world).status == "completed"


def test_an_early_receipt_that_is_not_the_bill_is_told_when_the_bill_is_known() -> None:
    """Nobody had asked for anything: the step begins, the case waits, and who sent it may send it again by its id."""
    world = later()
    assert world.say("pay", PAID, b.CASE, data=WRONG, event_id="receipt").outcome == "early"
    b.answers(world, "first")
    assert (incidents(world), b.told(world), letters(world)) == ([("payment", "pay")], [("EventRefused", "pay")], [])
    assert world.notices[-1].notice.data["event_id"] == "receipt"
    assert b.state(world, "pay").due is None  # money came in time

    world.command("retry", b.CASE)
    world.say("pay", PAID, b.CASE, data=RIGHT, event_id="receipt")
    assert (b.statuses(world)["pay"], incidents(world)) == ("done", [])


def test_a_right_receipt_behind_a_wrong_one_counts_once_a_person_has_looked() -> None:
    """Both came early; the wrong one is told and given up, the other is used."""
    world = later()
    world.say("pay", PAID, b.CASE, data=WRONG)
    world.say("pay", PAID, b.CASE, data=RIGHT)
    b.answers(world, "first")
    assert incidents(world) == [("payment", "pay")]
    world.command("retry", b.CASE)
    assert (b.statuses(world)["pay"], incidents(world), b.case_of(world).early) == ("done", [], ())


@pytest.mark.parametrize(("number", "word"), [("R-1", "already_paid"), ("R-2", "paid_twice")])
def test_of_two_early_receipts_one_counts_and_the_other_is_told(number: str, word: str) -> None:
    """They came before the bill; the second is no incident, but what a second one always is."""
    world = later()
    for each in ("R-1", number):
        assert world.say("pay", PAID, b.CASE, data={**RIGHT, "receipt": each}).outcome == "early"
    b.answers(world, "first")
    assert (b.statuses(world)["pay"], words(world), incidents(world)) == ("done", {word}, [])
    assert world.tasks[-1].task.data == {"receipt": "R-1"}


@pytest.mark.parametrize(("number", "word"), [("R-1", "already_paid"), ("R-2", "paid_twice")])
def test_a_receipt_of_a_paid_bill_is_told_while_its_step_is_to_be_done_again(number: str, word: str) -> None:
    """The case went back behind the payment: what comes meanwhile is a second receipt, not an early one."""
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("first"))]
    world = b.opened(b.step("first"), pays(after=("first",)), b.step("check", after=["pay"], answers=back))
    b.answers(world, "first")
    b.answers(world, "pay", **RIGHT)
    b.answers(world, "check", "returned")
    decision = world.say("pay", PAID, b.CASE, data={**RIGHT, "receipt": number})
    assert (decision.outcome, words(world), b.case_of(world).early) == ("late", {word}, ())
    b.answers(world, "first")
    assert (b.statuses(world)["pay"], incidents(world)) == ("done", [])


@pytest.mark.parametrize(
    ("back", "counts"),
    [({"receipt": "R-1"}, False), ({}, False), ({"receipt": "R-2"}, True)],
)
def test_an_early_receipt_that_was_taken_back_does_not_count(back: dict[str, str], counts: bool) -> None:  # noqa: FBT001 - a case of a table
    """The bank gave the money back before anybody asked for it: the bill is owed; another number is another receipt."""
    world = later()
    world.say("pay", PAID, b.CASE, data=RIGHT)
    decision = world.say("pay", TAKEN_BACK, b.CASE, data=back)
    assert decision.why.endswith("does not count" if not counts else "had not counted")
    b.answers(world, "first")
    assert b.statuses(world)["pay"] == ("done" if counts else "active")
    if not counts:
        b.answers(world, "pay", **RIGHT)
        assert b.statuses(world)["pay"] == "done"


def test_a_payment_taken_back_while_its_step_is_to_be_done_again_is_billed_when_its_turn_comes() -> None:
    """The case went back behind it: nothing is asked for before what comes first is done."""
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("first"))]
    world = b.opened(b.step("first"), pays(after=("first",)), b.step("check", after=["pay"], answers=back))
    b.answers(world, "first")
    b.answers(world, "pay", **RIGHT)
    b.answers(world, "check", "returned")
    world.say("pay", TAKEN_BACK, b.CASE, data={"receipt": "R-1"})
    assert (b.statuses(world), incidents(world)) == ({"first": "active", "pay": "pending", "check": "pending"}, [])
    b.answers(world, "first")
    assert (b.statuses(world)["pay"], b.case_of(world).bills[StepName("pay")].issued) == ("active", 1)
    b.answers(world, "pay", received=100, receipt="R-2")
    assert b.statuses(world)["check"] == "active"


def test_an_early_receipt_is_held_against_the_bill_of_a_held_agency() -> None:
    """Nothing is sent to the bank, but what it would be asked for is what is owed."""
    for data, status in ((WRONG, "active"), (RIGHT, "done")):
        world = later()
        world.order(held=["pay"])
        world.say("pay", PAID, b.CASE, data=data)
        b.answers(world, "first")
        assert b.statuses(world)["pay"] == status
        assert incidents(world) == ([] if status == "done" else [("payment", "pay")])


def test_a_second_receipt_while_its_agency_is_held_changes_nothing() -> None:
    """The step waits for its release although it was paid; a second receipt is told and not taken for the first."""
    back = [b.answer("check", "done"), b.answer("check", "returned", to=StepName("first"))]
    check = b.step("check", after=["pay"], answers=back, fill={"receipt": b.path("pay.receipt")})
    world = b.opened(b.step("first"), pays(after=("first",)), check)
    b.answers(world, "first")
    b.answers(world, "pay", **RIGHT)
    b.answers(world, "check", "returned")
    world.order(held=["pay"])
    b.answers(world, "first")
    world.say("pay", PAID, b.CASE, data={**RIGHT, "receipt": "R-2"})
    assert (b.statuses(world)["pay"], words(world)) == ("active", {"paid_twice"})
    world.order()
    assert world.tasks[-1].task.data == {"receipt": "R-1"}


def test_an_early_receipt_whose_step_is_left_out_waits_for_a_person() -> None:
    """Nothing was ever owed, but money came."""
    world = b.opened(b.step("first"), pays(after=("first",), when=b.has("first.owes")))
    world.say("pay", PAID, b.CASE, data=RIGHT)
    b.answers(world, "first", owes=False)
    assert (b.statuses(world)["pay"], incidents(world)) == ("skipped", [("legal-effect", "pay")])


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_an_early_receipt_of_a_case_that_ends_waits_for_a_person(how: str) -> None:
    """The case never came as far as its bill: nobody may overlook the money, and then it ends."""
    world = later()
    world.say("pay", PAID, b.CASE, data=RIGHT)
    if how == "rejected":
        b.answers(world, "first", "rejected")
    else:
        world.command("withdraw", b.CASE)
    assert (b.case_of(world).status, [cause for cause, _ in incidents(world)]) == ("closing", ["legal-effect"])
    world.command("retry", b.CASE)
    assert (b.case_of(world).status, incidents(world)) == (how, [])


def test_a_receipt_that_waits_beside_an_incident_is_told_when_the_case_is_withdrawn() -> None:
    """It was parked: it is routed after the end, and a person must look at the money."""
    world = later()
    b.answers(world, "first")
    b.answers(world, "pay", **WRONG)
    assert b.answers(world, "pay", **RIGHT).outcome == "parked"
    world.command("withdraw", b.CASE)
    assert (b.case_of(world).status, [cause for cause, _ in incidents(world)]) == ("withdrawn", ["legal-effect"])


@pytest.mark.parametrize(
    ("agency", "causation", "category"),
    [("print", None, "rights"), ("pay", "00000000-0000-5000-8000-000000000000", "routing")],
)
def test_a_receipt_of_no_bill_comes_back(agency: str, causation: str | None, category: str) -> None:
    """Of an agency that takes no money here, or of a task that nobody sent: its sender is told why."""
    world = Rehearsal(b.plan(b.procedure(pays(), b.step("print")), more_publishes={"print": [PAID]}))
    world.publish(b.event(b.OPENS, b.OPENER))
    decision = world.say(agency, PAID, b.CASE, data=RIGHT, causation=causation)
    assert (decision.outcome, letters(world), b.told(world)) == ("refused", [category], [("EventRefused", agency)])
    assert b.case_of(world).bills[StepName("pay")].paid == ""


def test_a_receipt_of_a_case_that_takes_no_money_comes_back() -> None:
    """The bank may say it in other procedures; here no step takes it."""
    world = Rehearsal(b.plan(b.procedure(b.step("print")), more_publishes={"pay": [PAID]}))
    world.publish(b.event(b.OPENS, b.OPENER))
    world.say("pay", PAID, b.CASE, data=RIGHT)
    assert (letters(world), b.told(world)) == (["routing"], [("EventRefused", "pay")])


def test_a_receipt_of_a_case_that_nobody_opens_comes_back_after_a_day() -> None:
    """It waits for an opening; then its sender has it back."""
    world = Rehearsal(later().plan)
    assert world.say("pay", PAID, b.CASE, data=RIGHT).outcome == "orphaned"
    world.wind(b.DAY)
    assert letters(world) == ["orphan"]


def test_a_receipt_of_a_case_that_is_gone_comes_back() -> None:
    """After its retention the hub knows nothing of it any more."""
    world = later()
    world.command("withdraw", b.CASE)
    world.wind(91 * b.DAY)
    assert world.case(b.CASE) is None
    world.say("pay", PAID, b.CASE, data=RIGHT)
    world.wind(b.DAY)
    assert letters(world) == ["orphan"]


@pytest.mark.parametrize(("late_ms", "paid"), [(-1, True), (0, False), (1, False)])
def test_a_receipt_that_waited_beside_an_incident_counts_by_when_it_was_appended(
    late_ms: int,
    paid: bool,  # noqa: FBT001 - a case of a table
) -> None:
    """A person took a day for something else; one ms before the bill lapsed the money was there."""
    other = b.step("other", fill={"a": b.path("application.missing")}, after=["first"])
    world = b.opened(b.step("first"), pays(), other)
    due, task = b.state(world, "pay").due, world.active_task(b.CASE, "pay")
    assert due is not None
    b.answers(world, "first")
    assert incidents(world) == [("fill", "other")]
    world.publish(b.event(PAID, "pay", data=RIGHT, at=due + late_ms, causation=task))
    world.wind(b.DAY)
    world.command("skip", b.CASE, step="other")

    bill = b.case_of(world).bills[StepName("pay")]
    assert (bool(bill.paid), bill.issued) == ((True, 1) if paid else (False, 2))
    assert incidents(world) == ([] if paid else [("legal-effect", "pay")])


@pytest.mark.parametrize("declared", ["incident", "reopen"])
def test_a_payment_taken_back_before_the_time_to_fetch_is_over_is_not_uncollected(declared: Any) -> None:
    """Appended one ms before, read a day later: the case goes on, or a person looks, and it has not ended."""
    fetched = b.step("fetch", after=["print"], deadline=b.deadline(b.DAY, on_missed="uncollected", warn=()))
    paying = pays()
    assert paying.payment is not None
    paying = replace(paying, payment=replace(paying.payment, on_reversal=declared))
    world = b.opened(paying, b.step("print", after=["pay"]), fetched)
    b.answers(world, "pay", **RIGHT)
    b.answers(world, "print")
    due = b.state(world, "fetch").due
    assert due is not None
    world.now = due + b.DAY  # the worker was down; timers fire only when its inputs are read to their end
    world.publish(b.event(TAKEN_BACK, "pay", data={"receipt": "R-1"}, at=due - 1))

    assert b.case_of(world).status == "open"
    assert b.case_of(world).bills[StepName("pay")].paid == ""
    assert incidents(world) == ([("payment", "pay")] if declared == "incident" else [])
    if declared == "reopen":
        assert b.statuses(world) == {"pay": "active", "print": "pending", "fetch": "pending"}


def test_a_payment_taken_back_when_the_case_has_ended_uncollected_is_an_incident() -> None:
    """The time to fetch was over and the case closed: nothing is opened again, and nobody may overlook it."""
    fetched = b.step("fetch", after=["pay"], deadline=b.deadline(b.DAY, on_missed="uncollected", warn=()))
    world = b.opened(pays(), fetched)
    b.answers(world, "pay", **RIGHT)
    world.wind(b.DAY)
    world.say("pay", TAKEN_BACK, b.CASE, data={"receipt": "R-1"})
    assert (b.case_of(world).status, incidents(world)) == ("uncollected", [("payment", "pay")])


def couple() -> Rehearsal:
    """Open a case in which each of two people owes a sum of their own to one bank, whose answers say of whom."""
    steps = []
    for person, owed in (("ann", 10), ("bob", 20)):
        bill = BillPlan(amounts=(("state", b.constant(owed)),), into={"total": "amount"})
        payment = PaymentPlan(bill=StepName(f"pay_{person}"), amount="received", reversed_by=TAKEN_BACK, bills=2)
        steps.append(
            b.step(
                f"pay_{person}", agency="bank", answers=[b.answer("pay", "done")], bill=bill, payment=payment,
                subject=SubjectPlan(person, "person", {}), holder="payer", deadline=LAPSES,
            )
        )  # fmt: skip
    procedure = b.procedure(*steps, b.step("end", after=["pay_ann", "pay_bob"]))
    procedure = replace(procedure, reversals={TAKEN_BACK: (StepName("pay_ann"), StepName("pay_bob"))})
    world = Rehearsal(b.plan(procedure))
    world.publish(b.event(b.OPENS, b.OPENER))
    return world


def bills(world: Rehearsal) -> dict[str, Bill]:
    """Read the bills by whose they are."""
    return {name.removeprefix("pay_"): bill for name, bill in b.case_of(world).bills.items()}


def test_each_subject_owes_and_pays_a_bill_of_its_own() -> None:
    """One bank, one event type: what bob pays is held against bob's bill."""
    world = couple()
    assert [(sent.task.about, sent.task.data) for sent in world.tasks] == [
        ("ann", {"amount": 10}), ("bob", {"amount": 20}),
    ]  # fmt: skip
    world.say("bank", PAID, b.CASE, data={"person": "bob", "received": 20})
    assert {name: bool(bill.paid) for name, bill in bills(world).items()} == {"ann": False, "bob": True}
    world.say("bank", PAID, b.CASE, data={"person": "ann", "received": 20})
    assert (letters(world), incidents(world)) == (["payment"], [("payment", "pay_ann")])
    world.command("retry", b.CASE)
    world.say("bank", PAID, b.CASE, data={"person": "ann", "received": 10})
    assert b.statuses(world)["end"] == "active"


def test_the_payment_of_one_subject_is_taken_back_alone() -> None:
    """Both have paid; the reversal says of whom it is, the other's payment stands."""
    world = couple()
    for person, owed in (("ann", 10), ("bob", 20)):
        world.say("bank", PAID, b.CASE, data={"person": person, "received": owed})
    world.say("bank", TAKEN_BACK, b.CASE, data={"person": "ann"})
    assert {name: bool(bill.paid) for name, bill in bills(world).items()} == {"ann": False, "bob": True}
    assert b.statuses(world) == {"pay_ann": "active", "pay_bob": "done", "end": "pending"}


def test_the_bill_of_one_subject_lapses_alone() -> None:
    """Ann's is issued anew; bob has paid, and nobody asks him again."""
    world = couple()
    world.say("bank", PAID, b.CASE, data={"person": "bob", "received": 20})
    world.wind(2 * b.HOUR)
    assert {name: bill.issued for name, bill in bills(world).items()} == {"ann": 2, "bob": 1}
    world.wind(2 * b.HOUR)
    assert b.case_of(world).status == "expired_unpaid"
