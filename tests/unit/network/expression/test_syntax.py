"""The text of an expression as a tree; what is not taken is said."""

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ExpressionError, ExpressionSyntaxError
from hub.network.expression.program import ConstantExpression, compile_expression
from hub.network.expression.syntax import Call, Constant, Member, Name, parse


def test_operators_bind_as_in_cel() -> None:
    """Multiplying before adding, comparing before and, and before or."""
    a, b = Member(Name("a"), "b"), Constant(2)

    assert parse("a.b + 2 * 3 > 1 && true || false") == Call(
        "||",
        (
            Call("&&", (Call(">", (Call("+", (a, Call("*", (b, Constant(3))))), Constant(1))), Constant(value=True))),
            Constant(value=False),
        ),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it ends too early"),
        ("a.b &&", "it ends too early"),
        ("a.b c.d", "'c' was met where 'end' must be"),
        ("(a.b", "'its end' was met where ')' must be"),
        ("a.if == 1 ? if : 2", "'if' is a word of CEL itself"),
        ("{'a': 1}", "'{' is not taken here"),
        ("1u", "'1u' is not taken"),
        ("b'x'", "\"b'x'\" is not taken"),
        ("'\\q'", "the escape '\\\\q' is not taken"),
        ("a.l.map(x)", "map() takes a variable and what is done with it, like list.map(x, x > 1)"),
        ("(" * 40 + "1" + ")" * 40, "it is nested deeper than 32 levels"),
        ("-!true", "! and - stand together; use brackets"),
        ("!" * 40 + "true", "it is nested deeper than 32 levels"),
        ("1" * 2001, "it has 2001 characters, over 2000"),
    ],
)
def test_what_is_not_taken_is_said(text: str, why: str) -> None:
    """Each refusal says what was met."""
    with pytest.raises(ExpressionSyntaxError) as raised:
        parse(text)

    assert str(raised.value) == why


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab.()[]&|!=<>+-*/?:,'\"\\1 2x")), max_size=30))
def test_no_text_is_read_otherwise_than_by_the_engine(text: str) -> None:
    """Any text is compiled or refused with our error, and a value written out is the engine's own."""
    try:
        expression = compile_expression(text)
    except ExpressionError:
        return
    if isinstance(expression, ConstantExpression):
        assert expression({}) == cel.evaluate(text.strip())
    else:
        cel.compile(text)
