"""One thing a person must mend in a network folder: where it is, what was met, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

#: How alike two words must be, from 0 to 1, to offer one for the other.
_CLOSE: Final = 0.75

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Point at one place of one file and say what is wrong there; ``code`` is stable, ``line`` and ``column`` from 1.

    ``file`` is relative to the network folder, with forward slashes.
    """

    code: str
    file: str
    line: int
    column: int
    message: str
    fix: str
    level: Level = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.level} [{self.code}] {self.message}; {self.fix}"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Give the key by which findings are listed: as they stand in the files."""
        return (self.file, self.line, self.column, self.code, self.message)


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep those findings that forbid using the network."""
    return tuple(finding for finding in findings if finding.level == "error")


def as_lines(findings: Iterable[Finding]) -> str:
    """Write findings one a line, in the order of the files, each once."""
    return "\n".join(str(finding) for finding in sorted(set(findings), key=lambda each: each.order))


def one_of(word: str, known: Iterable[str], *, most: int = 8) -> str:
    """Say which words could have been meant: the closest one, or the first few that there are."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=_CLOSE)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are {_listed(names, most)}" if names else "there is none yet"


def meant(word: str, known: Iterable[str], *, otherwise: str, most: int = 8) -> str:
    """Say what to do about a word that is not known: take the closest one, or do otherwise."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=_CLOSE)
    if close:
        return f"did you mean {close[0]!r}? If not, {otherwise}"
    return f"{otherwise}, or name one of {_listed(names, most)}" if names else otherwise


def _listed(names: list[str], most: int) -> str:
    return f"{', '.join(names[:most])}{', …' if len(names) > most else ''}"
