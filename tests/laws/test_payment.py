"""What holds of a payment whatever is said of it, in any order, at any time, and however often."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.events.envelope import Event
from hub.names import EventType, StepName
from hub.network.plan import BillPlan, PaymentPlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import has_owner, is_closed
from tests import builders as b

PAY = StepName("pay")
TAKEN_BACK = EventType("test.TakenBack")
LAPSES = 2 * b.HOUR
ACTS = st.one_of(
    st.tuples(st.just("receipt"), st.sampled_from(["R-1", "R-2"]), st.sampled_from([0, 0, 0, -1, 1])),
    st.tuples(st.just("back"), st.sampled_from(["R-1", "R-2"]), st.just(0)),
    st.tuples(st.just("print"), st.just(""), st.just(0)),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, LAPSES - 1, LAPSES, LAPSES + 1])),
    st.tuples(st.sampled_from(["retry", "skip"]), st.just(""), st.just(0)),
)


def shop(bills: int, on_reversal: str) -> Rehearsal:
    """Open a case that owes ten rupiah to two payees, and prints once it is paid."""
    bill = BillPlan(amounts=(("city", b.constant(4)), ("state", b.constant(6))), into={"total": "amount"})
    payment = PaymentPlan(
        bill=PAY, amount="received", number="receipt", shares={"city": "city", "state": "state"}, bills=bills,
        reversed_by=TAKEN_BACK, on_reversal="reopen" if on_reversal == "reopen" else "incident",
    )  # fmt: skip
    lapses = b.deadline(LAPSES, on_missed="expired_unpaid", warn=())
    return b.opened(
        b.step("pay", bill=bill, payment=payment, deadline=lapses, holder="payer"),
        b.step("print", after=["pay"]), b.step("collect", after=["print"]),
    )  # fmt: skip


def happen(world: Rehearsal, act: tuple[str, str, int]) -> None:
    """Let one thing happen."""
    what, number, more = act
    if what == "receipt":
        data = {"received": 10, "receipt": number, "city": 4 + more, "state": 6}
        world.say("pay", "test.pay.done", b.CASE, data=data)
    elif what == "back":
        world.say("pay", TAKEN_BACK, b.CASE, data={"receipt": number})
    elif what == "print":
        world.say("print", "test.print.done", b.CASE)
    elif what == "wait":
        world.wind(more)
    else:
        world.command(what, b.CASE, step=None if what == "retry" else "pay")


@settings(max_examples=150)
@given(st.integers(1, 3), st.sampled_from(["incident", "reopen"]), st.lists(ACTS, max_size=14))
def test_money_moves_a_case_by_its_bill_and_nothing_else(
    bills: int, on_reversal: str, acts: list[tuple[str, str, int]]
) -> None:
    """Nothing is printed unpaid, nobody is stuck, all time is somebody's, and no more bills are out than may be."""
    world = shop(bills, on_reversal)
    for act in acts:
        happen(world, act)
        if world.case(b.CASE) is None:
            return  # its retention is over
        case = b.case_of(world)
        bill = case.bills[PAY]

        assert (bill.total, sum(bill.shares.values())) == (10, 10)
        assert is_closed(case) or has_owner(case)
        assert sum(case.held.values()) == case.at - case.opened_at
        assert bill.issued <= bills
        if b.statuses(world).get("print") == "active" and not case.incidents:
            assert bill.paid
        if case.status == "expired_unpaid":
            assert (bill.paid, bill.issued >= bills) == ("", True)
    assert {one.refusal.category for one in world.dead_letters} <= {"payment", "routing"}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["R-1", "R-2"]), min_size=1, max_size=6), st.integers(-2, 2))
def test_a_bill_is_paid_once(numbers: list[str], late_ms: int) -> None:
    """However many receipts come, and whenever they are read, one counts or none; what is printed is printed once."""
    world = shop(1, "incident")
    due = b.state(world, "pay").due
    task = world.active_task(b.CASE, "pay")
    assert due is not None
    world.now = due + b.HOUR
    for i, number in enumerate(numbers):
        data = {"received": 10, "receipt": number, "city": 4, "state": 6}
        world.publish(b.event("test.pay.done", "pay", data=data, at=due + late_ms, causation=task, id=f"receipt-{i}"))

    paid = late_ms < 0
    assert [sent.task.step for sent in world.tasks].count(StepName("print")) == int(paid)
    assert b.case_of(world).status == ("open" if paid else "expired_unpaid")
    assert bool(b.case_of(world).bills[PAY].paid) == paid


EARLY_ACTS = st.one_of(
    st.tuples(st.just("receipt"), st.sampled_from(["R-1", "R-2"]), st.sampled_from([0, 0, 0, -1, 1])),
    st.tuples(st.just("back"), st.sampled_from(["R-1", "R-2"]), st.just(0)),
    st.tuples(st.sampled_from(["code", "pay/returned", "print"]), st.just(""), st.just(0)),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, LAPSES, b.DAY])),
    st.tuples(st.sampled_from(["retry", "withdraw", "hold", "release"]), st.just(""), st.just(0)),
)


def code_first(*, own: bool) -> Rehearsal:
    """Open a case that owes ten rupiah once a code is given: `code` asks for them, or `pay` itself does."""
    bill = BillPlan(amounts=(("city", b.constant(4)), ("state", b.constant(6))), into={"total": "amount"})
    payment = PaymentPlan(
        bill=PAY if own else StepName("code"), amount="received", number="receipt",
        shares={"city": "city", "state": "state"}, bills=2, reversed_by=TAKEN_BACK, on_reversal="reopen",
    )  # fmt: skip
    answers = [b.answer("pay", "done"), b.answer("pay", "returned", to=StepName("code"))]
    lapses = b.deadline(LAPSES, on_missed="expired_unpaid", warn=())
    return b.opened(
        b.step("code", bill=None if own else bill),
        b.step(
            "pay", after=["code"], bill=bill if own else None, payment=payment, deadline=lapses, holder="payer",
            answers=answers,
        ),
        b.step("print", after=["pay"]),
    )  # fmt: skip


def happen_early(world: Rehearsal, act: tuple[str, str, int]) -> None:
    """Let one thing happen to a case that may not have come as far as its payment."""
    what = act[0]
    if what in {"hold", "release"}:
        world.order(held=["pay"] if what == "hold" else [])
    elif what == "withdraw":
        world.command("withdraw", b.CASE)
    elif what in {"code", "print"}:
        world.say(what, f"test.{what}.done", b.CASE)
    elif what == "pay/returned":
        world.say("pay", "test.pay.returned", b.CASE)
    else:
        happen(world, act)


def unexplained(world: Rehearsal) -> int:
    """Count the receipts that were neither told to anybody, nor wait, nor are one of those that the journal counts."""
    case, receipts, open_, words = b.case_of(world), set(), set(), 0
    for entry in world.journal:
        decided = entry.decision
        if isinstance(entry.stimulus, Event) and entry.stimulus.type == "test.pay.done":
            receipts.add(entry.stimulus.id)
        open_ |= {one.event for one in decided.case.incidents} if decided.case is not None else set()
        for each in decided.changes:
            words += each.after in {"paid", "already paid", "paid twice"}
            words += each.after == "reversed" and "before its bill" in each.why
    told = {sent.notice.data["event_id"] for sent in world.notices if "event_id" in sent.notice.data}
    waits = {each.id for each in case.early} | {each.id for each in world.parked.get(b.CASE, [])}
    return len(receipts - open_ - told - waits) - words


@settings(max_examples=150)
@given(st.booleans(), st.lists(EARLY_ACTS, max_size=12))
def test_no_receipt_is_silent_and_none_is_counted_for_another_bill(
    own: bool,  # noqa: FBT001 - drawn
    acts: list[tuple[str, str, int]],
) -> None:
    """Before its bill, beside it or after it: it counts to the rupiah, is told, or waits; and nobody prints unpaid."""
    world = code_first(own=own)
    for act in acts:
        happen_early(world, act)
        if world.case(b.CASE) is None:
            return  # its retention is over
        case = b.case_of(world)
        assert is_closed(case) or has_owner(case)
        assert sum(case.held.values()) == case.at - case.opened_at
        assert unexplained(world) <= 0
        paid = any(bill.paid for bill in case.bills.values())
        if b.statuses(world).get("print") == "active" and not case.incidents:
            assert paid
