"""Orders to the whole network: ``hub procedure stop-openings|allow-openings`` and ``hub agency hold|release``."""

import getpass
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.command import noun, verb
from hub.cli.here import connected, in_force
from hub.cli.output import Json, say, short_time, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.network.order import Standing

app = noun("Agencies: tasks held back, and let go.")

Agency = Annotated[str, typer.Argument(help="The agency's code.")]
Procedure = Annotated[str, typer.Argument(help="The procedure's name, without a version.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the journal for ever: no personal data.")]
Actor = Annotated[str, typer.Option(help="Who orders it; HUB_ACTOR or the login name.", show_default=False)]


def add_to(procedures: typer.Typer) -> None:
    """Add the orders about openings to ``hub procedure``."""
    verb(procedures, "stop-openings", example='hub procedure stop-openings newborn --reason "the form was recalled"')(
        stop_openings
    )
    verb(procedures, "allow-openings", example='hub procedure allow-openings newborn --reason "the new form is out"')(
        allow_openings
    )


def stop_openings(procedure: Procedure, *, reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Let no case of a procedure be opened: openings wait, however long, and open when they are allowed again."""
    _order("stop-openings", procedure, reason=reason, actor=actor, as_json=as_json)


def allow_openings(procedure: Procedure, *, reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Let cases of a procedure be opened again; those whose openings waited open now."""
    _order("allow-openings", procedure, reason=reason, actor=actor, as_json=as_json)


@verb(app, "hold", example='hub agency hold pos --reason "its queue is being repaired"')
def hold(agency: Agency, *, reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Send an agency no task: those that would be sent wait, no time runs, and all are sent when it is released."""
    _order("hold", agency, reason=reason, actor=actor, as_json=as_json)


@verb(app, "release", example='hub agency release pos --reason "its queue works"')
def release(agency: Agency, *, reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Send an agency its tasks again, first those that were held."""
    _order("release", agency, reason=reason, actor=actor, as_json=as_json)


def _order(act: str, target: str, *, reason: str, actor: str, as_json: bool) -> None:
    from hub.cluster.orders import give

    settings = connected()
    force = in_force(settings)
    known: Iterable[str] = force.network.agencies
    if act.endswith("openings"):
        known = {each.procedure for each in force.network.procedures.values()}
    must_be_known(act, target, known)
    who = (actor or os.environ.get("HUB_ACTOR") or getpass.getuser()).strip()
    if not who or not reason.strip():
        raise ConfigurationError("an order needs an actor and a reason")
    standing, changed = give(settings.kafka, force, act, target, actor=who, reason=reason)
    if as_json:
        write_json(report(standing, changed=changed))
        return
    if standing.orders:
        rows = ([o.kind, o.target, short_time(o.since), o.actor, o.reason] for o in standing.orders)
        write_table(["order", "of", "since", "actor", "reason"], rows)
    say(
        f"ordered: {act} {target}; {len(standing.orders)} in force on all partitions"
        if changed
        else "that is so already; nothing was ordered"
    )


def must_be_known(act: str, target: str, known: Iterable[str]) -> None:
    """Refuse an order of whom the network does not have; what ends one is taken of anybody, who may have left."""
    names = sorted(set(known))
    if act in {"stop-openings", "hold"} and target not in names:
        noun_of = "agency" if act == "hold" else "procedure"
        raise ConfigurationError(f"no {noun_of} of the network in force is {target!r}; there are {', '.join(names)}")


def report(standing: "Standing", *, changed: bool) -> dict[str, Any]:
    """Write for machines what is in force now."""
    orders = [
        {"kind": o.kind, "of": o.target, "since": o.since, "actor": o.actor, "reason": o.reason}
        for o in standing.orders
    ]
    return {"number": standing.number, "changed": changed, "orders": orders}
