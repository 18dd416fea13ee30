"""``hub task``: what agencies are asked to do."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.command import noun, verb
from hub.cli.here import connected, in_force
from hub.cli.operate import act
from hub.cli.output import Json, say, short_time, write, write_json, write_json_line, write_table
from hub.errors import ConfigurationError, UnreachableError
from hub.names import AgencyCode, tasks_topic
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.bus.record import Record
    from hub.events.codec import Codec
    from hub.views.read import TaskRow

app = noun("Tasks: what agencies are asked to do, and the control messages beside them.")

Agency = Annotated[str, typer.Argument(help="The agency's code.")]
Data = Annotated[bool, typer.Option("--data", help="Print the tasks' facts too: personal data.")]
_COLUMNS = ("at", "type", "step", "number", "case", "due", "id")


@verb(app, "list", example="hub task list disdukcapil")
def list_tasks(
    agency: Agency,
    *,
    last: Annotated[
        int, typer.Option(help="Read the last so many records of the agency's topic instead, ended tasks included.")
    ] = 0,
    most: Annotated[int, typer.Option(help="Rows at the most.")] = 50,
    data: Data = False,
    as_json: Json = False,
) -> None:
    """List the tasks that an agency owes an answer to: those of the priority lane, then the first due first."""
    settings = connected()
    if last or data:
        from hub.cli.operate.tail import last_records
        from hub.events.codec import Codec

        codec = Codec(in_force(settings).schemas) if data else None
        rows = [_row(record, codec) for record in last_records(settings, tasks_topic(AgencyCode(agency)), last or most)]
        _print(rows, as_json=as_json)
        return
    from hub.cli.operate.look import open_cases

    with open_cases(settings) as cases:
        owed = cases.tasks(agency, most)
    if not owed:
        _must_be_an_agency(agency, settings)
    if as_json:
        write_json(owed)
        return
    columns = ["lane", "due", "step", "attempt", "case", "sent at", "task"]
    write_table(
        columns,
        ([_lane(t), short_time(t.due), t.step, t.attempt, t.case, short_time(t.sent_at), t.id] for t in owed),
    )


def _must_be_an_agency(agency: str, settings: Settings) -> None:
    """Refuse a code that no agency has, as far as Kafka can be asked: an empty list would look like an answer."""
    with suppress(UnreachableError):
        known = sorted(in_force(settings).network.agencies)
        if agency not in known:
            raise ConfigurationError(f"no agency of the network in force is {agency!r}; there are {', '.join(known)}")


@verb(app, "follow", example="hub task follow disdukcapil --json")
def follow(agency: Agency, *, data: Data = False, as_json: Json = False) -> None:
    """Print an agency's tasks and control messages as they come, until Ctrl-C; JSON is one line each."""
    from hub.cli.operate.tail import coming_records
    from hub.events.codec import Codec

    settings = connected()
    codec = Codec(in_force(settings).schemas) if data else None
    shown = [*_COLUMNS, *(["data"] if data else [])]
    columns = "" if as_json else f" ({', '.join(shown)})"
    say(f"waiting for tasks of {agency}{columns}; Ctrl-C ends")
    for record in coming_records(settings, tasks_topic(AgencyCode(agency))):
        row = _row(record, codec)
        if as_json:
            write_json_line(row)
        else:
            write("  ".join(_shown(row, name) for name in shown))


@verb(app, "resend", example='hub task resend rs.5b0c7a52 --step record_birth --reason "the agency lost its queue"')
def resend(
    case: Annotated[str, typer.Argument(help="Case id, the beginning of one, or a case number.")],
    *,
    step: Annotated[str, typer.Option(help="The step whose task is sent again.")],
    reason: act.Reason,
    actor: act.Actor = "",
    any_revision: act.Anyway = False,
    as_json: Json = False,
) -> None:
    """Send the task that a step waits for again, from the case's state: the same id, so nothing is done twice."""
    told = act.Act(act="resend", actor=actor, reason=reason, step=step, any_revision=any_revision, as_json=as_json)
    act.do(case, told)


def _lane(task: "TaskRow") -> str:
    return "priority" if task.priority else "ordinary"


def _row(record: "Record", codec: "Codec | None") -> dict[str, Any]:
    from hub.events.codec import format_millis
    from hub.events.envelope import read_headers

    headers = read_headers(record.headers)
    row: dict[str, Any] = {
        "at": format_millis(record.timestamp), "type": headers.get("ce_type"), "step": headers.get("hubstep"),
        "attempt": headers.get("hubattempt"), "procedure": headers.get("hubprocedure"),
        "number": headers.get("ce_subject"), "case": (record.key or b"").decode(), "due": headers.get("hubdue"),
        "id": headers.get("ce_id"), "causation": headers.get("ce_causationid"), "partition": record.partition,
        "offset": record.offset, "subject": headers.get("hubsubject"), "priority": "hubpriority" in headers,
    }  # fmt: skip
    if codec is not None:
        row["data"] = codec.decode(record.value)[1]
    return row


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        write_json(rows)
        return
    columns = [*_COLUMNS, *(["data"] if rows and "data" in rows[0] else [])]
    write_table(columns, ([_shown(row, name) for name in columns] for row in rows))


def _shown(row: dict[str, Any], name: str) -> str:
    """Write one column for people; facts as JSON, which is what an answer is written in too."""
    return json.dumps(row[name], ensure_ascii=False, default=str) if name == "data" else str(row[name] or "-")
