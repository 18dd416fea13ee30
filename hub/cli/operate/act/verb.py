"""The acts as verbs of ``hub case``."""

import json
from typing import Annotated

import typer

from hub.cli.command import verb
from hub.cli.operate.act.many import carry_out
from hub.cli.operate.act.merge import merge
from hub.cli.operate.act.one import do
from hub.cli.operate.act.option import (
    MOST,
    Act,
    Actor,
    All,
    AllOfAgency,
    Anyway,
    CaseName,
    CauseOption,
    Chosen,
    DryRun,
    Facts,
    MaybeCase,
    Most,
    OwedBy,
    ProcedureOption,
    Reason,
    Step,
    Yes,
)
from hub.cli.output import Json

IncidentStep = Annotated[str | None, typer.Option("--step", help="Only the incident at this step.")]
AnswerStep = Annotated[str | None, typer.Option(help="The step whose answer is corrected; the application.")]


def add_to(app: typer.Typer) -> None:
    """Add the acts as verbs of ``hub case``."""
    verb(app, "note", example='hub case note rs.5b0c7a52 --reason "the mother will bring the letter on Monday"')(note)
    verb(app, "retry", example='hub case retry rs.5b0c7a52 --reason "the agreement was renewed"')(retry)
    verb(
        app,
        "skip",
        example='hub case skip rs.5b0c7a52 --step child_card --reason "the printer is broken"',
    )(skip)
    verb(
        app, "amend", example='hub case amend rs.5b0c7a52 --facts \'{"child_name": "ANAK CONTOH"}\' --reason "spelling"'
    )(amend)
    verb(
        app,
        "reassign",
        example='hub case reassign rs.5b0c7a52 --step hand_over_hospital --to dpmptsp --reason "they went home"',
    )(reassign)
    verb(
        app,
        "stop-clock",
        example='hub case stop-clock rs.5b0c7a52 --step record_birth --reason "the registry is under water"',
    )(stop_clock)
    verb(app, "resume", example='hub case resume rs.5b0c7a52 --step record_birth --reason "its doors are open"')(resume)
    verb(
        app,
        "prioritise",
        example='hub case prioritise dinsos.5b0c7a52 --ground vulnerable --reason "her letter names a pregnancy"',
    )(prioritise)
    verb(app, "merge", example='hub case merge rs.5b0c7a52 --into rs.9e1d22f0 --reason "the birth was reported twice"')(
        merge
    )
    verb(app, "withdraw", example='hub case withdraw rs.5b0c7a52 --reason "asked by the applicant" --yes')(withdraw)


def note(
    case: CaseName, *, reason: Reason, actor: Actor = "", any_revision: Anyway = False, as_json: Json = False
) -> None:
    """Write into a case's timeline what others should know; nothing else changes."""
    do(case, Act(act="note", actor=actor, reason=reason, any_revision=any_revision, as_json=as_json))


def retry(
    case: MaybeCase = None,
    *,
    reason: Reason,
    step: IncidentStep = None,
    every: All = False,
    cause: CauseOption = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Try again what an incident stopped; with --all in every case that waits for the same cause."""
    told = Act(act="retry", actor=actor, reason=reason, step=step, any_revision=any_revision, as_json=as_json)
    chosen = Chosen(every=every, cause=cause, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)


def skip(
    case: MaybeCase = None,
    *,
    step: Step,
    reason: Reason,
    facts: Facts = "{}",
    every: All = False,
    cause: CauseOption = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Count a step as done without its agency's answer, with the facts that the answer would have brought.

    With --all in every case in which an incident of the cause stands at the step.
    """
    told = Act(
        act="skip", actor=actor, reason=reason, step=step, facts=facts, any_revision=any_revision, as_json=as_json
    )
    chosen = Chosen(every=every, cause=cause, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)


def amend(
    case: MaybeCase = None,
    *,
    facts: Facts,
    reason: Reason,
    step: AnswerStep = None,
    every: All = False,
    cause: CauseOption = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Correct facts of the application, or of a step's answer; then retry what an incident stopped.

    With --all in every case that waits for the cause: the same facts in all of them, and none of a person.
    """
    told = Act(
        act="amend", actor=actor, reason=reason, step=step, facts=facts, any_revision=any_revision, as_json=as_json
    )
    chosen = Chosen(every=every, cause=cause, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)


def reassign(
    case: MaybeCase = None,
    *,
    step: Step,
    to: Annotated[str, typer.Option(help="Code of the agency that is to do it.")],
    reason: Reason,
    every: AllOfAgency = False,
    agency: OwedBy = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Give a step to another agency that may say all of its answers; the one that had it is told to stop.

    With --all in every case in which an agency owes the step, such as one that has no power today.
    """
    told = Act(act="reassign", actor=actor, reason=reason, step=step, to=to, any_revision=any_revision, as_json=as_json)
    chosen = Chosen(every=every, agency=agency, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)


def stop_clock(
    case: MaybeCase = None,
    *,
    step: Step,
    reason: Reason,
    every: AllOfAgency = False,
    agency: OwedBy = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Stop the clock of a step that its agency is at: nothing of it is due, and its time is not the agency's.

    With --all in every case in which an agency owes the step.
    """
    told = Act(act="stop-clock", actor=actor, reason=reason, step=step, any_revision=any_revision, as_json=as_json)
    chosen = Chosen(every=every, agency=agency, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)


def resume(
    case: MaybeCase = None,
    *,
    step: Step,
    reason: Reason,
    every: AllOfAgency = False,
    agency: OwedBy = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Let a step's clock that was stopped run on: it is due later by as long as it stood.

    With --all in every case in which an agency owes the step; where it was not stopped, that is refused.
    """
    told = Act(act="resume", actor=actor, reason=reason, step=step, any_revision=any_revision, as_json=as_json)
    chosen = Chosen(every=every, agency=agency, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)


def prioritise(
    case: CaseName,
    *,
    ground: Annotated[
        str, typer.Option(help="Class of the ground, as the procedure declares it; ordinary: the ordinary lane.")
    ],
    reason: Reason,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Let a case go first, or no longer; of the ground only its class is recorded. Tasks sent from then on say so."""
    facts = json.dumps({"ground": ground})
    do(case, Act(act="prioritise", actor=actor, reason=reason, facts=facts, any_revision=any_revision, as_json=as_json))


def withdraw(
    case: MaybeCase = None,
    *,
    reason: Reason,
    every: All = False,
    cause: CauseOption = None,
    procedure: ProcedureOption = None,
    dry_run: DryRun = False,
    most: Most = MOST,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """End a case because the applicant does not want it any more; agencies are told to stop."""
    if case is not None and not yes:
        typer.confirm(f"Withdraw case {case}?", abort=True, err=True)
    told = Act(act="withdraw", actor=actor, reason=reason, any_revision=any_revision, as_json=as_json)
    chosen = Chosen(every=every, cause=cause, procedure=procedure, dry_run=dry_run, yes=yes, most=most)
    carry_out(case, told, chosen)
