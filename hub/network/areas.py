"""The areas that a network knows, in the two codes by which others speak of them: master data with its crosswalk.

Only what the files of ``areas/`` map is translated; a code that they do not map is told, never guessed.
"""

from collections.abc import Iterator

from hub.identity.area import Crosswalk
from hub.identity.land import nop_district
from hub.network.load import DeclaredNetwork
from hub.network.model import AreaCode

#: Parts of a Kemendagri code, and digits of a BPS code, that name a regency and a district.
_REGENCY_PARTS, _DISTRICT_PARTS = 2, 3
_REGENCY_DIGITS, _DISTRICT_DIGITS = 4, 7


def listed(network: DeclaredNetwork) -> Iterator[AreaCode]:
    """Go over all areas that a network lists."""
    return (each for areas in network.areas.values() for each in areas.codes)


def crosswalk(network: DeclaredNetwork) -> Crosswalk:
    """Make the crosswalk between Kemendagri's codes and those of BPS that a network declares."""
    return Crosswalk.of((each.code, each.bps) for each in listed(network) if each.bps is not None)


def known(network: DeclaredNetwork) -> frozenset[str]:
    """Gather every code of either kind that a network lists."""
    return frozenset(code for each in listed(network) for code in (each.code, each.bps) if code is not None)


def is_unheard(codes: frozenset[str], kind: str, normal: str) -> bool:
    """Tell whether an identifier in normal form names a district that its listed regency does not have.

    Areas of regencies that are not listed are nobody's to judge here, and neither is what lies below a district.
    """
    if kind == "area":
        parts = normal.split(".")
        regency, district = ".".join(parts[:_REGENCY_PARTS]), ".".join(parts[:_DISTRICT_PARTS])
        return len(parts) >= _DISTRICT_PARTS and regency in codes and district not in codes
    if kind == "nop":
        return is_unheard(codes, "bps_area", nop_district(normal))
    if kind == "bps_area" and len(normal) >= _DISTRICT_DIGITS:
        regency, district = normal[:_REGENCY_DIGITS], normal[:_DISTRICT_DIGITS]
        return regency in codes and district not in codes
    return False
