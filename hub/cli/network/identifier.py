"""``hub identifier``: is this a NIK, a NIB, a plate; asked through a pipe, so that the shell keeps no number."""

from typing import Annotated

import typer

from hub.cli.command import noun, verb
from hub.cli.exit import Exit
from hub.cli.operate.given import read_text
from hub.cli.output import Json, count, say, write, write_json, write_table
from hub.errors import ConfigurationError
from hub.identity import KINDS, Kind, Refusal, is_synthetic

app = noun("Identifiers: NIK, NIB, plates and others, by the form that is known of them.")


@verb(app, "list", example="hub identifier list")
def list_kinds(*, as_json: Json = False) -> None:
    """List the kinds there are: form, a sample that is nobody's, and the evidence for it (V, S or B; H, M or L)."""
    rows = [
        {"kind": kind.name, "title": kind.title, "form": kind.form, "evidence": kind.evidence, "sample": kind.sample}
        for kind in KINDS.values()
    ]
    if as_json:
        write_json(rows)
    else:
        write_table(["kind", "title", "form", "evidence", "sample"], (list(row.values()) for row in rows))


@verb(app, "check", example="hub identifier check nik --json")
def check(
    kind: Annotated[str, typer.Argument(help="Kind of identifier, as `hub identifier list` names it.")],
    *,
    as_json: Json = False,
) -> None:
    """Read identifiers from stdin, one a line (`< numbers.txt`), and print the normal form of each.

    What is none is told by its line, never by its value; then the exit code is 1. A normal form does not say that the
    number was issued: only its register knows.
    """
    known = KINDS.get(kind)
    if known is None:
        raise ConfigurationError(f"there is no kind {kind!r}; see `hub identifier list`")
    lines = enumerate(read_text("-").split("\n"), start=1)
    found = [(number, known.check(line)) for number, line in lines if line.strip()]
    if as_json:
        write_json([_row(known, number, normal) for number, normal in found])
    else:
        _write_found(found)
    wrong = sum(isinstance(normal, Refusal) for _, normal in found)
    say(f"{count(len(found) - wrong, 'identifier')} in normal form, {wrong} refused")
    if wrong:
        raise typer.Exit(Exit.FAILED)


def _write_found(found: list[tuple[int, str | Refusal]]) -> None:
    for number, normal in found:
        if isinstance(normal, Refusal):
            say(f"line {number}: {normal.why}")
        else:
            write(normal)


def _row(kind: Kind, number: int, normal: str | Refusal) -> dict[str, object]:
    if isinstance(normal, Refusal):
        return {"line": number, "normal": None, "why": normal.why}
    synthetic = {"synthetic": is_synthetic(normal)} if kind.name == "nik" else {}
    return {"line": number, "normal": normal, "why": None, **synthetic}
