"""``hub journal``: the evidence of what was decided."""

import typer

from hub.cli.command import noun, verb
from hub.cli.exit import Exit
from hub.cli.here import connected
from hub.cli.output import Json, say, write_json, write_table

app = noun("The journal: the evidence of every decision.")


@verb(app, "verify", example="hub journal verify")
def verify(*, as_json: Json = False) -> None:
    """Check the hash chain of every partition's journal; exit code 1 when one is broken.

    A changed, removed or added entry breaks the chain at its offset; a missing end is found by the state's own head.
    """
    from hub.views.evidence import verify_journal

    chains = verify_journal(connected())
    if as_json:
        write_json(chains)
    else:
        columns = ["partition", "entries", "from offset", "head", "broken at", "why"]
        write_table(
            columns,
            ([each.partition, each.entries, each.since, each.head[:16], each.broken_at, each.why] for each in chains),
        )
    broken = sum(each.broken_at is not None for each in chains)
    say(f"{sum(each.entries for each in chains)} entries in {len(chains)} partitions; {broken} chains are broken")
    if broken:
        raise typer.Exit(Exit.FAILED)
