"""Of which type the value of an expression is, and everything in it that could never come out well.

CEL itself finds out while it runs; here a clerk is told before.
"""

from collections.abc import Callable, Mapping
from typing import Final

from hub.network.expression.reading import path_of
from hub.network.expression.syntax import Call, Comprehension, Constant, Listing, Member, Name, Node
from hub.network.expression.types import (
    ANY,
    BOOLEAN,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    fits,
    joined,
    type_of,
)

_NUMBERS: Final = frozenset({"int", "double"})
#: Methods and functions by name: what they take and give. "text" takes dates and enums too.
_SIGNATURES: Final[Mapping[str, tuple[tuple[str, ...], Type]]] = {
    "startsWith": (("text", "text"), BOOLEAN),
    "endsWith": (("text", "text"), BOOLEAN),
    "contains": (("text", "text"), BOOLEAN),
    "matches": (("text", "text"), BOOLEAN),
    "size": (("text|array|map",), INT),
    "string": (("text|int|double|timestamp",), STRING),
    "int": (("text|int|double",), INT),
    "double": (("text|int|double",), DOUBLE),
    "timestamp": (("text|timestamp",), TIMESTAMP),
    "duration": (("text",), DURATION),
    "days_between": (("date", "date"), INT),
    **{
        f"get{part}": (("timestamp",), INT)
        for part in ("FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear", "Hours", "Minutes", "Seconds")
    },
}
_METHODS_ONLY: Final = frozenset(name for name in _SIGNATURES if name.startswith("get")) | {
    "startsWith", "endsWith", "contains", "matches",
}  # fmt: skip
_FUNCTIONS_ONLY: Final = frozenset({"string", "int", "double", "timestamp", "duration", "days_between"})


class TypeCheck:
    """Find the type of an expression and everything in it that cannot come out well."""

    def __init__(self, look_up: Callable[[str, str], Type]) -> None:
        """Keep how a step's field is looked up (ANY when it is not known); ``problems`` fill while ``of`` runs."""
        self._look_up = look_up
        self.problems: list[str] = []

    def of(self, node: Node) -> Type:
        """Give the type of a node; ANY where it cannot be known."""
        return self._of(node, {}, nested=False)

    def _of(self, node: Node, bound: Mapping[str, Type], *, nested: bool) -> Type:  # noqa: PLR0911 - one per kind of node
        match node:
            case Constant(value):
                return type_of(value)
            case Name(name):
                return self._name(name, bound)
            case Member():
                return self._member(node, bound, nested=nested)
            case Listing(items):
                return self._listing([self._of(item, bound, nested=nested) for item in items])
            case Comprehension():
                return self._comprehension(node, bound, nested=nested)
            case Call("has", args):
                return self._has(args, bound, nested=nested)
            case Call(function, args):
                types = [self._of(arg, bound, nested=nested) for arg in args]
                is_operator = function == "in" or not function[0].isalpha()
                return self._operator(function, types) if is_operator else self._call(node, types)

    def _problem(self, text: str, given: Type = ANY) -> Type:
        self.problems.append(text)
        return given

    def _name(self, name: str, bound: Mapping[str, Type]) -> Type:
        if name in bound:
            return bound[name]
        return self._problem(f"{name!r} alone is no value; write it as step.field")

    def _member(self, node: Member, bound: Mapping[str, Type], *, nested: bool) -> Type:
        if isinstance(node.target, Name) and node.target.name not in bound:
            return self._look_up(node.target.name, node.name).there
        target = self._of(node.target, bound, nested=nested)
        if target.kind == "any":
            return ANY
        if target.kind == "map" and target.item:
            return target.item.there
        if node.name not in target.members:
            return self._problem(f"{node.name!r} is no member of {_written(node.target)}, which is of type {target}")
        return target.members[node.name].there

    def _listing(self, types: list[Type]) -> Type:
        item: Type | None = types[0] if types else ANY
        for each in types[1:]:
            item = joined(item, each) if item else None
        return Type("array", item=item) if item else self._problem("a list holds values of different types")

    def _comprehension(self, node: Comprehension, bound: Mapping[str, Type], *, nested: bool) -> Type:
        if nested:
            return self._problem(f"{node.function}() stands inside another one; only one level is taken")
        over = self._of(node.over, bound, nested=False)
        if over.kind not in {"array", "any"}:
            return self._problem(f"{node.function}() takes a list, not {over}")
        inner = {**bound, node.variable: over.item or ANY}
        types = [self._of(part, inner, nested=True) for part in node.body]
        if node.function == "map":
            return Type("array", item=types[-1])
        if not fits(types[0], BOOLEAN):
            return self._problem(f"{node.function}() takes a condition, not {types[0]}")
        return over if node.function == "filter" else BOOLEAN

    def _has(self, args: tuple[Node, ...], bound: Mapping[str, Type], *, nested: bool) -> Type:
        if len(args) != 1 or not path_of(args[0]):
            return self._problem("has() takes one path, like has(step.field)", BOOLEAN)
        self._of(args[0], bound, nested=nested)
        return BOOLEAN

    def _operator(self, sign: str, types: list[Type]) -> Type:  # noqa: PLR0911 - one per family
        if sign == "?:":
            return self._choice(*types)
        if sign in {"&&", "||", "!x"}:
            wrong = next((each for each in types if not fits(each, BOOLEAN)), None)
            return self._problem(f"{sign.rstrip('x')} takes conditions, not {wrong}", BOOLEAN) if wrong else BOOLEAN
        if any(each.kind == "any" for each in types):
            return BOOLEAN if sign in {"==", "!=", "<", "<=", ">", ">=", "in"} else ANY
        if sign in {"==", "!="}:
            return self._equality(sign, *types)
        if sign == "in":
            return self._within(*types)
        if sign in {"<", "<=", ">", ">="}:
            return self._order(sign, *types)
        return self._arithmetic(sign, types)

    def _choice(self, test: Type, yes: Type, no: Type) -> Type:
        if not fits(test, BOOLEAN):
            self._problem(f"? takes a condition before it, not {test}")
        return joined(yes, no) or self._problem(f"the two sides of : are of types {yes} and {no}")

    def _equality(self, sign: str, left: Type, right: Type) -> Type:
        if not joined(left, right) and {left.kind, right.kind} != _NUMBERS:
            self._problem(f"{left} {sign} {right} never comes out otherwise")
        for one, other in ((left, right), (right, left)):
            unknown = sorted(one.literals - other.literals) if other.kind == "enum" else []
            if unknown and one.kind == "string":
                self._problem(f"{unknown[0]!r} is no symbol of this enum ({', '.join(sorted(other.literals))})")
        return BOOLEAN

    def _within(self, item: Type, holder: Type) -> Type:
        if holder.kind == "map":
            return BOOLEAN
        if holder.kind != "array":
            return self._problem(f"in takes a list after it, not {holder}", BOOLEAN)
        return self._equality("==", item, holder.item or ANY) if holder.item and holder.item.kind != "any" else BOOLEAN

    def _order(self, sign: str, left: Type, right: Type) -> Type:
        kinds = {"text" if each.is_text else each.kind for each in (left, right)}
        if kinds <= _NUMBERS or (len(kinds) == 1 and kinds <= {"text", "timestamp", "duration"}):
            return BOOLEAN
        return self._problem(f"{left} {sign} {right} cannot be compared", BOOLEAN)

    def _arithmetic(self, sign: str, types: list[Type]) -> Type:  # noqa: PLR0911 - one per pair of kinds
        kinds = ["text" if each.is_text else each.kind for each in types]
        if len(set(kinds)) == 1 and (kinds[0] == "int" or (kinds[0] == "double" and sign != "%")):
            return types[0]
        if sign == "+" and kinds == ["text", "text"]:
            return STRING
        if sign == "+" and kinds == ["array", "array"]:
            return self._listing([types[0].item or ANY, types[1].item or ANY])
        if sign in {"+", "-"} and kinds in (["timestamp", "duration"], ["duration", "duration"]):
            return types[0]
        if sign == "-" and kinds == ["timestamp", "timestamp"]:
            return DURATION
        if sign == "[]" and kinds[1:] == ["int"] and kinds[0] == "array":
            return types[0].item or ANY
        written = f" {sign} ".join(str(each) for each in types) if len(types) > 1 else f"-{types[0]}"
        return self._problem(f"{written} has no result; convert with int(), double() or string()")

    def _call(self, node: Call, types: list[Type]) -> Type:
        name, found = node.function, _SIGNATURES.get(node.function)
        if not found or (name in _METHODS_ONLY and not node.method) or (name in _FUNCTIONS_ONLY and node.method):
            written = f".{name}()" if node.method else f"{name}()"
            return self._problem(f"{written} is no function here; known are {', '.join(sorted(_SIGNATURES))}")
        takes, gives = found
        if len(types) != len(takes):
            return self._problem(f"{name}() takes {len(takes)} values, not {len(types)}", gives)
        for given, taken in zip(types, takes, strict=True):
            if not _is_taken(given, taken):
                self._problem(f"{name}() takes {taken.replace('|', ' or ')}, not {given}")
        if name == "matches" and not isinstance(node.args[1], Constant):
            self._problem("matches() takes a pattern that is written out")
        return gives


def _is_taken(given: Type, taken: str) -> bool:
    kinds = {given.kind, "text"} if given.is_text else {given.kind}
    return given.kind == "any" or bool(kinds & set(taken.split("|")))


def _written(node: Node) -> str:
    path = path_of(node)
    return ".".join(path) if path else "this value"
