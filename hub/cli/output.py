"""What commands print: data on stdout, talk on stderr; tables for people, JSON for machines."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

#: The option that every command with data has.
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def say(text: str) -> None:
    """Talk to the person: stderr, at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """Print data: stdout, at once, so that a pipe sees each line when it comes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """Print one value as JSON, to be read by eye too."""
    import msgspec

    write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def write_json_line(value: Any) -> None:
    """Print one value as one line of JSON: for what has no end."""
    import msgspec

    write(msgspec.json.encode(value).decode())


def write_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns under their names, without a frame: easy to read, cut and grep."""
    cells = [[name.upper() for name in names], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(names))]
    for row in cells:
        write("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def count(number: int, noun: str) -> str:
    """Write a number with its noun: "1 event", "2 events"."""
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def short_time(text: str | None) -> str:
    """Shorten an RFC 3339 time in UTC to the minute, for tables."""
    return text[:16].replace("T", " ") if text else "-"


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
