"""Rows of a log in XES (IEEE 1849): one an event, its trace's attributes under the prefix ``case:``.

Streams: memory holds one trace's attributes and one piece of the file. Safe: a document type is refused, so there are
no entities; depth and number of attributes are bounded.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final
from xml.parsers import expat  # document types, and with them all entities, are refused below

from hub.errors import ConfigurationError
from hub.rehearsal.log.table import Row
from hub.rehearsal.log.unpack import pieces

#: Elements inside each other; XES attributes may nest, ours are direct.
MAX_DEPTH: Final = 64
#: Attributes of one trace or event.
MAX_ATTRIBUTES: Final = 1_000
#: Characters of one attribute's value.
MAX_VALUE_CHARS: Final = 128 * 1024
#: Bytes of one tag; expat keeps a tag whole until it ends.
MAX_TAG_BYTES: Final = 1024 * 1024

_ATTRIBUTES: Final = frozenset({"string", "date", "int", "float", "boolean", "id"})
#: How deep a trace stands: log, trace; and an event in it.
_TRACE_DEPTH: Final = 2
_EVENT_DEPTH: Final = 3


def read_xes(path: Path, needed: Collection[str]) -> Iterator[Row]:
    """Go over a log's events, in order; an attribute that an event lacks is empty."""
    reader = _Reader(path, needed)
    for piece in pieces(path):
        reader.feed(piece)
        yield from reader.rows
        reader.rows.clear()
    reader.feed(b"", last=True)
    yield from reader.rows


class _Reader:
    """Collect rows from what expat tells."""

    def __init__(self, path: Path, needed: Collection[str]) -> None:
        self.rows: list[Row] = []
        self._path = path
        self._needed = frozenset(needed)
        self._names: list[str] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._count = 0
        self._fed = 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as wrong:
            message = f"{self._path}:{wrong.lineno}: this is no XML: {expat.ErrorString(wrong.code)}"
            raise ConfigurationError(f"{message}; get the file again") from wrong
        except (LookupError, ValueError) as wrong:  # what Python says of an encoding that expat asks it for
            raise self._error("the encoding that the file names is not taken", "save it as UTF-8") from wrong
        if self._fed - self._parser.CurrentByteIndex > MAX_TAG_BYTES:
            raise self._error(f"a tag has over {MAX_TAG_BYTES} bytes", "is this an XES file?")

    def _refuse(self, *_: object) -> None:
        raise self._error("the log has a document type, which is not taken", "take the <!DOCTYPE …> out")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._names.append(name)
        depth = len(self._names)
        if depth > MAX_DEPTH:
            raise self._error(f"elements are nested deeper than {MAX_DEPTH}", "write the log flatter")
        if depth == 1 and name != "log":
            raise self._error(f"the file's first element is {name!r}, not 'log'", "name an XES file")
        if name == "trace" and depth == _TRACE_DEPTH:
            self._trace, self._count = {}, 0
        elif name == "event" and depth == _EVENT_DEPTH and self._names[1] == "trace":
            self._event, self._count = {}, 0
        elif name in _ATTRIBUTES:
            self._attribute(attributes, depth)

    def _attribute(self, attributes: dict[str, str], depth: int) -> None:
        if depth == _TRACE_DEPTH + 1 and self._names[1] == "trace":
            self._keep(self._trace, f"case:{attributes.get('key', '')}", attributes)
        elif depth == _EVENT_DEPTH + 1 and self._names[1:3] == ["trace", "event"]:
            self._keep(self._event, attributes.get("key", ""), attributes)

    def _keep(self, kept: dict[str, str], key: str, attributes: dict[str, str]) -> None:
        self._count += 1
        value = attributes.get("value", "")
        if self._count > MAX_ATTRIBUTES or len(value) > MAX_VALUE_CHARS:
            raise self._error("an event has too many or too long attributes", "take out what is not mapped")
        if key in self._needed:
            kept[key] = value

    def _end(self, _: str) -> None:
        name = self._names.pop()
        if name == "event" and len(self._names) == _EVENT_DEPTH - 1 and self._names[1] == "trace":
            values = {key: self._event.get(key) or self._trace.get(key, "") for key in self._needed}
            self.rows.append(Row(self._parser.CurrentLineNumber, values))

    def _error(self, message: str, fix: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}:{self._parser.CurrentLineNumber}: {message}; {fix}")
