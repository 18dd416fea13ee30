"""A small network for the tests of this folder: copied, changed by one edit, read and checked."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.events.catalog import Catalog
from hub.network.check import check_folder
from hub.network.load import DeclaredNetwork, Reading, load_or_raise

DATA = Path(__file__).parent / "data"
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
