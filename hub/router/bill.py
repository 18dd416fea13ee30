"""What a step asks to be paid: reckoned by the tariff of the day of opening, or summed from amounts by payee.

Promises whole rupiah, that nothing is guessed, and that what was paid already is not asked for again.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub.errors import ExpressionError
from hub.events.envelope import Facts
from hub.names import StepName
from hub.network.plan import BillPlan, Expression, ProcedurePlan, StepPlan
from hub.network.tariff import MAX_RUPIAH, Tariff, Unreckoned, day_of, in_force, reckon_by
from hub.router.case import Bill, Case
from hub.router.draft import Draft

#: Under ``into``: the field for the whole of a bill.
_TOTAL: Final = "total"


def pinned(procedure: ProcedurePlan, opened_at: int) -> dict[str, int]:
    """Choose the tariffs' versions of the day on which a case was opened; a tariff not in force then has none."""
    day = day_of(opened_at, procedure.zone)
    chosen = {name: in_force(versions, on=day) for name, versions in procedure.tariffs.items()}
    return {name: tariff.version for name, tariff in chosen.items() if tariff is not None}


def prepare(draft: Draft, step: StepPlan) -> bool:
    """Reckon what a step asks for, and count the bill that its payment takes; False when the step need not start.

    Either a person must look at the bill, or it was paid already: then the step is done.
    """
    if step.bill is not None and not reckon(draft, step.name, step.bill):
        return False
    if step.payment is None:
        return not _is_settled(draft, step)
    bill = draft.case.bills.get(step.payment.bill)
    if bill is None:
        draft.incident("payment", f"step {step.payment.bill} has asked for nothing; skip or withdraw", step=step.name)
        return False
    if _is_settled(draft, step):
        return False
    keep(draft, step.payment.bill, msgspec.structs.replace(bill, issued=bill.issued + 1))
    told = f"bill {bill.issued + 1} of {step.payment.bills}" + (f" by tariff {bill.tariff}" if bill.tariff else "")
    draft.note("billed", step=step.name, why=told)
    return True


def asked(step: StepPlan, case: Case) -> dict[str, int]:
    """Give the request's fields that a step's bill fills; a payee who gets nothing is told so."""
    bill = case.bills.get(step.name)
    if step.bill is None or bill is None:
        return {}
    return {
        field: bill.total if payee == _TOTAL else bill.shares.get(payee, 0) for payee, field in step.bill.into.items()
    }


def keep(draft: Draft, name: StepName, bill: Bill) -> None:
    """Put a bill into the case."""
    draft.case.bills = {**draft.case.bills, name: bill}


def difference(gets: int, owed: int, /) -> str:
    """Say how far an amount is off, without saying the amounts."""
    return f"{abs(gets - owed)} rupiah {'more' if gets > owed else 'less'}"


def is_paid(draft: Draft, step: StepPlan) -> bool:
    """Tell whether the money of the bill that a step asks for, or takes, is there."""
    bill = draft.case.bills.get(step.name if step.payment is None else step.payment.bill)
    return bill is not None and bool(bill.paid)


def _is_settled(draft: Draft, step: StepPlan) -> bool:
    """End a step whose bill was paid already: its facts stand, what follows is considered."""
    if not is_paid(draft, step):
        return False
    state = draft.move(step.name, "done", why="it was paid already")
    state.ended = draft.now
    draft.look.extend(step.successors)
    return True


def reckon(draft: Draft, name: StepName, plan: BillPlan) -> bool:
    """Keep what is owed now; False (and an incident) when it cannot be told, or is not what was paid."""
    try:
        tariff, shares = _shares(draft, plan)
        total = _summed(draft, plan, shares)
    except ExpressionError as wrong:
        draft.incident("payment", f"{wrong}; amend the facts or the network, then retry", step=name)
        return False
    old = draft.case.bills.get(name)
    if old is not None and plan.owes == "anew":
        old = msgspec.structs.replace(old, paid="", task="")
    if old is not None and old.paid and (old.total, old.shares) != (total, shares):
        detail = (
            f"{difference(total, old.total)} is owed in all, or to other payees, than was paid; settle it, then skip"
        )
        draft.incident("payment", detail, step=name)
        return False
    made = Bill(total=total, shares=shares, tariff=tariff)
    if old is not None:
        made = msgspec.structs.replace(made, issued=old.issued, paid=old.paid, task=old.task)
    keep(draft, name, made)
    return True


def _summed(draft: Draft, plan: BillPlan, shares: Mapping[str, int]) -> int:
    total = sum(shares.values())
    if plan.total is not None and (said := _rupiah(plan.total, draft.case.facts)) != total:
        raise ExpressionError(f"the shares are {difference(total, said)} than the total {plan.total.text!r}")
    return total


def _shares(draft: Draft, plan: BillPlan) -> tuple[str, dict[str, int]]:
    facts = draft.case.facts
    if plan.tariff is None:
        return "", {payee: _rupiah(amount, facts) for payee, amount in plan.amounts}
    tariff = _version(draft, plan, plan.tariff)
    values = {name: _known(expression(facts)) for name, expression in plan.facts}
    found = reckon_by(tariff, values)
    if isinstance(found, Unreckoned):
        raise ExpressionError(found.why)
    return found.tariff, found.shares


def _version(draft: Draft, plan: BillPlan, name: str) -> Tariff:
    """Find the version that the case has kept since it was opened; one opened before tariffs were kept: its day's."""
    version = draft.case.tariffs.get(name) or pinned(draft.procedure, draft.case.opened_at).get(name)
    if version is None:
        raise ExpressionError(f"no version of tariff {name} was in force when the case was opened")
    if version not in plan.versions:
        raise ExpressionError(f"tariff {name}@{version} is not in the network in force")
    return plan.versions[version]


def _known(value: Any) -> Any:
    """Refuse floating-point numbers: money is never reckoned from one."""
    if isinstance(value, float):
        raise ExpressionError("a fact of a tariff is a floating-point number")
    return value


def _rupiah(expression: Expression, facts: Mapping[str, Facts]) -> int:
    value = expression(facts)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_RUPIAH:
        raise ExpressionError(f"{expression.text!r} gives no whole amount of rupiah")
    return value
