"""A network folder read and checked whole, as check, plan, apply and rehearse need it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from hub.errors import ConfigurationError, NetworkError
from hub.settings import shipped

if TYPE_CHECKING:
    from datetime import date

    from hub.events.catalog import Catalog
    from hub.network.load import DeclaredNetwork, Reading

#: What every command about a network is given.
Folder = Annotated[Path, typer.Argument(metavar="NETWORK", help="Network folder, such as deploy/samarinda.")]
Schemas = Annotated[Path | None, typer.Option("--schemas", help="Folder of the event types; the shipped ones.")]


def read_catalog(schemas: Path | None) -> "Catalog":
    """Read the event types of a folder, or the shipped ones."""
    from hub.events.catalog import Catalog

    return Catalog.load(schemas or shipped("schemas"))


def read_checked(folder: Path, catalog: "Catalog") -> "Reading":
    """Read and check a network folder; raise ConfigurationError when there is none."""
    from hub.network.check import check_folder

    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder; name a network folder, such as deploy/samarinda")
    return check_folder(folder, catalog, today=today_in(folder))


def usable(folder: Path, catalog: "Catalog") -> "DeclaredNetwork":
    """Read a network that has no error; raise NetworkError with all findings otherwise."""
    from hub.network.folder import as_lines, errors

    reading = read_checked(folder, catalog)
    wrong = errors(reading.findings)
    if wrong or reading.network is None:
        raise NetworkError(f"{folder} cannot be used; mend these first:\n{as_lines(wrong)}", wrong)
    return reading.network


def today_in(folder: Path) -> "date":
    """Tell today's date where the network is; UTC's where its file does not say or cannot be read."""
    from hub.network.load import load

    network = load(folder).network
    try:
        zone = ZoneInfo(network.network.time_zone) if network else UTC
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return datetime.now(zone).date()
