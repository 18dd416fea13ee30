"""``hub procedure``: a procedure in the words that people sign."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.command import noun, verb
from hub.cli.network.declared import Folder, Schemas, read_catalog, usable
from hub.cli.output import say, write
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.network.load import DeclaredNetwork
    from hub.network.model import Procedure

app = noun("Procedures in the words that people sign.")


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


def _named(network: "DeclaredNetwork", name: str) -> "Procedure":
    named = [each for ref, each in network.procedures.items() if name in {ref, each.procedure}]
    if not named:
        known = ", ".join(sorted(network.procedures)) or "none"
        raise ConfigurationError(f"there is no procedure {name!r} in {network.network.network}; there are: {known}")
    return max(named, key=lambda each: each.version)
