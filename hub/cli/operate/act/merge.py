"""Two cases of the same thing made one: asked of the one that stays, and waited for until the other has ended."""

import typer

from hub.cli.exit import Exit
from hub.cli.here import connected
from hub.cli.operate.act.decided import WAIT_S, Decided, command_of
from hub.cli.operate.act.one import named
from hub.cli.operate.act.option import Act, Actor, Anyway, CaseName, Reason, Yes
from hub.cli.output import Json, say, write, write_json
from hub.errors import ConfigurationError, UnreachableError

Into = typer.Option(help="The case that stays: its id, the beginning of one, or a case number.")


def merge(
    case: CaseName,
    *,
    into: str = Into,
    reason: Reason,
    actor: Actor = "",
    yes: Yes = False,
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """End a case since it is the same as another, which goes on; its agencies are told to stop.

    Both journals name the other case. Refused unless both are open, of one procedure, and at the revisions that the
    views show.
    """
    from hub.router.merge import asked_id

    settings = connected()
    (gone, seen), (stays, revision) = named(case, settings), named(into, settings)
    if gone == stays:
        raise ConfigurationError(f"{case} and {into} are the same case; name two")
    if not yes:
        typer.confirm(f"End case {gone} as merged into {stays}?", abort=True, err=True)
    act = Act(
        act="merge", actor=actor, reason=reason, to=gone, any_revision=any_revision, as_json=as_json,
        facts=facts_of(None if any_revision else seen),
    )  # fmt: skip
    with Decided(settings, [stays, gone]) as decided:
        (made,) = decided.publish(command_of(act), {stays: None if any_revision else revision})
        say(f"merge is published as {made}; waiting for both cases to be decided")
        for entry in decided.entries([made, asked_id(made)]):
            is_asked = entry.event_id == made
            if is_asked and entry.applied:
                continue
            done = not is_asked and entry.outcome != "late"
            _tell(gone, stays, done=done, why=entry.why, as_json=as_json)
            if not done:
                raise typer.Exit(Exit.FAILED)
            return
    raise UnreachableError(
        f"the merge is not decided within {WAIT_S:.0f} s; it goes on when a router runs (see `hub doctor`), or one of "
        f"the two is not open; `hub case show {stays[:20]}` tells"
    )


def facts_of(revision: int | None) -> str:
    """Write, for the case that is asked to end, the revision that was seen of it."""
    return "{}" if revision is None else f'{{"revision": {revision}}}'


def _tell(gone: str, stays: str, *, done: bool, why: str, as_json: bool) -> None:
    if as_json:
        write_json({"case": gone, "into": stays, "merged": done, "why": why})
    else:
        write(f"merge: {'done' if done else 'not done'}" + (f": {why}" if why else ""))
