"""The glossary against the design: every noun has its line, in English and in Indonesian."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_ROWS = re.findall(
    r"^\| ([a-z -]+) \| ([^|]+) \| ([^|]+) \|$",
    (DOCS / "glossary.md").read_text("utf-8").partition("|---")[2],
    re.MULTILINE,
)


def _nouns() -> set[str]:
    """Read the nouns of the design's section on words, without what stands in brackets."""
    section = (DOCS / "design.md").read_text("utf-8").partition("\n## 4. ")[2].partition("\n## ")[0]
    told = re.sub(r"\([^()]*\)", "", section.partition("\n")[2])
    return {noun.strip(" .\n") for noun in re.split("[·,]", told)}


def test_the_nouns_are_found() -> None:
    """The walk finds the first, the last, and those between commas."""
    assert {"agency", "rehearsal", "edge journal", "event type"} <= _nouns()


def test_every_noun_of_the_design_has_a_line() -> None:
    """Whoever meets a word of the design finds what it means."""
    assert _nouns() - {word for word, _, _ in _ROWS} == set()


def test_lines_are_in_order_and_none_stands_twice() -> None:
    """A reader finds a word by its first letters, and one meaning."""
    words = [word for word, _, _ in _ROWS]

    assert words == sorted(set(words))
    assert len({indonesian for _, indonesian, _ in _ROWS}) == len(words)
