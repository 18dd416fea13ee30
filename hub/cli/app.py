"""All nouns together, and the one place where an error becomes a line on stderr and an exit code."""

import os
import sys
from collections.abc import Sequence

import typer

from hub.cli.command import noun, verb
from hub.cli.exit import Exit, exit_of
from hub.cli.machine.demo import demo
from hub.cli.machine.doctor import doctor
from hub.cli.machine.run import run
from hub.cli.machine.up import up
from hub.cli.network import identifier, procedure, schema, tariff
from hub.cli.network.apply import apply, plan
from hub.cli.network.check import check
from hub.cli.network.rehearse import rehearse
from hub.cli.operate import case, deadletter, event, journal, key, order, task, views
from hub.cli.output import say
from hub.errors import HubError, UnreachableError
from hub.settings import strangers

#: Each noun with its verbs, in the order of the help.
NOUNS = {
    "case": case.app,
    "task": task.app,
    "agency": order.app,
    "event": event.app,
    "deadletter": deadletter.app,
    "journal": journal.app,
    "views": views.app,
    "key": key.app,
    "procedure": procedure.app,
    "tariff": tariff.app,
    "identifier": identifier.app,
    "schema": schema.app,
}


def build() -> typer.Typer:
    """Put the nouns together; nothing of them runs."""
    app = noun(
        "Simpul: an event-driven data-exchange hub for one-stop public services. "
        "Settings are environment variables (HUB_*, KAFKA_BOOTSTRAP_SERVERS, SCHEMA_REGISTRY_URL)."
    )
    verb(app, "demo", example="hub demo --once --cases 200 --json")(demo)
    verb(app, "up", example="hub up deploy/samarinda")(up)
    verb(app, "check", example="hub check deploy/samarinda")(check)
    verb(app, "rehearse", example="hub rehearse deploy/samarinda --week 2025-03-24 --cases 5000 --seed 7")(rehearse)
    verb(app, "plan", example="hub plan deploy/samarinda")(plan)
    verb(app, "apply", example="hub apply deploy/samarinda")(apply)
    verb(app, "run", example="hub run router")(run)
    verb(app, "doctor", example="hub doctor")(doctor)
    for name, group in NOUNS.items():
        app.add_typer(group, name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code; an error of ours is one clear line, a traceback only if HUB_DEBUG=1."""
    for line in strangers():
        say(f"hub: {line}")
    try:
        build()(args=arguments, prog_name="hub")
    except HubError as error:
        _raise_if_debug()
        say(f"hub: {error}{_hint(error)}")
        sys.exit(exit_of(error))
    except OSError as refused:
        _raise_if_debug()
        say(f"hub: {refused}; see that this file, folder or address is right")
        sys.exit(Exit.CONFIGURATION)
    except Exception as fault:  # noqa: BLE001 - a person gets one line, whatever it is
        _raise_if_debug()
        say(f"hub: this is a fault of the hub: {_place_of(fault)}; set HUB_DEBUG=1 to see more, and report it")
        sys.exit(Exit.BUG)


def _place_of(fault: Exception) -> str:
    """Say which kind of error came from where; its own words may be a person's."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{type(fault).__name__}{where}"


def _hint(error: HubError) -> str:
    """Lead whoever cannot reach a broker, registry or database to the command that looks at all of them."""
    return "; `hub doctor` says what is there" if isinstance(error, UnreachableError) else ""


def _raise_if_debug() -> None:
    if os.environ.get("HUB_DEBUG", "") not in {"", "0"}:
        raise  # noqa: PLE0704 - called from an except clause only
