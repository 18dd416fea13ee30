"""``hub key``: the API keys by which agencies speak to the gateway."""

from typing import Annotated

import typer

from hub.cli.command import noun, verb
from hub.cli.output import Json, say, write, write_json, write_table
from hub.errors import ConfigurationError
from hub.settings import Settings

app = noun("API keys of agencies for the gateway; only their hashes are kept (HUB_KEYS_FILE).")

Agency = Annotated[str, typer.Argument(help="The agency's code.")]


@verb(app, "create", example="hub key create disdukcapil")
def create(agency: Agency, *, as_json: Json = False) -> None:
    """Make a key for an agency and print it, this once; a running gateway takes it within a second."""
    from hub.names import AgencyCode
    from hub.web.keys import add_key, keys_path

    path = keys_path(Settings.read())
    plain, record = add_key(path, AgencyCode(agency))
    if as_json:
        write_json({"agency": agency, "id": record.id, "key": plain, "file": str(path)})
        return
    write(plain)
    say(f"this is the only time the key is shown; its hash is in {path} (id {record.id})")


@verb(app, "list", example="hub key list")
def list_keys(*, as_json: Json = False) -> None:
    """List the keys there are: whose, since when; never the keys themselves."""
    from hub.web.keys import keys_path, read_keys

    rows = [
        {"agency": agency, "id": record.id, "created": record.created}
        for agency, records in sorted(read_keys(keys_path(Settings.read())).items())
        for record in records
    ]
    if as_json:
        write_json(rows)
    else:
        write_table(["agency", "id", "created"], (list(row.values()) for row in rows))


@verb(app, "revoke", example="hub key revoke 1f0c9a3b --yes")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `hub key list` shows it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Revoke without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Take a key back; a running gateway refuses it within a second."""
    from hub.web.keys import keys_path, remove_key

    path = keys_path(Settings.read())
    if not yes:
        typer.confirm(f"Revoke key {key_id}?", abort=True, err=True)
    agency = remove_key(path, key_id)
    if agency is None:
        raise ConfigurationError(f"there is no key {key_id!r} in {path}; see `hub key list`")
    if as_json:
        write_json({"agency": agency, "id": key_id})
    say(f"{agency} cannot speak with key {key_id} any more")
