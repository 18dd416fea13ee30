"""What stands at the command about dead letters: spans of time, ages, and words that contradict each other."""

from dataclasses import replace

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit
from hub.cli.operate.deadletter import _age, _since, _told, _write_causes
from hub.deadletter import by_cause
from hub.errors import ConfigurationError
from tests.unit.deadletter.shelved import letter

_NOW = 1_770_000_000_000


@pytest.mark.parametrize(
    ("text", "back_ms"),
    [("90m", 5_400_000), ("12h", 43_200_000), ("7d", 604_800_000), ("2w", 1_209_600_000)],
)
def test_a_span_counts_back_from_now(text: str, back_ms: int) -> None:
    """In minutes, hours, days and weeks."""
    assert _since(text, _NOW) == _NOW - back_ms


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T00:00:00Z", "2026-01-31T08:00:00+08:00"])
def test_a_time_is_itself(text: str) -> None:
    """A day begins at midnight in UTC, as times are shown."""
    assert _since(text, _NOW) == 1_769_817_600_000


@pytest.mark.parametrize(
    "text", ["", "yesterday", "7", "2026-13-01", "2026-01-31T08:00:00", "0001-01-01T00:00:00+23:59"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """With all ways to write one."""
    with pytest.raises(ConfigurationError, match="write 90m, 12h"):
        _since(text, _NOW)


@pytest.mark.parametrize(
    ("millis", "told"), [(-5, "0 min"), (59_999, "0 min"), (3_720_000, "1 h 2 min"), (180_000_000, "2 d 2 h")]
)
def test_an_age_is_told_in_two_units(millis: int, told: str) -> None:
    """A person sees at once what waits long."""
    assert _age(millis) == told


@pytest.mark.parametrize(
    "words",
    [("bank@1", "--all", "--cause", "decode"), ("--all",), ("--cause", "decode"), ("bank@1", "--agency", "bank"), ()],
)
def test_what_is_put_back_is_said_in_one_way(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Ids, or all of a cause: told before any broker is asked."""
    with pytest.raises(SystemExit) as left:
        main(("deadletter", "redrive", *words, "--reason", "why"))
    assert left.value.code == Exit.CONFIGURATION
    assert "say which letters are meant" in capsys.readouterr().err


def test_an_act_without_a_reason_is_not_begun(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty one is none, and a long one would not fit in a header."""
    for reason in (" ", "x" * 501):
        with pytest.raises(SystemExit) as left:
            main(("deadletter", "redrive", "bank@1", "--reason", reason))
        assert left.value.code == Exit.CONFIGURATION
        assert "say why in at most 500 characters" in capsys.readouterr().err


def test_what_was_settled_is_not_counted_as_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    """One that was put back or dismissed is told beside those that wait."""
    first = letter()
    second = replace(first, id=first.id._replace(offset=first.id.offset + 1))
    _write_causes(by_cause([first, second], {first.id}), _NOW)
    assert capsys.readouterr().err == "1 dead letter of 1 cause; 1 put back or dismissed\n"
    _write_causes(by_cause([first], {first.id}), _NOW)
    assert capsys.readouterr().err == "0 dead letters of 0 causes; 1 put back or dismissed\n"


def test_a_key_is_told_as_the_text_that_it_is() -> None:
    """Only one that is no text is told as bytes."""
    assert _told("key", b"bank.7", values=True) == "bank.7"
    assert _told("key", b"\xff", values=True) == "b'\\xff'"
