"""A network folder read and checked whole, as check, plan, apply and rehearse need it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from hub.errors import ConfigurationError, NetworkError
from hub.settings import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

    from hub.events.catalog import Catalog
    from hub.network.folder import Finding
    from hub.network.load import DeclaredNetwork, Reading

#: What every command about a network is given.
Folder = Annotated[Path, typer.Argument(metavar="NETWORK", help="Network folder, such as deploy/samarinda.")]
Schemas = Annotated[Path | None, typer.Option("--schemas", help="Folder of the event types; the shipped ones.")]


def read_catalog(schemas: Path | None) -> "Catalog":
    """Read the event types of a folder, or the shipped ones."""
    from hub.events.catalog import Catalog

    return Catalog.load(schemas or shipped("schemas"))


def read_checked(folder: Path, catalog: "Catalog", *, examples: bool = True) -> "Reading":
    """Read and check a network folder, its examples and log.yaml too; raise ConfigurationError when there is none.

    Examples are rehearsed only where nothing else is wrong: they would fail for the same reason.
    """
    from hub.network.check import check_folder
    from hub.network.folder import errors
    from hub.network.load import Reading

    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder; name a network folder, such as deploy/samarinda")
    reading = check_folder(folder, catalog, today=today_in(folder))
    if reading.network is None or errors(reading.findings) or not examples:
        return reading
    found = [*reading.findings, *_rehearsed(folder, reading.network, catalog)]
    return Reading(reading.network, tuple(sorted(found, key=lambda each: each.order)))


def _rehearsed(folder: Path, network: "DeclaredNetwork", catalog: "Catalog") -> "Iterator[Finding]":
    from hub.network.folder import Finding
    from hub.rehearsal.examples import check_examples
    from hub.rehearsal.log import load_mapping
    from hub.rehearsal.log.declared import LOG_FILE

    yield from check_examples(network, catalog)
    if (folder / LOG_FILE).exists():
        try:
            load_mapping(folder, network, catalog)
        except NetworkError as wrong:
            yield from (each for each in wrong.findings if isinstance(each, Finding))


def usable(folder: Path, catalog: "Catalog", *, examples: bool = True) -> "DeclaredNetwork":
    """Read a network that has no error; raise NetworkError with all findings otherwise."""
    from hub.network.folder import errors

    reading = read_checked(folder, catalog, examples=examples)
    wrong = errors(reading.findings)
    if wrong or reading.network is None:
        lines = "".join(f"\n{folder}/{each}" for each in wrong)
        raise NetworkError(f"{folder} cannot be used; mend these first:{lines}", wrong)
    return reading.network


def today_in(folder: Path) -> "date":
    """Tell today's date where the network is; UTC's where its file does not say or cannot be read.

    Reads that one file: a whole folder takes its time, and whoever asks for the date reads it anyway.
    """
    from hub.network.folder import read_yaml
    from hub.network.load import NETWORK_FILE

    try:
        declared = read_yaml(NETWORK_FILE, (folder / NETWORK_FILE).read_bytes())[0].value
        zone: tzinfo = ZoneInfo(declared["time_zone"])
    except (OSError, LookupError, TypeError, ValueError):  # an unknown zone is a KeyError
        zone = UTC
    return datetime.now(zone).date()
