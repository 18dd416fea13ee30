"""An operator's acts on dead letters: mended and put back, or put back as they were."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.command import verb
from hub.cli.exit import Exit
from hub.cli.here import connected, in_force
from hub.cli.operate.given import read_option
from hub.cli.output import Json, count, say, write_json, write_table
from hub.errors import ConfigurationError
from hub.names import AgencyCode, EventId, derived_id, opener_of

if TYPE_CHECKING:
    from hub.deadletter import Act, Choice, Going, Letter, Verdict
    from hub.network.bundle import InForce
    from hub.web.gateway.admission import Outgoing

LetterName = Annotated[str, typer.Argument(help="Id of the letter, as `hub deadletter list --each` prints it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the act and in the journal: no personal data.")]
Actor = Annotated[
    str, typer.Option("--as", "--actor", help="Who acts; HUB_ACTOR or the login name.", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")]

#: Attributes of an event that a mended one does without, where the letter's do not fit.
_OPTIONAL: Final = {"time": "ce_time", "subject": "ce_subject", "recordedtime": "ce_recordedtime"}
#: Letters after which it is said how far it is.
_MANY: Final = 1_000
#: What stands in a text where its bytes were none.
_NO_TEXT: Final = "\N{REPLACEMENT CHARACTER}"


def add_to(app: typer.Typer) -> None:
    """Add the acts as verbs of ``hub deadletter``."""
    verb(app, "fix", example='hub deadletter fix bank@12 --data @paid.json --reason "the receipt was missing"')(fix)
    verb(
        app,
        "redrive",
        example='hub deadletter redrive --all --cause schema --reason "the schema is registered now" --dry-run',
    )(redrive)


def fix(
    letter: LetterName,
    *,
    data: Annotated[str, typer.Option(help="All facts, mended, as JSON, @file, or @- for stdin.")],
    reason: Reason,
    actor: Actor = "",
    event_type: Annotated[str | None, typer.Option("--type", help="Event type; what the letter says it is.")] = None,
    case: Annotated[str | None, typer.Option(help="Case id; the letter's key.")] = None,
    task: Annotated[str | None, typer.Option(help="Id of the task that it answers; what the letter says.")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Publish a dead letter's event with a mended value, in its agency's name; the value is checked first.

    The event keeps the letter's ce_id, so that it is a duplicate if its agency sends the mended one too. Of category
    id-reused it gets a new one, since the old one is another event's, and so does one whose ce_id is missing; the new
    id is made from the letter, so that the same letter never gives two. What the agency may not publish now is
    refused, as at the gateway.
    """
    from hub.deadletter import Redrive, Shelf, parse_letter_id
    from hub.events.codec import Codec

    facts, act, settings = read_option(data, "--data"), act_of(actor, reason), connected()
    force = in_force(settings)
    codec = Codec(force.schemas)
    found = Shelf(settings.kafka, codec).letter(parse_letter_id(letter))
    document = {
        "type": event_type or _type_of(found, force), "correlationid": case or _case_of(found),
        "causationid": task or found.header("ce_causationid") or None, "data": facts,
    }  # fmt: skip
    going = _going(found, _admitted(found, document, force), act)
    work = Redrive(settings.kafka, act, plan=force.plan, codec=codec)
    told = work.may_mend(going) if dry_run else work.mend(going)
    write_told([told], went="would go" if dry_run else "put back", as_json=as_json)
    end([told])


def act_of(actor: str, reason: str) -> "Act":
    """Say who acts and why; raise ConfigurationError for what is no name and no reason."""
    from hub.deadletter import Act

    return Act(actor or os.environ.get("HUB_ACTOR") or getpass.getuser(), reason)


def _type_of(letter: "Letter", force: "InForce") -> str:
    """Tell of which type a letter is, by the schema of its value or by its header."""
    from hub.events.codec import schema_id_of

    value = letter.value or b""
    schema = force.schemas.get(schema_id_of(value)) if value.startswith(b"\x00") else None
    said = schema.type if schema else letter.event_type
    if not said:
        raise ConfigurationError("the letter does not say of which type it is; name one with --type")
    return said


def _case_of(letter: "Letter") -> str:
    text = (letter.key or b"").decode(errors="replace")
    if opener_of(text) is None:
        raise ConfigurationError("the letter's key is no case id; name the case with --case")
    return text


def _id_of(letter: "Letter") -> EventId:
    """Keep the letter's event id, unless it is another event's or none."""
    from hub.events.envelope import MAX_ID_CHARS

    said = letter.header("ce_id")
    is_usable = said and _NO_TEXT not in said and len(said) <= MAX_ID_CHARS
    return EventId(said) if is_usable and letter.category != "id-reused" else derived_id("mended", str(letter.id))


def _admitted(letter: "Letter", document: dict[str, Any], force: "InForce") -> "Outgoing":
    """Hold the mended event to the network in force; what of its letter does not fit and may be left out, is."""
    from hub.cli.operate.event import admitted
    from hub.web.gateway.cloudevent import read_structured
    from hub.web.problem import Problem

    source = letter.header("ce_source")
    own = f"/agency/{letter.agency}/"
    whole = document | {
        "id": _id_of(letter), "specversion": "1.0", "source": source if source.startswith(own) else f"{own}cli",
    }  # fmt: skip
    kept = {name: said for name, header in _OPTIONAL.items() if (said := letter.header(header))}
    read = read_structured(whole | kept, {})
    wrong = {name for name, _ in read.errors} if isinstance(read, Problem) else set()
    kept = {name: said for name, said in kept.items() if name not in wrong and _NO_TEXT not in said}
    return admitted([whole | kept], letter.agency, force)[0]


def _going(letter: "Letter", outgoing: "Outgoing", act: "Act") -> "Going":
    from hub.deadletter import Going
    from hub.deadletter.act import marks

    headers = [*outgoing.headers, *marks(letter.id, act, times=1)]
    return Going(
        letter, outgoing.key, outgoing.value, headers, EventId(outgoing.id), outgoing.type, times=1, is_mended=True
    )


def redrive(
    letters: Annotated[
        list[str] | None, typer.Argument(help="Ids of letters, as `hub deadletter list --each` prints them.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All letters of a cause that nobody has put back.")] = False,
    cause: Annotated[str | None, typer.Option(help="With --all: the category, such as schema.")] = None,
    agency: Annotated[str | None, typer.Option(help="With --all: only this agency's.")] = None,
    reason: Reason,
    actor: Actor = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put dead letters back on their owner's events topic as they were, once what they met is mended.

    Each goes with headers that say who put it back, why, how often and from which letter, and keeps its ce_id: one that
    was taken after all is a duplicate. What stays is told with the reason, and ends this with exit code 1: a letter
    whose value was not kept (rights, too large), one that would be refused again as things stand, one that was put
    back already (if that came back, it is another letter), and one that came back 3 times.
    """
    from hub.deadletter import Redrive
    from hub.events.codec import Codec

    choice = choice_of(letters or [], cause, agency, every=every)
    act, settings = act_of(actor, reason), connected()
    force = in_force(settings)
    work = Redrive(settings.kafka, act, plan=force.plan, codec=Codec(force.schemas))
    told: list[Verdict] = []
    try:
        for batch in work.look(choice) if dry_run else work.run(choice):
            told += batch
            if len(told) // _MANY > (len(told) - len(batch)) // _MANY:
                say(f"{count(len(told), 'letter')} looked at, {sum(each.goes for each in told):,} of them go")
    finally:
        write_told(told, went="would go" if dry_run else "put back", as_json=as_json)
    end(told)


def choice_of(letters: list[str], cause: str | None, agency: str | None, *, every: bool) -> "Choice":
    """Say which letters are meant; raise ConfigurationError when that is not said."""
    from hub.deadletter import Choice, parse_letter_id

    if letters and not (every or cause or agency):
        return Choice(ids=frozenset(map(parse_letter_id, letters)))
    if letters or not every or not cause:
        raise ConfigurationError("say which letters are meant: ids of letters, or --all with --cause (and --agency)")
    return Choice(category=cause, agency=AgencyCode(agency) if agency else None)


def write_told(told: "list[Verdict]", *, went: str, as_json: bool) -> None:
    """Write what became of letters: they ``went`` somewhere, or stay."""
    rows = [
        {
            "id": each.id.short, "outcome": went if each.goes else "stays", "category": each.category,
            "type": each.event_type, "case": each.case, "times": each.times, "why": each.why,
        }
        for each in told
    ]  # fmt: skip
    if as_json:
        write_json(rows)
    elif rows:
        write_table(list(rows[0]), [list(row.values()) for row in rows])
    go = sum(each.goes for each in told)
    say(f"{count(go, 'letter')} {went}, {count(len(told) - go, 'letter')} {'stays' if len(told) - go == 1 else 'stay'}")


def end(told: "list[Verdict]") -> None:
    """End with exit code 1 when a letter stays."""
    if not all(each.goes for each in told):
        raise typer.Exit(Exit.FAILED)
