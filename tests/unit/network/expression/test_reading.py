"""What an expression reads, and what it tests first."""

import pytest

from hub.network.expression import parse, read_paths, reads


def unsure(text: str) -> list[str]:
    """List the reads that nothing tests before."""
    return [".".join(read.path) for read in reads(parse(text)) if not read.is_tested(read.path)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", ["a.b"]),
        ("has(a.b)", []),
        ("has(a.b) ? a.b : c.d", ["c.d"]),
        ("!has(a.b) ? a.b : a.b", ["a.b"]),
        ("has(a.b) && a.b > 1", []),
        ("a.b > 1 && has(a.b)", ["a.b"]),
        ("!has(a.b) || a.b > 1", []),
        ("has(a.b) || a.b > 1", ["a.b"]),
        ("(has(a.b) && has(c.d)) ? a.b + c.d : 0", []),
        ("(has(a.b) || has(c.d)) ? a.b + c.d : 0", ["a.b", "c.d"]),
        ("!(has(a.b) && c.e) || a.b", ["c.e"]),
        ("has(a.b.c) ? a.b.c : ''", ["a.b"]),
        ("has(a.b) && has(a.b.c) ? a.b.c : ''", []),
        ("a.l.exists(x, x == c.d)", ["a.l", "a.l.[]", "c.d"]),
        ("a.l.exists(x, x.name == 'k')", ["a.l", "a.l.[].name"]),
        ("a.l.exists(x, has(x.name) && x.name == 'k')", ["a.l"]),
        ("a.l.filter(x, x.on).map(y, y.n)", ["a.l", "a.l.[].on", "a.l.[].n"]),
        ("a.l.map(x, has(x.n), x.n)", ["a.l"]),
        ("size(a.b) + int(c.d)", ["a.b", "c.d"]),
    ],
)
def test_a_read_is_sure_only_behind_its_test(text: str, expected: list[str]) -> None:
    """A read counts as tested where has() held before it, from left to right, through every operator."""
    assert unsure(text) == expected


def test_what_is_only_tested_is_looked_at_too() -> None:
    """The facts of a case are kept also for a test."""
    assert read_paths(parse("has(a.b) ? c.d.e : 'x'")) == {("a", "b"), ("c", "d")}
