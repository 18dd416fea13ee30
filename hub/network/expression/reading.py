"""Which facts an expression reads, known before it runs, and where it asked first whether they are there.

CEL evaluates from left to right: a read is sure where ``has()`` of the same path held before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.network.expression.syntax import Call, Comprehension, Member, Name, Node, children

#: A path as it is written: the step (or "application"), the field, members of that field; ITEM for any of a list.
Path = tuple[str, ...]
ITEM: Final = "[]"

_Bound = Mapping[str, Path | None]


@dataclass(frozen=True, slots=True)
class Read:
    """One place where an expression takes a value from a case's facts; ``known`` are the paths tested before it."""

    path: Path
    known: frozenset[Path]

    def is_tested(self, path: Path) -> bool:
        """Tell whether ``has()`` surely held for a path (or for a part of it) when this is read."""
        return any(each[: len(path)] == path for each in self.known)


def reads(node: Node) -> tuple[Read, ...]:
    """List every read of a path, in order; what only ``has()`` looks at is not read."""
    return tuple(_reads(node, frozenset(), {}))


def tested(node: Node) -> frozenset[Path]:
    """List the paths that the expression asks for with ``has()``."""
    own = {path_of(node.args[0])} if isinstance(node, Call) and node.function == "has" else set()
    return frozenset(path for path in own if path).union(*(tested(child) for child in children(node)))


def path_of(node: Node, bound: _Bound | None = None) -> Path | None:
    """Give the path that a node is, if it is nothing but one."""
    names: list[str] = []
    while isinstance(node, Member):
        names.append(node.name)
        node = node.target
    if not isinstance(node, Name):
        return None
    if bound and node.name in bound:
        start = bound[node.name]
        return (*start, *reversed(names)) if start else None
    return (node.name, *reversed(names)) if names else None


def _reads(node: Node, known: frozenset[Path], bound: _Bound) -> list[Read]:
    path = path_of(node, bound)
    if path:
        return [Read(path, known)]
    match node:
        case Call("has", (Member(target),)):
            return _reads(target, known, bound) if isinstance(target, Member) else []
        case Call("?:", (test, yes, no)):
            found = _reads(test, known, bound) + _reads(yes, known | _holds(test, bound, wanted=True), bound)
            return found + _reads(no, known | _holds(test, bound, wanted=False), bound)
        case Call("&&" | "||" as sign, (left, right)):
            after = known | _holds(left, bound, wanted=sign == "&&")
            return _reads(left, known, bound) + _reads(right, after, bound)
        case Comprehension(_, over, variable, body):
            inner = {**bound, variable: _item_of(over, bound)}
            return _reads(over, known, bound) + _in_body(body, known, inner)
        case _:
            return [read for child in children(node) for read in _reads(child, known, bound)]


def _in_body(body: tuple[Node, ...], known: frozenset[Path], bound: _Bound) -> list[Read]:
    """Read a comprehension's body; of two parts the first is a condition that the second stands under."""
    found: list[Read] = []
    for part in body:
        found += _reads(part, known, bound)
        known = known | _holds(part, bound, wanted=True)
    return found


def _item_of(over: Node, bound: _Bound) -> Path | None:
    if isinstance(over, Comprehension) and over.function == "filter":
        return _item_of(over.over, bound)
    path = path_of(over, bound)
    return (*path, ITEM) if path else None


def _holds(node: Node, bound: _Bound, *, wanted: bool) -> frozenset[Path]:
    """List the paths that are surely there once the node came out as wanted."""
    match node:
        case Call("has", (asked,)):
            path = path_of(asked, bound)
            return frozenset({path}) if wanted and path else frozenset()
        case Call("!x", (inner,)):
            return _holds(inner, bound, wanted=not wanted)
        case Call("&&" | "||" as sign, (left, right)):
            both = _holds(left, bound, wanted=wanted), _holds(right, bound, wanted=wanted)
            return both[0] | both[1] if (sign == "&&") == wanted else both[0] & both[1]
        case _:
            return frozenset()
