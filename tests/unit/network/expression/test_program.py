"""Expressions at work: values, has(), dates and instants, errors without values."""

from typing import Any

import pytest

from hub.errors import ExpressionError
from hub.network.expression import compile_expression, is_step_name
from hub.network.expression.program import CelExpression, ConstantExpression, PathExpression
from hub.network.expression.types import TIMESTAMP, Type

FACTS: dict[str, dict[str, Any]] = {
    "application": {
        "name": "Melati", "age": 3, "born_on": "2026-01-31", "at": "2026-01-31T16:30:00.000Z", "none": None,
        "names": ["a", "b"], "home": {"street": "S", "flat": None}, "secret": "6472-secret",
    },
    "record": {"number": "N1", "on": "2026-03-02"},
}  # fmt: skip
TYPES = {("application", "at"): TIMESTAMP, ("application", "home"): Type("record")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("application.name", "Melati"),
        ("'fixed'", "fixed"),
        ("true", True),
        ("-3", -3),
        ("application.age > 2 && record.number == 'N1'", True),
        ("has(application.none)", False),
        ("has(card.number)", False),
        ("has(card.number) ? card.number : ''", ""),
        ("has(application.home.flat)", False),
        ("application.home.street + '!'", "S!"),
        ("days_between(application.born_on, record.on)", 30),
        ("days_between(record.on, application.born_on)", -30),
        ("application.at + duration('36h')", "2026-02-02T04:30:00.000Z"),
        ("application.at > timestamp('2026-01-31T23:00:00+08:00')", True),
        ("application.at.getFullYear()", 2026),
        ("application.at", "2026-01-31T16:30:00.000Z"),
        ("application.names.map(n, n + 'x')", ["ax", "bx"]),
        ("has(application.none) ? application.none : null", None),
    ],
)
def test_an_expression_gives_its_value(text: str, value: object) -> None:
    """Null counts as not there; dates are texts, instants come back as RFC 3339 in UTC."""
    assert compile_expression(text, TYPES)(FACTS) == value


def test_the_quick_ways_are_taken() -> None:
    """A plain path and a value written out never reach the engine."""
    assert isinstance(compile_expression("record.number"), PathExpression)
    assert isinstance(compile_expression(" 'x' "), ConstantExpression)
    assert isinstance(compile_expression("record.number + ''"), CelExpression)


def test_an_expression_says_what_it_reads() -> None:
    """Paths name the source and field, tested ones too."""
    expression = compile_expression("has(card.number) ? card.number : record.number")

    assert expression.text == "has(card.number) ? card.number : record.number"
    assert expression.paths == {("card", "number"), ("record", "number")}


def test_a_plain_path_may_be_optional() -> None:
    """Where the field to fill may be null, a fact that is not there is null."""
    assert compile_expression("card.number", optional=True)(FACTS) is None
    with pytest.raises(ExpressionError, match=r"expression 'card\.number' has no value: the fact is not there"):
        compile_expression("card.number")(FACTS)


@pytest.mark.parametrize(
    "text",
    ["int(application.secret)", "application.secret > 3", "application.missing + 'x'", "1 / (application.age - 3)"],
)
def test_an_error_names_the_expression_and_no_value(text: str) -> None:
    """Whatever the engine complains of, what reaches a log is the text and a kind of error."""
    with pytest.raises(ExpressionError) as raised:
        compile_expression(text)(FACTS)

    assert text in str(raised.value)
    assert "6472" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_a_deep_fact_does_not_reach_the_engine() -> None:
    """A value nested so deep that it would end the process is an error of the expression."""
    deep: Any = "x"
    for _ in range(10_000):
        deep = [deep]

    with pytest.raises(ExpressionError):
        compile_expression("size(application.deep) > 0")({"application": {"deep": deep}})


def test_facts_are_not_changed() -> None:
    """Evaluating leaves the facts as they were."""
    before = repr(FACTS)
    compile_expression("application.names.filter(n, n == 'a')", TYPES)(FACTS)

    assert repr(FACTS) == before


@pytest.mark.parametrize(
    ("name", "may"), [("record_birth", True), ("application", False), ("if", False), ("a-b", False), ("T02", True)]
)
def test_a_step_is_called_as_expressions_can_say(name: str, may: bool) -> None:  # noqa: FBT001 - a table's column
    """A step's name must stand before a dot."""
    assert is_step_name(name) is may


def test_an_expression_that_would_take_too_long_has_no_value() -> None:
    """Comprehensions within each other over a long list are refused before they begin; over a short one they run."""
    expression = compile_expression("application.n.all(a, application.n.all(b, application.n.all(c, a + b + c >= 0)))")

    assert expression({"application": {"n": list(range(50))}}) is True
    with pytest.raises(ExpressionError, match="OverflowError"):
        expression({"application": {"n": list(range(500))}})
    assert compile_expression("application.n.all(a, a >= 0)")({"application": {"n": list(range(50_000))}}) is True
