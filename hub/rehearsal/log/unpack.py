"""A log file's bytes: plain or gzipped, in bounded pieces, so that no file can fill the memory.

Raises ConfigurationError that names the file, and the line where there is one.
"""

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from hub.errors import ConfigurationError

#: Unpacked bytes of one log; protects whoever rehearses a file that somebody else packed.
MAX_BYTES: Final = 2 * 1024**3
#: Bytes of one line of a table; a row of a log is a few hundred.
MAX_LINE_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024


def pieces(path: Path) -> Iterator[bytes]:
    """Read a file piece by piece, unpacked."""
    with _open(path) as file:
        left = MAX_BYTES
        while piece := _read(path, file, limit=_PIECE_BYTES):
            left = _less(path, left, len(piece))
            yield piece


def lines(path: Path) -> Iterator[str]:
    """Read a file line by line as text: UTF-8, or Windows-1252 where a line is none."""
    with _open(path) as file:
        left, number = MAX_BYTES, 0
        while line := _read(path, file, limit=MAX_LINE_BYTES, by_line=True):
            left, number = _less(path, left, len(line)), number + 1
            if len(line) == MAX_LINE_BYTES:
                raise ConfigurationError(f"{path}:{number}: a line has over {MAX_LINE_BYTES} bytes; is this a table?")
            yield _text(path, number, line)


def _open(path: Path) -> BufferedReader | gzip.GzipFile:
    try:
        return gzip.GzipFile(path) if path.suffix.lower() == ".gz" else path.open("rb")
    except OSError as wrong:
        message = f"{path}: the log cannot be read: {wrong.strerror}"
        raise ConfigurationError(f"{message}; name a file that is there") from wrong


def _read(path: Path, file: BufferedReader | gzip.GzipFile, *, limit: int, by_line: bool = False) -> bytes:
    try:
        return file.readline(limit) if by_line else file.read(limit)
    except (OSError, EOFError, zlib.error) as wrong:
        raise ConfigurationError(f"{path}: the log cannot be read to its end: {wrong}; get the file again") from wrong


def _less(path: Path, left: int, size: int, /) -> int:
    if size > left:
        raise ConfigurationError(f"{path}: the log has over {MAX_BYTES} bytes unpacked; split it")
    return left - size


def _text(path: Path, number: int, line: bytes, /) -> str:
    if b"\x00" in line:
        raise ConfigurationError(f"{path}:{number}: this is no text in UTF-8 or Windows-1252; save the table as UTF-8")
    encoding = "utf-8-sig" if number == 1 else "utf-8"
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError as wrong:
        message = f"{path}:{number}: byte {wrong.start + 1} of the line is neither UTF-8 nor Windows-1252"
        raise ConfigurationError(f"{message}; save the table as UTF-8") from wrong
