"""Numbers of taxpayers and businesses: their lengths, and nothing that is not known of them."""

from collections.abc import Callable

import pytest

from hub.identity.business import kbli, nib, nitku, npp, npwp, oss_id, oss_kd_izin, oss_kewenangan
from hub.identity.shape import Refusal


@pytest.mark.parametrize(
    ("check", "text", "normal"),
    [
        (npwp, "00.000.000.0-722.000", "000000000722000"),
        (npwp, "6472051205900000", "6472051205900000"),
        (nitku, "0000000000000000 000001", "0000000000000000000001"),
        (nib, "0000 0000 00001", "0000000000001"),
        (npp, "contoh01", "CONTOH01"),
        (kbli, "62.019", "62019"),
        (oss_id, " CONTOH0000000000000000001 ", "CONTOH0000000000000000001"),
        (oss_kd_izin, "000000000001", "000000000001"),
        (oss_kd_izin, "0000000000012", "0000000000012"),
        (oss_kewenangan, "02", "02"),
    ],
)
def test_what_fits_becomes_its_normal_form(check: Callable[[str], str | Refusal], text: str, normal: str) -> None:
    """Separators go; leading zeros, and the length that was told, stay."""
    assert check(text) == normal


@pytest.mark.parametrize(
    ("check", "text", "why"),
    [
        (npwp, "00000000000000", "must have 16 digits, or the 15 of an older number"),
        (npwp, "00000000000000000", "must have 16 digits, or the 15 of an older number"),
        (nitku, "6472051205900000", "must have 22 digits"),
        (nib, "000000000001", "must have 13 digits"),
        (npp, "A" * 21, "must be at most 20 letters and digits"),
        (npp, "", "must be at most 20 letters and digits"),
        (kbli, "6201", "must have 5 digits"),
        (kbli, "K6201", "must have 5 digits"),
        (oss_id, "CONTOH1", "must have 25 letters and digits"),
        (oss_kd_izin, "00000000001", "must have 12 or 13 letters and digits"),
        (oss_kewenangan, "03", "must be 00, 01 or 02"),
    ],
)
def test_another_is_refused(check: Callable[[str], str | Refusal], text: str, why: str) -> None:
    """The answer says what it must be."""
    assert check(text) == Refusal(why)
