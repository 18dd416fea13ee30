"""Numbers of taxpayers, businesses and what they do."""

import re
from typing import Final

from hub.identity.shape import Refusal, digits, marks

NPWP: Final = re.compile("[0-9]{15,16}")
NITKU: Final = re.compile("[0-9]{22}")
NIB: Final = re.compile("[0-9]{13}")
NPP: Final = re.compile("[0-9A-Z]{1,20}")
KBLI: Final = re.compile("[0-9]{5}")
OSS_ID: Final = re.compile("[0-9A-Za-z-]{25}")
OSS_KD_IZIN: Final = re.compile("[0-9A-Za-z]{12,13}")
OSS_KEWENANGAN: Final = re.compile("0[012]")


def npwp(text: str) -> str | Refusal:
    """Give a taxpayer's number (NPWP) as its 15 or 16 digits (V-H).

    New ones have 16, and a resident's is the NIK; OSS 4.3.22 still takes 15. One is never made of the other here: the
    rule for it stands in none of the sources read.
    """
    return digits(text, NPWP, why="must have 16 digits, or the 15 of an older number")


def nitku(text: str) -> str | Refusal:
    """Give the number of a taxpayer's branch (NITKU) as 22 digits (B)."""
    return digits(text, NITKU, why="must have 22 digits")


def nib(text: str) -> str | Refusal:
    """Give a business's number (NIB) as 13 digits (V-H); they are random, nothing more can be checked."""
    return digits(text, NIB, why="must have 13 digits")


def npp(text: str) -> str | Refusal:
    """Give a company's number at the workers' insurance (NPP): letters and digits, at most 20 (as OSS has it, V)."""
    return marks(text, NPP, why="must be at most 20 letters and digits")


def kbli(text: str) -> str | Refusal:
    """Give a business activity's code (KBLI) as 5 digits (S-H).

    Codes of 2017, 2020 and 2025 differ, and one may have become several: the version must be told beside it.
    """
    return digits(text, KBLI, why="must have 5 digits")


def oss_id(text: str) -> str | Refusal:
    """Give an id of OSS (oss_id, id_izin, id_proyek) as its 25 characters (V-H); statuses join by id_izin."""
    found = text.strip()
    return found if OSS_ID.fullmatch(found) else Refusal("must have 25 letters and digits")


def oss_kd_izin(text: str) -> str | Refusal:
    """Give a permit kind's code of OSS (kd_izin) as its 12 or 13 characters (V-H)."""
    found = text.strip()
    return found if OSS_KD_IZIN.fullmatch(found) else Refusal("must have 12 or 13 letters and digits")


def oss_kewenangan(text: str) -> str | Refusal:
    """Give an authority's level in OSS (kewenangan): 00, 01 or 02 (V-H)."""
    return digits(text, OSS_KEWENANGAN, why="must be 00, 01 or 02")
