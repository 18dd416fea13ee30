"""``hub deadletter dismiss``: letters of which nothing is to come any more, told as settled with who and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import verb
from hub.cli.here import connected, in_force
from hub.cli.operate.redrive import Actor, DryRun, Reason, act_of, choice_of, end, write_told
from hub.cli.output import Json

if TYPE_CHECKING:
    from hub.deadletter import Verdict


def add_to(app: typer.Typer) -> None:
    """Add the act as a verb of ``hub deadletter``."""
    verb(app, "dismiss", example='hub deadletter dismiss bank@12 --reason "sent by a test system" --dry-run')(dismiss)


def dismiss(
    letters: Annotated[
        list[str] | None, typer.Argument(help="Ids of letters, as `hub deadletter list --each` prints them.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All letters of a cause that still wait.")] = False,
    cause: Annotated[str | None, typer.Option(help="With --all: the category, such as orphan.")] = None,
    agency: Annotated[str | None, typer.Option(help="With --all: only this agency's.")] = None,
    reason: Reason,
    actor: Actor = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Dismiss dead letters of which nothing is to come: they wait no more, and are not deleted before their time.

    Who did it and why stands beside each letter, and in the journal of its case where it has one. A letter that was
    put back or dismissed before stays as it is; then the exit code is 1.
    """
    from hub.deadletter import Dismissal
    from hub.events.codec import Codec

    choice = choice_of(letters or [], cause, agency, every=every)
    act, settings = act_of(actor, reason), connected()
    work = Dismissal(settings.kafka, act, Codec(in_force(settings).schemas))
    told: list[Verdict] = []
    try:
        for batch in work.look(choice) if dry_run else work.run(choice):
            told += batch
    finally:
        write_told(told, went="would be dismissed" if dry_run else "dismissed", as_json=as_json)
    end(told)
