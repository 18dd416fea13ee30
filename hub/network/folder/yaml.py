"""A YAML file as plain values, with the line and column of every key and value.

Takes the plain part of YAML 1.2: no anchors, aliases, tags or second documents, no key twice, nothing deep or huge.
What ``plain`` does not read is composed here, by the whole grammar.
"""

from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from hub.network.folder.document import Document, Path, Place
from hub.network.folder.finding import Finding
from hub.network.folder.plain import read_plain
from hub.network.folder.word import meaning

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Document", "Path", "Place", "by_grammar", "read_yaml"]

#: Bytes of one file; protects whoever checks a folder that somebody else wrote.
MAX_BYTES: Final = 512 * 1024
#: Levels of lists and mappings; ours need eight.
MAX_DEPTH: Final = 24
_SCALARS: Final = {"null", "bool", "int", "float"}


def read_yaml(file: str, content: bytes) -> tuple[Document, list[Finding]]:
    """Read one file's content; what is wrong with it comes as findings, the readable rest as the document."""
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content)} bytes, over {MAX_BYTES}"
        return Document(file, None), [Finding("yaml-size", file, 1, 1, message, "split it or take things out")]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        return Document(file, None), [
            Finding("yaml-syntax", file, line, 1, "the file is not UTF-8", "save it as UTF-8")
        ]
    plain = read_plain(text, max_depth=MAX_DEPTH)
    return (Document(file, *plain), []) if plain is not None else by_grammar(file, text)


def by_grammar(file: str, text: str) -> tuple[Document, list[Finding]]:
    """Read a text by the whole grammar of YAML: slow, but it knows the rare and has words for what is wrong."""
    try:
        node = _compose(text)
    except (YAMLError, RecursionError) as wrong:
        return Document(file, None), [_unreadable(file, wrong)]
    builder = _Builder(file)
    value = builder.build(node, (), depth=1) if node is not None else None
    return Document(file, value, builder.keys, builder.values), builder.findings


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    # One level more than we take: the builder then says where, and a bomb never recurses further.
    yaml.max_depth = MAX_DEPTH + 2
    found: Node | None = yaml.compose(text)
    return found


def _unreadable(file: str, wrong: Exception) -> Finding:
    mark = getattr(wrong, "problem_mark", None) or getattr(wrong, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if isinstance(wrong, MaxDepthExceededError | RecursionError):
        message = f"this is nested deeper than {MAX_DEPTH} levels"
        return Finding("yaml-depth", file, line, column, message, "write it flatter")
    problem = (wrong.problem or wrong.context) if isinstance(wrong, MarkedYAMLError) else str(wrong).partition("\n")[0]
    message = f"this is no YAML: {problem}"
    return Finding("yaml-syntax", file, line, column, message, "mend the indentation, quotes or brackets here")


class _Builder:
    """Turn composed nodes into values, remembering every place and what is not taken."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.findings: list[Finding] = []
        self._built: set[int] = set()

    def build(self, node: Node, path: Path, *, depth: int) -> Any:
        self.values[path] = place = _place(node)
        if depth > MAX_DEPTH:
            self._find("yaml-depth", place, f"this is nested deeper than {MAX_DEPTH} levels", "write it flatter")
            return None
        if id(node) in self._built or node.anchor is not None:
            self._find("yaml-alias", place, "anchors and aliases are not taken", "write the value out in full")
            return None
        self._built.add(id(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        if isinstance(node, MappingNode):
            return dict(self._pairs(node, path, depth=depth))
        return [self.build(each, (*path, i), depth=depth + 1) for i, each in enumerate(node.value)]

    def _pairs(self, node: MappingNode, path: Path, *, depth: int) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            if not isinstance(key_node, ScalarNode) or key_node.value == "<<":
                self._find("yaml-key", place, "a key must be a single plain word", "write the keys out in full")
                continue
            key = str(key_node.value)
            if self._is_broken(key, place):
                continue
            if key in seen:
                message = f"key {key!r} is here twice; it is first on line {seen[key].line}"
                self._find("yaml-duplicate", place, message, "keep one of them")
                continue
            seen[key] = self.keys[*path, key] = place
            yield key, self.build(value_node, (*path, key), depth=depth + 1)

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        if self._is_broken(node.value, place):
            return None
        if node.style is not None:
            return str(node.value)
        kind = str(node.ctag).rpartition(":")[2]
        if str(node.ctag).startswith("!"):
            self._find("yaml-tag", place, f"tag {node.ctag!s} is not taken", "write the plain value")
            return None
        try:
            return meaning(node.value, kind) if kind in _SCALARS else str(node.value)
        except OverflowError:
            self._find("yaml-value", place, "this number is too large", "write a smaller one, or put it in quotes")
            return None

    def _is_broken(self, text: str, place: Place) -> bool:
        """Tell whether an escape has made half a character, which UTF-8 cannot write."""
        try:
            text.encode()
        except UnicodeEncodeError:
            self._find("yaml-value", place, "this escape is no whole character", "write the character itself")
            return True
        return False

    def _find(self, code: str, place: Place, message: str, fix: str) -> None:
        self.findings.append(Finding(code, self.file, place.line, place.column, message, fix))


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
