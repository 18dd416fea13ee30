"""``hub views``: the database that people's questions are answered from."""

from typing import Annotated

import typer

from hub.cli.command import noun, verb
from hub.cli.here import connected
from hub.cli.output import Json, say, write, write_json

app = noun("The views: the journal folded into a database (SQLite, or HUB_VIEWS_URL).")


@verb(app, "rebuild", example="hub views rebuild --yes")
def rebuild(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Empty the views without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Empty the views and fold the whole journal again; the result is the same.

    The journal is the truth: nothing is lost. While it runs, answers are incomplete.
    """
    from hub import views

    settings = connected()
    if not yes:
        typer.confirm("Empty the views and fold the journal again?", abort=True, err=True)
    folded = views.rebuild(settings)
    if as_json:
        write_json({"entries": folded})
    else:
        write(str(folded))
        say(f"{folded} entries of the journal are folded into {views.masked_url(settings)}")


@verb(app, "status", example="hub views status")
def status(*, as_json: Json = False) -> None:
    """Tell how many cases the views hold by status, and how far they are behind the journal."""
    from hub import views
    from hub.cli.output import write_table

    settings = connected()
    behind, counts = views.status(settings)
    if as_json:
        write_json({"behind": behind, "cases": counts})
        return
    write_table(["status", "cases"], counts.items())
    say(f"{behind} records of the journal are not folded yet")
