"""Codes of areas: the Ministry of Home Affairs' (Kemendagri), the statistics office's (BPS), and how they correspond.

The two look alike and differ: Palaran is 64.72.01 in one, 6472010 in the other. What nobody mapped is never guessed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hub.identity.shape import SEPARATORS, Refusal, digits

AREA: Final = re.compile(r"[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{2}(?:\.[12][0-9]{3})?)?)?")
BPS_AREA: Final = re.compile("[0-9]{2}(?:[0-9]{2}(?:[0-9]{3}(?:[0-9]{3})?)?)?")
#: Where the dots stand: after province, regency and district.
_CUTS: Final = (slice(0, 2), slice(2, 4), slice(4, 6), slice(6, None))


def area(text: str) -> str | Refusal:
    """Give a Kemendagri code with its dots: ``64``, ``64.72``, ``64.72.05`` or ``64.72.05.1001`` (V-H).

    Province, regency, district, ward (4 digits: a kelurahan's begin with 1, a desa's with 2). OSS has no dots.
    """
    bare = text.strip().translate(SEPARATORS)
    found = ".".join(part for cut in _CUTS if (part := bare[cut]))
    if AREA.fullmatch(found):
        return found
    return Refusal("must be an area's code like 64, 64.72, 64.72.05 or 64.72.05.1001")


def bps_area(text: str) -> str | Refusal:
    """Give a BPS code: 2 digits of a province, 4 of a regency, 7 of a district, 10 of a ward (S-H)."""
    return digits(text, BPS_AREA, why="must be an area's code of 2, 4, 7 or 10 digits")


def parent(normal: str) -> str:
    """Give the Kemendagri code of the area around one; empty for a province."""
    return normal.rpartition(".")[0]


@dataclass(frozen=True)
class Crosswalk:
    """Translate between the two codes of the areas that were mapped, and of no others; all in normal form."""

    to_bps: Mapping[str, str]
    from_bps: Mapping[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Crosswalk":
        """Make one of pairs (Kemendagri, BPS)."""
        to_bps = dict(pairs)
        return cls(to_bps, {bps: code for code, bps in to_bps.items()})

    def bps(self, code: str) -> str | Refusal:
        """Give the BPS code of a Kemendagri code."""
        return self.to_bps.get(code) or Refusal("must be the Kemendagri code of an area that is mapped to BPS")

    def kemendagri(self, code: str) -> str | Refusal:
        """Give the Kemendagri code of a BPS code."""
        return self.from_bps.get(code) or Refusal("must be the BPS code of an area that is mapped to Kemendagri")
