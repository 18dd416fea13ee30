"""A small network for the tests of this folder: copied, changed by one edit, read and checked."""

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.events.catalog import Catalog
from hub.names import ProcedureRef
from hub.network.check import check_folder
from hub.network.load import DeclaredNetwork, Reading, load_or_raise

DATA = Path(__file__).parent / "data"
#: Files of the small network, by what they declare.
NETWORK = "town/network.yaml"
CLINIC = "town/agencies/clinic.yaml"
INSURER = "town/agencies/insurer.yaml"
OFFICE = "town/agencies/office.yaml"
SERVICE = "town/services/birth.yaml"
PROCEDURE = "town/procedures/birth.v1.yaml"
AGREEMENT = "town/agreements/pks-town.yaml"
CALENDAR = "town/calendars/townhall.yaml"
#: The procedure of the small network.
BIRTH = ProcedureRef("birth@1")
#: One change of one file: the file, what is there, what stands there then.
Edit = tuple[str, str, str]
TODAY = date(2026, 11, 24)
#: Noon in the town, on that day, in ms.
NOW = 1_795_492_800_000


@dataclass(frozen=True)
class Town:
    """One copy of the small network that a test may change."""

    folder: Path

    @classmethod
    def copied(cls, folder: Path) -> "Town":
        """Copy the network and its schemas below a folder."""
        shutil.copytree(DATA, folder, dirs_exist_ok=True)
        return cls(folder)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace one piece of one file; the piece must be there."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    def catalog(self) -> Catalog:
        """Read the schemas."""
        return Catalog.load(self.folder / "schemas")

    def read(self) -> Reading:
        """Read and check the network."""
        return check_folder(self.folder / "town", self.catalog(), today=TODAY)

    def network(self) -> DeclaredNetwork:
        """Read the network without checking it."""
        return load_or_raise(self.folder / "town")

    def lines(self) -> list[str]:
        """Write what the check finds."""
        return [str(finding) for finding in self.read().findings]


def make_mall(folder: Path, *, services: int) -> Town:
    """Write a network of many such towns under one office: three agencies and one service with examples for each."""
    network, schemas = folder / "town", folder / "schemas"
    schemas.mkdir(parents=True)
    for kind in ("agencies", "calendars", "services", "procedures", "agreements"):
        (network / kind).mkdir(parents=True)
    shutil.copy(DATA / "town" / "network.yaml", network)
    office = (DATA / "town" / "agencies" / "office.yaml").read_text()
    own = [line for line in office.splitlines() if line.startswith("  - town.")]
    for i in range(services):
        for path in sorted((DATA / "schemas").iterdir()):
            (schemas / f"{i}").mkdir(exist_ok=True)
            (schemas / f"{i}" / path.name).write_text(path.read_text().replace('"town"', f'"town{i}"'))
        for path in sorted((DATA / "town").glob("*/*.yaml")):
            if path.stem != "office":
                new = network / path.parent.name / path.name.replace(path.name.split(".")[0], _numbered(path.stem, i))
                new.write_text(_renamed(path.read_text(), i))
    lines = [_renamed(line, i) for i in range(services) for line in own]
    (network / "agencies" / "office.yaml").write_text(office.replace("\n".join(own), "\n".join(lines)))
    return Town(folder)


def _numbered(stem: str, number: int) -> str:
    return f"{stem.split('.', maxsplit=1)[0]}{number}"


def _renamed(text: str, number: int) -> str:
    head, mark, told = text.partition("examples:\n")
    told = told * 5 if mark else ""  # as many examples as a real procedure has
    return re.sub(
        r"\b(registry|clinic|insurer|birth|town|townhall|pks-town)\b(?!:)", rf"\g<1>{number}", head + mark + told
    )
