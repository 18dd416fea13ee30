"""The wabo network and its log mapping, loaded once, for tests that write logs of their own."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from hub.events.catalog import Catalog
from hub.network.load import DeclaredNetwork, load_or_raise
from hub.rehearsal.log import LogMapping, load_mapping

ROOT: Final = Path(__file__).parents[3]
WABO: Final = ROOT / "deploy" / "wabo"
COLUMNS: Final = (
    "case:concept:name", "case:channel", "case:deadline", "concept:instance", "concept:name", "org:group",
    "time:timestamp",
)  # fmt: skip
OPENING: Final = "Confirmation of receipt"
T02: Final = "T02 Check confirmation of receipt"


@cache
def catalog() -> Catalog:
    """Load every event type."""
    return Catalog.load(ROOT / "schemas")


@cache
def network() -> DeclaredNetwork:
    """Load the network."""
    return load_or_raise(WABO)


@cache
def mapping() -> LogMapping:
    """Load the network's own mapping."""
    return load_mapping(WABO, network(), catalog())


def row(
    case: str,
    activity: str,
    *,
    at: str = "2011-10-11 13:45:40.276000+02:00",
    group: str = "Group 1",
    id_: str | None = None,
) -> tuple[str, ...]:
    """Give one row's values in the order of COLUMNS; the id is made of case and activity."""
    return (case, "Internet", "2011-12-06 13:41:31+01:00", id_ or f"{case}/{activity}", activity, group, at)


def table(rows: Iterable[tuple[str, ...]], *, delimiter: str = ",") -> str:
    """Write rows as a table, none of whose values needs a quote."""
    return "\n".join(delimiter.join(each) for each in (COLUMNS, *rows)) + "\n"
