"""The city's fair, where money moves: a place is looked at, paid for, signed and handed over.

A stall has weeks for that, a booth a moment, a tent some seconds. The fee is reckoned by a tariff and split between
three payees, with roundings that a child can check.
"""

from typing import Any, Final

from hub.names import EventType

STALL: Final = EventType("city.StallAsked")
BOOTH: Final = EventType("city.BoothAsked")
TENT: Final = EventType("city.TentAsked")
FEE_PAID: Final = EventType("city.FeePaid")
FEE_BACK: Final = EventType("city.FeeTakenBack")
SIGNED: Final = EventType("city.Signed")

#: How long a booth's bill is good, and how long it waits to be fetched, in ms.
HASTE_MS: Final = 1_500
#: The same for a tent: long enough for a busy machine to do what a test must have done before.
TENT_MS: Final = 6_000
#: Who gets a share of every fee.
PAYEES: Final = ("province", "city", "state")
#: What the state gets of every fee.
STATE_RUPIAH: Final = 100_000

_TEXT: Final = {"id": "-", "en": "-"}
#: Event types with their fields.
TYPES: Final[dict[str, dict[str, Any]]] = {
    "StallAsked": {"price": "long"},
    "BoothAsked": {"price": "long"},
    "TentAsked": {"price": "long"},
    "FeeRequest": {"total": "long", "province": "long", "city": "long", "state": "long"},
    "FeePaid": {"received": "long", "receipt": "string", "province": "long", "city": "long", "state": "long"},
    "FeeTakenBack": {"receipt": "string"},
    "SignRequest": {},
    "Signed": {},
}


def fee(price: int) -> dict[str, int]:
    """Reckon a fee by hand: 0.8 per cent to the province, 66 per cent of that to the city, the rest to the state."""
    tax = price * 8 // 1_000
    shares = {"province": tax, "city": tax * 66 // 100, "state": STATE_RUPIAH}
    return {"total": sum(shares.values()), **shares}


def tariff() -> dict[str, Any]:
    """Declare what a place at the fair costs."""
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "tax": ("province", {"percent": "0.8", "of": "price"}),
        "surcharge": ("city", {"percent": "66", "of": "tax"}),
        "paper": ("state", {"fixed": STATE_RUPIAH}),
    }
    return {
        "tariff": "fair", "version": 1, "service": "stall", "title": _TEXT, "legal_basis": _TEXT, "valid": {},
        "facts": {"price": {"kind": "rupiah", "title": _TEXT}}, "evidence": "I",
        "components": {
            name: {"title": _TEXT, "payee": payee, "formula": formula, "evidence": "I"}
            for name, (payee, formula) in parts.items()
        },
    }  # fmt: skip


def steps(within: int | str) -> dict[str, Any]:
    """Declare the steps; a bill is good, and what was signed waits, so long."""
    return {
        "look": {"agency": "civil", "request": "city.LookRequest", "answers": {"city.Looked": "done"}},
        "pay": {
            "agency": "bank", "request": "city.FeeRequest", "after": ["look"], "holder": "payer",
            "bill": {
                "tariff": "fair", "facts": {"price": "application.price"},
                "into": {"total": "total", **{each: each for each in PAYEES}},
            },
            "answers": {FEE_PAID: "done"},
            "payment": {
                "amount": "received", "number": "receipt", "shares": {each: each for each in PAYEES}, "bills": 2,
                "reversed_by": FEE_BACK, "on_reversal": "reopen",
            },
            "deadline": {"within": within, "warn": [], "on_missed": "expired_unpaid"},
        },
        "sign": {"agency": "civil", "request": "city.SignRequest", "after": ["pay"], "answers": {SIGNED: "done"}},
        "fetch": {
            "agency": "post", "request": "city.TellRequest", "after": ["sign"], "answers": {"city.Delivered": "done"},
            "deadline": {"within": within, "warn": [], "on_missed": "uncollected"},
        },
    }  # fmt: skip
