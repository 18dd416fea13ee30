"""A network folder read whole: every model that its files declare, or everything that is wrong with them at once.

Knows shapes and file names only; what one file says of another is ``check``'s.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from hub.errors import NetworkError
from hub.names import AgencyCode, ProcedureRef, ServiceName, procedure_ref
from hub.network.folder.finding import Finding, Level, as_lines, errors, one_of
from hub.network.folder.misfit import misfits
from hub.network.folder.yaml import Document, read_yaml
from hub.network.mall import Mall
from hub.network.migration.declared import Migration
from hub.network.model import Agency, Agreement, Areas, Calendar, Declared, Network, Procedure, Service
from hub.network.status import Statuses
from hub.network.subject import expanded
from hub.network.tariff import Tariff

#: Files of one network; protects whoever checks a folder that somebody else wrote.
MAX_FILES: Final = 5_000

NETWORK_FILE: Final = "network.yaml"
#: How the mall behaves, for its rehearsal; a network may have none, and no bundle holds it.
MALL_FILE: Final = "mall.yaml"
#: The folders of a network, and what each of their files declares.
KINDS: Final[Mapping[str, type[Declared]]] = {
    "agencies": Agency,
    "services": Service,
    "procedures": Procedure,
    "agreements": Agreement,
    "areas": Areas,
    "calendars": Calendar,
    "statuses": Statuses,
    "tariffs": Tariff,
    "migrations": Migration,
}
_STEMS: Final[Mapping[type[Declared], Callable[[Any], str]]] = {
    Agency: lambda each: str(each.agency),
    Service: lambda each: str(each.service),
    Procedure: lambda each: f"{each.procedure}.v{each.version}",
    Agreement: lambda each: str(each.agreement),
    Areas: lambda each: str(each.areas),
    Calendar: lambda each: str(each.calendar),
    Statuses: lambda each: str(each.statuses),
    Tariff: lambda each: f"{each.tariff}.v{each.version}",
    Migration: lambda each: str(each.name),
}
_AnyDeclared = TypeVar("_AnyDeclared", bound=Declared)


@dataclass(frozen=True)
class DeclaredNetwork:
    """Hold all that one network folder declares; ``documents`` say where, by file (none for a bundle's network).

    A step for each of several subjects stands here once for each of them, as if it had been written so.
    """

    network: Network
    agencies: Mapping[AgencyCode, Agency]
    services: Mapping[ServiceName, Service]
    procedures: Mapping[ProcedureRef, Procedure]
    agreements: Mapping[str, Agreement]
    documents: Mapping[str, Document] = field(default_factory=dict, compare=False, repr=False)
    areas: Mapping[str, Areas] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    statuses: Mapping[str, Statuses] = field(default_factory=dict)
    tariffs: Mapping[str, Tariff] = field(default_factory=dict)
    migrations: Mapping[str, Migration] = field(default_factory=dict)
    mall: Mall | None = field(default=None, compare=False)

    def document(self, declared: Declared) -> Document:
        """Find the file that declares a model; an empty document for a network that came without files."""
        file = file_of(declared)
        return self.documents.get(file) or Document(file, None)


@dataclass(frozen=True)
class Reading:
    """Tell what came of reading a folder: the network, unless ``findings`` hold an error."""

    network: DeclaredNetwork | None
    findings: tuple[Finding, ...]


def file_of(declared: Declared) -> str:
    """Name the file in which a model must stand, relative to the network folder."""
    if isinstance(declared, Network):
        return NETWORK_FILE
    if isinstance(declared, Mall):
        return MALL_FILE
    folder = next(name for name, kind in KINDS.items() if isinstance(declared, kind))
    return f"{folder}/{_STEMS[type(declared)](declared)}.yaml"


def load(folder: Path) -> Reading:
    """Read a network folder; all findings at once, nothing raised for what a person wrote."""
    reader = _Reader()
    network = reader.read(folder / NETWORK_FILE, NETWORK_FILE, Network)
    found: dict[type[Declared], list[Declared]] = {kind: [] for kind in KINDS.values()}
    for path, file, kind in reader.files(folder):
        declared = reader.read(path, file, kind)
        if declared is not None and reader.stands_right(declared, file):
            found[kind].append(declared)
    mall = reader.read(folder / MALL_FILE, MALL_FILE, Mall) if (folder / MALL_FILE).is_file() else None
    findings = tuple(sorted(reader.findings, key=lambda each: each.order))
    if network is None or errors(findings):
        return Reading(None, findings)
    return Reading(replace(assemble(network, found, documents=reader.documents), mall=mall), findings)


def load_or_raise(folder: Path) -> DeclaredNetwork:
    """Read a network folder; raise NetworkError that lists every error."""
    reading = load(folder)
    if reading.network is None:
        raise NetworkError(f"{folder} is no network:\n{as_lines(reading.findings)}", reading.findings)
    return reading.network


def assemble(
    network: Network,
    declared: Mapping[type[Declared], list[Any]],
    *,
    documents: Mapping[str, Document] | None = None,
) -> DeclaredNetwork:
    """Put declared models together by name, in the order of their names."""
    return DeclaredNetwork(
        network=network,
        agencies={each.agency: each for each in declared[Agency]},
        services={each.service: each for each in declared[Service]},
        procedures={procedure_ref(each.procedure, each.version): expanded(each) for each in declared[Procedure]},
        agreements={each.agreement: each for each in declared[Agreement]},
        areas={each.areas: each for each in declared[Areas]},
        calendars={each.calendar: each for each in declared[Calendar]},
        statuses={each.statuses: each for each in declared[Statuses]},
        tariffs={each.ref: each for each in declared[Tariff]},
        migrations={each.name: each for each in declared[Migration]},
        documents=documents or {},
    )


class _Reader:
    """Read files one by one, gathering documents and findings."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.findings: list[Finding] = []

    def files(self, folder: Path) -> Iterator[tuple[Path, str, type[Declared]]]:
        """Go over the files that a network folder may hold; report those that would be read by nobody."""
        count = 0
        for name in sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ():
            for path in sorted((folder / name).iterdir()):
                file, count = f"{name}/{path.name}", count + 1
                if count > MAX_FILES:
                    self._report("too-many-files", file, f"the folder has over {MAX_FILES} files", "take files out")
                    return
                if name in KINDS and path.suffix == ".yaml" and path.is_file():
                    yield path, file, KINDS[name]
                elif name in KINDS and not path.name.startswith("."):
                    self._report("unread-file", file, "the hub does not read this file", "name it <name>.yaml")
                elif path.suffix in {".yaml", ".yml"}:
                    self._report_folder(name, file)
                    break

    def read(self, path: Path, file: str, kind: type[_AnyDeclared]) -> _AnyDeclared | None:
        """Read one file as a model; None when it has findings."""
        try:
            content = path.read_bytes()
        except OSError as wrong:
            self._report("missing-file", file, f"the file cannot be read: {wrong.strerror}", "write it")
            return None
        document, findings = read_yaml(file, content)
        self.documents[file] = document
        self.findings.extend(findings)
        if findings:
            return None
        try:
            return kind.model_validate(document.value)
        except ValidationError as wrong:
            self.findings.extend(misfits(document, kind, wrong))
            return None

    def stands_right(self, declared: Declared, file: str) -> bool:
        """Tell whether a model stands in the file of its name, which also keeps names unique."""
        if file_of(declared) == file:
            return True
        self._report("file-name", file, "the file's name is not what it declares", f"name it {file_of(declared)}")
        return False

    def _report_folder(self, folder: str, file: str) -> None:
        """Warn of a folder that nobody reads; one that is nearly a known one is an error."""
        message, fix = f"the hub does not read folder {folder!r}", one_of(folder, KINDS, most=len(KINDS))
        level: Level = "error" if fix.startswith("did you mean") else "warning"
        self.findings.append(Finding("unread-folder", file, 1, 1, message, fix, level))

    def _report(self, code: str, file: str, message: str, fix: str) -> None:
        self.findings.append(Finding(code, file, 1, 1, message, fix))
