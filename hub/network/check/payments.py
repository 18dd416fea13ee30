"""Whether bills and payments hold together: what is owed by which tariff, into which fields, and what is a receipt."""

from collections.abc import Iterable, Mapping
from typing import Final

from hub.names import EventType, StepName
from hub.network.check.actors import check_type
from hub.network.check.part import PartCheck
from hub.network.flow import renewed_by
from hub.network.folder.finding import meant
from hub.network.folder.yaml import Path
from hub.network.model import Bill, Payment, Step
from hub.network.subject import written_name
from hub.network.tariff import TREASURIES, Tariff

_TOTAL: Final = "total"
#: Kinds of fields that hold whole rupiah.
_MONEY: Final = ("int",)


class PaymentCheck(PartCheck):
    """Check the bills and payments of one procedure."""

    def run(self) -> None:
        """Report everything that is wrong."""
        taken: dict[StepName, StepName] = {}
        for name, step in self._procedure.steps.items():
            if step.bill is not None:
                self._check_bill(step, step.bill, path=("steps", name, "bill"))
            if step.payment is not None:
                self._check_payment(name, step, step.payment, taken)

    def _check_bill(self, step: Step, bill: Bill, *, path: Path) -> None:
        if (bill.tariff is None) == (not bill.amounts):
            message = "a bill is either reckoned by a tariff or summed from amounts"
            self._report.at_key(path, "payment-bill", message, fix="write one of tariff and amounts")
            return
        versions = [each for each in self._network.tariffs.values() if each.tariff == bill.tariff]
        if bill.tariff is not None:
            self._check_tariff(bill, bill.tariff, versions, path=path)
        if bill.tariff is not None and not versions:
            return  # whom it pays is not known
        payees = [*bill.amounts, *(part.payee for each in versions for part in each.components.values())]
        self._check_payees(bill.amounts, [*TREASURIES, *self._network.agencies], path=(*path, "amounts"))
        self._check_payees(bill.into, [_TOTAL, *payees], path=(*path, "into"))
        self._check_fields(bill.into, [step.request], path=(*path, "into"))
        for payee, field in bill.into.items():
            if field in step.fill:
                message = f"field {field!r} is filled by the bill and by fill"
                self._report.at((*path, "into", payee), "payment-field", message, fix="let one of them fill it")

    def _check_tariff(self, bill: Bill, tariff: str, versions: list[Tariff], *, path: Path) -> None:
        if not versions:
            every = sorted({each.tariff for each in self._network.tariffs.values()})
            fix = meant(tariff, every, otherwise=f"add tariffs/{tariff}.v1.yaml")
            message = f"tariff {tariff!r} is not in this network"
            self._report.at((*path, "tariff"), "payment-bill", message, fix=fix)
            return
        wanted = {name for each in versions for name in each.facts}
        for name in sorted(wanted - bill.facts.keys()):
            message = f"the tariff's fact {name!r} is not given"
            self._report.at_key(path, "payment-bill", message, fix=f"add {name}: with an expression under facts")
        for name in bill.facts.keys() - wanted:
            message = f"no version of tariff {tariff!r} reads {name!r}"
            self._report.at_key((*path, "facts", name), "payment-bill", message, fix="take it out")

    def _check_payees(self, named: Iterable[str], known: list[str], *, path: Path) -> None:
        for payee in named:
            if payee not in known:
                message = f"{payee!r} is paid nothing here"
                self._report.at_key(
                    (*path, payee), "payment-bill", message, fix=meant(payee, known, otherwise="mend it")
                )

    def _check_fields(self, fields: Mapping[str, str], types: Iterable[EventType], *, path: Path) -> None:
        """Report what is no field of whole rupiah in one of these event types."""
        for event_type in types:
            if event_type not in self._types:
                continue
            known = self._types[event_type].fields
            for key, field in fields.items():
                if field not in known:
                    message = f"{event_type} has no field {field!r}"
                    fix = meant(field, known, otherwise="add the field to the schema")
                    self._report.at((*path, key), "payment-field", message, fix=fix)
                elif known[field].kind not in _MONEY:
                    message = f"field {field!r} of {event_type} is of kind {known[field].kind}"
                    self._report.at((*path, key), "payment-field", message, fix="name one of type long: whole rupiah")

    def _check_payment(self, name: StepName, step: Step, payment: Payment, taken: dict[StepName, StepName]) -> None:
        path: Path = ("steps", name, "payment")
        billed = payment.bill or name
        asks = self._procedure.steps.get(billed)
        bills = [
            each for each, step in self._procedure.steps.items() if step.bill and written_name(each, step) == billed
        ]
        if asks is None and bills:
            message = f"step {billed} asks for the money of each of several subjects, and step {name} takes it once"
            fix = f"write for_each: and payment: in one step, or name one bill, such as {bills[0]}"
            self._report.at((*path, "bill"), "payment-step", message, fix=fix)
            return
        if asks is None or asks.bill is None:
            message = f"step {billed} asks for no money"
            self._report.at_key(path, "payment-step", message, fix="write bill: there, or name the step that does")
        elif billed != name and billed not in self._flow.ancestors.get(name, ()):
            message = f"step {billed} asks for the money, but does not come before {name}"
            self._report.at((*path, "bill"), "payment-step", message, fix=f"let {name} come after it")
        elif billed in taken:
            message = f"step {taken[billed]} takes the money of the same bill"
            self._report.at_key(path, "payment-step", message, fix="let one step take it")
        taken.setdefault(billed, name)
        self._check_renewal(name, step, path=path)
        done = [each for each, answer in step.answers.items() if answer.outcome == "done"]
        self._check_fields({"amount": payment.amount}, done, path=path)
        self._check_fields(payment.shares, done, path=(*path, "shares"))
        self._check_number(payment, done, path=path)
        if payment.reversed_by is not None:
            if asks is not None and asks.bill is not None and asks.bill.owes == "anew":
                message = f"what is taken back of step {name} may be one of several payments"
                self._report.at(
                    (*path, "reversed_by"), "payment-step", message, fix="write owes: in_all, or take it out"
                )
            self._check_reversal(step, payment.reversed_by, path=(*path, "reversed_by"))

    def _check_renewal(self, name: StepName, step: Step, *, path: Path) -> None:
        target = renewed_by(name, step)
        if target is not None and target not in self._flow.ancestors.get(name, ()):
            message = f"a lapsed bill is issued anew by {target}, which does not come before {name}"
            self._report.at_key(path, "payment-step", message, fix="name a step before it in renewed_by")
        if step.holder != "payer":
            message = f"step {name} waits for a payment, but its holder is the {step.holder}"
            self._report.at_key(path, "payment-step", message, fix="write holder: payer")
        deadline = step.deadline
        if deadline is not None and (deadline.on_missed != "expired_unpaid" or deadline.start is not None):
            message = f"the deadline of step {name} is not when its bill lapses"
            fix = "count it from the task on (no from:), and write on_missed: expired_unpaid"
            self._report.at_key(("steps", name, "deadline"), "payment-step", message, fix=fix)

    def _check_number(self, payment: Payment, done: list[EventType], *, path: Path) -> None:
        for event_type in done:
            known = self._types[event_type].fields if event_type in self._types else {}
            if payment.number is not None and known and payment.number not in known:
                message = f"{event_type} has no field {payment.number!r}"
                fix = meant(payment.number, known, otherwise="add the field to the schema")
                self._report.at((*path, "number"), "payment-field", message, fix=fix)

    def _check_reversal(self, step: Step, event_type: EventType, *, path: Path) -> None:
        if not check_type(self._types, event_type, self._report, path=path):
            return
        agency = self._network.agencies.get(step.agency)
        if agency is not None and event_type not in agency.publishes:
            message = f"{step.agency} may not publish {event_type}, by which it takes a payment back"
            self._report.at(path, "not-published", message, fix=f"add it to publishes in agencies/{step.agency}.yaml")
        for other, each in self._procedure.steps.items():
            if event_type in each.answers:
                message = f"{event_type} also answers step {other}"
                self._report.at(path, "payment-step", message, fix="give the reversal a type of its own")
