"""``hub deadletter``: what agencies sent and the hub could not take, and how it comes in after all."""

import re
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.command import noun, verb
from hub.cli.here import connected, in_force
from hub.cli.operate import dismiss, redrive
from hub.cli.output import Json, count, say, short_time, write, write_json, write_table
from hub.errors import ConfigurationError
from hub.names import AgencyCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.deadletter import Cause, Letter, LetterId, Redriven
    from hub.network.bundle import InForce

app = noun("Dead letters: what agencies sent and the hub could not take, why, and putting it back once it is mended.")

_SPAN: Final = re.compile(r"(?P<many>[0-9]{1,5})(?P<unit>[mhdw])")
_UNIT_S: Final = {"m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
#: Headers whose values name no person; of others an agency alone knows what they hold.
_TOLD: Final = re.compile(r"ce_[a-z]+|hub[a-z_]*|content-type|traceparent|tracestate")


@verb(app, "list", example="hub deadletter list --category schema --since 7d")
def list_letters(
    *,
    agency: Annotated[str | None, typer.Option(help="Only this agency's.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category, such as schema.")] = None,
    since: Annotated[str | None, typer.Option(help="Only of this time on: 12h, 7d, or a date or time.")] = None,
    each: Annotated[bool, typer.Option("--each", help="One line a letter, with its id, not one a cause.")] = False,
    redriven: Annotated[bool, typer.Option("--redriven", help="Also those put back or dismissed already.")] = False,
    as_json: Json = False,
) -> None:
    """List dead letters that wait, by cause: how many, since when and why; never what they hold.

    A cause is an agency, a category, a type and a reason; reasons that differ in numbers only are one. Categories and
    what to do about each: docs/operating.md, dead letters.
    """
    from hub.deadletter import Shelf, by_cause

    settings, now = connected(), time.time_ns() // 1_000_000
    begin = _since(since, now) if since else 0
    shelf = Shelf(settings.kafka, _codec(in_force(settings)))
    stock = shelf.stock(shelf.places(AgencyCode(agency) if agency else None), since=begin)
    causes = by_cause((one for one in stock.letters if category in {None, one.category}), stock.redriven)
    causes = [cause for cause in causes if redriven or cause.waiting]
    if as_json:
        write_json([_cause_row(cause, stock.redriven, now, redriven=redriven) for cause in causes])
    elif each:
        _write_each(causes, stock.redriven, redriven=redriven)
    else:
        _write_causes(causes, now)


def _write_causes(causes: "list[Cause]", now: int) -> None:
    columns = ["agency", "category", "type", "waiting", "settled", "oldest", "its id", "reason"]
    rows = []
    for cause in causes:
        oldest = cause.oldest
        told = [_age(now - oldest.at), oldest.id.short] if oldest else ["", ""]
        back = len(cause.letters) - len(cause.waiting)
        rows.append([cause.agency, cause.category, cause.event_type, len(cause.waiting), back, *told, cause.reason])
    write_table(columns, rows)
    waiting = sum(len(cause.waiting) for cause in causes)
    settled = sum(len(cause.letters) for cause in causes) - waiting
    beside = f"; {settled} put back or dismissed" if settled else ""
    say(f"{count(waiting, 'dead letter')} of {count(sum(bool(cause.waiting) for cause in causes), 'cause')}{beside}")


def _write_each(causes: "list[Cause]", done: "Mapping[LetterId, Redriven]", *, redriven: bool) -> None:
    columns = ["id", "at", "category", "type", "case", "times", "settled by", "reason"]
    letters = sorted((one for cause in causes for one in _shown(cause, redriven=redriven)), key=lambda one: one.at)
    rows = []
    for one in letters:
        by = done[one.id].actor if one.id in done else ""
        at = short_time(_text(one.at))
        rows.append([one.id.short, at, one.category, one.event_type, one.case, one.times or "", by, one.reason])
    write_table(columns, rows)


def _cause_row(cause: "Cause", done: "Mapping[LetterId, Redriven]", now: int, *, redriven: bool) -> dict[str, Any]:
    oldest = cause.oldest
    return {
        "agency": cause.agency, "category": cause.category, "type": cause.event_type, "reason": cause.reason,
        "waiting": len(cause.waiting), "redriven": len(cause.letters) - len(cause.waiting),
        "oldest": oldest and oldest.id.short, "oldest_at": oldest and _text(oldest.at),
        "oldest_age_s": oldest and (now - oldest.at) // 1_000,
        "letters": [_letter_row(one, done.get(one.id)) for one in _shown(cause, redriven=redriven)],
    }  # fmt: skip


def _shown(cause: "Cause", *, redriven: bool) -> "tuple[Letter, ...]":
    return cause.letters if redriven else cause.waiting


def _letter_row(letter: "Letter", done: "Redriven | None") -> dict[str, Any]:
    return {
        "id": letter.id.short, "place": str(letter.id), "at": _text(letter.at), "category": letter.category,
        "type": letter.event_type, "case": letter.case, "from": letter.stood, "times": letter.times,
        "redriven": done and {
            "by": done.actor, "at": _text(done.at), "reason": done.reason, "mended": done.mended,
            "dismissed": done.dismissed,
        },
    }  # fmt: skip


@verb(app, "show", example="hub deadletter show bank@12")
def show(
    letter: redrive.LetterName,
    *,
    values: Annotated[bool, typer.Option("--values", help="Print what it holds, too: personal data.")] = False,
    as_json: Json = False,
) -> None:
    """Show one dead letter: where it stood, why it came back, its headers, and who has put it back.

    What an agency may have filled with anything (the value, headers of its own, a key that is no case id) is told by
    its size only, unless --values is given.
    """
    from hub.deadletter import Shelf, parse_letter_id

    settings = connected()
    force = in_force(settings)
    shelf = Shelf(settings.kafka, _codec(force))
    found = shelf.letter(parse_letter_id(letter))
    row = _letter_row(found, shelf.stock([found.id.place], since=found.at).redriven.get(found.id))
    row |= {
        "event_id": found.header("ce_id"), "error": found.error, "reason": found.reason, "bytes": found.size,
        "kept": not found.is_hashed,
        "headers": [[name, _told(name, value, values=values)] for name, value in found.headers],
    }  # fmt: skip
    if values:
        row |= {"key": _told("key", found.key or b"", values=True), **_facts(found, force)}
    if as_json:
        write_json(row)
    else:
        _write_letter(row)


def _told(name: str, value: bytes, *, values: bool) -> str:
    """Write a header's value, or how long it is where it may be anything."""
    if not values and not _TOLD.fullmatch(name.lower()):
        return f"({count(len(value), 'byte')})"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return repr(value) if values else f"({count(len(value), 'byte')} that are no text)"


def _facts(letter: "Letter", force: "InForce") -> dict[str, Any]:
    """Decode what a letter holds; give the bytes where they cannot be."""
    import base64

    from hub.errors import ParkableError

    try:
        event_type, facts, _ = _codec(force).decode(letter.value)
    except ParkableError as wrong:
        return {"unreadable": str(wrong), "base64": base64.b64encode(letter.value or b"").decode()}
    return {"value_type": event_type, "value": facts}


def _write_letter(row: dict[str, Any]) -> None:
    import json

    write(f"{row['id']}  {row['category']}  {row['place']}")
    write(f"  came back  {short_time(row['at'])}: {row['reason']} ({row['error']})")
    write(f"  stood at   {row['from']}")
    write(f"  case       {row['case'] or 'the key is not shown: it is no case id with a UUID'}")
    write(f"  value      {count(row['bytes'], 'byte') if row['kept'] else 'was not kept; its hash stands for it'}")
    write(f"  put back   {_done(row['redriven']) if row['redriven'] else 'no'}; {count(row['times'], 'time')} before")
    for name, value in row["headers"]:
        write(f"  header     {name}: {value}")
    for name in ("key", "value_type", "value", "unreadable", "base64"):
        if name in row:
            shown = row[name] if isinstance(row[name], str) else json.dumps(row[name], ensure_ascii=False, default=str)
            write(f"  {name:<10} {shown}")


def _done(done: dict[str, Any]) -> str:
    if done["dismissed"]:
        return f"no: dismissed by {done['by']} on {short_time(done['at'])}: {done['reason']}"
    what = "mended" if done["mended"] else "as it was"
    return f"{what} by {done['by']} on {short_time(done['at'])}: {done['reason']}"


def _codec(force: "InForce") -> Any:
    from hub.events.codec import Codec

    return Codec(force.schemas)


def _since(text: str, now: int) -> int:
    """Read a span back from now, or a time, in ms; raise ConfigurationError for what is neither."""
    from hub.events.codec import parse_millis

    if span := _SPAN.fullmatch(text):
        return max(0, now - int(span["many"]) * _UNIT_S[span["unit"]] * 1_000)
    try:
        return max(0, parse_millis(text if "T" in text else f"{text}T00:00:00Z"))
    except (ValueError, OverflowError) as wrong:
        raise ConfigurationError(
            f"--since: {text[:40]!r} is no time; write 90m, 12h, 7d, 2w, 2026-01-31, or 2026-01-31T08:00:00+08:00"
        ) from wrong


def _text(millis: int) -> str:
    from hub.events.codec import format_millis

    return format_millis(millis)


def _age(millis: int) -> str:
    """Write how long ago something was, in the two largest units."""
    minutes = max(0, millis) // 60_000
    days, hours = minutes // 1_440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


redrive.add_to(app)
dismiss.add_to(app)
