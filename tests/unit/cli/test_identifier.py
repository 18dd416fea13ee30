"""Numbers are checked through a pipe, and what is refused is told by its line only."""

import io
import json
import sys

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit
from hub.identity import KINDS

NIK = "6472051205900000"


def _run(monkeypatch: pytest.MonkeyPatch, *words: str, given: str = "") -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    with pytest.raises(SystemExit) as left:
        main(["identifier", *words])
    return int(left.value.code or 0)


def test_the_kinds_are_listed_with_their_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person sees which forms are known and how; a program reads the same."""
    assert _run(monkeypatch, "list", "--json") == Exit.OK
    assert [each["kind"] for each in json.loads(capsys.readouterr().out)] == list(KINDS)
    assert _run(monkeypatch, "list") == Exit.OK
    assert "V-H" in capsys.readouterr().out


def test_each_line_becomes_its_normal_form(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty lines are no identifiers."""
    assert _run(monkeypatch, "check", "plate", given="KT 1234 AB\n\nkt 1 z\n") == Exit.OK
    assert capsys.readouterr().out == "KT1234AB\nKT1Z\n"


def test_what_is_none_is_told_by_its_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The number itself stands neither on stdout nor in the talk; the exit code says that something was refused."""
    assert _run(monkeypatch, "check", "nik", given=f"{NIK}\n{NIK[:-1]}\n") == Exit.FAILED
    told = capsys.readouterr()
    assert told.out == f"{NIK}\n"
    assert told.err == "line 2: must have 16 digits\n1 identifier in normal form, 1 refused\n"


def test_a_program_is_told_which_nik_is_a_sample(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Serial 0000 is nobody's."""
    assert _run(monkeypatch, "check", "nik", "--json", given=f"{NIK}\n{NIK[:-1]}7\nx\n") == Exit.FAILED
    assert json.loads(capsys.readouterr().out) == [
        {"line": 1, "normal": NIK, "why": None, "synthetic": True},
        {"line": 2, "normal": f"{NIK[:-1]}7", "why": None, "synthetic": False},
        {"line": 3, "normal": None, "why": "must have 16 digits"},
    ]


def test_a_kind_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The list is one command away."""
    assert _run(monkeypatch, "check", "nikk") == Exit.CONFIGURATION
    assert "see `hub identifier list`" in capsys.readouterr().err
