"""``hub procedure migrate``: a declared migration shown over all live cases, and carried out at a set rate."""

import getpass
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.command import verb
from hub.cli.exit import Exit
from hub.cli.here import connected, in_force
from hub.cli.network.declared import Folder, Schemas, read_catalog, usable
from hub.cli.output import Json, count, say, write, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.cli.network.migrate.passage import Outcome, Passage, Wanted
    from hub.network.bundle import InForce
    from hub.network.load import DeclaredNetwork
    from hub.network.migration.declared import Migration
    from hub.rehearsal.migration import Foreseen

#: Cases a second unless another rate is given: beside them a worker has most of its time for events.
RATE: Final = 1_000.0
#: Seconds between two words on how far it is.
_TELL_S: Final = 5.0


def add_to(app: typer.Typer) -> None:
    """Add the verb to ``hub procedure``."""
    verb(app, "migrate", example="hub procedure migrate deploy/samarinda newborn --dry-run")(migrate)


def migrate(
    network: Folder,
    procedure: Annotated[str, typer.Argument(help="The procedure, or the version to go over to, such as newborn@2.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would become of each live case.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="Cases a second at the most.")] = RATE,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Also cases in which a deadline would be over at once by the new version.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; the migration's own reason and legal basis.")] = "",
    actor: Annotated[str, typer.Option(help="Who acts; HUB_ACTOR or the login name.", show_default=False)] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    schemas: Schemas = None,
    as_json: Json = False,
) -> None:
    """Take all live cases over to another version of their procedure, as migrations/<procedure>-<from>-<to>.yaml says.

    First of each case is told whether it stays as it is, jumps, ends, would be overdue or sticks, and why. Ctrl-C stops
    it; a second run goes on. Each case goes over whole or stays as it was, and its journal says who and why.
    """
    from hub.cli.network.migrate.passage import Passage, Wanted, look
    from hub.network.migration.compile import refs_of

    settings, catalog = connected(), read_catalog(schemas)
    declared = usable(network, catalog, examples=False)
    chosen = chosen_of(declared, procedure)
    who = actor or os.environ.get("HUB_ACTOR") or getpass.getuser()
    reasons = {refs_of(each)[0]: reason or f"{each.reason.en} ({each.legal_basis})" for each in chosen}
    wanted = Wanted(reasons=reasons, to=refs_of(chosen[0])[1], actor=who, overdue=overdue)
    if dry_run:
        from hub.network.compile import compile_network

        plan = compile_network(declared, catalog, at=time.time_ns() // 1_000_000)
        _show(wanted, look(settings, plan, wanted)[1], as_json=as_json)
        return
    force = in_force(settings)
    must_be_in_force(declared, force, chosen)
    passage = Passage(settings, force, wanted)
    try:
        if not yes:
            _show(wanted, passage.outcome.foreseen, as_json=False)
            typer.confirm(f"Take {count(len(passage.outcome.wanted), 'case')} over?", abort=True, err=True)
        _carry_out(passage, rate)
    finally:  # also when somebody has stopped it half-way
        passage.close()
        _tell(wanted, passage.outcome, as_json=as_json)
    if code := exit_of(passage.outcome):
        raise typer.Exit(code)


def chosen_of(network: "DeclaredNetwork", procedure: str) -> list["Migration"]:
    """Find the migrations to a version; to the newest that one leads to when only the procedure is named."""
    from hub.network.migration.compile import refs_of

    name, _, version = procedure.partition("@")
    found = [each for each in network.migrations.values() if each.migration == name]
    newest = max((each.to for each in found), default=0)
    chosen = [each for each in found if str(each.to) == (version or str(newest))]
    if not chosen:
        known = ", ".join(f"{before} to {after}" for before, after in map(refs_of, network.migrations.values()))
        there = f"there are: {known}" if known else "there is none"
        raise ConfigurationError(
            f"no migration leads to {procedure!r}; {there}; write migrations/{name}-<from>-<to>.yaml (docs/versions.md)"
        )
    return chosen


def must_be_in_force(declared: "DeclaredNetwork", force: "InForce", chosen: Sequence["Migration"]) -> None:
    """Refuse a migration that the workers do not have as the folder does: what was looked at is what is done."""
    for each in chosen:
        there = force.network.migrations.get(each.name)
        if there is None or there.model_dump() != declared.migrations[each.name].model_dump():
            raise ConfigurationError(
                f"the network in force does not have migrations/{each.name}.yaml as it stands here; "
                "`hub apply` it first"
            )


def _carry_out(passage: "Passage", rate: float) -> None:
    total, told = len(passage.outcome.wanted), time.monotonic()
    for decided in passage.run(rate=rate):
        if time.monotonic() - told >= _TELL_S:
            told = time.monotonic()
            say(f"{decided:,} of {count(total, 'case')} decided")


def _show(wanted: "Wanted", found: Sequence["Foreseen"], *, as_json: bool) -> None:
    """Print what would become of the cases."""
    if as_json:
        write_json(report(wanted, found))
    elif found:
        _write_groups(found)
    say(f"{count(len(found), 'open case')} on {', '.join(wanted.reasons)}; nothing was sent")


def _write_groups(found: Sequence["Foreseen"]) -> None:
    from hub.rehearsal.migration import groups

    rows = groups(found)
    write_table(["fate", "cases", "how", "such as"], ([r["fate"], r["cases"], r["how"], r["such_as"][0]] for r in rows))


def _tell(wanted: "Wanted", outcome: "Outcome", *, as_json: bool) -> None:
    """Print what became of it: the counts, and why it was not done where it was not."""
    if as_json:
        write_json(report(wanted, outcome.foreseen, outcome))
        return
    if amiss := outcome.amiss():
        write_table(
            ["became", "cases", "why", "such as"],
            ([r["became"], r["cases"], r["why"], r["such_as"][0]] for r in amiss),
        )
    counts = ", ".join(f"{number:,} {became.replace('_', ' ')}" for became, number in outcome.counts().items())
    write(f"to {wanted.to}: {counts}")


def report(wanted: "Wanted", found: Sequence["Foreseen"], outcome: "Outcome | None" = None) -> dict[str, Any]:
    """Write for machines what was foreseen, and what became of it when it was carried out."""
    from hub.rehearsal.migration import FATES, groups

    told: dict[str, Any] = {"from": list(wanted.reasons), "to": wanted.to, "cases": len(found)}
    told |= {str(fate): sum(each.fate == fate for each in found) for fate in FATES} | {"groups": groups(found)}
    return told if outcome is None else told | {"became": outcome.counts(), "amiss": outcome.amiss()}


def exit_of(outcome: "Outcome") -> Exit:
    """Tell how the command ends: nobody decided, some were refused, or all is done."""
    counts = outcome.counts()
    if counts["undecided"] or counts["not_sent"]:
        return Exit.UNREACHABLE
    return Exit.FAILED if counts["refused"] or counts["stale"] else Exit.OK
