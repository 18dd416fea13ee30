"""Every kind of finding that a network folder can give is listed with its meaning, and told word for word in a test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hub.network.folder.codes import CODES

ROOT = Path(__file__).parents[2]
#: Calls that make a finding, by the name of what is called: its code is among their arguments.
MAKERS = {"at", "at_key", "Finding", "_add", "_at", "_find", "_report", "_say"}
#: A finding as it is written for people, with its place: what only a test that holds every word of it contains.
WRITTEN = re.compile(r"""\d+:\d+: (?:error|warning) (?:"\s*f?")?\[([a-z-]+)\] \S""")


def _made() -> Iterator[str]:
    """Give every word that the code hands to what makes findings and that looks like a code."""
    for folder in ("hub/network", "hub/rehearsal"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in MAKERS:
                    yield from (each.value for each in node.args if _is_code(each))  # type: ignore[attr-defined]


def _name(called: ast.expr) -> str:
    return str(getattr(called, "attr", getattr(called, "id", "")))


def _is_code(word: ast.expr) -> bool:
    return (
        isinstance(word, ast.Constant) and isinstance(word.value, str) and "-" in word.value and " " not in word.value
    )


def test_no_kind_of_finding_is_made_that_the_list_does_not_explain() -> None:
    """Whoever looks a code up finds it."""
    made = set(_made())
    assert len(made) > len(CODES) / 2
    assert made - set(CODES) == set()


def test_no_kind_of_finding_is_listed_that_nothing_makes() -> None:
    """A code that is not used any more leaves the list."""
    written = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("hub/network", "hub/rehearsal")
        for file in (ROOT / folder).rglob("*.py")
        if file.name != "codes.py"
    )
    assert [code for code in CODES if f'"{code}"' not in written] == []


def test_every_kind_of_finding_is_told_word_for_word_in_a_test() -> None:
    """What people read, with its line and column, is a promise: the text stands in a test."""
    told = {
        code
        for file in (ROOT / "tests").rglob("*")
        if file.suffix in {".py", ".yaml"}
        for code in WRITTEN.findall(file.read_text(encoding="utf-8"))
    }
    assert set(CODES) - told == set()
