"""What is owed is asked on the command line: by day, in words and for machines, and never guessed."""

import json
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit
from tests.unit.network.town import Town

HEAD = """tariff: birth
version: {version}
service: birth
title: {{id: Kelahiran, en: Birth}}
legal_basis: {{id: Contoh 1/2026, en: Example 1/2026}}
valid: {valid}
evidence: I
"""
OLD = """components:
  record: {title: {id: Catat, en: Record}, payee: state, evidence: I}
"""
NEW = """facts:
  years: {kind: choice, choices: [5, 10], title: {id: tahun, en: years}}
  is_fast: {kind: flag, title: {id: cepat, en: fast}}
  price: {kind: rupiah, title: {id: harga, en: price}}
components:
  five: {title: {id: Lima, en: Five}, payee: state, when: {years: 5}, formula: {fixed: 650000}, evidence: I}
  ten: {title: {id: Sepuluh, en: Ten}, payee: state, when: {years: 10}, formula: {fixed: 950000}, evidence: I}
  fast: {title: {id: Cepat, en: Fast}, payee: city, when: {is_fast: true}, formula: {fixed: 1000000}, evidence: I}
  tax: {title: {id: Pajak, en: Tax}, payee: city, formula: {percent: 5, of: price}, evidence: I}
"""
FACTS = ("years=10", "is_fast=yes", "price=200")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Give a small network with a tariff of two versions, whose older amount nobody knows."""
    made = Town.copied(tmp_path)
    folder = made.folder / "town" / "tariffs"
    folder.mkdir()
    old = HEAD.format(version=1, valid="{from: 2024-02-01, until: 2024-12-16}")
    (folder / "birth.v1.yaml").write_text(old + OLD)
    (folder / "birth.v2.yaml").write_text(HEAD.format(version=2, valid="{from: 2024-12-17}") + NEW)
    return made


def _run(town: Town, *words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["tariff", "reckon", f"{town.folder}/town", *words, "--schemas", f"{town.folder}/schemas"])
    return int(left.value.code or 0)


def test_a_program_reads_lines_shares_and_total(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Choices that are numbers and flags in words are read as the tariff declares them."""
    assert _run(town, "birth", *FACTS, "--json") == Exit.OK

    found = json.loads(capsys.readouterr().out)
    assert (found["tariff"], found["total"]) == ("birth@2", 1_950_010)
    assert found["shares"] == {"state": 950_000, "city": 1_000_010}
    assert [line["component"] for line in found["lines"]] == ["ten", "fast", "tax"]


def test_the_day_of_opening_decides(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """On 16 December 2024 the old tariff was in force; its amounts are not known, and the exit code says so."""
    assert _run(town, "birth", "--on", "2024-12-16") == Exit.FAILED
    assert capsys.readouterr().err == "hub: birth@1: the amount of 'record' is not known\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("birth", "price=200.000", *FACTS[:2]), Exit.FAILED, "birth@2: fact 'price' is no rupiah"),
        (("birth", "price=200"), Exit.FAILED, "birth@2: fact 'years' is missing"),
        (("birth", *FACTS, "colour=red"), Exit.CONFIGURATION, "birth@2 has no fact 'colour'; there are: years, is_f"),
        (("birth", "electronic"), Exit.CONFIGURATION, "'electronic' is no fact; write name=value"),
        (("brith",), Exit.CONFIGURATION, "there is no tariff 'brith' in town; there are: birth"),
        (("birth", "--on", "2024-01-01"), Exit.FAILED, "no version is in force on 2024-01-01"),
    ],
)
def test_what_cannot_be_reckoned_is_told(
    town: Town, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: Exit, told: str
) -> None:
    """A wrong word is the caller's, an amount that is not known the tariff's."""
    assert _run(town, *words) == code
    assert capsys.readouterr().err.startswith(f"hub: {told}")
