"""Types of expressions, and what could never come out well."""

import pytest

from hub.network.expression import Type, TypeCheck, fits, parse
from hub.network.expression.types import DATE, DOUBLE, INT, STRING, TIMESTAMP

PLACE = Type("enum", literals=frozenset({"home", "clinic"}))
FIELDS = {
    "i": INT, "d": DOUBLE, "s": STRING, "on": DATE, "at": TIMESTAMP, "b": Type("boolean"), "place": PLACE,
    "list": Type("array", item=STRING), "rows": Type("array", item=Type("record", members={"n": INT})),
    "home": Type("record", members={"street": STRING}), "map": Type("map", item=INT),
}  # fmt: skip


def typed(text: str) -> tuple[str, list[str]]:
    """Give the type's name and the problems of an expression over the fields above."""
    checker = TypeCheck(lambda _, field: FIELDS[field])
    found = checker.of(parse(text))
    return str(found), checker.problems


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a.i + 1", "int"), ("a.d * 2.0", "double"), ("a.s + a.on", "string"), ("a.b && !a.b", "boolean"),
        ("a.i > 1.5", "boolean"), ("a.place == 'home'", "boolean"), ("a.on < '2026-01-31'", "boolean"),
        ("a.at - a.at < duration('1h')", "boolean"), ("a.at + duration('1h')", "timestamp"),
        ("days_between(a.on, '2026-01-31')", "int"), ("a.list.exists(x, x == 'k')", "boolean"),
        ("a.list.map(x, size(x))", "array of int"), ("a.rows.filter(r, r.n > 1)", "array of record"),
        ("a.rows[0].n", "int"), ("a.b ? 'home' : 'clinic'", "string"), ("a.place in ['home']", "boolean"),
        ("a.map.k", "int"), ("a.s.matches('^x')", "boolean"), ("a.b ? a.on : '2026-01-31'", "date"),
        ("string(a.i)", "string"), ("a.at.getHours()", "int"), ("[1, 2] + [3]", "array of int"), ("-a.i", "int"),
    ],
)  # fmt: skip
def test_a_sound_expression_has_a_type(text: str, kind: str) -> None:
    """Sound expressions have their type and no problem."""
    assert typed(text) == (kind, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a.i + 1.5", "int + double has no result; convert with int(), double() or string()"),
        ("a.s + 1", "string + int has no result; convert with int(), double() or string()"),
        ("-a.s", "-string has no result; convert with int(), double() or string()"),
        ("a.i == 'x'", "int == string never comes out otherwise"),
        ("a.place == 'hom'", "'hom' is no symbol of this enum (clinic, home)"),
        ("a.place in ['hom']", "'hom' is no symbol of this enum (clinic, home)"),
        ("a.s > 1", "string > int cannot be compared"),
        ("a.b ? 1 : 'x'", "the two sides of : are of types int and string"),
        ("a.i ? 1 : 2", "? takes a condition before it, not int"),
        ("a.s && a.b", "&& takes conditions, not string"),
        ("!a.i", "! takes conditions, not int"),
        ("a.home.city", "'city' is no member of a.home, which is of type record"),
        ("a.s.length()", ".length() is no function here; known are "),
        ("startsWith(a.s, 'x')", "startsWith() is no function here; known are "),
        ("size(a.i)", "size() takes text or array or map, not int"),
        ("days_between(a.on)", "days_between() takes 2 values, not 1"),
        ("days_between(a.on, a.s)", "days_between() takes date, not string"),
        ("a.s.matches(a.s)", "matches() takes a pattern that is written out"),
        ("a.s.exists(x, x == 'k')", "exists() takes a list, not string"),
        ("a.list.all(x, size(x))", "all() takes a condition, not int"),
        ("a.list.exists(x, a.list.exists(y, x == y))", "exists() stands inside another one; only one level is taken"),
        ("a.i in a.s", "in takes a list after it, not string"),
        ("[1, 'x']", "a list holds values of different types"),
        ("has(a)", "has() takes one path, like has(step.field)"),
        ("a", "'a' alone is no value; write it as step.field"),
    ],
)
def test_what_never_comes_out_well_is_told(text: str, problem: str) -> None:
    """Each problem is told once, in words."""
    _, problems = typed(text)

    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_what_fits_where() -> None:
    """Whole numbers fit where broken ones do, symbols and dates where texts do, and nothing the other way round."""
    wide = Type("enum", literals=frozenset({"home", "clinic", "road"}))

    assert fits(INT, DOUBLE)
    assert not fits(DOUBLE, INT)
    assert fits(DATE, STRING)
    assert not fits(STRING, DATE)
    assert fits(PLACE, wide)
    assert not fits(wide, PLACE)
    assert not fits(TIMESTAMP, STRING)
    assert fits(Type("array", item=INT), Type("array", item=DOUBLE))
    assert not fits(Type("record", members={"a": INT}), Type("record", members={"a": INT, "b": INT}))
