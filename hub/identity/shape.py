"""How a text is brought into its normal form and held against a pattern, and the answer when it does not fit."""

import re
from dataclasses import dataclass
from typing import Final

#: What people write between the digits of a long number.
SEPARATORS: Final = str.maketrans("", "", " .-")
SPACES: Final = str.maketrans("", "", " ")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say why a text is no such identifier, as a phrase that begins with "must"; never the text itself."""

    why: str


def digits(text: str, pattern: re.Pattern[str], *, why: str) -> str | Refusal:
    """Drop spaces, dots and dashes; give what is left when it fits the pattern."""
    found = text.strip().translate(SEPARATORS)
    return found if pattern.fullmatch(found) else Refusal(why)


def marks(text: str, pattern: re.Pattern[str], *, why: str) -> str | Refusal:
    """Drop spaces and write letters large; give what is left when it fits the pattern."""
    found = text.strip().translate(SPACES).upper()
    return found if pattern.fullmatch(found) else Refusal(why)
