"""Numbers of land and vehicles."""

import re
from typing import Final

from hub.identity.shape import Refusal, digits, marks

PLATE: Final = re.compile("[A-Z]{1,2}[0-9]{1,4}[A-Z]{1,3}")
NOP: Final = re.compile("[0-9]{17}[079]")
#: Digits of a NOP that say in which district the land is.
_DISTRICT_DIGITS: Final = 7


def plate(text: str) -> str | Refusal:
    """Give a vehicle's plate without spaces (B-H): letters of its region, 1 to 4 digits, 1 to 3 letters.

    East Kalimantan's region is KT; a vehicle that moves here comes with another.
    """
    return marks(text.replace("-", ""), PLATE, why="must be letters, 1 to 4 digits and 1 to 3 letters, like KT 1234 AB")


def nop(text: str) -> str | Refusal:
    """Give a land tax object's number (NOP) as 18 digits.

    Province 2, regency 2, district 3, ward 3 (in codes of BPS, never Kemendagri's), block 3, number 4, and a flag
    that is 0, 7 or 9 (S-H). It is shown as ``64.72.010.001.001-0001.0``.
    """
    return digits(text, NOP, why="must have 18 digits, the last of them 0, 7 or 9")


def nop_district(normal: str) -> str:
    """Give the district of a NOP in normal form, as a code of BPS (7 digits)."""
    return normal[:_DISTRICT_DIGITS]
