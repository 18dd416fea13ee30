"""What people are told to type is there, and what they are sent to as well: commands and links of every page."""

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hub.cli.app import build
from hub.cli.reference import leaves
from hub.settings import Engine, Settings

ROOT = Path(__file__).parents[2]
_COMMANDS: dict[tuple[str, ...], Any] = dict(leaves(get_command(build())))
_PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for folder in ("docs", "deploy", "schemas") for page in (ROOT / folder).rglob("*.md"))]
)
_FENCED = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
#: Where a shell begins another command, or sends the output elsewhere.
_NEXT = re.compile(r"\s(?:&&|\||>)\s")
_SCHEME = re.compile(r"^[a-z]+:")


def _commands(page: Path) -> Iterator[str]:
    """Find the hub's commands in a page's blocks; settings before them, comments and other commands are left out."""
    for kind, text in _FENCED.findall(page.read_text(encoding="utf-8")):
        if kind in {"sh", ""}:
            for line in text.replace("\\\n", " ").splitlines():
                for command in _NEXT.split(line.split(" # ")[0]):
                    if found := re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(hub [a-z].*)", command):
                        yield found[1].strip()


def _in_passing(file: Path) -> Iterator[tuple[str, ...]]:
    """Find the hub's commands that a text names between words: noun and verb, without what is given to them."""
    for said in re.findall(r"`(?:[A-Z_]+=\S+ )*hub ([a-z][^`\n]*)`", file.read_text(encoding="utf-8")):
        yield tuple(itertools.takewhile(lambda word: re.fullmatch(r"[a-z|]+", word) is not None, said.split()))


def _is_there(words: tuple[str, ...]) -> bool:
    """Tell whether noun and verb are a command, or a noun that has verbs; `list|show` names two verbs."""
    every = itertools.product(["hub"], *(word.split("|") for word in words))
    return all(any(path[: len(named)] == named or named[: len(path)] == path for path in _COMMANDS) for named in every)


_SPEAKING = [*_PAGES, *(ROOT / "hub").rglob("*.py"), *(ROOT / "deploy").glob("*.yaml")]
#: What the design names and says that it is not built yet.
_LATER = set(re.findall(r"`hub ([a-z]+)", (ROOT / "docs" / "design.md").read_text("utf-8").partition("\n## 13. ")[2]))

_TYPED = sorted({(page.relative_to(ROOT).as_posix(), line) for page in _PAGES for line in _commands(page)})


def _links(page: Path) -> list[str]:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return [target for target in _LINK.findall(text) if not _SCHEME.match(target)]


def _anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings as they are made on the web: lower case, hyphens, no other marks."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in re.findall(r"^#+ +(.+)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_pages_are_found() -> None:
    """The walk finds what the first page tells people to type."""
    assert ("README.md", "hub case show <case>") in _TYPED
    assert {"docs/joining.md", "docs/gateway.md", "docs/cli.md"} <= {page for page, _ in _TYPED}


@pytest.mark.parametrize(("page", "line"), _TYPED)
def test_the_command_line_takes_what_a_page_says(page: str, line: str) -> None:
    """Nouns, verbs, options and the number of words are those of the command."""
    words = shlex.split(line)
    path = next((tuple(words[:n]) for n in (3, 2) if tuple(words[:n]) in _COMMANDS), None)
    assert path, f"{page}: no such command"
    _COMMANDS[path].make_context(" ".join(path), words[len(path) :]).close()


def test_commands_named_in_passing_are_there() -> None:
    """Neither a page nor a message of the hub sends anybody to a noun or verb that is not there."""
    named = {(file.relative_to(ROOT).as_posix(), words) for file in _SPEAKING for words in _in_passing(file)}

    assert ("hub/cluster/leaving.py", ("case", "skip")) in named
    assert {(file, words) for file, words in named if words[0] not in _LATER and not _is_there(words)} == set()


def test_the_makefile_does_what_pages_say() -> None:
    """Each `make` that a page names is one of the Makefile's."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    said = [
        (page.name, words) for page in _PAGES for words in re.findall(r"[`\n]make ([a-z -]+)", page.read_text("utf-8"))
    ]

    assert said
    assert [(page, word) for page, words in said for word in words.split() if word not in targets] == []


def test_variables_that_pages_name_are_read() -> None:
    """Nobody is told to set what nothing reads: each is a setting, or named in the code or the compose file."""
    settings = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    settings |= {f"HUB_ENGINE__{name.upper()}" for name in Engine.model_fields}
    readers = [*(ROOT / "hub").rglob("*.py"), *(ROOT / "deploy").glob("*.yaml"), *(ROOT / "tests").rglob("*.py")]
    read = {
        name
        for file in readers
        for name in re.findall(r"(?:environ\S*|get\(|\$\{)\W*(HUB_[A-Z_]+)", file.read_text("utf-8"))
    }
    said = {name for page in _PAGES for name in re.findall(r"\bHUB_[A-Z_]*[A-Z]\b", page.read_text("utf-8"))}

    assert {"HUB_HOME", "HUB_DEBUG"} <= said
    assert said - settings - read == set()


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file or folder that is there, and a heading in it."""
    lost = []
    for link in _links(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            lost.append(link)
    assert lost == []
