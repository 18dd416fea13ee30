"""The page on payments shows what the hub takes."""

from hub.network.folder.yaml import read_yaml
from hub.network.model import Bill, Payment
from tests.docs.page import ROOT, blocks

_SHOWN = [block.text for block in blocks(ROOT / "docs/payments.md") if block.kind == "yaml"]


def test_the_bills_and_the_payment_shown_are_taken() -> None:
    """Whoever copies them has no unknown key and no wrong value."""
    read = [read_yaml("shown.yaml", text.encode()) for text in _SHOWN]
    shown = [document.value for document, findings in read if not findings]

    bills = [Bill.model_validate(each["bill"]) for each in shown if "bill" in each]
    (payment,) = [Payment.model_validate(each["payment"]) for each in shown if "payment" in each]
    (own,) = [each["pay"] for each in shown if "pay" in each]
    assert (Bill.model_validate(own["bill"]).total, Payment.model_validate(own["payment"]).bill) == (None, None)
    assert [each.tariff for each in bills] == ["passport", None]
    assert set(Payment.model_fields) == payment.model_fields_set
