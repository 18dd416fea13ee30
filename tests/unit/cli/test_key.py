"""Keys are made, listed and revoked; only their hashes are kept."""

import json
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


def test_a_key_is_shown_once_and_kept_as_a_hash(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Stdout is the key and nothing else; the file does not hold it."""
    assert _run("key", "create", "disdukcapil") == Exit.OK
    key = capsys.readouterr().out.strip()
    assert key.startswith("simpul.")
    assert key.rpartition(".")[2] not in (tmp_path / "keys.json").read_text()


def test_keys_are_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    """A revoked key is gone from the list; one that is not there is an error."""
    _run("key", "create", "pos", "--json")
    made = json.loads(capsys.readouterr().out)
    _run("key", "list", "--json")
    assert [(each["agency"], each["id"]) for each in json.loads(capsys.readouterr().out)] == [("pos", made["id"])]
    assert _run("key", "revoke", made["id"], "--yes") == Exit.OK
    assert _run("key", "revoke", made["id"], "--yes") == Exit.CONFIGURATION
    _run("key", "list", "--json")
    assert json.loads(capsys.readouterr().out.rpartition("\n[")[1] or "[]") == []


def test_a_wrong_code_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A key for nobody is not made."""
    assert _run("key", "create", "Not A Code") == Exit.CONFIGURATION
    assert "agency code" in capsys.readouterr().err


def test_a_revoked_key_is_told_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json stdout is one document that says whose key it was."""
    _run("key", "create", "pos", "--json")
    made = json.loads(capsys.readouterr().out)
    assert _run("key", "revoke", made["id"], "--yes", "--json") == Exit.OK
    assert json.loads(capsys.readouterr().out) == {"agency": "pos", "id": made["id"]}
