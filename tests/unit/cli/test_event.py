"""What is wrong with events is told before any broker is asked."""

import io
import sys
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no broker, so that a test that gets as far ends soon and otherwise."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "no port")


def test_a_line_of_a_file_names_no_other_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the person at the command names files: what an agency sent is data, whatever it looks like."""
    (tmp_path / "secret.json").write_text('{"id": "secret"}')
    (tmp_path / "events.jsonl").write_text(f"@{tmp_path}/secret.json\n")

    assert _run("event", "publish", "rs", "--from", str(tmp_path / "events.jsonl")) == Exit.REFUSED
    assert "line 1: this is no JSON" in capsys.readouterr().err


def test_only_a_new_line_parts_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON may hold other characters that break lines of prose."""
    (tmp_path / "events.jsonl").write_text('{"data": {"name": "a\u2028b\x85c"}}\n{\n', encoding="utf-8")

    assert _run("event", "publish", "rs", "--from", str(tmp_path / "events.jsonl")) == Exit.REFUSED
    assert "hub: line 2: this is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["{", '{"a": NaN}', "[" * 100_000, '{"a": "\\ud800"}', '{"a":' * 30 + "1" + "}" * 30])
def test_what_is_no_json_is_no_fault_of_the_hub(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is refused with its place, and not quoted."""
    assert _run("event", "publish", "rs", "--type", "id.mpp.civil.BirthNotified", "--data", wrong) == Exit.REFUSED
    told = capsys.readouterr().err
    assert told.startswith("hub: --data: this ")
    assert wrong not in told


def test_facts_come_from_a_file_or_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that no person's data stand in the shell's history."""
    (tmp_path / "facts.json").write_text("{")
    for given in (f"@{tmp_path}/facts.json", "@-"):
        monkeypatch.setattr(sys, "stdin", io.StringIO("{"))
        assert _run("event", "publish", "rs", "--type", "x", "--data", given) == Exit.REFUSED
        assert "--data: this is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is not there, or is no text."""
    if content is not None:
        (tmp_path / "facts.json").write_bytes(content)
    assert _run("event", "publish", "rs", "--type", "x", "--data", f"@{tmp_path}/facts.json") == Exit.CONFIGURATION
    assert "facts.json cannot be read" in capsys.readouterr().err
