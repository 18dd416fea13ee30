"""An act on one case: published, and waited for until a router has decided it."""

from typing import TYPE_CHECKING

import typer

from hub.cli.exit import Exit
from hub.cli.here import connected
from hub.cli.operate.act.decided import WAIT_S, Decided, command_of
from hub.cli.operate.act.option import Act
from hub.cli.output import say, write, write_json
from hub.errors import ConfigurationError, UnreachableError
from hub.names import COMMANDS, opener_of

if TYPE_CHECKING:
    from hub.settings import Settings


def do(case: str, act: Act) -> None:
    """Publish an act and wait until it is decided; exit code 1 when it was refused.

    Raise UnreachableError when nobody decided in time: the act stands on hub.commands and is done later.
    """
    settings = connected()
    case_id, revision = named(case, settings)
    command = command_of(act)
    with Decided(settings, [case_id]) as decided:
        (made,) = decided.publish(command, {case_id: None if act.any_revision else revision})
        say(f"{act.act} is published as {made}; waiting for a router to decide")
        entry = next(decided.entries([made]), None)
    if entry is None:
        raise UnreachableError(
            f"no router has decided the act within {WAIT_S:.0f} s; it stands on {COMMANDS} and is done when one runs "
            "(see `hub doctor`), or no such case is open"
        )
    told = {"case": case_id, "act": act.act, "applied": entry.applied, "revision": entry.revision, "why": entry.why}
    if act.as_json:
        write_json(told)
    else:
        done = "applied" if entry.applied else "not applied"
        write(f"{act.act}: {done} at revision {entry.revision}" + (f": {entry.why}" if entry.why else ""))
    if not entry.applied:
        raise typer.Exit(Exit.FAILED)


def named(case: str, settings: "Settings") -> tuple[str, int | None]:
    """Find the case's id and the revision that the views show; a whole id stands for itself where they are empty."""
    from hub.cli.operate.look import open_cases

    with open_cases(settings) as cases:
        try:
            found = cases.find(case)
        except ConfigurationError:
            if opener_of(case) is None or cases.count():
                raise
            return case, None
    return found.id, found.revision
