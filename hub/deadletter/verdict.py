"""May this letter go back as it was: what would be written, or why it stays. Decides; reads and writes nothing."""

from dataclasses import dataclass
from typing import NamedTuple

from hub.bus.record import Record
from hub.deadletter.act import MAX_REDRIVES, Act, Redriven, marked
from hub.deadletter.letter import Letter, LetterId
from hub.engine.reading import Unreadable, read_stimulus
from hub.errors import UnknownSchemaError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import Event
from hub.names import CaseId, EventId, EventType, events_topic, opener_of
from hub.network.plan import Plan


class Going(NamedTuple):
    """Hold what is put back of a letter: the event's record, what it is, and how often it was put back by then."""

    letter: Letter
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    event_id: EventId
    event_type: EventType
    times: int
    is_mended: bool = False

    @property
    def case(self) -> CaseId:
        """Tell the case that the event is about."""
        return CaseId(self.key.decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Say what becomes of a letter: it goes back, or stays because of ``why``."""

    id: LetterId
    category: str = ""
    event_type: str = ""
    case: CaseId | None = None
    times: int = 0
    why: str = ""

    @property
    def goes(self) -> bool:
        """Tell whether it is put back."""
        return not self.why


def verdict_of(going: Going) -> Verdict:
    """Say that a letter goes back."""
    letter = going.letter
    return Verdict(
        id=letter.id, category=letter.category, event_type=going.event_type, case=letter.case, times=going.times
    )


def decide(letter: Letter, done: Redriven | None, *, act: Act, plan: Plan, codec: Codec) -> Going | str:
    """Give what is put back of a letter as it was, or say why it stays; `done` tells that it was put back before.

    What the router is sure to refuse again stays too. Of what only the case can tell, the router decides.
    """
    if stays := _why_stays(letter, done):
        return stays
    times = letter.times + 1
    headers = marked(letter, act, times=times)
    found = _read(letter, headers, codec)
    if isinstance(found, str):
        return f"it would come back: {found}"
    event_id, event_type = found
    voice = plan.agencies.get(letter.agency)
    if voice is None:
        return f"agency {letter.agency} is not in the network in force"
    if event_type and event_type not in voice.publishes:
        return f"it would come back: {letter.agency} may not publish {event_type}"
    return Going(letter, letter.key or b"", letter.value or b"", headers, event_id, event_type, times)


def _why_stays(letter: Letter, done: Redriven | None) -> str:
    """Say what of a letter itself keeps it where it is; empty when nothing does."""
    if done is not None:
        return done_already(done)
    if letter.value is None:
        return _why_empty(letter)
    if letter.category == "id-reused":
        return "its ce_id is another event's, so it would come back; `hub deadletter fix` gives it one of its own"
    if letter.times >= MAX_REDRIVES:
        return f"it was put back {letter.times} times and came back each time; mend it with `hub deadletter fix`"
    return ""


def done_already(done: Redriven) -> str:
    """Say who has put a letter back, or dismissed it, and when."""
    if done.dismissed:
        return f"{done.actor} dismissed it on {format_millis(done.at)[:16]}"
    what = "mended it and put it back" if done.mended else "put it back"
    return f"{done.actor} {what} on {format_millis(done.at)[:16]}; if that came back, it is another letter"


def _why_empty(letter: Letter) -> str:
    if not letter.is_hashed:
        return "it came without a value; `hub deadletter fix` gives it one"
    why = "was not kept, since it broke a right" if letter.category == "rights" else "was too large to be kept"
    return f"its value {why}; the agency must publish it again (it stands at {letter.stood} for 30 days)"


def _read(letter: Letter, headers: list[tuple[str, bytes]], codec: Codec) -> tuple[EventId, EventType] | str:
    """Read the event as a router would; what only the registry can read is taken to be what its header says."""
    record = Record(events_topic(letter.agency), 0, 0, letter.at, letter.key, letter.value, headers)
    try:
        found = read_stimulus(record, codec)
    except UnknownSchemaError:
        is_whole = letter.header("ce_id") and opener_of((letter.key or b"").decode(errors="replace"))
        return (EventId(letter.header("ce_id")), EventType("")) if is_whole else "it has no case id or no ce_id"
    if isinstance(found, Unreadable):
        return found.reason
    return (found.id, found.type) if isinstance(found, Event) else "it is no event"
