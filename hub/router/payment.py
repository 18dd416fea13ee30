"""What becomes of a bill: paid, paid already, taken back, or lapsed and issued anew.

Promises that a receipt counts only when it is the bill to the rupiah, payee by payee, and that no second one has a
second effect.
"""

from hashlib import blake2b
from typing import Any, Final, Literal

import msgspec

from hub.events.envelope import Event
from hub.names import EventId, StepName, derived_id, task_id
from hub.network.plan import PaymentPlan, StepPlan
from hub.router import clock, returns
from hub.router.bill import difference, is_paid, keep, reckon
from hub.router.case import Bill
from hub.router.control import EVENT_REFUSED, payment_noted
from hub.router.decision import Notice, Refusal
from hub.router.draft import Draft
from hub.router.matching import is_about
from hub.router.message import Message

#: Bytes of the mark that is kept of a receipt: enough to tell another receipt of the same bill from the same.
_MARK_BYTES: Final = 4
#: The receipt of a payment that an operator has settled.
_BY_HAND: Final = "operator"


def receive(draft: Draft, step: StepPlan, payment: PaymentPlan, message: Message) -> bool:
    """Count a receipt that is the bill; False, and an incident, when it is not: whoever sent it is told how far off.

    While the agency is held its task is not sent, but what it will ask for is what is owed.
    """
    if step.bill is not None and draft.state(step.name).held and not reckon(draft, step.name, step.bill):
        return False
    bill = draft.case.bills.get(payment.bill)
    if bill is None or bill.paid:  # a step that was active before its bill was kept
        return True
    if fault := _fault(bill, payment, message):
        _refuse(draft, step, message=message, fault=fault)
        return False
    keep(draft, payment.bill, _settled(bill, mark_of_receipt(payment, message), draft.state(step.name).task))
    draft.note("paid", step=step.name)
    return True


def refuse_early(draft: Draft, step: StepPlan, payment: PaymentPlan, message: Message) -> bool:
    """Refuse a receipt that came before its step began if it is not the bill that is out already; tell whether it was.

    What is not asked for yet, or will be asked for anew, may still become what was paid.
    """
    bill = draft.case.bills.get(payment.bill)
    is_out = payment.bill != step.name and draft.state(payment.bill).status in {"active", "done"}
    if bill is None or not is_out or not (fault := _fault(bill, payment, message)):
        return False
    _refuse(draft, step, message=message, fault=fault)
    return True


def settle(draft: Draft, step: StepPlan, payment: PaymentPlan) -> None:
    """Count a bill as paid because an operator says so."""
    if bill := draft.case.bills.get(payment.bill):
        keep(draft, payment.bill, _settled(bill, _BY_HAND, draft.state(step.name).task))


def again(draft: Draft, step: StepPlan, payment: PaymentPlan, message: Message) -> str:
    """Tell of a further receipt of a bill that was paid; empty when it was not paid, so that this one is late."""
    answer, bill = step.answers.get(message.type), draft.case.bills.get(payment.bill)
    if answer is None or answer.outcome != "done" or bill is None or not bill.paid:
        return ""
    if bill.paid in {_BY_HAND, mark_of_receipt(payment, message)} or payment.number is None:
        draft.note("already paid", step=step.name, why="the bill was paid already; nothing changes")
        _tell(draft, step, word="already_paid", task=bill.task, about=message.id)
        return "the bill was paid already"
    draft.note("paid twice", step=step.name, why="another receipt for a bill that was paid; its money goes back")
    _tell(draft, step, word="paid_twice", task=bill.task, about=message.id)
    return "the bill was paid already, under another receipt"


def reverse(draft: Draft, step: StepPlan, payment: PaymentPlan, event: Event) -> str:
    """Take a payment back: the step is done again, or a person must look; say which."""
    case, bill = draft.case, draft.case.bills.get(payment.bill)
    if bill is None or not bill.paid or _is_of_another(bill, payment, event):
        draft.note("reversed", step=step.name, why="what was taken back had not counted; nothing changes")
        return "what was taken back had not counted"
    draft.note("reversed", step=step.name, why="the payment was taken back")
    _tell(draft, step, word="reversed", task=bill.task, about=event.id)
    if case.status != "open":
        draft.incident("payment", f"the payment of {step.name} was taken back after the end", step=step.name)
        return "taken back after the end"
    keep(draft, payment.bill, msgspec.structs.replace(bill, paid="", task="", issued=0))
    if draft.state(step.name).status == "pending":  # a return has gone behind it: it asks when its turn comes again
        return "it is to be paid anew when its turn comes"
    gone_on = sorted(name for name in step.descendants if draft.state(name).status in {"done", "rejected"})
    if gone_on and payment.on_reversal == "incident":
        detail = f"the payment was taken back when {', '.join(gone_on)[:200]} had gone on"
        draft.incident("payment", f"{detail}; retry has it paid again, skip counts it as settled", step=step.name)
        draft.move(step.name, "pending", why="its payment was taken back")
        return "taken back after the case had gone on"
    _bill_anew(draft, step, payment, why="its payment was taken back")
    return "the bill is issued anew"


def is_renewed(draft: Draft, step: StepPlan, payment: PaymentPlan) -> bool:
    """Issue a lapsed bill anew while there may be another; False when there may be none."""
    bill = draft.case.bills.get(payment.bill)
    if draft.case.status != "open" or bill is None or bill.issued >= payment.bills:
        return False
    draft.note("lapsed", step=step.name, why="its bill has lapsed; a new one is issued")
    _tell(draft, step, word="lapsed", task=draft.state(step.name).task, about="lapsed")
    _bill_anew(draft, step, payment, why="the bill has lapsed")
    return True


def named(draft: Draft, names: tuple[StepName, ...], event: Event) -> StepPlan | Literal["rights", "routing"]:
    """Find the payment step that an event takes the money back of: by the task it names, else the only one paid."""
    steps = [draft.procedure.steps[name] for name in names]
    mine = [each for each in steps if event.agency in {each.agency, *draft.case.assigned.get(each.name, ())}]
    if draft.procedure.has_subjects:
        mine = [each for each in mine if is_about(each, event)]
    if not mine:
        return "rights"
    if event.causation is not None:
        found = [each for each in mine if event.causation in _tasks(draft, each)]
    else:
        found = [each for each in mine if is_paid(draft, each)] or mine
    return found[0] if len(found) == 1 else "routing"


def fields_of(step: StepPlan) -> frozenset[str]:
    """Name the fields that make an answer a receipt: what is kept of one that came early."""
    payment = step.payment
    if payment is None:
        return frozenset()
    return frozenset({payment.amount, *payment.shares.values(), *([payment.number] if payment.number else [])})


def mark_of_receipt(payment: PaymentPlan, message: Message) -> str:
    """Make the mark that is kept of a receipt: of its number where one is declared, else of the event's id."""
    number = None if payment.number is None else message.data.get(payment.number)
    return blake2b(str(message.id if number is None else number).encode(), digest_size=_MARK_BYTES).hexdigest()


def _bill_anew(draft: Draft, step: StepPlan, payment: PaymentPlan, *, why: str) -> None:
    target = step if payment.renewed_by is None else draft.procedure.steps[payment.renewed_by]
    returns.redo(draft, target, why=why)


def _tasks(draft: Draft, step: StepPlan) -> set[str]:
    return {task_id(draft.case.id, step.name, each) for each in range(1, draft.state(step.name).attempt + 1)}


def _is_of_another(bill: Bill, payment: PaymentPlan, event: Event) -> bool:
    """Tell whether what is taken back is a payment that had not counted: of an older bill, or a second one."""
    if event.causation is not None and event.causation != bill.task:
        return True
    number = None if payment.number is None else event.data.get(payment.number)
    return bool(number) and bill.paid != _BY_HAND and mark_of_receipt(payment, event) != bill.paid


def _settled(bill: Bill, mark: str, task: str, /) -> Bill:
    return msgspec.structs.replace(bill, paid=mark, task=task)


def _fault(bill: Bill, payment: PaymentPlan, message: Message) -> str:
    """Say how a receipt differs from its bill, payee by payee; empty when it does not."""
    faults = []
    received: Any = message.data.get(payment.amount)
    if not _is_rupiah(received):
        faults.append("no whole amount was received")
    elif received != bill.total:
        faults.append(f"{difference(received, bill.total)} than the bill was received")
    if payment.shares:
        faults += _share_faults(bill, payment, message)
    return "; ".join(faults)


def _share_faults(bill: Bill, payment: PaymentPlan, message: Message) -> list[str]:
    said = {payee: message.data.get(field) or 0 for payee, field in payment.shares.items()}
    if not all(_is_rupiah(each) for each in said.values()):
        return ["a share is no whole amount"]
    owed = {payee: bill.shares.get(payee, 0) for payee in {**payment.shares, **bill.shares}}
    faults = [
        f"{payee} gets {difference(said.get(payee, 0), owed[payee])}"
        for payee in owed
        if said.get(payee, 0) != owed[payee]
    ]
    if sum(said.values()) != bill.total:
        faults.insert(0, f"the shares are {difference(sum(said.values()), bill.total)} than the bill")
    return faults


def _is_rupiah(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _refuse(draft: Draft, step: StepPlan, *, message: Message, fault: str) -> None:
    case, reason = draft.case, f"the receipt is not the bill: {fault}; send a receipt of what was billed"
    draft.incident("payment", f"{fault}; retry when the right receipt is there, or skip", step=step.name)
    if draft.state(step.name).status == "active":  # money came in time: the bill lapses no more
        clock.stop(draft.edit(step.name), draft.at, deadline=step.deadline)
        draft.note("progress", step=step.name, why="the clock is stopped: money came, but not as it was billed")
    draft.refusal = Refusal(category="payment", reason=reason)
    data = {
        "case": case.id, "event_id": message.id, "event_type": message.type, "category": "payment", "reason": reason,
    }  # fmt: skip
    draft.notices.append(
        Notice(
            id=derived_id(case.id, message.agency, message.id, str(case.revision), EVENT_REFUSED), agency=step.agency,
            type=EVENT_REFUSED, data=data, causation=message.id, subject=case.subject,
        )
    )  # fmt: skip


def _tell(draft: Draft, step: StepPlan, *, word: str, task: str, about: EventId | str) -> None:
    """Tell the payer's front office and the agency that takes the money; of a refund the coordinator too."""
    told = [draft.plan.front_office, step.agency]
    if word == "paid_twice":
        told.append(draft.plan.coordinator)
    for agency in dict.fromkeys(told):
        draft.notices.append(
            payment_noted(draft.case, agency, step=step.name, task=task, word=word, about=f"{word}/{about}")
        )
