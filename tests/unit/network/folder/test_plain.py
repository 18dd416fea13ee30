"""The quick reader of plain YAML, held against the whole grammar."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.network.folder.plain import read_plain
from hub.network.folder.yaml import MAX_DEPTH, by_grammar

DEPLOY = Path(__file__).resolve().parents[4] / "deploy"
SHIPPED = sorted((DEPLOY / "samarinda").rglob("*.yaml"))
#: A text with all that the quick reader takes; the laws below spoil it.
ALL_OF_IT = """\
# A comment.
name: newborn   # and one beside
list:
- a
- {b: 1, 'c d': "e, f", g.h/i: [x, -1, {j: null}],}
-
  - deep: true
    "q": it's
  - [ ]
empty: null
also: >-
  one line
  and the next #1
when: has(a.b) && a.b == 'none'
fill: "has(a.b) ? a.b : 'none'"
flow:
  {open: 08:00, close: [
    a b,   # here too
    'it''s'], day: 2025-04-01}# and no space
"""
PIECES = ["a", "b: ", "- ", "-", "  ", " ", "\n", ": ", ":", ",", "[", "]", "{", "}", "'", '"', "#", " #", "?", ">-"]
PIECES += [">", "|", "&x", "*x", "!t", "%", "@", "~", "null", "1", "-1", "1.5", "0x1f", "\t", "\\", "é", "---", "<<: "]


def assert_same(text: str) -> None:
    """See that the quick reader says what the whole grammar says, or leaves it to that."""
    found = read_plain(text, max_depth=MAX_DEPTH)
    if found is not None:
        document, findings = by_grammar("a.yaml", text)
        assert findings == []
        assert found == (document.value, document.keys, document.values)
        assert repr(found.value) == repr(document.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_each_shipped_file_says_the_same_by_both(path: Path) -> None:
    """The files of the reference network are read alike, places included."""
    assert_same(path.read_text(encoding="utf-8"))


def test_nearly_all_shipped_files_are_read_the_quick_way() -> None:
    """What people write is plain: few files, if any, need the whole grammar."""
    texts = [path.read_text(encoding="utf-8") for path in SHIPPED]
    quick = sum(read_plain(text, max_depth=MAX_DEPTH) is not None for text in texts)

    assert quick >= 0.95 * len(texts)


def test_all_that_people_write_is_read_the_quick_way() -> None:
    """Lists, mappings, brackets over lines, quotes, comments and folded texts need no grammar."""
    assert read_plain(ALL_OF_IT, max_depth=MAX_DEPTH) is not None
    assert_same(ALL_OF_IT)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=16))
@example(["a", ":", "\n", "- ", "a", "\n", "  ", "b: ", "1"])
def test_any_pieces_are_read_alike(pieces: list[str]) -> None:
    """Signs put together anyhow are read as the grammar reads them, or left to it."""
    assert_same("".join(pieces))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ALL_OF_IT)), st.integers(0, 3), st.lists(st.sampled_from(PIECES), max_size=2))
def test_a_spoiled_text_is_read_alike(at: int, gone: int, pieces: list[str]) -> None:
    """A good text with something taken out and put in anywhere is read as the grammar reads it, or left to it."""
    assert_same(ALL_OF_IT[:at] + "".join(pieces) + ALL_OF_IT[at + gone :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a: &x 1",
        "a: *x",
        "a: !t 1",
        "a: |\n  b",
        "a: b\n  c",
        "a: 1\na: 2",
        "a:\tb",
        "<<: 1",
        "? a",
        "a:",
        "--- a: 1",
    ],
)
def test_what_is_rare_or_wrong_is_left_to_the_grammar(text: str) -> None:
    """Anchors, tags, tabs, texts over lines, keys twice and no mapping at all are not guessed at."""
    assert read_plain(text, max_depth=MAX_DEPTH) is None
