"""Numbers of land and vehicles, as they are written and as they are kept."""

import pytest

from hub.identity.land import nop, nop_district, plate
from hub.identity.shape import Refusal


@pytest.mark.parametrize(
    ("text", "normal"), [("KT 1234 AB", "KT1234AB"), ("kt1a", "KT1A"), ("B-12-XYZ", "B12XYZ"), (" KT  9 Z ", "KT9Z")]
)
def test_a_plate_is_kept_without_spaces(text: str, normal: str) -> None:
    """However it was written, it is found again."""
    assert plate(text) == normal


@pytest.mark.parametrize("text", ["", "KT", "KT AB", "KT 12345 A", "KT 1 ABCD", "KTX 1 A", "1234 AB", "KT 1234"])
def test_another_plate_is_refused(text: str) -> None:
    """Region, number and letters must all be there."""
    assert isinstance(plate(text), Refusal)


def test_a_land_number_is_eighteen_digits_of_which_seven_are_its_district() -> None:
    """Dots and the dash of the display go; the district is BPS', not Kemendagri's."""
    normal = nop("64.72.010.001.001-0001.0")
    assert normal == "647201000100100010"
    assert nop_district(str(normal)) == "6472010"


@pytest.mark.parametrize("text", ["64720100010010001", "647201000100100011", "64720100010010001X", ""])
def test_another_land_number_is_refused(text: str) -> None:
    """Its last digit is 0, 7 or 9."""
    assert nop(text) == Refusal("must have 18 digits, the last of them 0, 7 or 9")
