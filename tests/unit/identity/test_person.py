"""Numbers of people and households: what is taken, what it becomes, and why another is refused."""

import pytest

from hub.identity.person import is_synthetic, jkn, kk, kpj, nik, passport, phone
from hub.identity.shape import Refusal

DATE = "must have a date of birth in digits 7 to 12 (a woman's day plus 40)"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("6472051205900000", "6472051205900000"),
        ("6472055205900000", "6472055205900000"),  # a woman
        (" 6472 0512 0590 0000\n", "6472051205900000"),
        ("647205.120590.0000", "6472051205900000"),
        ("0172053112900000", "0172053112900000"),  # a leading zero stays
        ("6472057101900000", "6472057101900000"),  # a woman, born on the 31st
        ("6472052902000000", "6472052902000000"),  # 2000 had a 29 February
        ("6472056902960000", "6472056902960000"),
    ],
)
def test_a_nik_is_sixteen_digits_with_a_date_of_birth(text: str, normal: str) -> None:
    """Spaces and dots go, no digit does."""
    assert nik(text) == normal


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("647205120590000", "must have 16 digits"),
        ("64720512059000000", "must have 16 digits"),
        ("", "must have 16 digits"),
        ("6472051205900O00", "must have 16 digits"),
        ("\u0666" * 16, "must have 16 digits"),
        ("6472050005900000", DATE),
        ("6472053205900000", DATE),
        ("6472054005900000", DATE),
        ("6472057205900000", DATE),
        ("6472051213900000", DATE),
        ("6472051200900000", DATE),
        ("6472053102900000", DATE),
        ("6472053002900000", DATE),
        ("6472057104900000", DATE),
        ("6472052902900000", DATE),  # neither 1990 nor 2090 has a 29 February
    ],
)
def test_another_nik_is_refused_without_being_told(text: str, why: str) -> None:
    """The answer says what a NIK must be, never what was given."""
    assert nik(text) == Refusal(why)


@pytest.mark.parametrize(
    ("normal", "sample"), [("6472051205900000", True), ("6472051205900001", False), ("6472051205900010", False)]
)
def test_a_nik_of_serial_0000_is_nobodys(normal: str, sample: bool) -> None:  # noqa: FBT001 - a table
    """Serials begin with 0001, so that samples can be told from people."""
    assert is_synthetic(normal) is sample


def test_a_family_card_has_sixteen_digits_of_which_nothing_is_guessed() -> None:
    """Its date is not checked: what is known of it is background only."""
    assert kk("6472050101200000") == "6472050101200000"
    assert kk("6472 0599 9920 0000") == "6472059999200000"
    assert kk("647205010120000") == Refusal("must have 16 digits")


def test_insurance_numbers_have_their_lengths() -> None:
    """Thirteen digits of the health insurance, eleven of the workers'."""
    assert jkn("0000 0000 0000 1") == "0000000000001"
    assert jkn("000000000001") == Refusal("must have 13 digits")
    assert kpj("00000000001") == "00000000001"
    assert kpj("0000000000l") == Refusal("must have 11 digits")


@pytest.mark.parametrize(
    ("text", "normal"), [("x1234567", "X1234567"), ("AB 123456", "AB123456"), ("A123456", "A123456")]
)
def test_a_passport_is_letters_and_digits(text: str, normal: str) -> None:
    """Both forms that sources tell are taken."""
    assert passport(text) == normal


@pytest.mark.parametrize("text", ["1234567", "ABC123456", "A12345", "A12345678", "X-1234567"])
def test_another_passport_is_refused(text: str) -> None:
    """What neither source tells is none."""
    assert isinstance(passport(text), Refusal)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("081234567890", "+6281234567890"),
        ("0812-3456-7890", "+6281234567890"),
        ("62 812 3456 7890", "+6281234567890"),
        ("+6281234567890", "+6281234567890"),
        ("(0541) 123456", "+62541123456"),
        ("+65 6123 4567", "+6561234567"),
    ],
)
def test_a_telephone_number_becomes_international(text: str, normal: str) -> None:
    """Whatever way it was written, it is kept as E.164."""
    assert phone(text) == normal


@pytest.mark.parametrize(
    "text", ["", "0", "81234567890", "0062812345678", "+0812345678", "0812x4567890", "+" + "6" * 16]
)
def test_another_telephone_number_is_refused(text: str) -> None:
    """A number without its country is not guessed."""
    assert isinstance(phone(text), Refusal)
