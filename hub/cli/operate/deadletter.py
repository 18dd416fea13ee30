"""``hub deadletter``: what agencies sent and the hub could not take."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.command import noun, verb
from hub.cli.here import connected
from hub.cli.output import Json, short_time, write_json, write_table
from hub.names import AgencyCode, deadletters_topic

if TYPE_CHECKING:
    from hub.bus.record import Record

app = noun("Dead letters: what agencies sent and the hub could not take, with the reason.")


@verb(app, "list", example="hub deadletter list disdukcapil --last 20")
def list_letters(
    agency: Annotated[str, typer.Argument(help="Code of the agency that sent them.")],
    *,
    last: Annotated[int, typer.Option(help="How many, from the newest back.")] = 50,
    as_json: Json = False,
) -> None:
    """List an agency's dead letters: what came from where, and why it was set aside; never the content."""
    from hub.cli.operate.tail import last_records

    rows = [_row(each) for each in last_records(connected(), deadletters_topic(AgencyCode(agency)), last)]
    if as_json:
        write_json(rows)
        return
    columns = ["at", "category", "type", "case", "from", "reason"]
    write_table(columns, ([short_time(row["at"]), *(row[name] for name in columns[1:])] for row in rows))


def _row(record: "Record") -> dict[str, Any]:
    from hub.events.codec import format_millis

    # A dead letter's headers are as they were sent: they may be anything.
    headers = {name.lower(): (value or b"").decode(errors="replace") for name, value in record.headers}
    place = [headers.get(f"__connect.errors.{name}", "") for name in ("topic", "partition", "offset")]
    return {
        "at": format_millis(record.timestamp), "category": headers.get("hub_dlq_category", ""),
        "type": headers.get("ce_type", ""), "id": headers.get("ce_id", ""),
        "case": (record.key or b"").decode(errors="replace"), "from": "{}-{}@{}".format(*place),
        "reason": headers.get("__connect.errors.exception.message", ""), "offset": record.offset,
    }  # fmt: skip
