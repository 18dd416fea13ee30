"""``hub schema``: what the network folder's files may hold, for editors that complete and check while one types."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.command import noun, verb
from hub.cli.output import say, write_json

app = noun("JSON Schemas of the network folder's files, for editors.")


class Kind(StrEnum):
    """Name a kind of file of a network folder."""

    NETWORK = "network"
    MALL = "mall"
    AGENCIES = "agencies"
    SERVICES = "services"
    PROCEDURES = "procedures"
    AGREEMENTS = "agreements"
    AREAS = "areas"
    CALENDARS = "calendars"
    STATUSES = "statuses"
    TARIFFS = "tariffs"


@verb(app, "json", example="hub schema json --out .hub/schemas")
def json_schema(
    kind: Annotated[Kind | None, typer.Argument(help="One kind of file; without it all of them.")] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Write <kind>.json files into this folder.")] = None,
) -> None:
    """Print the JSON Schema of a kind of file, or write all of them for an editor's YAML support.

    In a file, `# yaml-language-server: $schema=<kind>.json` as the first line names its schema.
    """
    wanted = [kind] if kind else list(Kind)
    schemas = {each.value: schema_of(each) for each in wanted}
    if out is None:
        write_json(schemas[kind.value] if kind else schemas)
        return
    import json

    out.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas.items():
        (out / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    say(f"{len(schemas)} schemas are in {out}")


def schema_of(kind: Kind) -> dict[str, Any]:
    """Make the JSON Schema of one kind of file."""
    from hub.network.load import KINDS
    from hub.network.mall import Mall
    from hub.network.model import Declared, Network

    kinds: dict[str, type[Declared]] = {"network": Network, "mall": Mall, **KINDS}
    model = kinds[kind.value]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(by_alias=True)
