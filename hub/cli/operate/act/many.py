"""An act on every case that waits for the same cause or agency: found, shown, sent one by one, and counted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import typer

from hub.cli.exit import Exit
from hub.cli.here import connected, in_force
from hub.cli.operate.act.decided import Decided, command_of
from hub.cli.operate.act.one import do
from hub.cli.operate.act.option import MOST, Act, Chosen
from hub.cli.output import count, say, short_time, write, write_json, write_table
from hub.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.views.read import WaitingRow

#: What became of an act on one case. ``undecided``: it stands on hub.commands and is done when a router runs.
Became = Literal["applied", "refused", "undecided", "not sent"]
#: Acts under way at once: few enough that Ctrl-C stops most of them, enough that nobody waits for single ones.
_AT_ONCE: Final = 100
#: Acts that are done in bulk on what an agency owes, and not on what waits for a cause.
OF_AN_AGENCY: Final = frozenset({"reassign", "stop-clock", "resume"})


@dataclass(frozen=True, kw_only=True)
class Result:
    """Say what became of an act on one case; ``revision`` is the one seen, or after the decision."""

    case: str
    number: str
    procedure: str
    step: str
    since: str
    revision: int
    became: Became = "not sent"
    why: str = ""


def carry_out(case: str | None, act: Act, chosen: Chosen) -> None:
    """Do an act on one case, or with --all on every case that waits for a cause or agency; BadParameter for both."""
    by = "--agency, such as --agency pos" if act.act in OF_AN_AGENCY else "--cause, such as --cause guard"
    if case is None and not (chosen.every and (chosen.cause or chosen.agency)):
        raise typer.BadParameter(f"name a case, or give --all with {by}")
    if case is None:
        _do_all(act, chosen)
        return
    if chosen.every or chosen.cause or chosen.agency or chosen.procedure or chosen.dry_run or chosen.most != MOST:
        named = by.split(",", maxsplit=1)[0]
        raise typer.BadParameter(f"--all, {named}, --procedure, --dry-run and --most go without the name of a case")
    do(case, act)


def _do_all(act: Act, chosen: Chosen) -> None:
    settings, command = connected(), command_of(act)
    if chosen.agency is None:
        _must_be_a_cause(chosen.cause)
    else:
        must_be_an_agency(chosen.agency, in_force(settings).network.agencies)
    results, more = _found(settings, act, chosen)
    if more:
        say(f"more than {chosen.most:,} cases wait for it: only the first are taken; do it again, or say --most")
    if chosen.dry_run or not results:
        _show(act, chosen, results)
        return
    _ask(act, chosen, results)
    try:
        for done in _decided(settings, command, list(results.values()), any_revision=act.any_revision):
            results[done.case] = done
    finally:  # also when somebody has stopped it half-way
        _tell(act, chosen, results)
    if code := exit_of(results.values()):
        raise typer.Exit(code)


def _must_be_a_cause(cause: str | None) -> None:
    """Refuse a word that no incident's cause is: that no case waits for it would look as if all were well."""
    from hub.router.case import Cause

    if cause not in get_args(Cause):
        raise ConfigurationError(f"no incident has the cause {cause!r}; it is one of {', '.join(get_args(Cause))}")


def must_be_an_agency(agency: str, known: Iterable[str]) -> None:
    """Refuse a code that no agency has: that nobody waits for it would look as if all were well."""
    codes = sorted(known)
    if agency not in codes:
        raise ConfigurationError(f"no agency of the network in force is {agency!r}; there are {', '.join(codes)}")


def _found(settings: "Settings", act: Act, chosen: Chosen) -> tuple[dict[str, Result], bool]:
    """Find the cases in the views, by id; tell whether there are more than were asked for."""
    from hub.cli.operate.look import open_cases

    with open_cases(settings) as cases:
        if chosen.agency is not None:
            rows = cases.owing(chosen.agency, step=act.step, procedure=chosen.procedure, most=chosen.most + 1)
        else:
            step = step_of(act, chosen)
            rows = cases.waiting(chosen.cause or "", step=step, procedure=chosen.procedure, most=chosen.most + 1)
    return {row.case: _result(row) for row in rows[: chosen.most]}, len(rows) > chosen.most


def step_of(act: Act, chosen: Chosen) -> str | None:
    """Give the step at which the incident must stand; None for any.

    A case that is stuck is so at no step of its own, and the step of an amendment is that whose answer is corrected.
    """
    return None if chosen.cause == "stuck" or act.act == "amend" else act.step


def _result(row: "WaitingRow") -> Result:
    return Result(
        case=row.case, number=row.number, procedure=row.procedure, step=row.step, since=row.since,
        revision=row.revision,
    )  # fmt: skip


def _ask(act: Act, chosen: Chosen, results: Mapping[str, Result]) -> None:
    if not chosen.yes:
        if not act.as_json:
            _write_rows(results.values())
        typer.confirm(f"{act.act.capitalize()} {count(len(results), 'case')}?", abort=True, err=True)


def _decided(
    settings: "Settings", command: Mapping[str, Any], found: Sequence[Result], *, any_revision: bool
) -> Iterator[Result]:
    """Send one command per case, some at a time; send no more when nobody decides."""
    done = 0
    with Decided(settings, [each.case for each in found]) as decided:
        for begin in range(0, len(found), _AT_ONCE):
            waiting = {each.case: each for each in found[begin : begin + _AT_ONCE]}
            seen = {case: None if any_revision else each.revision for case, each in waiting.items()}
            sent = decided.publish(command, seen)
            for entry in decided.entries(sent):
                became: Became = "applied" if entry.applied else "refused"
                yield replace(waiting.pop(entry.case), became=became, revision=entry.revision, why=entry.why)
                done += 1
            say(f"{done:,} of {count(len(found), 'case')} decided")
            yield from (replace(each, became="undecided") for each in waiting.values())
            if waiting:
                return


def _write_rows(results: Iterable[Result]) -> None:
    columns = ["number", "procedure", "step", "since", "revision", "case"]
    write_table(columns, ([r.number, r.procedure, r.step, short_time(r.since), r.revision, r.case] for r in results))


def _show(act: Act, chosen: Chosen, results: Mapping[str, Result]) -> None:
    """Print what would be done."""
    if act.as_json:
        write_json(report(act, chosen, results.values()))
    elif results:
        _write_rows(results.values())
    say(f"{count(len(results), 'case')} would be sent {act.act!r}; nothing was sent")


def _tell(act: Act, chosen: Chosen, results: Mapping[str, Result]) -> None:
    """Print what became of it: the counts, and each case on which it was not done."""
    if act.as_json:
        write_json(report(act, chosen, results.values()))
        return
    if amiss := [each for each in results.values() if each.became != "applied"]:
        write_table(["number", "became", "why", "case"], ([r.number, r.became, r.why, r.case] for r in amiss))
    told = Counter(each.became for each in results.values())
    write(f"{act.act}: {', '.join(f'{told[became]:,} {became}' for became in get_args(Became))}")


def report(act: Act, chosen: Chosen, results: Iterable[Result]) -> dict[str, Any]:
    """Write for machines what was found and what became of it."""
    cases = [asdict(each) for each in results]
    told = Counter(each["became"] for each in cases)
    counts = {became.replace(" ", "_"): told[became] for became in get_args(Became)}
    return {
        "act": act.act,
        "cause": chosen.cause,
        "agency": chosen.agency,
        "dry_run": chosen.dry_run,
        "found": len(cases),
        **counts,
        "cases": cases,
    }


def exit_of(results: Iterable[Result]) -> Exit:
    """Tell how the command ends: nobody decided, some were refused, or all is done."""
    became = {each.became for each in results}
    if became & {"undecided", "not sent"}:
        return Exit.UNREACHABLE
    return Exit.FAILED if "refused" in became else Exit.OK
