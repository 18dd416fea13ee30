"""Rows of a log that is a table (CSV), by the names of its columns.

Takes commas, semicolons and tabs, with or without a byte order mark. Every error names the line.
"""

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from hub.errors import ConfigurationError
from hub.network.folder.finding import one_of
from hub.rehearsal.log.unpack import MAX_LINE_BYTES, lines

#: Characters of one row, which quotes may spread over lines without end: as many as of a line.
MAX_ROW_CHARS: Final = MAX_LINE_BYTES
_DELIMITERS: Final = ",;\t"


class Row(NamedTuple):
    """One event of a log as it is written: the line it ends on, and its values by column; a value may be empty."""

    line: int
    values: Mapping[str, str]


def read_table(path: Path, needed: Collection[str]) -> Iterator[Row]:
    """Go over a table's rows, in order; raise ConfigurationError where a needed column or a row is wrong."""
    text = lines(path)
    first = next(text, "")
    if not first.strip():
        raise ConfigurationError(f"{path}:1: the first line is empty; write the names of the columns there")
    delimiter = max(_DELIMITERS, key=first.count)
    rows = _rows(path, chain((first,), text), delimiter=delimiter)
    _, header = next(rows)
    places = _places(path, header, needed)
    for line, row in rows:
        if len(row) != len(header):
            wrong = f"{path}:{line}: this row has {len(row)} fields, the first line names {len(header)}"
            raise ConfigurationError(f"{wrong}; quote fields that hold {delimiter!r}")
        yield Row(line, {name: row[place] for name, place in places})


def _rows(path: Path, text: Iterable[str], *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    row_of = _Bounded(path, text)
    reader = csv.reader(row_of, delimiter=delimiter, strict=True)
    while True:
        row_of.begin()
        try:
            row = next(reader, None)
        except csv.Error as wrong:
            message = f"{path}:{reader.line_num}: this is no row of a table: {wrong}"
            raise ConfigurationError(f"{message}; mend its quotes") from wrong
        if row is None:
            return
        if row:
            yield reader.line_num, row


class _Bounded:
    """Hand lines on, but of one row no more than it may have: a quote that never ends takes the whole file."""

    def __init__(self, path: Path, text: Iterable[str]) -> None:
        self._path = path
        self._text = iter(text)
        self._line = self._first = self._left = 0

    def begin(self) -> None:
        self._left, self._first = MAX_ROW_CHARS, self._line + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self._line, self._left = self._line + 1, self._left - len(line)
        if self._left < 0:
            wrong = f"{self._path}:{self._first}: the row that begins here has over {MAX_ROW_CHARS} characters"
            raise ConfigurationError(f"{wrong}; mend its quotes")
        return line


def _places(path: Path, header: Sequence[str], needed: Collection[str]) -> list[tuple[str, int]]:
    names = [name.strip() for name in header]
    missing = [name for name in needed if name not in names]
    if missing:
        told = "; ".join(f"{name!r} ({one_of(name, names)})" for name in missing)
        raise ConfigurationError(f"{path}:1: the log lacks the columns {told}; mend log.yaml or the log")
    double = [name for name, count in Counter(names).items() if count > 1 and name in needed]
    if double:
        raise ConfigurationError(f"{path}:1: column {double[0]!r} is there twice; keep one of them")
    return [(name, names.index(name)) for name in needed]
