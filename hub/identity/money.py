"""Numbers by which money is asked for, and amounts of it: whole rupiah, whatever way they were written."""

import re
from typing import Final

from hub.identity.shape import Refusal, digits

BILLING: Final = re.compile("[0-9]{15}")
#: Eight characters of the partner, filled with spaces from the left, then up to twenty of the customer.
VA: Final = re.compile(r"(?=.{8}[0-9]{1,20}\Z) {0,7}[0-9]{2,28}")

_AMOUNT: Final = re.compile(
    r"(?:(?:rp|idr)\.? ?)?"
    r"(?:(?P<plain>[0-9]{1,19})(?:[.,]0{1,2}|,-)?|(?P<grouped>[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,6})(?:,(?:0{1,2}|-))?)",
    re.IGNORECASE,
)
#: What a ``long`` holds, and a float can say without loss.
_MOST, _MOST_IN_FLOAT = 2**63 - 1, 2**53


def billing(text: str) -> str | Refusal:
    """Give a payment code (kode billing, SIMPONI) as 15 digits (V-M). It expires; a new bill has another."""
    return digits(text, BILLING, why="must have 15 digits")


def va(text: str) -> str | Refusal:
    """Give a virtual account as SNAP has it (V-H): partner, 8 characters with spaces before it, then 1 to 20 digits.

    The spaces in front are a part of it.
    """
    found = text.rstrip()
    return (
        found
        if VA.fullmatch(found)
        else Refusal("must be 8 characters (digits, spaces before them) and 1 to 20 digits")
    )


def rupiah(said: str | float) -> int | Refusal:
    """Read an amount in whole rupiah: ``1.000.000``, ``1000000.00``, ``Rp 1.000.000,-`` and 1000000.0 are one (B-H).

    Dots between three digits are thousands, a comma ends the rupiah. What could be read in two ways, has a part of a
    rupiah or a sign, is refused.
    """
    if isinstance(said, bool):
        return Refusal("must be an amount of rupiah")
    if isinstance(said, int | float):
        return _counted(said)
    found = _AMOUNT.fullmatch(said.strip().replace("\N{NO-BREAK SPACE}", " "))
    if not found:
        return Refusal("must be an amount of whole rupiah like 1000000, 1.000.000 or Rp1.000.000,00")
    return _counted(int((found["plain"] or found["grouped"]).replace(".", "")))


def rupiah_text(amount: int) -> str:
    """Write an amount as people read it: ``Rp1.000.000``."""
    return f"Rp{amount:,}".replace(",", ".")


def _counted(amount: float) -> int | Refusal:
    if isinstance(amount, float):
        if not abs(amount) <= _MOST_IN_FLOAT or not amount.is_integer():
            return Refusal("must be whole rupiah")
        amount = int(amount)
    return amount if 0 <= amount <= _MOST else Refusal("must be between 0 and 2^63-1 rupiah")
