"""The list in which a check writes: each finding at the place of the words it speaks of."""

from hub.network.folder.finding import Finding, Level
from hub.network.folder.yaml import Document, Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Declared


class Report:
    """Collect findings about a network's files."""

    def __init__(self, network: DeclaredNetwork) -> None:
        """Start empty."""
        self._network = network
        self.findings: list[Finding] = []

    def of(self, declared: Declared) -> "FileReport":
        """Give the report on the file of one model."""
        return FileReport(self.findings, self._network.document(declared))


class FileReport:
    """Collect findings about one file."""

    def __init__(self, findings: list[Finding], document: Document) -> None:
        """Write into a list that others share."""
        self._findings = findings
        self._document = document

    def holds(self, path: Path) -> bool:
        """Tell whether the file itself has a value at a path."""
        return path in self._document.values

    def at(self, path: Path, code: str, message: str, *, fix: str, level: Level = "error") -> None:
        """Report what is wrong with the value at a path of keys."""
        self._add(self._document.at(*path), code, message, fix=fix, level=level)

    def at_key(self, path: Path, code: str, message: str, *, fix: str, level: Level = "error") -> None:
        """Report what is wrong with the key at a path, or with something missing below it."""
        self._add(self._document.key(*path), code, message, fix=fix, level=level)

    def _add(self, place: tuple[int, int], code: str, message: str, *, fix: str, level: Level) -> None:
        line, column = place
        self._findings.append(Finding(code, self._document.file, line, column, message, fix, level))
