"""The books that a simulated agency keeps: what it said, what stands under its name, what it was asked and told.

One file for each agency, one JSON line for each entry, only ever appended to; whoever proves the hub reads these files.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import msgspec

from hub.names import AgencyCode

_SUFFIX: Final = ".jsonl"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Note one thing an agency did or met.

    ``said``: it hands an event to Kafka. ``stands``: it read that event back; ``at`` is the broker's append time.
    ``asked``: a task came. ``told``: a control message came. ``failed``: Kafka did not take an event.
    ``at`` is in ms. ``causation`` is, of an event, the task it answers.
    """

    what: Literal["said", "stands", "asked", "told", "failed"]
    at: int
    id: str
    case: str
    type: str
    step: str = ""
    attempt: int = 0
    procedure: str = ""
    causation: str = ""
    data: Mapping[str, Any] = {}
    place: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


class Ledger:
    """Append entries to one agency's file."""

    def __init__(self, folder: Path, agency: AgencyCode) -> None:
        """Open the file."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"{agency}{_SUFFIX}").open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def write(self, entry: Entry) -> None:
        """Note an entry; others see it after ``flush``."""
        self._file.write(_encoder.encode(entry) + b"\n")

    def flush(self) -> None:
        """Let others read what was noted."""
        self._file.flush()

    def close(self) -> None:
        """Flush and close."""
        self._file.close()


class Books:
    """Read all ledgers of a folder while they are written, each entry once."""

    def __init__(self, folder: Path) -> None:
        """Begin at the beginning; files may come later."""
        self._folder = folder
        self._read: dict[Path, int] = {}

    def news(self) -> Iterator[tuple[AgencyCode, Entry]]:
        """Go over the entries that are new, by agency, in each agency's order."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            agency = AgencyCode(path.name.removesuffix(_SUFFIX))
            for line in self._lines(path):
                yield agency, _decoder.decode(line)

    def _lines(self, path: Path) -> list[bytes]:
        """Read the lines that are new; one that is half written waits for its end."""
        begin = self._read.get(path, 0)
        with path.open("rb") as file:
            file.seek(begin)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read[path] = begin + len(whole)
        return whole.splitlines()
