"""``hub procedure``: a procedure in the words that people sign, and what its versions say otherwise."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import noun, verb
from hub.cli.network.declared import Folder, Schemas, read_catalog, usable
from hub.cli.network.migrate import verb as migration
from hub.cli.operate import order
from hub.cli.output import Json, say, write, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.network.load import DeclaredNetwork
    from hub.network.model import Procedure

app = noun("Procedures in the words that people sign, and how they change while cases run.")


class Language(StrEnum):
    """Name a language in which procedures are written."""

    INDONESIAN = "id"
    ENGLISH = "en"


@verb(app, "explain", example="hub procedure explain deploy/samarinda newborn --lang en --svg newborn.svg")
def explain(
    network: Folder,
    procedure: Annotated[str, typer.Argument(help="Name of the procedure, or name@version; the newest version.")],
    *,
    lang: Annotated[Language, typer.Option(help="Language of the words.")] = Language.INDONESIAN,
    svg: Annotated[Path | None, typer.Option(help="Write the picture into this file.")] = None,
    schemas: Schemas = None,
) -> None:
    """Write a procedure in plain Indonesian or English: what the public is told, each step, which data flows and why.

    The text is Markdown. The picture is one SVG file that any browser shows.
    """
    from hub.network.paper.explain import explain as explain_procedure
    from hub.network.paper.picture import picture

    catalog = read_catalog(schemas)
    declared = usable(network, catalog, examples=False)
    found = _named(declared, procedure)
    write(explain_procedure(declared, found, catalog, language=lang.value).rstrip())
    if svg is not None:
        svg.write_text(picture(declared, found, language=lang.value), encoding="utf-8")
        say(f"the picture is in {svg}")


@verb(app, "diff", example="hub procedure diff deploy/samarinda newborn@1 newborn@2")
def diff(
    network: Folder,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="One version, such as newborn@1.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The other, such as newborn@2.")],
    *,
    schemas: Schemas = None,
    as_json: Json = False,
) -> None:
    """Show what one version of a procedure says otherwise than another: steps, joins, data, answers, deadlines, facts.

    That a step was renamed is a guess: the two ask the same agency alike.
    """
    from dataclasses import asdict

    from hub.network.versions import differences

    declared = usable(network, read_catalog(schemas), examples=False)
    old, new = _named(declared, before), _named(declared, after)
    if old.procedure != new.procedure:
        raise ConfigurationError(f"{before} and {after} are two procedures; name two versions of one")
    found = differences(old, new)
    if as_json:
        write_json([asdict(each) for each in found])
    elif found:
        columns = ["kind", "step", "what", "before", "after"]
        write_table(columns, ([each.kind, each.step, each.what, each.before, each.after] for each in found))
    else:
        say("both say the same")


def _named(network: "DeclaredNetwork", name: str) -> "Procedure":
    named = [each for ref, each in network.procedures.items() if name in {ref, each.procedure}]
    if not named:
        known = ", ".join(sorted(network.procedures)) or "none"
        raise ConfigurationError(f"there is no procedure {name!r} in {network.network.network}; there are: {known}")
    return max(named, key=lambda each: each.version)


migration.add_to(app)
order.add_to(app)
