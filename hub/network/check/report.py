"""The list in which a check writes: each finding at the place of the words it speaks of."""

from collections.abc import Mapping

from hub.network.folder.finding import Finding, Level
from hub.network.folder.yaml import Document, Path
from hub.network.load import DeclaredNetwork
from hub.network.model import Declared, Procedure
from hub.network.subject import written_name


class Report:
    """Collect findings about a network's files."""

    def __init__(self, network: DeclaredNetwork) -> None:
        """Start empty."""
        self._network = network
        self.findings: list[Finding] = []

    def of(self, declared: Declared) -> "FileReport":
        """Give the report on the file of one model."""
        document = self._network.document(declared)
        if not isinstance(declared, Procedure) or not declared.subjects:
            return FileReport(self.findings, document)
        written: dict[str, str] = {name: written_name(name, step) for name, step in declared.steps.items()}
        standing = {name: each for name, each in written.items() if ("steps", name) not in document.keys}
        return FileReport(self.findings, document, written=standing)


class FileReport:
    """Collect findings about one file."""

    def __init__(
        self, findings: list[Finding], document: Document, *, written: Mapping[str, str] | None = None,
        places: Mapping[Path, Path] | None = None,
    ) -> None:  # fmt: skip
        """Write into a list that others share; `written` says as which step one that was expanded stands there."""
        self._findings = findings
        self._document = document
        self._written = written or {}
        self._places = places or {}

    def placed(self, places: Mapping[Path, Path]) -> "FileReport":
        """Give the report on the same file in which what was written out, by its path, stands elsewhere."""
        return FileReport(self._findings, self._document, written=self._written, places=places)

    def holds(self, path: Path) -> bool:
        """Tell whether the file itself has a value at a path."""
        return self._standing(path) in self._document.values

    def at(self, path: Path, code: str, message: str, *, fix: str, level: Level = "error") -> None:
        """Report what is wrong with the value at a path of keys."""
        self._add(self._document.at(*self._standing(path)), code, message, fix=fix, level=level)

    def at_key(self, path: Path, code: str, message: str, *, fix: str, level: Level = "error") -> None:
        """Report what is wrong with the key at a path, or with something missing below it."""
        self._add(self._document.key(*self._standing(path)), code, message, fix=fix, level=level)

    def _standing(self, path: Path) -> Path:
        for length in (2, 3) if self._places else ():
            if found := self._places.get(path[:length]):
                return (*found, *path[length:])
        name = path[1] if self._written and len(path) > 1 and path[0] == "steps" else None
        return (path[0], self._written.get(name, name), *path[2:]) if isinstance(name, str) else path

    def _add(self, place: tuple[int, int], code: str, message: str, *, fix: str, level: Level) -> None:
        line, column = place
        found = Finding(code, self._document.file, line, column, message, fix, level)
        if not self._places or found not in self._findings:  # what was written out may be wrong for each in one way
            self._findings.append(found)
