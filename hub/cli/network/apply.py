"""``hub plan`` and ``hub apply``: what putting a network in force would change on a cluster, and doing it."""

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.exit import Exit
from hub.cli.here import connected
from hub.cli.network.declared import Folder, Schemas, read_catalog, usable
from hub.cli.output import Json, count, say, write, write_json
from hub.errors import ConfigurationError
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.cluster.apply import Applied
    from hub.cluster.plan import Cluster


def plan(network: Folder, *, schemas: Schemas = None, as_json: Json = False) -> None:
    """Show what `hub apply` would change on the cluster: topics, settings, schemas, bundle; changes nothing.

    Ends with exit code 1 when something forbids applying.
    """
    from hub.cluster.plan import plan as plan_changes

    catalog = read_catalog(schemas)
    changes = plan_changes(_cluster(connected()), usable(network, catalog), catalog)
    if as_json:
        write_json(changes.as_json())
    else:
        for line in changes.lines():
            write(line)
    if changes.all_refusals:
        say(f"applying {network} is forbidden for {count(len(changes.all_refusals), 'reason')}")
        raise typer.Exit(Exit.FAILED)
    command = f"hub apply {network}" + (f" --schemas {schemas}" if schemas else "")
    say("nothing would change" if changes.is_empty else f"`{command}` would do this")


def apply(
    network: Folder,
    *,
    schemas: Schemas = None,
    release: Annotated[
        bool, typer.Option("--release", help="Also list it in released.json: `hub check` then refuses a later change.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also take out versions that open cases follow; these then wait for people.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a network, make the cluster what it needs, and put it in force; doing it again changes nothing.

    Running workers and gateways follow without a restart. What is in force may not be changed, only followed by a new
    version: a cluster refuses it; with --release `hub check` does too, wherever the folder is. Keep released.json in
    version control.
    """
    applied = put_in_force(network, connected(), schemas=schemas, force=force)
    if release:
        _release(network, schemas)
    if as_json:
        write_json(applied.changes.as_json())
    else:
        write(f"bundle {applied.bundle.sequence} of network {applied.changes.network} is in force")


def put_in_force(
    folder: Path,
    settings: Settings,
    *,
    schemas: Path | None = None,
    tell: Callable[[str], None] = say,
    force: bool = False,
) -> "Applied":
    """Check and apply a network folder, telling each act; raise NetworkError with what forbids it."""
    from hub.cluster.apply import apply as apply_network

    catalog = read_catalog(schemas)
    network = usable(folder, catalog)
    actor = os.environ.get("HUB_ACTOR") or getpass.getuser()
    return apply_network(_cluster(settings), network, catalog, actor=actor, tell=tell, force=force)


def _release(folder: Path, schemas: Path | None) -> None:
    from hub.network.folder.release import RELEASED_FILE, write_released

    catalog = read_catalog(schemas)
    try:
        grew = write_released(folder, usable(folder, catalog, examples=False), catalog)
    except OSError as wrong:
        raise ConfigurationError(
            f"the network is in force, but {folder / RELEASED_FILE} cannot be written ({wrong.strerror}); "
            "make the folder writable and run this again"
        ) from wrong
    say(f"{folder / RELEASED_FILE} {'lists what is released' if grew else 'lists all of it already'}")


def _cluster(settings: Settings) -> "Cluster":
    from hub.cluster.plan import Cluster

    return Cluster(settings.kafka, settings.registry_url or "")
