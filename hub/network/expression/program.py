"""A declared expression made ready to run: a plain path is a look-up, anything else a compiled CEL program.

Gives the same value for the same facts: there is no clock and no chance. Errors name the expression, never a value.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import cel

from hub.errors import ExpressionError, ExpressionSyntaxError
from hub.events.envelope import Facts
from hub.names import APPLICATION
from hub.network.expression.reading import path_of, reads, tested
from hub.network.expression.syntax import Call, Comprehension, Constant, Node, children, parse
from hub.network.expression.types import ANY, Type
from hub.network.plan import Expression, FactPath

#: Levels of lists and records in one fact that go into CEL; a value nested much deeper kills its process.
MAX_FACT_DEPTH: Final = 32

#: Items that nested comprehensions of one expression may try, all in all: a fraction of a second, where a transaction
#: lives for seconds. An agency could else hold up all cases with one long list.
MAX_TRIES: Final = 1_000_000

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ConstantExpression:
    """Give the value that is written out."""

    text: str
    value: Any
    paths: frozenset[FactPath] = frozenset()

    def __call__(self, facts: Mapping[str, Facts]) -> Any:  # noqa: ARG002 - the shape of every expression
        """Give the same value for any facts."""
        return self.value


@dataclass(frozen=True, slots=True)
class PathExpression:
    """Look up one fact; with ``optional`` a fact that is not there is null."""

    text: str
    step: str
    name: str
    optional: bool
    paths: frozenset[FactPath]

    def __call__(self, facts: Mapping[str, Facts]) -> Any:
        """Give the fact as it stands; raise ExpressionError when it is not there."""
        value = facts.get(self.step, {}).get(self.name)
        if value is None and not self.optional:
            raise ExpressionError(f"expression {self.text!r} has no value: the fact is not there")
        return value


@dataclass(frozen=True, slots=True)
class CelExpression:
    """Run a compiled CEL program over the facts that it names, and no others."""

    text: str
    paths: frozenset[FactPath]
    _program: cel.Program
    _variables: tuple[tuple[str, tuple[tuple[str, _Convert], ...]], ...]
    _functions: Mapping[str, Callable[..., Any]]
    _loops: int = 0

    def __call__(self, facts: Mapping[str, Facts]) -> Any:
        """Evaluate; raise ExpressionError when there is no value, or it would take too long to find."""
        try:
            context: dict[str, Any] = {step: _chosen(facts.get(step, {}), fields) for step, fields in self._variables}
            if self._loops > 1 and _longest(context) ** self._loops > MAX_TRIES:
                raise OverflowError  # noqa: TRY301 - one way out
            return _plain(self._program.execute({**context, **self._functions}))
        except BaseException as wrong:  # a panic of the engine is no Exception; what it says may hold values
            if not isinstance(wrong, Exception) and type(wrong).__name__ != "PanicException":
                raise
            why = type(wrong).__name__
        raise ExpressionError(f"expression {self.text!r} has no value for these facts ({why})")


def compile_expression(
    text: str, types: Mapping[FactPath, Type] | None = None, *, optional: bool = False
) -> Expression:
    """Make an expression ready to run; raise ExpressionError that says what in its text is not taken.

    `types` of the paths tell which texts are instants. With `optional` a plain path gives null for a fact that is
    not there.
    """
    text = text.strip()
    try:
        node, program = parse(text), cel.compile(text)
    except ExpressionSyntaxError as wrong:
        raise ExpressionError(f"expression {text!r} is not taken: {wrong}") from wrong
    except ValueError as wrong:
        raise ExpressionError(f"expression {text!r} is not taken: it is no CEL") from wrong
    if isinstance(node, Constant):
        return ConstantExpression(text, node.value)
    paths = read_paths(node)
    whole = path_of(node)
    if whole and len(whole) == 2:  # noqa: PLR2004 - step and field
        return PathExpression(text, whole[0], whole[1], optional=optional, paths=paths)
    return _cel_expression(text, program, node=node, paths=paths, types=types or {})


def read_paths(node: Node) -> frozenset[FactPath]:
    """Tell which facts an expression looks at, tested or read."""
    found = {read.path[:2] for read in reads(node)} | {path[:2] for path in tested(node)}
    return frozenset((path[0], path[1]) for path in found if len(path) > 1)


def days_between(start: str, end: str) -> int:
    """Count the days from one date to another; negative when the second is earlier."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def test_patterns(node: Node) -> str:
    """Say which pattern of ``matches()`` is no regular expression; empty when all are."""
    if isinstance(node, Call) and node.function == "matches" and isinstance(node.args[-1], Constant):
        try:
            cel.evaluate("''.matches(p)", {"p": node.args[-1].value})
        except (RuntimeError, TypeError, ValueError):
            return f"{node.args[-1].value!r} is no regular expression"
    return next((why for child in children(node) if (why := test_patterns(child))), "")


def _cel_expression(
    text: str, program: cel.Program, *, node: Node, paths: frozenset[FactPath], types: Mapping[FactPath, Type]
) -> CelExpression:
    fields: dict[str, list[tuple[str, _Convert]]] = {}
    for step, name in sorted(paths):
        fields.setdefault(step, []).append((name, _converter(types.get((step, name), ANY))))
    called = set(program.functions())
    functions = {name: function for name, function in _FUNCTIONS.items() if name in called}
    variables = tuple((step, tuple(found)) for step, found in fields.items())
    return CelExpression(text, paths, program, variables, functions, _nested(node))


def _nested(node: Node) -> int:
    """Count how deep comprehensions stand within each other."""
    within = max((_nested(child) for child in children(node)), default=0)
    return within + isinstance(node, Comprehension)


def _longest(value: Any) -> int:
    """Measure the longest list or map there is in a value."""
    if not isinstance(value, dict | list):
        return 0
    items = value.values() if isinstance(value, dict) else value
    return max(len(value), max((_longest(each) for each in items), default=0))


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {"days_between": days_between}


def _chosen(facts: Facts, fields: tuple[tuple[str, _Convert], ...]) -> dict[str, Any]:
    """Take the named fields that are there: null counts as not there, so that has() means what it says."""
    return {name: convert(value) for name, convert in fields if (value := facts.get(name)) is not None}


def _converter(of: Type) -> _Convert:
    if of.kind == "timestamp":
        return datetime.fromisoformat
    if of.kind in {"any", "map", "array", "record"}:
        return lambda value: _stripped(value, of, 0)
    return lambda value: value


def _stripped(value: Any, of: Type, depth: int) -> Any:
    """Leave out what is null inside records, and turn typed timestamps into instants."""
    if depth > MAX_FACT_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        inner = {name: of.members.get(name, of.item or ANY) for name in value}
        return {name: _stripped(each, inner[name], depth + 1) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_stripped(each, of.item or ANY, depth + 1) for each in value]
    return datetime.fromisoformat(value) if of.kind == "timestamp" and value is not None else value


def _plain(value: Any) -> Any:
    """Bring what CEL gives back to plain JSON: instants are RFC 3339 texts in UTC."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    raise TypeError(type(value).__name__)


def is_step_name(name: str) -> bool:
    """Tell whether a step may have this name: its facts stand under it in expressions."""
    with contextlib.suppress(ExpressionSyntaxError):
        return name != APPLICATION and path_of(parse(f"{name}.x")) == (name, "x")
    return False
