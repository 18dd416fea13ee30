"""``hub check``: is this network folder fit to be put in force."""

import time

import typer

from hub.cli.exit import Exit
from hub.cli.network.declared import Folder, Schemas, read_catalog, read_checked
from hub.cli.output import Json, count, say, write, write_json


def check(network: Folder, *, schemas: Schemas = None, as_json: Json = False) -> None:
    """Check all that can be known before anything runs: every finding at once, with file, line and what to do.

    Ends with exit code 1 when one is an error; warnings alone do not.
    """
    from hub.network.folder import errors

    begun = time.monotonic()
    findings = read_checked(network, read_catalog(schemas)).findings
    if as_json:
        write_json(findings)
    else:
        for finding in findings:
            write(f"{network}/{finding}")
    wrong = len(errors(findings))
    took = time.monotonic() - begun
    say(f"{network}: {count(wrong, 'error')}, {count(len(findings) - wrong, 'warning')} ({took:.1f} s)")
    if schemas is None and any(finding.code == "unknown-type" for finding in findings):
        say("only the shipped event types were looked at; --schemas names a folder of others")
    if wrong:
        raise typer.Exit(Exit.FAILED)
