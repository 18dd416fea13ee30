"""``hub case``: where a case stands, what happened to it and why, and an operator's acts on it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.command import noun, verb
from hub.cli.exit import Exit
from hub.cli.here import connected
from hub.cli.operate import act
from hub.cli.output import Json, say, short_time, write, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.views import CaseView
    from hub.views.explain import Explained
    from hub.views.read import CaseRow, Moment

app = noun("Cases: where they stand, what happened and why, and an operator's acts.")

CaseName = Annotated[str, typer.Argument(help="Case id, the beginning of one, or a case number.")]


@verb(app, "list", example="hub case list --stuck")
def list_cases(
    *,
    open_only: Annotated[bool, typer.Option("--open", help="Only cases that are not closed.")] = False,
    stuck: Annotated[bool, typer.Option(help="Only cases that wait for a person or an overdue answer.")] = False,
    incidents: Annotated[
        bool, typer.Option("--incidents", help="What only a person can mend, the oldest first.")
    ] = False,
    status: Annotated[str | None, typer.Option(help="Only cases of this status, such as open.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only cases in which this agency owes an answer.")] = None,
    procedure: Annotated[str | None, typer.Option(help="Only this procedure: name or name@version.")] = None,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    most: Annotated[int, typer.Option(help="Rows at the most.")] = 50,
    as_json: Json = False,
) -> None:
    """List cases, the last changed first; with --incidents what they wait for, whose it is, and what can be done."""
    from hub.cli.operate.look import open_cases
    from hub.views import CaseFilter

    if incidents:
        _must_stand_alone(open=open_only, stuck=stuck, status=status, agency=agency)
        _list_incidents(procedure, service, most=most, as_json=as_json)
        return
    _must_be_a_status(status)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    chosen = CaseFilter(
        open=open_only,
        stuck=stuck,
        status=status,
        agency=agency,
        procedure=procedure,
        service=service,
        now=now,
        most=most,
    )
    with open_cases(connected()) as cases:
        found = cases.search(chosen)
    if as_json:
        write_json(found)
        return
    columns = ["number", "procedure", "status", "holder", "incidents", "due", "changed", "case"]
    write_table(
        columns,
        (
            [c.number, c.procedure, c.status, c.holder, c.incidents, short_time(c.due), short_time(c.changed_at), c.id]
            for c in found
        ),
    )


def _must_stand_alone(**others: object) -> None:
    """Refuse a choice that incidents do not have: an answer to less than was asked would mislead."""
    named = [f"--{name}" for name, value in others.items() if value]
    if named:
        raise ConfigurationError(f"--incidents does not go with {', '.join(named)}; --procedure and --service do")


def _list_incidents(procedure: str | None, service: str | None, *, most: int, as_json: bool) -> None:
    from hub.cli.operate.look import open_cases

    with open_cases(connected()) as cases:
        found = cases.incidents(procedure=procedure, service=service, most=most)
    if as_json:
        write_json(found)
        return
    write_table(
        ["number", "cause", "step", "since", "owner", "acts", "what to do", "case"],
        (
            [
                one.number,
                one.cause,
                one.step,
                short_time(one.since),
                one.owner,
                ", ".join(one.acts),
                one.advice,
                one.case,
            ]
            for one in found
        ),
    )


def _must_be_a_status(status: str | None) -> None:
    """Refuse a word that no case's status is: an empty list would look like an answer."""
    from typing import get_args

    from hub.router.case import CaseStatus
    from hub.views.fold import GONE

    known = (*get_args(CaseStatus), GONE)
    if status is not None and status not in known:
        raise ConfigurationError(f"no case has the status {status!r}; it is one of {', '.join(known)}")


@verb(app, "show", example="hub case show rs.5b0c7a52")
def show(case: CaseName, *, as_json: Json = False) -> None:
    """Show one case: steps, open tasks and incidents, and its timeline: who, what, when and why."""
    from hub.cli.operate.look import open_cases

    with open_cases(connected()) as cases:
        view = cases.show(case)
    if as_json:
        write_json(view)
    else:
        _write_view(view)


@verb(app, "explain", example="hub case explain rs.5b0c7a52")
def explain(case: CaseName, *, as_json: Json = False) -> None:
    """Decide a case once more: the router over its own events, read from Kafka, decision by decision.

    Ends with exit code 1 unless every decision is reproduced: the state's hash is the journaled one.
    """
    from hub.cli.operate.look import open_cases
    from hub.views.explain import Explainer

    settings = connected()
    with open_cases(settings) as cases:
        view = cases.show(case)
    explainer = Explainer(settings)
    try:
        explained = list(explainer.explain(view.timeline))
    finally:
        explainer.close()
    if as_json:
        write_json({"case": view.case.id, "decisions": [_explained_row(each) for each in explained]})
    else:
        for each in explained:
            _write_explained(each)
    reproduced = sum(each.verdict == "reproduced" for each in explained)
    say(f"{reproduced} of {len(explained)} decisions are reproduced")
    if reproduced != len(explained):
        raise typer.Exit(Exit.FAILED)


act.add_to(app)


def _write_view(view: "CaseView") -> None:
    from hub.views.remedy import remedy_of

    case = view.case
    write(f"{case.number or case.id}  {case.procedure or 'no procedure'}  {case.status}")
    write(f"  case      {case.id}, revision {case.revision}, bundle {case.bundle}")
    opened, changed, closed = map(short_time, (case.opened_at, case.changed_at, case.closed_at))
    write(f"  opened    {opened}   changed {changed}   closed {closed}")
    if case.priority:
        write(f"  lane      priority, for a ground of class {case.priority}")
    then = f"kept until {short_time(case.kept_until)}" if case.kept_until else f"next due {short_time(case.due)}"
    write(f"  held by   {case.holder or '-'}   {then}")
    kept = [change.why for moment in view.timeline for change in moment.changes if change.after == "pinned"]
    if kept:  # of the id's present life
        write(f"  keeps     {kept[-1]}")
    _write_links(view)
    for step in view.steps:
        write(f"  step      {step.step}: {step.status} (attempt {step.attempt}, {short_time(step.since)})")
    for task in view.tasks:
        if not task.ended_as:
            write(f"  owed by   {task.agency}: {task.step}, due {short_time(task.due)}, task {task.id}")
    for one in view.incidents:
        if one.closed_at is None:
            write(f"  incident  {one.cause} at {one.step or 'the case'} since {short_time(one.since)}: {one.detail}")
            remedy = remedy_of(one.cause)
            write(f"            the {remedy.owner} can {', '.join(remedy.acts)}: {remedy.advice}")
    write("  timeline")
    for moment in view.timeline:
        _write_moment(moment)


def _write_links(view: "CaseView") -> None:
    if view.case.parent:
        write(f"  part of   {view.case.parent}")
    for each in view.sub_cases:
        write(f"  sub-case  {each.id}: {each.procedure or 'no procedure'}, {each.status}")
        if step := _unheard(view, each):
            resend = f"hub task resend {view.case.id} --step {step}"
            write(f"            step {step} has not heard that; if that lasts: {resend}")


def _unheard(view: "CaseView", sub_case: "CaseRow") -> str:
    """Name the step that still waits for a sub-case which has ended; empty when none does."""
    from hub.names import CaseId, StepName, sub_case_id, task_id

    if sub_case.closed_at is None:
        return ""
    case = CaseId(view.case.id)
    waiting = (each for each in view.steps if each.status == "active")
    return next(
        (
            each.step
            for each in waiting
            if sub_case_id(case, task_id(case, StepName(each.step), each.attempt)) == sub_case.id
        ),
        "",
    )


def _write_moment(moment: "Moment") -> None:
    when, who, what = moment.at[:19].replace("T", " "), moment.actor or "hub", moment.event_type or "time"
    write(f"  {moment.revision:>4}  {when}  {who}: {what} -> {moment.outcome}")
    for why in filter(None, (moment.why, moment.reason and f"because {moment.reason}")):
        write(f"        {why}")
    for change in moment.changes:
        moved = f"{change.before} -> {change.after}" if change.before else change.after
        write(f"        {change.step or 'case'}: {moved}{': ' if change.why else ''}{change.why}")


def _explained_row(each: "Explained") -> dict[str, Any]:
    moment = each.moment
    return {
        "revision": moment.revision, "at": moment.at, "kind": moment.kind, "actor": moment.actor,
        "event_type": moment.event_type, "event_id": moment.event_id, "outcome": moment.outcome,
        "bundle": moment.bundle, "verdict": each.verdict, "why": each.why or moment.why,
    }  # fmt: skip


def _write_explained(each: "Explained") -> None:
    write(f"[{each.verdict}]")
    _write_moment(each.moment)
    if each.verdict != "reproduced":
        write(f"        !! {each.why or 'the state after this decision is another one'}")
