"""The text of a CEL expression as a tree, so that what it reads can be known before it runs.

Takes the part of CEL that declarations may use. The engine that evaluates is another one (``program``); what that one
refuses and this one takes is refused there, at load.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hub.errors import ExpressionSyntaxError

#: Characters of one expression; ours are under 200.
MAX_TEXT: Final = 2_000
#: Levels of brackets and operators in one expression.
MAX_DEPTH: Final = 32

#: Calls on a list that name a variable of their own.
COMPREHENSIONS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})
RESERVED: Final = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "namespace", "null", "package", "return", "true", "var", "void", "while",
})  # fmt: skip

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<float>\d+\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.\d+([eE][-+]?\d+)?)
    |(?P<int>0x[0-9a-fA-F]+|\d+)(?![uU\w])
    |(?P<text>[rR]?("([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*'))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?!["'])
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)
_LEVELS: Final = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?"}
_WORDS: Final = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written out."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a value: ``target.name``."""

    target: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, method or operator over arguments; a method's target is its first argument."""

    function: str
    args: tuple["Node", ...]
    method: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list written out."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Comprehension:
    """A call that tries each item of a list: ``over.function(variable, *body)``."""

    function: str
    over: "Node"
    variable: str
    body: tuple["Node", ...]


Node = Constant | Name | Member | Call | Listing | Comprehension


def parse(text: str) -> Node:
    """Read an expression to its tree; raise ExpressionSyntaxError that says what is not taken."""
    if len(text) > MAX_TEXT:
        raise ExpressionSyntaxError(f"it has {len(text)} characters, over {MAX_TEXT}")
    parser = _Parser(list(_tokens(text)))
    node = parser.expression()
    parser.expect("end")
    return node


def children(node: Node) -> tuple[Node, ...]:
    """List the parts of a node, in the order they are written."""
    match node:
        case Member(target):
            return (target,)
        case Call(_, args):
            return args
        case Listing(items):
            return items
        case Comprehension(_, over, _, body):
            return (over, *body)
        case _:
            return ()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for kind, found in pieces(text):
        if kind == "name" and found == "in":
            yield "sign", "in"
        elif kind != "space":
            yield kind, found
    yield "end", ""


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Split an expression into its words, spaces too: put together they are the text; the kind stands first."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ExpressionSyntaxError(f"{text[at : at + 12]!r} is not taken")
        at = found.end()
        yield found.lastgroup or "", found[0]


class _Parser:
    """Descend through the operators, from the loosest to the tightest."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionSyntaxError(f"it is nested deeper than {MAX_DEPTH} levels")
        found = self._binary(0)
        if self._take("?"):
            yes = self.expression()
            self.expect("sign", ":")
            found = Call("?:", (found, yes, self.expression()))
        self._depth -= 1
        return found

    def expect(self, kind: str, text: str = "") -> str:
        met_kind, met = self._tokens[self._at]
        if met_kind != kind or (text and met != text):
            raise ExpressionSyntaxError(f"{met or 'its end'!r} was met where {text or kind!r} must be")
        self._at += 1
        return met

    def _take(self, *signs: str) -> str | None:
        kind, text = self._tokens[self._at]
        if kind == "sign" and text in signs:
            self._at += 1
            return text
        return None

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        found = self._binary(level + 1)
        while sign := self._take(*_LEVELS[level]):
            found = Call(sign, (found, self._binary(level + 1)))
        return found

    def _unary(self) -> Node:
        signs = []
        while sign := self._take("!", "-"):
            signs.append(sign)
        if len(signs) > MAX_DEPTH:
            raise ExpressionSyntaxError(f"it is nested deeper than {MAX_DEPTH} levels")
        if len(set(signs)) > 1:
            raise ExpressionSyntaxError("! and - stand together; use brackets")
        found = self._member()
        for sign in reversed(signs):
            if sign == "-" and isinstance(found, Constant) and type(found.value) in {int, float}:
                found = Constant(-found.value)
            else:
                found = Call(f"{sign}x", (found,))
        return found

    def _member(self) -> Node:
        found = self._primary()
        while sign := self._take(".", "["):
            if sign == "[":
                found = Call("[]", (found, self.expression()))
                self.expect("sign", "]")
                continue
            name = self.expect("name")
            found = self._method(found, name) if self._take("(") else Member(found, name)
        return found

    def _method(self, target: Node, name: str) -> Node:
        args = self._until(")")
        if name not in COMPREHENSIONS:
            return Call(name, (target, *args), method=True)
        if len(args) < 2 or not isinstance(args[0], Name):  # noqa: PLR2004 - a variable and what is done with it
            raise ExpressionSyntaxError(
                f"{name}() takes a variable and what is done with it, like list.{name}(x, x > 1)"
            )
        return Comprehension(name, target, args[0].name, args[1:])

    def _primary(self) -> Node:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "name":
            return self._named(text)
        if kind == "int":
            return Constant(int(text, 0) if text.startswith("0x") else int(text))
        if kind == "float":
            return Constant(float(text))
        if kind == "text":
            return Constant(_unquoted(text))
        if text == "(":
            found = self.expression()
            self.expect("sign", ")")
            return found
        if text == "[":
            return Listing(self._until("]"))
        raise ExpressionSyntaxError(f"{text!r} is not taken here" if text else "it ends too early")

    def _named(self, name: str) -> Node:
        if name in _WORDS:
            return Constant(_WORDS[name])
        if name in RESERVED:
            raise ExpressionSyntaxError(f"{name!r} is a word of CEL itself")
        return Call(name, self._until(")")) if self._take("(") else Name(name)

    def _until(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._take(end):
            if found:
                self.expect("sign", ",")
            found.append(self.expression())
        return tuple(found)


def _unquoted(text: str) -> str:
    raw = text[0] in "rR"
    body = text[2:-1] if raw else text[1:-1]
    return body if raw else re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, body)


def _unescaped(found: re.Match[str]) -> str:
    word = found[1]
    if len(word) > 1:
        return chr(int(word[1:], 16))
    if word not in _ESCAPES:
        raise ExpressionSyntaxError(f"the escape {found[0]!r} is not taken")
    return _ESCAPES[word]
