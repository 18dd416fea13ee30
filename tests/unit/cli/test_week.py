"""hub rehearse --week: a week of the shipped mall, for people and for machines."""

import json
import re
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit

_SAMARINDA = "deploy/samarinda"


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


def test_a_week_is_told_to_people_and_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tables name every service, the JSON counts the same, and the picture is written."""
    words = ("rehearse", _SAMARINDA, "--week", "2025-03-24", "--cases", "30", "--seed", "7")
    picture = tmp_path / "week.svg"

    assert _run(*words, "--picture", str(picture)) == Exit.OK
    told = capsys.readouterr()
    counted = re.search(r"^(3\d) cases opened, (\d+) ended", told.out, re.MULTILINE)
    assert counted
    assert "Why files came back" in told.out
    assert "Waiting the longest" in told.out
    assert "events/s" in told.err
    assert picture.read_text(encoding="utf-8").startswith("<svg")

    assert _run(*words, "--json") == Exit.OK
    report = json.loads(capsys.readouterr().out)
    assert [report["opened"], report["ended"]] == [int(each) for each in counted.groups()]
    assert len(report["agencies"]) == 40
    assert {each["service"] for each in report["services"]} >= {"newborn", "passport", "marriage"}


@pytest.mark.parametrize("words", [("--cases", "5"), ("--days", "3"), ("--seed", "2"), ("--picture", "x.svg")])
def test_a_weeks_options_need_a_week(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing that was asked for is left out in silence."""
    assert _run("rehearse", _SAMARINDA, *words) == Exit.CONFIGURATION
    assert "belong to --week" in capsys.readouterr().err


def test_two_rehearsals_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A log has its own people."""
    words = ("rehearse", "deploy/wabo", "--log", "deploy/wabo/receipt.csv", "--week", "2025-03-24")
    assert _run(*words) == Exit.CONFIGURATION
    assert "choose one of them" in capsys.readouterr().err
