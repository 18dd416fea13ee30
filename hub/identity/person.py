"""Numbers of people and households: civil registry, insurance, passport, telephone."""

import re
from typing import Final

from hub.identity.shape import SEPARATORS, Refusal, digits, marks

_FIRST_28: Final = "0[1-9]|1[0-9]|2[0-8]|4[1-9]|5[0-9]|6[0-8]"
#: A day of birth (a woman's plus 40), month and year of two digits, as the calendar has them. The century is not told,
#: so that 29 February stands in every fourth year.
_BORN: Final = (
    rf"(?:(?:{_FIRST_28})(?:0[1-9]|1[0-2])[0-9]{{2}}"
    r"|(?:29|30|69|70)(?:0[13-9]|1[0-2])[0-9]{2}"
    r"|(?:31|71)(?:0[13578]|1[02])[0-9]{2}"
    r"|(?:29|69)02(?:[02468][048]|[13579][26]))"
)
NIK: Final = re.compile(rf"[0-9]{{6}}{_BORN}[0-9]{{4}}")
KK: Final = re.compile("[0-9]{16}")
JKN: Final = re.compile("[0-9]{13}")
KPJ: Final = re.compile("[0-9]{11}")
PASSPORT: Final = re.compile("[A-Z]{1,2}[0-9]{6,7}")
PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")

_NIK_DIGITS: Final = 16
#: The serial that is never issued.
_NEVER_ISSUED: Final = "0000"


def nik(text: str) -> str | Refusal:
    """Give a person's number (NIK) as 16 digits.

    ``PPKKCC DDMMYY SSSS`` (V-H): the area where the person was first registered, which need not be where they live; the
    date of birth, a woman's day plus 40; a serial from 0001. The area is not looked up: areas of long ago count too.
    """
    found = digits(text, NIK, why="must have a date of birth in digits 7 to 12 (a woman's day plus 40)")
    if isinstance(found, Refusal) and not re.fullmatch("[0-9]{16}", text.strip().translate(SEPARATORS)):
        return Refusal("must have 16 digits")
    return found


def is_synthetic(normal: str) -> bool:
    """Tell whether a NIK in normal form is a sample: serial 0000 is never issued (V-H)."""
    return len(normal) == _NIK_DIGITS and normal.endswith(_NEVER_ISSUED)


def kk(text: str) -> str | Refusal:
    """Give a family card's number (nomor KK) as 16 digits.

    Area, date of issue and serial (B-H), of which nothing is checked. A NIK has 16 digits too: never mix them.
    """
    return digits(text, KK, why="must have 16 digits")


def jkn(text: str) -> str | Refusal:
    """Give a health insurance card's number (JKN, BPJS Kesehatan) as 13 digits (V-H); a check digit is not known."""
    return digits(text, JKN, why="must have 13 digits")


def kpj(text: str) -> str | Refusal:
    """Give a worker's insurance number (KPJ, BPJS Ketenagakerjaan) as 11 digits (B-M)."""
    return digits(text, KPJ, why="must have 11 digits")


def passport(text: str) -> str | Refusal:
    """Give an Indonesian passport's number as letters and digits without spaces.

    Sources contradict each other (B-M): one or two letters, then six or seven digits. No event is refused for it.
    """
    return marks(text, PASSPORT, why="must be one or two letters and six or seven digits")


def phone(text: str) -> str | Refusal:
    """Give a telephone number in E.164: ``0812…`` and ``62812…`` become ``+62812…`` (B-H)."""
    found = re.sub(r"[ .()-]", "", text.strip())
    if found.startswith("0") and not found.startswith("00"):
        found = f"+62{found[1:]}"
    elif found.startswith("62"):
        found = f"+{found}"
    return (
        found if PHONE.fullmatch(found) else Refusal("must be a telephone number like +6281234567890 or 081234567890")
    )
