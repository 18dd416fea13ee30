"""``hub event``: what an agency says, said by hand or from a file."""

import uuid
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.command import noun, verb
from hub.cli.here import connected, in_force
from hub.cli.operate.given import parse, read_option, read_text
from hub.cli.output import Json, count, say, write_json, write_table
from hub.errors import ConfigurationError, SchemaError
from hub.names import AgencyCode, case_id, derived_id

if TYPE_CHECKING:
    from hub.network.bundle import InForce
    from hub.settings import Settings
    from hub.web.gateway.admission import Outgoing
    from hub.web.network import Vocabulary

app = noun("Events: what agencies say about cases.")


@verb(
    app,
    "publish",
    example="hub event publish rs --type id.mpp.civil.BirthNotified --application 17 --data @birth.json",
)
def publish(
    agency: Annotated[str, typer.Argument(help="Code of the agency that speaks.")],
    *,
    event_type: Annotated[str | None, typer.Option("--type", help="Event type (Avro full name).")] = None,
    case: Annotated[str | None, typer.Option(help="Case id.")] = None,
    application: Annotated[
        str | None, typer.Option(help="The agency's own application number: the case id is made from it.")
    ] = None,
    data: Annotated[str, typer.Option(help="The facts as JSON, @file, or @- for stdin.")] = "{}",
    event_id: Annotated[str | None, typer.Option("--id", help="Event id; without it a new one.")] = None,
    task: Annotated[str | None, typer.Option(help="Id of the task that this answers.")] = None,
    number: Annotated[str | None, typer.Option(help="Case number for people.")] = None,
    lines: Annotated[
        str | None, typer.Option("--from", help="File of events, one CloudEvents JSON a line; - is stdin.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Publish one event, or a file of them, to an agency's topic, and wait until Kafka has acknowledged.

    Every value is checked against its schema first; if one does not fit, nothing is published. A line of a file may
    leave out specversion, source and id: the id is then made from the line, so that the same file changes nothing.
    """
    code = AgencyCode(agency)
    if lines is not None:
        documents = _from_lines(lines, code)
    elif event_type is None:
        raise ConfigurationError("say what is published: --type with --case or --application, or --from a file")
    else:
        about = case or case_id(code, application) if application else case or f"{code}.{uuid.uuid4()}"
        documents = [
            {
                "id": event_id or str(uuid.uuid4()), "type": event_type, "correlationid": about, "subject": number,
                "causationid": task, "data": read_option(data, "--data"),
            }
        ]  # fmt: skip
    settings = connected()
    ready = admitted(documents, code, in_force(settings))
    _publish(ready, settings, as_json=as_json)


def _from_lines(name: str, agency: AgencyCode) -> list[dict[str, Any]]:
    documents = []
    for number, line in enumerate(read_text(name).split("\n"), start=1):
        if line.strip():
            document = parse(line, f"line {number}: ")
            if not isinstance(document, dict):
                raise SchemaError(f"line {number}: an event must be a JSON object")
            documents.append({"id": derived_id("line", agency, line)} | document)
    return documents


def admitted(documents: "list[dict[str, Any]]", agency: AgencyCode, force: "InForce") -> "list[Outgoing]":
    """Hold every event to the network in force; raise SchemaError that tells everything that is wrong."""
    from datetime import UTC, datetime

    from hub.web.gateway.admission import admit
    from hub.web.gateway.cloudevent import read_structured
    from hub.web.problem import Problem

    vocabulary, now = _vocabulary(force), datetime.now(UTC).isoformat()
    ready, wrong = [], []
    for number, document in enumerate(documents, start=1):
        whole = {"specversion": "1.0", "source": f"/agency/{agency}/cli"} | document
        said = read_structured(whole, {})
        admitted = said if isinstance(said, Problem) else admit(said, agency, vocabulary=vocabulary, now=now)
        if isinstance(admitted, Problem):
            told = "; ".join(f"{path}: {message}" for path, message in admitted.errors)
            wrong.append(f"  event {number}: {admitted.detail}{': ' if told else ''}{told}")
        else:
            ready.append(admitted)
    if wrong:
        raise SchemaError("nothing was published; mend these and publish again:\n" + "\n".join(wrong))
    return ready


def _vocabulary(force: "InForce") -> "Vocabulary":
    from hub.web.network import Vocabulary, Voice

    voices = {code: Voice(each.publishes, each.opens) for code, each in force.plan.agencies.items()}
    return Vocabulary.make(force.plan.network, force.plan.sequence, voices=voices, schemas=force.schemas)


def _publish(ready: "list[Outgoing]", settings: "Settings", *, as_json: bool) -> None:
    from hub.bus.producer import PATIENCE_S, Producer

    producer = Producer(settings.kafka)
    try:
        futures = [producer.publish(each.topic, each.value, key=each.key, headers=each.headers) for each in ready]
        places = [future.result(PATIENCE_S) for future in futures]
    finally:
        producer.close()
    rows = [
        {
            "id": each.id, "type": each.type, "case": each.key.decode(), "topic": place.topic,
            "partition": place.partition,
        }
        for each, place in zip(ready, places, strict=True)
    ]  # fmt: skip
    if as_json:
        write_json(rows)
    else:
        write_table(["id", "type", "case", "topic", "partition"], [list(row.values()) for row in rows])
    say(f"{count(len(rows), 'event')} {'is' if len(rows) == 1 else 'are'} acknowledged by Kafka")
