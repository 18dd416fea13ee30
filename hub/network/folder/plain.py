"""The plain YAML that people write in a network folder, read in one pass: 30 times as fast as by the whole grammar.

Either gives just what ``yaml`` reads by the whole grammar, places included, or nothing: whatever is rare, odd or wrong
is left to that one, which also has the words for it. Laws hold the two against each other.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from hub.network.folder.document import Path, Place
from hub.network.folder.word import meaning

#: Characters that are what they look like: no tab, no other line break, nothing that a terminal hides.
_TEXT: Final = re.compile(r"[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe]*")
#: A key in a block, with what separates it from its value; a quoted one has no escape.
_KEY: Final = re.compile(r"""(?:([A-Za-z0-9_][\w.@/-]{0,200})|"([^"\\]{0,200})"|'([^']{0,200})'):(?= |$)""", re.ASCII)
_FLOW_KEY: Final = re.compile(_KEY.pattern.replace("(?= |$)", "(?= )"), re.ASCII)
_QUOTED: Final = re.compile(r"""(?:"([^"\\]*)"|'((?:[^']|'')*)')""")
#: An unquoted word: how it begins says that it is none of the signs that mean something.
_WORD: Final = re.compile(
    r"""(?:[^\s?:,\[\]{}#&*!|>'"%@`-]|-(?=[^\s,\[\]{}]))(?:[^\s#:]|(?<! )#|:(?! |$)| +(?![ #]|$))*"""
)
_FLOW_WORD: Final = re.compile(
    r"""(?:[^\s?:,\[\]{}#&*!|>'"%@`-]|-(?=[\w.]))(?:[^\s#:,?\[\]{}]|:(?=[\w/.])| +(?![ #,?\[\]{}:]|$))*"""
)
_REST: Final = re.compile(r" *(?: #.*)?$")
_AFTER_BRACKET: Final = re.compile(r" *(?:#.*)?$")
#: First characters of words that may be no text, by the core schema.
_TELLING: Final = frozenset("-+.~nNtTfF0123456789")
_SCALARS: Final = frozenset({"null", "bool", "int", "float"})
_RESOLVER: Final = VersionedResolver()


class Plain(NamedTuple):
    """Hold what a plain text says, and where."""

    value: Any
    keys: dict[Path, Place]
    values: dict[Path, Place]


def read_plain(text: str, *, max_depth: int) -> Plain | None:
    """Read a text whose every line is plain; None for any other, also for what is wrong."""
    if not _TEXT.fullmatch(text) or text.startswith(("---", "...", "%")) or "\n---" in text or "\n..." in text:
        return None
    reader = _Reader(text.split("\n"), max_depth)
    try:
        return Plain(reader.read(), reader.keys, reader.values)
    except (SyntaxError, OverflowError):  # here: something needs the whole grammar
        return None


@lru_cache(maxsize=4096)
def _word(text: str) -> Any:
    if text[0] not in _TELLING:
        return text
    kind = str(_RESOLVER.resolve(ScalarNode, text, (True, False))).rpartition(":")[2]
    return meaning(text, kind) if kind in _SCALARS else text


class _Reader:
    """Go through the lines once; ``row`` and ``column`` say where, from 0, and stand on a word or past the end."""

    def __init__(self, lines: list[str], max_depth: int) -> None:
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self._lines = lines
        self._max_depth = max_depth
        self._row, self._column = -1, 0
        self._line = ""

    def read(self) -> Any:
        self._next_line()
        if self._row == len(self._lines):
            raise SyntaxError
        value = self._block(())
        if self._row < len(self._lines):
            raise SyntaxError
        return value

    def _next_line(self) -> None:
        """Go to the first word of the next line that has one; a column of -1 is the end."""
        for row in range(self._row + 1, len(self._lines)):
            line = self._lines[row]
            words = line.lstrip(" ")
            if words and words[0] != "#":
                self._row, self._column, self._line = row, len(line) - len(words), line
                return
        self._row, self._column, self._line = len(self._lines), -1, ""

    def _end_line(self) -> None:
        """Leave a line on which nothing but a comment may follow; right behind a bracket it needs no space."""
        rest = _AFTER_BRACKET if self._line[self._column - 1] in "]}" else _REST
        if not rest.match(self._line, self._column):
            raise SyntaxError
        self._next_line()

    def _mark(self, path: Path) -> None:
        if len(path) >= self._max_depth:
            raise SyntaxError
        self.values[path] = Place(self._row + 1, self._column + 1)

    def _block(self, path: Path) -> Any:
        """Read the mapping or list whose first word this is."""
        if self._is_item():
            return self._items(path)
        if _KEY.match(self._line, self._column):
            return self._mapping(path)
        raise SyntaxError

    def _is_item(self) -> bool:
        return self._line.startswith("- ", self._column) or self._line[self._column :] == "-"

    def _mapping(self, path: Path) -> dict[str, Any]:
        self._mark(path)
        indent = self._column
        found: dict[str, Any] = {}
        while self._column == indent:
            match = _KEY.match(self._line, self._column)
            if match is None:
                raise SyntaxError
            key = self._key(match, path)
            if key in found:
                raise SyntaxError
            found[key] = None
            self._column = match.end()
            found[key] = self._value((*path, key), indent=indent, in_mapping=True)
        if self._column > indent:
            raise SyntaxError
        return found

    def _key(self, match: re.Match[str], path: Path) -> str:
        plain, double, single = match.groups()
        key = plain if plain is not None else double if double is not None else single
        self.keys[*path, key] = Place(self._row + 1, self._column + 1)
        return str(key)

    def _items(self, path: Path) -> list[Any]:
        self._mark(path)
        indent = self._column
        found: list[Any] = []
        while self._column == indent and self._is_item():
            self._column += 1
            found.append(self._value((*path, len(found)), indent=indent, in_mapping=False))
        if self._column > indent:
            raise SyntaxError
        return found

    def _value(self, path: Path, *, indent: int, in_mapping: bool) -> Any:
        """Read what follows a key's colon or an item's dash, which stand in a block of this indent."""
        if _REST.match(self._line, self._column):
            return self._below(path, indent=indent, in_mapping=in_mapping)
        while self._line[self._column] == " ":
            self._column += 1
        if not in_mapping and _KEY.match(self._line, self._column):
            return self._mapping(path)
        self._mark(path)
        sign = self._line[self._column]
        if sign in "{[":
            value = self._flow_value(path)
        elif sign == ">":
            return self._folded(indent)
        else:
            value = self._scalar(_WORD)
        self._end_line()
        if self._column > indent:
            raise SyntaxError  # a text of more than one line
        return value

    def _below(self, path: Path, *, indent: int, in_mapping: bool) -> Any:
        """Read what stands under a key or dash."""
        self._mark(path)
        self._next_line()
        if self._column > indent:
            if self._line[self._column] not in "{[":
                return self._block(path)
            self._mark(path)
            value = self._flow_value(path)
            self._end_line()
            if self._column > indent:
                raise SyntaxError
            return value
        if in_mapping and self._column == indent and self._is_item():
            return self._items_beside(path, indent)
        raise SyntaxError  # nothing is there: the grammar knows where null stands

    def _items_beside(self, path: Path, indent: int) -> list[Any]:
        """Read a list whose dashes stand under the key itself."""
        found = self._items(path)
        if self._column == indent and self._is_item():
            raise SyntaxError
        return found

    def _scalar(self, word: re.Pattern[str]) -> Any:
        if self._line[self._column] in "\"'":
            match = _QUOTED.match(self._line, self._column)
            if match is None:
                raise SyntaxError
            self._column = match.end()
            return match[1] if match[1] is not None else match[2].replace("''", "'")
        match = word.match(self._line, self._column)
        if match is None:
            raise SyntaxError
        self._column = match.end()
        return _word(match[0])

    def _folded(self, indent: int) -> str:
        """Read a text over lines that all begin alike; gaps and further indents have rules of their own."""
        if self._line[self._column :].rstrip(" ") != ">-":
            raise SyntaxError
        first = self._lines[self._row + 1] if self._row + 1 < len(self._lines) else ""
        inner = len(first) - len(first.lstrip(" "))
        if inner <= indent:
            raise SyntaxError
        texts: list[str] = []
        row, margin = self._row + 1, " " * inner
        while row < len(self._lines) and self._lines[row].startswith(margin):
            texts.append(self._lines[row][inner:])
            row += 1
        if not all(text and text[0] != " " and text[-1] != " " for text in texts):
            raise SyntaxError
        self._row = row - 1
        self._next_line()
        if self._column >= inner or self._column > indent:
            raise SyntaxError
        return " ".join(texts)

    def _flow_value(self, path: Path) -> Any:
        """Read a value inside brackets, or the brackets themselves, from their first sign on."""
        sign = self._line[self._column]
        if sign == "{":
            found: dict[str, Any] = {}
            self._flow("}", lambda: self._flow_pair(path, found))
            return found
        if sign == "[":
            items: list[Any] = []
            self._flow("]", lambda: self._flow_item(path, items))
            return items
        return self._scalar(_FLOW_WORD)

    def _flow(self, closing: str, read_part: Callable[[], None]) -> None:
        """Read parts with commas between them, up to the closing bracket; they may go over lines."""
        self._column += 1
        while self._flow_sign() != closing:
            read_part()
            sign = self._flow_sign()
            if sign == ",":
                self._column += 1
            elif sign != closing:
                raise SyntaxError
        self._column += 1

    def _flow_sign(self) -> str:
        """Go to the next sign within brackets, on this line or one below."""
        if _REST.match(self._line, self._column):
            self._next_line()
            if self._column <= 0:
                raise SyntaxError
        while self._line[self._column] == " ":
            self._column += 1
        return self._line[self._column]

    def _flow_item(self, path: Path, items: list[Any]) -> None:
        if _FLOW_KEY.match(self._line, self._column):
            raise SyntaxError
        each = (*path, len(items))
        self._mark(each)
        items.append(self._flow_value(each))

    def _flow_pair(self, path: Path, found: dict[str, Any]) -> None:
        match = _FLOW_KEY.match(self._line, self._column)
        if match is None:
            raise SyntaxError
        key = self._key(match, path)
        if key in found:
            raise SyntaxError
        self._column = match.end()
        if self._flow_sign() in ",}":
            raise SyntaxError
        self._mark((*path, key))
        found[key] = self._flow_value((*path, key))
