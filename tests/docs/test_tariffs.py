"""The page on tariffs shows what the hub takes, and what it prints."""

import shlex

import pytest

from hub.cli.app import main
from hub.network.folder.yaml import read_yaml
from hub.network.tariff import Reckoning, Tariff, reckon
from tests.docs.page import ROOT, blocks

_BLOCKS = {block.kind: block for block in blocks(ROOT / "docs/tariffs.md")}


def test_the_tariff_shown_can_be_reckoned() -> None:
    """It has each kind of fact and each kind of formula."""
    document, findings = read_yaml("example.v1.yaml", _BLOCKS["yaml"].text.encode())
    tariff = Tariff.model_validate(document.value)
    facts = {"value": 1_000_000, "weight": "1.5", "parcels": 2, "is_fast": True, "wheels": "two"}

    found = reckon([tariff], facts, on=tariff.valid.start or pytest.fail("it has no first day"))

    assert findings == []
    assert isinstance(found, Reckoning)
    assert [line.amount for line in found.lines] == [12_000, 7_920, 51_000, 100_000, 1_000_000]
    assert {fact.kind for fact in tariff.facts.values()} == {"rupiah", "count", "factor", "flag", "choice"}


def test_the_command_shown_prints_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever types it sees the same."""
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as left:
        main(shlex.split(_BLOCKS["sh"].text.replace("\\\n", ""))[1:])

    assert left.value.code in {0, None}
    assert capsys.readouterr().out == _BLOCKS["text"].text
