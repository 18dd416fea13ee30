"""What an unquoted word of YAML's core schema means; what is odd (0x1f, 1_000, 007) stays text."""

import math
import re
from typing import Any, Final

#: Digits of a whole number: as many as 64 bits always hold, which is what bundles and schemas keep.
MAX_DIGITS: Final = 18

_WHOLE: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_WORDS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def meaning(text: str, kind: str) -> Any:
    """Read a word of a kind (null, bool, int, float); raise OverflowError for a number that cannot be kept."""
    if kind == "null":
        return None
    if kind == "bool":
        return _WORDS.get(text, text)
    if kind == "int":
        return _whole(text) if _WHOLE.fullmatch(text) else text
    try:
        found = text if "_" in text else float(text)
    except ValueError:
        return text
    if found in (math.inf, -math.inf):
        raise OverflowError
    return found


def _whole(text: str) -> int:
    if len(text.lstrip("-+")) > MAX_DIGITS:
        raise OverflowError
    return int(text)
