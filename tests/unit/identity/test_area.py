"""Codes of areas: two that look alike, and the crosswalk that alone leads from one to the other."""

import pytest

from hub.identity.area import Crosswalk, area, bps_area, parent
from hub.identity.shape import Refusal

WALK = Crosswalk.of([("64.72.01", "6472010"), ("64.72.02", "6472030")])


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("64", "64"), ("6472", "64.72"), ("64.72", "64.72"), ("647201", "64.72.01"), ("64.72.01", "64.72.01"),
        ("6472051004", "64.72.05.1004"), ("64.72.05.2001", "64.72.05.2001"),
    ],
)  # fmt: skip
def test_a_kemendagri_code_is_kept_with_its_dots(text: str, normal: str) -> None:
    """OSS leaves them out."""
    assert area(text) == normal


@pytest.mark.parametrize(
    "text", ["", "6", "647", "6472010", "64.72.05.3001", "64720510041", "64.72.0X", "64.72.05.104"]
)
def test_another_kemendagri_code_is_refused(text: str) -> None:
    """A code of BPS has another length; a fourth part begins with 1 or 2."""
    assert isinstance(area(text), Refusal)


def test_a_bps_code_has_two_four_seven_or_ten_digits() -> None:
    """Its lengths are its levels."""
    assert [bps_area(each) for each in ("64", "6472", "6472010", "64.72.010.001")] == [
        "64", "6472", "6472010", "6472010001",
    ]  # fmt: skip
    assert isinstance(bps_area("647201"), Refusal)


def test_the_area_around_one_is_its_code_without_the_last_part() -> None:
    """A province has none."""
    assert [parent(each) for each in ("64.72.05.1004", "64.72.05", "64.72", "64")] == ["64.72.05", "64.72", "64", ""]


def test_the_crosswalk_leads_both_ways_and_never_guesses() -> None:
    """A code that nobody mapped is refused, however much it looks like one that is."""
    assert WALK.bps("64.72.02") == "6472030"
    assert WALK.kemendagri("6472030") == "64.72.02"
    assert WALK.bps("64.72.03") == Refusal("must be the Kemendagri code of an area that is mapped to BPS")
    assert WALK.kemendagri("6472020") == Refusal("must be the BPS code of an area that is mapped to Kemendagri")
