"""``hub rehearse``: a network tried without Kafka, by its examples, a real event log or a week of the mall."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.exit import Exit
from hub.cli.network.declared import Folder, Schemas, read_catalog, usable
from hub.cli.output import Json, say, write, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.events.catalog import Catalog
    from hub.network.load import DeclaredNetwork

#: What is rehearsed with --week unless it is told.
_DAYS, _SEED = 7, 1


def rehearse(
    network: Folder,
    *,
    log: Annotated[
        Path | None, typer.Option(help="Event log (.csv, .xes, .gz); the network's log.yaml says what its rows are.")
    ] = None,
    week: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of a week in which people come as mall.yaml says."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="With --week: how many days.")] = _DAYS,
    cases: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="With --week: cases in all; as mall.yaml says without it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="With --week: the same seed, the same week.")] = _SEED,
    picture: Annotated[Path | None, typer.Option(help="With --week: draw it into this file (SVG).")] = None,
    schemas: Schemas = None,
    as_json: Json = False,
) -> None:
    """Let the router run a network in memory: the procedures' examples, a real event log or a week of the mall.

    With --log the report says what completed, what waits where and for whom, and which events came early, late, twice
    or belong to no step. With --week it says, by service and by agency, what was in time, whose time it was, why files
    came back, what waits longest and which desks are full; agreements are taken to be in force.

    Ends with exit code 1 when an example ends otherwise than it says.
    """
    if log is not None and week is not None:
        raise ConfigurationError("--log and --week are two rehearsals; choose one of them")
    if week is None and (cases, picture, days, seed) != (None, None, _DAYS, _SEED):
        raise ConfigurationError("--days, --cases, --seed and --picture belong to --week; name the week's first day")
    catalog = read_catalog(schemas)
    declared = usable(network, catalog, examples=False)
    if week is not None:
        from hub.cli.network.week import rehearse_week
        from hub.mall.week import Script

        script = Script(begins=week.date(), days=days, cases=cases, seed=seed)
        rehearse_week(declared, catalog, script, as_json=as_json, picture=picture)
    elif log is None:
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
