"""An operator's acts on a case: published as commands, and waited for until a router has decided them."""

import getpass
import json
import os
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.command import verb
from hub.cli.exit import Exit
from hub.cli.here import connected, in_force
from hub.cli.operate.given import read_option
from hub.cli.output import Json, say, write, write_json
from hub.errors import ConfigurationError, UnreachableError
from hub.names import COMMANDS, JOURNAL, EventType, opener_of

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.views.entry import Entry

_COMMAND: Final = EventType("hub.CaseCommand")
#: Seconds an act is waited for; a router decides within a second, or is not running.
_WAIT_S: Final = 15.0

CaseName = Annotated[str, typer.Argument(help="Case id, the beginning of one, or a case number.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the journal for ever: no personal data.")]
Step = Annotated[str, typer.Option(help="The step.")]
Facts = Annotated[str, typer.Option(help="Facts to set, as JSON, @file, or @- for stdin.")]
Actor = Annotated[str, typer.Option(help="Who acts; HUB_ACTOR or the login name.", show_default=False)]
Anyway = Annotated[
    bool, typer.Option("--any-revision", help="Act on whatever the case is by then, not only on what the views show.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Act without asking.")]


@dataclass(frozen=True, kw_only=True)
class Act:
    """Hold what an operator wants done."""

    act: str
    actor: str
    reason: str
    step: str | None = None
    facts: str = "{}"
    any_revision: bool = False
    as_json: bool = False


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
        "stop-clock",
        example='hub case stop-clock rs.5b0c7a52 --step record_birth --reason "the registry is under water"',
    )(stop_clock)
    verb(app, "resume", example='hub case resume rs.5b0c7a52 --step record_birth --reason "its doors are open"')(resume)
    verb(app, "withdraw", example='hub case withdraw rs.5b0c7a52 --reason "asked by the applicant" --yes')(withdraw)


def note(
    case: CaseName, *, reason: Reason, actor: Actor = "", any_revision: Anyway = False, as_json: Json = False
) -> None:
    """Write into a case's timeline what others should know; nothing else changes."""
    do(case, Act(act="note", actor=actor, reason=reason, any_revision=any_revision, as_json=as_json))


def retry(
    case: CaseName, *, reason: Reason, actor: Actor = "", any_revision: Anyway = False, as_json: Json = False
) -> None:
    """Try again what an incident stopped."""
    do(case, Act(act="retry", actor=actor, reason=reason, any_revision=any_revision, as_json=as_json))


def skip(
    case: CaseName,
    *,
    step: Step,
    reason: Reason,
    facts: Facts = "{}",
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Count a step as done without its agency's answer, with the facts that the answer would have brought."""
    do(
        case,
        Act(act="skip", actor=actor, reason=reason, step=step, facts=facts, any_revision=any_revision, as_json=as_json),
    )


def amend(
    case: CaseName,
    *,
    facts: Facts,
    reason: Reason,
    step: Annotated[str | None, typer.Option(help="The step whose answer is corrected; the application.")] = None,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Correct facts of the application, or of a step's answer; then retry what an incident stopped."""
    told = Act(
        act="amend", actor=actor, reason=reason, step=step, facts=facts, any_revision=any_revision, as_json=as_json
    )
    do(case, told)


def stop_clock(
    case: CaseName,
    *,
    step: Step,
    reason: Reason,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Stop the clock of a step that its agency is at: nothing of it is due, and its time is not the agency's."""
    do(
        case,
        Act(act="stop-clock", actor=actor, reason=reason, step=step, any_revision=any_revision, as_json=as_json),
    )


def resume(
    case: CaseName,
    *,
    step: Step,
    reason: Reason,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """Let a step's clock that was stopped run on: it is due later by as long as it stood."""
    do(case, Act(act="resume", actor=actor, reason=reason, step=step, any_revision=any_revision, as_json=as_json))


def withdraw(
    case: CaseName,
    *,
    reason: Reason,
    yes: Yes = False,
    actor: Actor = "",
    any_revision: Anyway = False,
    as_json: Json = False,
) -> None:
    """End a case because the applicant does not want it any more; agencies are told to stop."""
    if not yes:
        typer.confirm(f"Withdraw case {case}?", abort=True, err=True)
    do(case, Act(act="withdraw", actor=actor, reason=reason, any_revision=any_revision, as_json=as_json))


def do(case: str, act: Act) -> None:
    """Publish an act and wait until it is decided; exit code 1 when it was refused.

    Raise UnreachableError when nobody decided in time: the act stands on hub.commands and is done later.
    """
    settings = connected()
    case_id, revision = _named(case, settings)
    facts = _facts(act.facts)
    actor = act.actor or os.environ.get("HUB_ACTOR") or getpass.getuser()
    data = {
        "case": case_id, "act": act.act, "actor": actor, "reason": act.reason,
        "revision": None if act.any_revision else revision, "step": act.step, "facts": facts,
    }  # fmt: skip
    entry = _publish_and_wait(settings, case_id, data)
    told = {"case": case_id, "act": act.act, "applied": entry.applied, "revision": entry.revision, "why": entry.why}
    if act.as_json:
        write_json(told)
    else:
        done = "applied" if entry.applied else "not applied"
        write(f"{act.act}: {done} at revision {entry.revision}" + (f": {entry.why}" if entry.why else ""))
    if not entry.applied:
        raise typer.Exit(Exit.FAILED)


def _named(case: str, settings: "Settings") -> tuple[str, int | None]:
    """Find the case's id and the revision that the views show; a whole id stands for itself where they are empty."""
    from hub.cli.operate.look import open_cases

    with open_cases(settings) as cases:
        try:
            found = cases.find(case)
        except ConfigurationError:
            if opener_of(case) is None or cases.count():
                raise
            return case, None
    return found.id, found.revision


def _facts(text: str) -> str:
    facts = read_option(text, "--facts")
    if not isinstance(facts, dict):
        raise ConfigurationError('--facts: must be a JSON object such as {"name": "value"}')
    return json.dumps(facts)


def _publish_and_wait(settings: "Settings", case: str, data: dict[str, Any]) -> "Entry":
    from hub.bus.consumer import Reader
    from hub.bus.producer import PATIENCE_S, Producer
    from hub.bus.record import Place
    from hub.events.codec import Codec, format_millis
    from hub.events.envelope import to_headers
    from hub.names import partition_of

    force = in_force(settings)
    codec = Codec(force.schemas)
    place = Place(JOURNAL, partition_of(case.encode(), force.plan.partitions))
    command = str(uuid.uuid4())
    reader, producer = Reader(settings.kafka, "simpul-act"), Producer(settings.kafka)
    try:
        reader.add(reader.ends_now([place]))
        headers = to_headers(
            command, _COMMAND, source="/hub/cli", time=format_millis(time.time_ns() // 1_000_000), case=case
        )
        sent = producer.publish(COMMANDS, codec.encode(_COMMAND, data), key=case.encode(), headers=headers)
        sent.result(PATIENCE_S)
        say(f"{data['act']} is published as {command}; waiting for a router to decide")
        return _decided(reader, codec, command)
    finally:
        producer.close()
        reader.close()


def _decided(reader: Any, codec: Any, command: str) -> "Entry":
    from hub.views.entry import decode_entry

    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        for record in reader.read(1_000, 0.2):
            entry = decode_entry(codec, record).entry
            if entry.kind == "command" and entry.event_id == command:
                return entry
    raise UnreachableError(
        f"no router has decided the act within {_WAIT_S:.0f} s; it stands on {COMMANDS} and is done when one runs "
        "(see `hub doctor`), or no such case is open"
    )
