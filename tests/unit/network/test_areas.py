"""Areas under two codes: what is wrong with a list of them, and what the crosswalk makes of a right one."""

import json

import pytest

from hub.identity import Refusal
from hub.network.areas import crosswalk, is_unheard, known
from tests import networks
from tests.unit.network.town import PROCEDURE, Town

FILE = "town/areas/town.yaml"
HEAD = """areas: town
title: {id: Kota, en: Town}
decree: Contoh 1/2026
evidence: I
codes:
  - {code: "64", bps: "64", name: Provinsi}
  - {code: "64.72", bps: "6472", name: Kota}
"""


@pytest.fixture
def areas(town: Town) -> Town:
    """Give the town a list of its areas."""
    (town.folder / "town" / "areas").mkdir()
    (town.folder / FILE).write_text(HEAD)
    return town


def test_a_right_list_has_no_findings_and_is_a_crosswalk(areas: Town) -> None:
    """What is mapped leads both ways; the file is found by its name."""
    assert areas.lines() == []
    walk = crosswalk(areas.network())
    assert walk.bps("64.72") == "6472"
    assert walk.kemendagri("6472") == "64.72"
    assert isinstance(walk.bps("64.72.01"), Refusal)


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (
            '{code: "6472011001", bps: "6472010001", name: X}',
            (
                "8:12: error [area-code] '6472011001' is no code of Kemendagri: it must be written as 64.72.01.1001; "
                "write it with its dots, in quotes"
            ),
        ),
        (
            '{code: "64.721", name: X}',
            (
                "8:12: error [area-code] '64.721' is no code of Kemendagri: it must be an area's code like 64, 64.72, "
                "64.72.05 or 64.72.05.1001; write it with its dots, in quotes"
            ),
        ),
        (
            '{code: "64.72.01", bps: "647201", name: X}',
            (
                "8:29: error [area-code] '647201' is no code of BPS for 64.72.01: it must have 7 digits; "
                "write it without dots, in quotes"
            ),
        ),
        (
            '{code: "64.73.01", bps: "6473010", name: X}',
            "8:12: error [area-outside] 64.73.01 lies in 64.73, which is not listed; list it, or mend the code",
        ),
        (
            '{code: "64.72.01", bps: "6473010", name: X}',
            (
                "8:29: error [area-outside] 6473010 does not begin with 6472, the code of BPS for 64.72; "
                "mend one of the two codes"
            ),
        ),
        (
            '{code: "64.72", bps: "6471", name: X}',
            "8:12: error [area-twice] 64.72 is listed twice; keep the one that is right",
        ),
        (
            '{code: "64.72.01", name: X}',
            (
                "8:5: warning [area-unmapped] 64.72.01 has no code of BPS: what names it cannot be translated; "
                "add bps once it is known; do not guess it"
            ),
        ),
    ],
)
def test_a_wrong_code_is_told_with_place_and_remedy(areas: Town, line: str, finding: str) -> None:
    """Form, level, what lies around it, what is listed already, and what nobody mapped."""
    (areas.folder / FILE).write_text(f"{HEAD}  - {line}\n")

    assert areas.lines() == [f"areas/town.yaml:{finding}"]


def test_a_code_of_bps_is_listed_once(areas: Town) -> None:
    """Two areas of Kemendagri never become one of BPS."""
    (areas.folder / FILE).write_text(
        f'{HEAD}  - {{code: "64.72.01", bps: "6472010", name: X}}\n  - {{code: "64.72.02", bps: "6472010", name: Y}}\n'
    )

    assert areas.lines() == [
        "areas/town.yaml:9:29: error [area-twice] 6472010 is listed twice; keep the one that is right"
    ]


def test_a_number_is_no_code(areas: Town) -> None:
    """Without quotes 64.70 would be read as 64.7."""
    areas.edit(FILE, 'code: "64.72"', "code: 64.72")

    assert [line.partition("]")[0] for line in areas.lines()] == ["areas/town.yaml:7:12: error [wrong-value"]


def test_an_example_in_a_district_that_is_not_there_is_told(areas: Town) -> None:
    """A code whose regency is listed must be of one of its districts, in BPS' codes and in Kemendagri's."""
    path = areas.folder / "schemas" / "Reported.v1.avsc"
    avro = json.loads(path.read_text())
    plain = next(field for field in avro["fields"] if field["name"] == "plain")
    plain["identifier"] = "area"
    path.write_text(json.dumps(avro))
    areas.edit(PROCEDURE, "plain: x", 'plain: "64.72.99"')

    assert areas.lines() == [
        (
            "procedures/birth.v1.yaml:89:18: error [unknown-area] plain names a district that is not in the regency "
            "around it; mend it, or add the district to areas/"
        )
    ]


@pytest.mark.parametrize(
    ("kind", "normal", "unheard"),
    [
        ("area", "64.72.01", False), ("area", "64.72.01.1001", False), ("area", "64.72.11", True),
        ("area", "64.72.11.1001", True), ("area", "64.72", False), ("area", "33.74.11", False),
        ("bps_area", "6472010", False), ("bps_area", "6472011", True), ("bps_area", "6472", False),
        ("nop", "647201000100100010", False), ("nop", "647209000100100010", True), ("nop", "337401000100100010", False),
        ("nik", "6472110101900000", False),
    ],
)  # fmt: skip
def test_only_districts_of_listed_regencies_are_judged(kind: str, normal: str, *, unheard: bool) -> None:
    """People come from elsewhere; a NIK keeps the area of long ago; a land number with Kemendagri's code is wrong."""
    assert is_unheard(known(networks.samarinda()), kind, normal) is unheard


def test_samarinda_has_ten_districts_of_59_wards() -> None:
    """The crosswalk holds all of them, and the wards add up to the city's."""
    network = networks.samarinda()
    districts = [each for each in network.areas["samarinda"].codes if each.code.count(".") == 2]
    city = next(each for each in network.areas["samarinda"].codes if each.code == "64.72")
    walk = crosswalk(network)

    assert len(districts) == 10
    assert sum(each.wards or 0 for each in districts) == city.wards == 59
    assert walk.bps("64.72.09") == "6472021"
    assert {walk.kemendagri(str(walk.bps(each.code))) for each in districts} == {each.code for each in districts}
