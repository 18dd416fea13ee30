"""Every command explains itself, and the reference page says the same."""

import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hub import metrics
from hub.cli.app import build
from hub.cli.command import EXAMPLE
from hub.cli.reference import leaves, metrics_page, page

_PAGE = Path("docs/cli.md")
_METRICS_PAGE = Path("docs/metrics.md")
_COMMANDS = dict(leaves(get_command(build())))


def test_there_are_commands() -> None:
    """The walk over the commands finds those that a new user is told of."""
    assert {("hub", "run"), ("hub", "case", "list"), ("hub", "event", "publish")} <= set(_COMMANDS)


@pytest.mark.parametrize("path", _COMMANDS, ids=" ".join)
def test_help_ends_in_a_worked_command(path: tuple[str, ...]) -> None:
    """The last words of each help are an example of that very command, which the command line takes."""
    command: Any = _COMMANDS[path]
    assert command.help, "say what it does"
    assert (command.epilog or "").startswith(EXAMPLE)
    words = shlex.split(command.epilog.removeprefix(EXAMPLE))
    assert tuple(words[: len(path)]) == path
    command.make_context(" ".join(path), words[len(path) :]).close()


@pytest.mark.parametrize("path", _COMMANDS, ids=" ".join)
def test_every_parameter_is_explained(path: tuple[str, ...]) -> None:
    """No option or argument is without words."""
    assert all(parameter.help for parameter in _COMMANDS[path].params)


@pytest.mark.parametrize("words", [(), ("case",)])
def test_lists_of_commands_are_whole(words: tuple[str, ...]) -> None:
    """What a command does is told to the end of the sentence."""
    asked = subprocess.run([sys.executable, "-m", "hub", *words, "--help"], capture_output=True, text=True, check=True)
    listed = asked.stdout.partition("Commands:")[2].rpartition(EXAMPLE)[0]
    assert "..." not in listed
    assert " ".join(listed.split()).endswith(
        "for editors." if not words else "does not want it any more; agencies are told to stop."
    )


@pytest.mark.parametrize("words", [(), ("case",), ("key",)])
def test_lists_of_commands_end_in_a_worked_one(words: tuple[str, ...]) -> None:
    """Whoever knows no verb yet has something to try."""
    asked = subprocess.run([sys.executable, "-m", "hub", *words, "--help"], capture_output=True, text=True, check=True)
    assert " ".join((f"{EXAMPLE}hub", *words)) in asked.stdout.strip().splitlines()[-1]


def test_the_reference_page_is_fresh() -> None:
    """docs/cli.md is what the commands say: generate it again with `python -m hub.cli.reference > docs/cli.md`."""
    assert _PAGE.read_text(encoding="utf-8") == page()


def test_the_metrics_page_is_fresh() -> None:
    """docs/metrics.md tells every metric that is declared: generate it again as it says itself."""
    assert _METRICS_PAGE.read_text(encoding="utf-8") == metrics_page()
    told = set(re.findall(r"^\| `(hub_[a-z_]+)`", metrics_page(), re.MULTILINE))
    exposed = set(re.findall(r"^# HELP (hub_[a-z_]+) ", metrics.expose().decode(), re.MULTILINE))
    assert told == {name for name in exposed if not name.endswith("_created")}


def test_help_is_quick() -> None:
    """`hub --help` imports no room below: neither Kafka nor pydantic-heavy ones; here the best of three takes 0.2 s.

    How quick a machine is shows in what it needs for the library alone: a fourth of that.
    """
    tell = "import sys, hub.cli.app; hub.cli.app.build(); print(*sys.modules)"
    asked = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    assert not {"confluent_kafka", "sqlalchemy", "fastavro", "faust", "fastapi", "rich"} & set(asked.stdout.split())
    assert _best_s("-m", "hub", "--help") < 8 * _best_s("-c", "import typer")


def _best_s(*words: str) -> float:
    """Run a program of Python three times and give the least that it took."""
    took_s = []
    for _ in range(3):
        begun_s = _spent_s()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        took_s.append(_spent_s() - begun_s)
    return min(took_s)


def _spent_s() -> float:
    """Tell the processor's time that ended children took: what else the machine does is not counted."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _mentioned() -> list[tuple[str, str]]:
    """Find the commands that messages and pages tell people to run; the design also speaks of what comes later."""
    files = [
        *Path("hub").rglob("*.py"),
        *Path("docs").glob("*.md"),
        *Path().glob("*.md"),
        *Path("deploy").rglob("*.md"),
    ]
    told = re.compile(r"`hub ([a-z|]+)(?: ([a-z|][a-z|-]*))?")
    found = set()
    for file in files:
        if file.name != "design.md":
            for nouns, verbs in told.findall(file.read_text(encoding="utf-8")):
                found |= {(noun, verb) for noun in nouns.split("|") for verb in verbs.split("|")}
    return sorted(found)


@pytest.mark.parametrize(("noun", "verb"), _mentioned())
def test_commands_that_people_are_told_of_exist(noun: str, verb: str) -> None:
    """No message and no page names a command that is not there."""
    if ("hub", noun) not in _COMMANDS:
        assert ("hub", noun, verb) in _COMMANDS or (not verb and any(path[1] == noun for path in _COMMANDS))
