"""From an error to one line on stderr and an exit code."""

import io
import sys
from pathlib import Path

import pytest

from hub import errors
from hub.cli.app import main
from hub.cli.exit import MEANING, Exit, exit_of


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NetworkError("x"), Exit.FAILED),
        (errors.SettingsError("x"), Exit.CONFIGURATION),
        (errors.MissingPartError("x"), Exit.CONFIGURATION),
        (errors.UnreachableError("x"), Exit.UNREACHABLE),
        (errors.SchemaError("x"), Exit.REFUSED),
        (errors.FencedError("x"), Exit.FATAL),
        (errors.HubError("x"), Exit.FAILED),
    ],
)
def test_errors_end_by_what_must_happen_next(error: errors.HubError, code: Exit) -> None:
    """Each branch of the tree of errors has its exit code."""
    assert exit_of(error) is code


def test_every_exit_code_has_a_meaning() -> None:
    """The reference can explain all codes."""
    assert set(MEANING) == set(Exit)


def test_an_error_of_ours_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong setting is said on stderr, without a traceback and with nothing on stdout."""
    monkeypatch.setenv("HUB_KAFKA_PORT", "many")
    monkeypatch.delenv("HUB_DEBUG", raising=False)
    assert _run("case", "list") == Exit.CONFIGURATION
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("hub: these settings are wrong")
    assert "Traceback" not in said.err


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """With HUB_DEBUG=1 the error comes through whole."""
    monkeypatch.setenv("HUB_KAFKA_PORT", "many")
    monkeypatch.setenv("HUB_DEBUG", "1")
    with pytest.raises(errors.SettingsError):
        main(["case", "list"])


def test_a_wrong_command_line_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    """A verb that is not there ends in 2, as everywhere."""
    assert _run("case", "lost") == Exit.USAGE
    assert "No such command" in capsys.readouterr().err


def test_our_own_fault_is_told_as_such(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody expected is one line too, and says how to see more."""
    monkeypatch.delenv("HUB_DEBUG", raising=False)
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    assert _run("schema", "json") == Exit.BUG
    assert "HUB_DEBUG=1" in capsys.readouterr().err


def test_our_own_fault_quotes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An error that nobody expected may hold a person's data: its kind and place are enough to find it."""
    monkeypatch.delenv("HUB_DEBUG", raising=False)

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise KeyError(text)

    monkeypatch.setattr(sys, "stdout", Gone())
    assert _run("schema", "json") == Exit.BUG
    told = capsys.readouterr().err
    assert "KeyError at" in told
    assert "test_app.py:" in told
    assert "properties" not in told


def test_a_file_in_the_way_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What the machine refuses is said in its own words."""
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    assert _run("key", "create", "pos") == Exit.CONFIGURATION
    assert str(tmp_path / "home") in capsys.readouterr().err


def test_a_wrong_network_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`hub up` of a folder that is not there starts no broker for it."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    assert _run("up", str(tmp_path / "nowhere")) == Exit.CONFIGURATION
    assert "nowhere is no folder" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_who_reaches_nobody_is_led_to_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error that trying again may mend says what looks at all that must answer."""
    monkeypatch.setenv("HUB_VIEWS_URL", f"sqlite:///{tmp_path}")
    assert _run("case", "list") == Exit.UNREACHABLE
    assert "`hub doctor` says what is there" in capsys.readouterr().err


def test_a_setting_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command runs all the same: the word goes to stderr, beside what it says itself."""
    monkeypatch.setenv("HUB_WORKRES", "3")
    assert _run("identifier", "list") == Exit.OK
    assert "hub: HUB_WORKRES is no setting; did you mean HUB_WORKERS?" in capsys.readouterr().err
