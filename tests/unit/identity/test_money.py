"""Amounts in every way in which they come, and the numbers by which money is asked for."""

import math

import pytest

from hub.identity.money import billing, rupiah, rupiah_text, va
from hub.identity.shape import Refusal


@pytest.mark.parametrize(
    "said",
    [
        "1.000.000", "1000000.00", "Rp 1.000.000,-", "1000000", "Rp1.000.000", "Rp. 1.000.000,00", "IDR 1000000",
        "1000000,00", "1000000.0", "1.000.000,0", " rp1000000,- ", "Rp\N{NO-BREAK SPACE}1.000.000", 1_000_000,
        1_000_000.0, "0001000000",
    ],
)  # fmt: skip
def test_one_amount_is_read_alike_in_all_its_forms(said: str | float) -> None:
    """Dots of thousands, cents of nothing, signs of the currency: a million rupiah."""
    assert rupiah(said) == 1_000_000


@pytest.mark.parametrize(
    ("said", "amount"), [("0", 0), ("1.000", 1_000), ("100.000", 100_000), ("12.500,00", 12_500), ("0.00", 0), (0, 0)]
)
def test_small_amounts_are_read(said: str | int, amount: int) -> None:
    """A dot before three digits is a thousand's."""
    assert rupiah(said) == amount


@pytest.mark.parametrize(
    "said",
    [
        "", "Rp", "1,000,000", "1,000", "1.00.000", "1000.000", "1.000.00", "0.500", "1000000.50", "1.000.000,50",
        "-1000", "1e6", "\u0661\u0660\u0660\u0660", "USD 100", "1 000 000",
        "9" * 20, "9223372036854775808", 0.5, -1, math.nan, math.inf,
        1e300, True,
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(said: str | float) -> None:
    """No part of a rupiah, no sign, no thousands of another language, no number that a float has rounded."""
    assert isinstance(rupiah(said), Refusal)


def test_an_amount_is_written_with_dots() -> None:
    """As people read it."""
    assert [rupiah_text(each) for each in (0, 999, 1_000_000)] == ["Rp0", "Rp999", "Rp1.000.000"]


def test_a_payment_code_has_fifteen_digits() -> None:
    """Spaces in it go."""
    assert billing("000 000 000 000 001") == "000000000000001"
    assert billing("00000000000001") == Refusal("must have 15 digits")


@pytest.mark.parametrize("text", ["   0000000000001", "123456780", "12345678" + "0" * 20, "       11"])
def test_a_virtual_account_keeps_the_spaces_before_its_partner(text: str) -> None:
    """They are a part of the number."""
    assert va(text) == text


@pytest.mark.parametrize("text", ["", "12345678", "        1", "12345678" + "0" * 21, "   12345678 1", "1234 5678901"])
def test_another_virtual_account_is_refused(text: str) -> None:
    """Partner and customer must both be there, and none is longer than it may be."""
    assert isinstance(va(text), Refusal)
