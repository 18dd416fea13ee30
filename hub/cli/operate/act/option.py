"""What an operator says with an act: the options that acts share, and what they come to."""

from dataclasses import dataclass
from typing import Annotated

import typer

CaseName = Annotated[str, typer.Argument(help="Case id, the beginning of one, or a case number.")]
MaybeCase = Annotated[
    str | None, typer.Argument(help="Case id, the beginning of one, or a case number; none with --all.")
]
Reason = Annotated[str, typer.Option(help="Why; it stands in the journal for ever: no personal data.")]
Step = Annotated[str, typer.Option(help="The step.")]
Facts = Annotated[str, typer.Option(help="Facts to set, as JSON, @file, or @- for stdin.")]
Actor = Annotated[str, typer.Option(help="Who acts; HUB_ACTOR or the login name.", show_default=False)]
Anyway = Annotated[
    bool, typer.Option("--any-revision", help="Act on whatever the case is by then, not only on what the views show.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Act without asking.")]
All = Annotated[bool, typer.Option("--all", help="Act on every case that waits for the cause.")]
AllOfAgency = Annotated[bool, typer.Option("--all", help="Act on every case in which the agency owes this step.")]
OwedBy = Annotated[str | None, typer.Option("--agency", help="With --all: code of the agency that owes the step.")]
CauseOption = Annotated[str | None, typer.Option("--cause", help="With --all: the incident's cause, such as guard.")]
ProcedureOption = Annotated[
    str | None, typer.Option("--procedure", help="With --all: only this procedure, name or name@version.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --all: show what would be done, and do nothing.")]
Most = Annotated[int, typer.Option(min=1, help="With --all: cases at the most.")]
#: Cases of one act in bulk unless more are asked for: what a person can still look over.
MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class Act:
    """Hold what an operator wants done."""

    act: str
    actor: str
    reason: str
    step: str | None = None
    facts: str = "{}"
    to: str | None = None
    any_revision: bool = False
    as_json: bool = False


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Hold on which cases an act is to be done when it is not on one.

    Those that wait for a cause, or those in which an agency owes the act's step.
    """

    every: bool = False
    cause: str | None = None
    procedure: str | None = None
    dry_run: bool = False
    yes: bool = False
    most: int = MOST
    agency: str | None = None
