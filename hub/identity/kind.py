"""All kinds of identifiers by the name under which a schema's field carries them (``"identifier": "nik"``)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hub.identity import area, business, land, money, person
from hub.identity.shape import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Describe one kind: how it is checked, what its normal form looks like, and how that is known.

    ``evidence`` is V (primary source), S (secondary) or B (background), with H, M or L; ``sample`` belongs to nobody.
    ``check(text)`` gives the normal form exactly when ``pattern`` matches it whole.
    """

    name: str
    title: str
    form: str
    evidence: str
    sample: str
    check: Callable[[str], str | Refusal]
    pattern: re.Pattern[str]


_ALL: Final = (
    Kind(
        name="nik", title="Person's number (NIK)", evidence="V-H", sample="6472054101900000",
        form="16 digits: area of first registration, date of birth (a woman's day + 40), serial; 0000 is never issued",
        check=person.nik, pattern=person.NIK,
    ),
    Kind(
        name="kk", title="Family card's number (nomor KK)", evidence="B-H", sample="6472050101200000",
        form="16 digits, like a NIK; never mix them", check=person.kk, pattern=person.KK,
    ),
    Kind(
        name="jkn", title="Health insurance card's number (JKN)", evidence="V-H", sample="0000000000001",
        form="13 digits", check=person.jkn, pattern=person.JKN,
    ),
    Kind(
        name="kpj", title="Workers' insurance number (KPJ)", evidence="B-M", sample="00000000001",
        form="11 digits", check=person.kpj, pattern=person.KPJ,
    ),
    Kind(
        name="passport", title="Passport's number", evidence="B-M", sample="X0000000",
        form="1 or 2 letters, 6 or 7 digits; sources contradict each other", check=person.passport,
        pattern=person.PASSPORT,
    ),
    Kind(
        name="phone", title="Telephone number", evidence="B-H", sample="+620000000000",
        form="E.164; 08... and 62... become +62...", check=person.phone, pattern=person.PHONE,
    ),
    Kind(
        name="npwp", title="Taxpayer's number (NPWP)", evidence="V-H", sample="000000000000000",
        form="16 digits (a resident's NIK), or the 15 of an older one", check=business.npwp, pattern=business.NPWP,
    ),
    Kind(
        name="nitku", title="Number of a taxpayer's branch (NITKU)", evidence="B-M", sample="0000000000000000000000",
        form="22 digits", check=business.nitku, pattern=business.NITKU,
    ),
    Kind(
        name="nib", title="Business's number (NIB)", evidence="V-H", sample="0000000000001",
        form="13 digits, random", check=business.nib, pattern=business.NIB,
    ),
    Kind(
        name="npp", title="Company's number at the workers' insurance (NPP)", evidence="V-M", sample="CONTOH01",
        form="at most 20 letters and digits", check=business.npp, pattern=business.NPP,
    ),
    Kind(
        name="kbli", title="Business activity's code (KBLI)", evidence="S-H", sample="00000",
        form="5 digits; of 2017, 2020 or 2025, which must be told beside it", check=business.kbli,
        pattern=business.KBLI,
    ),
    Kind(
        name="oss_id", title="Id of OSS (oss_id, id_izin, id_proyek)", evidence="V-H",
        sample="CONTOH0000000000000000001", form="25 characters", check=business.oss_id, pattern=business.OSS_ID,
    ),
    Kind(
        name="oss_kd_izin", title="Permit kind's code of OSS (kd_izin)", evidence="V-H", sample="000000000001",
        form="12 or 13 characters", check=business.oss_kd_izin, pattern=business.OSS_KD_IZIN,
    ),
    Kind(
        name="oss_kewenangan", title="Authority's level in OSS (kewenangan)", evidence="V-H", sample="02",
        form="00, 01 or 02", check=business.oss_kewenangan, pattern=business.OSS_KEWENANGAN,
    ),
    Kind(
        name="plate", title="Vehicle's plate", evidence="B-H", sample="KT1ZZZ",
        form="letters of the region (KT), 1 to 4 digits, 1 to 3 letters, without spaces", check=land.plate,
        pattern=land.PLATE,
    ),
    Kind(
        name="nop", title="Land tax object's number (NOP)", evidence="S-H", sample="647201000000000000",
        form="18 digits: BPS area 10, block 3, number 4, flag 0, 7 or 9", check=land.nop, pattern=land.NOP,
    ),
    Kind(
        name="billing", title="Payment code (kode billing, SIMPONI)", evidence="V-M", sample="000000000000001",
        form="15 digits; a new bill has a new one", check=money.billing, pattern=money.BILLING,
    ),
    Kind(
        name="va", title="Virtual account (SNAP)", evidence="V-H", sample="   0000000000001",
        form="partner 8 characters with spaces in front, customer 1 to 20 digits", check=money.va, pattern=money.VA,
    ),
    Kind(
        name="area", title="Area's code (Kemendagri)", evidence="V-H", sample="64.72.01",
        form="64.72.05.1001 or a front part of it; 10 digits without dots become this", check=area.area,
        pattern=area.AREA,
    ),
    Kind(
        name="bps_area", title="Area's code (BPS)", evidence="S-H", sample="6472010",
        form="2, 4, 7 or 10 digits; never made of a Kemendagri code but by the crosswalk", check=area.bps_area,
        pattern=area.BPS_AREA,
    ),
)  # fmt: skip

#: Every kind by its name.
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}
