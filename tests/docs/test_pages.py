"""What people are told to type is there, and what they are sent to as well: commands and links of every page."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from hub.cli.app import build
from hub.cli.reference import leaves

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
