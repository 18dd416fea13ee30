"""``hub rehearse``: a network tried without Kafka, by its own examples or by a real event log."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.exit import Exit
from hub.cli.network.declared import Folder, Schemas, read_catalog, usable
from hub.cli.output import Json, say, write, write_json, write_table

if TYPE_CHECKING:
    from hub.events.catalog import Catalog
    from hub.network.load import DeclaredNetwork


def rehearse(
    network: Folder,
    *,
    log: Annotated[
        Path | None, typer.Option(help="Event log (.csv, .xes, .gz); the network's log.yaml says what its rows are.")
    ] = None,
    schemas: Schemas = None,
    as_json: Json = False,
) -> None:
    """Let the router run a network in memory: the procedures' examples, or with --log a real event log.

    The report says what completed, what waits where and for whom, and which events came early, late, twice or belong
    to no step. Ends with exit code 1 when an example ends otherwise than it says.
    """
    catalog = read_catalog(schemas)
    declared = usable(network, catalog, examples=False)
    if log is None:
        _examples(declared, catalog, as_json=as_json)
    else:
        _log(network, declared, catalog, log=log, as_json=as_json)


def _examples(network: "DeclaredNetwork", catalog: "Catalog", *, as_json: bool) -> None:
    from hub.network.compile import compile_network
    from hub.rehearsal.examples import rehearse as rehearse_examples
    from hub.rehearsal.world import START

    plan = compile_network(network, catalog, at=START)
    rows: list[dict[str, Any]] = []
    for ref, procedure in network.procedures.items():
        wrong = {each.index: each.why for each in rehearse_examples(plan, procedure, catalog)}
        rows += [
            {"procedure": ref, "example": example.name, "ends_as_said": index not in wrong, "why": wrong.get(index, "")}
            for index, example in enumerate(procedure.examples)
        ]
    if as_json:
        write_json(rows)
    else:
        told = (
            [row["procedure"], "ok" if row["ends_as_said"] else "fails", row["example"], row["why"]] for row in rows
        )
        write_table(["procedure", "result", "example", "why"], told)
    failed = sum(not row["ends_as_said"] for row in rows)
    say(f"{len(rows) - failed} of {len(rows)} examples end as they say")
    if failed:
        raise typer.Exit(Exit.FAILED)


def _log(folder: Path, network: "DeclaredNetwork", catalog: "Catalog", *, log: Path, as_json: bool) -> None:
    from hub.network.compile import compile_network
    from hub.rehearsal.log import load_mapping, read_log
    from hub.rehearsal.replay import replay
    from hub.rehearsal.report import as_json as report_json
    from hub.rehearsal.report import as_text

    begun = time.perf_counter()
    plan = compile_network(network, catalog, at=int(datetime.now(UTC).timestamp() * 1000))
    found = replay(plan, read_log(log, load_mapping(folder, network, catalog)))
    seconds = time.perf_counter() - begun
    if as_json:
        write_json(report_json(found, seconds=seconds))
    else:
        write(as_text(found, network, log=str(log), seconds=seconds).rstrip())
