"""Tariffs: what is owed to the rupiah, which version counts on a day, and what is wrong with a declaration."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hub.network.bundle import declared_content
from hub.network.folder.release import write_released
from hub.network.folder.yaml import read_yaml
from hub.network.load import load_or_raise
from hub.network.tariff import Reckoning, Tariff, Unreckoned, day_of, in_force, reckon
from tests.unit.network.town import DATA, Town

FILE = "town/tariffs/birth.v1.yaml"
TARIFF = """tariff: birth
version: 1
service: birth
title: {id: Kelahiran, en: Birth}
legal_basis: {id: Contoh 1/2026, en: Example 1/2026}
valid: {from: 2026-01-01}
facts:
  price: {kind: rupiah, title: {id: harga, en: price}}
  parts: {kind: count, title: {id: bagian, en: parts}}
  weight: {kind: factor, title: {id: bobot, en: weight}}
  free: {kind: rupiah, title: {id: bebas, en: free}}
  is_fast: {kind: flag, title: {id: cepat, en: fast}}
  colour: {kind: choice, choices: [red, 5], title: {id: warna, en: colour}}
components:
  tax: {title: {id: Pajak, en: Tax}, payee: city, formula: {percent: 0.8, of: price, times: weight}, evidence: I}
  extra: {title: {id: Opsen, en: Extra}, payee: state, formula: {percent: 66, of: tax}, evidence: I}
  duty: {title: {id: Bea, en: Duty}, payee: city, formula: {percent: 5, of: price, less: free}, evidence: I}
  record: {title: {id: Catat, en: Record}, payee: state, formula: {permil: 1, of: price, plus: 50}, evidence: I}
  copies: {title: {id: Salinan, en: Copies}, payee: clinic, formula: {each: 7, of: parts}, evidence: I}
  fast: {title: {id: Cepat, en: Fast}, payee: state, when: {is_fast: true}, formula: {fixed: 1000}, evidence: I}
  five: {title: {id: Lima, en: Five}, payee: state, when: {colour: 5}, formula: {fixed: 0}, evidence: I}
evidence: I
"""
FACTS: dict[str, Any] = {
    "price": 10_099, "parts": 3, "weight": "1.05", "free": 20_000, "is_fast": False, "colour": "red",
}  # fmt: skip
DAY = date(2026, 2, 1)
#: Changes of the tariff above, and exactly what is said of each.
FOUND: dict[str, list[dict[str, Any]]] = read_yaml("tariffs.yaml", (DATA / "tariffs.yaml").read_bytes())[0].value


@pytest.fixture
def priced(town: Town) -> Town:
    """Give the town a tariff."""
    (town.folder / "town" / "tariffs").mkdir()
    (town.folder / FILE).write_text(TARIFF)
    return town


def tariff_of(town: Town) -> Tariff:
    """Read the town's only tariff."""
    (found,) = town.network().tariffs.values()
    return found


def owed(town: Town, **facts: Any) -> dict[str, int]:
    """Reckon the town's tariff; the amounts by component."""
    found = reckon([tariff_of(town)], FACTS | facts, on=DAY)
    assert isinstance(found, Reckoning), found
    return {line.component: line.amount for line in found.lines}


def why_not(town: Town, **facts: Any) -> str:
    """Tell why nothing can be reckoned."""
    given = {name: value for name, value in (FACTS | facts).items() if value is not ...}
    found = reckon([tariff_of(town)], given, on=DAY)
    assert isinstance(found, Unreckoned), found
    return found.why


def test_a_right_tariff_has_no_findings_and_every_way_to_reckon(priced: Town) -> None:
    """Fixed, per cent, per mille and a constant, per unit: exact, rounded down, only what applies."""
    assert priced.lines() == []
    # 84.8316; 66 % of what stands on the bill, 84; the price is all free; 10.099 + 50; three copies
    assert owed(priced) == {"tax": 84, "extra": 55, "duty": 0, "record": 60, "copies": 21}
    assert owed(priced, is_fast=True, colour=5, free=99) == {
        "tax": 84, "extra": 55, "duty": 500, "record": 60, "copies": 21, "fast": 1000, "five": 0,
    }  # fmt: skip


def test_lines_sum_by_payee_and_in_all(priced: Town) -> None:
    """What one payment is split into is the whole of it."""
    found = reckon([tariff_of(priced)], FACTS, on=DAY)

    assert isinstance(found, Reckoning)
    assert found.shares == {"city": 84, "state": 115, "clinic": 21}
    assert sum(found.shares.values()) == found.total == 220
    assert found.tariff == "birth@1"


@pytest.mark.parametrize(("rounding", "tax", "record"), [("down", 84, 60), ("nearest", 85, 60), ("up", 85, 61)])
def test_each_line_is_rounded_as_the_tariff_says(priced: Town, rounding: str, tax: int, record: int) -> None:
    """84.8316 and 60.099 rupiah under each rule."""
    priced.edit(FILE, "facts:", f"rounding: {rounding}\nfacts:")
    assert (owed(priced)["tax"], owed(priced)["record"]) == (tax, record)


def test_half_a_rupiah_goes_up_to_the_nearest(priced: Town) -> None:
    """Five per cent of ten is one half: nearest means up."""
    priced.edit(FILE, "facts:", "rounding: nearest\nfacts:")
    assert owed(priced, price=10, free=0)["duty"] == 1


def test_large_amounts_stay_exact(priced: Town) -> None:
    """No amount goes through a float: 5 % of 2^62 + 19."""
    assert owed(priced, price=2**62 + 19, free=0)["duty"] == (2**62 + 19) * 5 // 100


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"price": ...}, "fact 'price' is missing"),
        ({"price": 1.5}, "fact 'price' is no rupiah that the tariff takes"),
        ({"price": -1}, "fact 'price' is no rupiah that the tariff takes"),
        ({"price": True}, "fact 'price' is no rupiah that the tariff takes"),
        ({"parts": "3"}, "fact 'parts' is no count that the tariff takes"),
        ({"weight": 1.05}, "fact 'weight' is no factor that the tariff takes"),
        ({"weight": "1e9999999"}, "fact 'weight' is no factor that the tariff takes"),
        ({"weight": "NaN"}, "fact 'weight' is no factor that the tariff takes"),
        ({"is_fast": 1}, "fact 'is_fast' is no flag that the tariff takes"),
        ({"colour": "blue"}, "fact 'colour' is no choice that the tariff takes"),
        ({"colour": "5"}, "fact 'colour' is no choice that the tariff takes"),
        ({"price": 2**63 - 1, "weight": 2**63 - 1}, "the amount of 'tax' is larger than any that can be paid"),
    ],
)
def test_what_cannot_be_reckoned_is_told_and_never_guessed(priced: Town, facts: dict[str, Any], why: str) -> None:
    """A fact that is missing, inexact or of another kind gives no amount at all, and its value is not told."""
    assert why_not(priced, **facts) == f"birth@1: {why}"


def test_a_factor_is_exact_however_it_is_given(priced: Town) -> None:
    """A text, a decimal and a whole number are the same factor."""
    assert owed(priced, weight="1") == owed(priced, weight=1) == owed(priced, weight=Decimal("1.0"))


def test_a_day_has_the_version_that_was_in_force(priced: Town) -> None:
    """A new version counts from its first day on; cases of the day before keep the old one."""
    later = TARIFF.replace("version: 1", "version: 2").replace("2026-01-01", "2026-03-01")
    (priced.folder / "town/tariffs/birth.v2.yaml").write_text(later.replace("percent: 0.8", "percent: 1.6"))
    versions = list(priced.network().tariffs.values())

    chosen = [in_force(versions, on=date(2026, month, day)) for month, day in ((2, 28), (3, 1))]

    assert priced.lines() == []
    assert [each and each.version for each in chosen] == [1, 2]
    assert in_force(versions, on=date(2025, 12, 31)) is None
    assert reckon(versions, FACTS, on=date(2025, 12, 31)) == Unreckoned("no version is in force on 2025-12-31")


def test_a_version_that_has_ended_is_not_in_force(priced: Town) -> None:
    """Nothing is owed by a tariff that ended without another."""
    priced.edit(FILE, "{from: 2026-01-01}", "{from: 2026-01-01, until: 2026-01-31}")
    assert in_force([tariff_of(priced)], on=date(2026, 1, 31)) is not None
    assert in_force([tariff_of(priced)], on=DAY) is None


def test_the_day_of_a_case_is_that_of_its_own_clock() -> None:
    """Half past midnight in Samarinda is still the day before in Jakarta and in UTC."""
    opened = 1_734_366_600_000  # 2024-12-16T16:30:00Z
    assert day_of(opened, "Asia/Makassar") == date(2024, 12, 17)
    assert day_of(opened, "Asia/Jakarta") == date(2024, 12, 16)


@pytest.mark.parametrize("case", FOUND["mistakes"], ids=lambda case: case["expect"].split("]")[0])
def test_a_mistake_in_a_tariff_is_told_with_place_and_remedy(priced: Town, case: dict[str, Any]) -> None:
    """Each mistake has its code, place and remedy."""
    old, new = case["edit"]
    priced.edit(FILE, old, new)
    assert f"tariffs/birth.v1.yaml:{case['expect']}" in priced.lines()


@pytest.mark.parametrize("case", FOUND["versions"], ids=lambda case: " ".join(case["valid"]))
def test_versions_follow_each_other(priced: Town, case: dict[str, Any]) -> None:
    """On each day at most one version counts; days without any are told."""
    first, second = case["valid"]
    priced.edit(FILE, "{from: 2026-01-01}", first)
    other = TARIFF.replace("version: 1", "version: 2").replace("{from: 2026-01-01}", second)
    (priced.folder / "town/tariffs/birth.v2.yaml").write_text(other)

    assert priced.lines() == [f"tariffs/birth.v2.yaml:{finding}" for finding in case["expect"]]


def test_an_amount_of_long_ago_need_not_be_known(priced: Town) -> None:
    """A version that has ended stands for the cases of its time, known or not; its amounts are not guessed."""
    priced.edit(FILE, ", formula: {each: 7, of: parts}", "")
    priced.edit(FILE, "{from: 2026-01-01}", "{until: 2026-03-01}")

    assert priced.lines() == []
    assert why_not(priced) == "birth@1: the amount of 'copies' is not known"


def test_a_tariff_travels_whole(priced: Town) -> None:
    """What a bundle holds is read back as the same tariff, rates exact."""
    (content,) = declared_content(priced.network())["tariffs"]

    assert Tariff.model_validate(content) == tariff_of(priced)
    assert content["components"]["tax"]["formula"]["percent"] == "0.8"


def test_a_tariff_comes_to_the_same_out_of_a_bundle(priced: Town) -> None:
    """Canonical JSON puts `extra` before `tax`, of which it is a part: each line is reckoned all the same."""
    (content,) = declared_content(priced.network())["tariffs"]
    read = Tariff.model_validate_json(msgspec.json.encode(content, order="sorted"))
    found = reckon([read], FACTS, on=DAY)

    assert list(read.components) == sorted(read.components) != list(tariff_of(priced).components)
    assert isinstance(found, Reckoning)
    assert {line.component: line.amount for line in found.lines} == owed(priced)


def test_a_tariff_stands_in_the_file_of_its_name(priced: Town) -> None:
    """Name and version are the file's."""
    (priced.folder / FILE).rename(priced.folder / "town/tariffs/birth.v3.yaml")
    assert priced.lines() == [
        (
            "tariffs/birth.v3.yaml:1:1: error [file-name] the file's name is not what it declares; "
            "name it tariffs/birth.v1.yaml"
        )
    ]
    (priced.folder / "town/tariffs/birth.v3.yaml").rename(priced.folder / FILE)
    assert load_or_raise(priced.folder / "town").tariffs.keys() == {"birth@1"}


def test_a_released_tariff_is_not_edited(priced: Town) -> None:
    """Cases keep the tariff of their day: a new amount is a new version."""
    assert write_released(priced.folder / "town", priced.network(), priced.catalog())
    priced.edit(FILE, "{fixed: 1000}", "{fixed: 2000}")

    assert priced.lines() == [
        (
            "tariffs/birth.v1.yaml:1:1: error [released-changed] the released tariff was changed; "
            "put it back, and say it anew in a new version (an agreement: in a file of its own)"
        )
    ]
