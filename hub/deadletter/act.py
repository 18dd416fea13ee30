"""An operator's act on a dead letter, and the record that tells of it: who put it back, why, and how often it was.

The record stands beside the letter on its owner's topic, so that whoever reads the letters knows what became of them.
"""

from dataclasses import dataclass
from typing import Final

from hub.bus.record import Record
from hub.deadletter.letter import (
    BY_HEADER,
    LETTER_HEADER,
    REDRIVE_HEADERS,
    TIMES_HEADER,
    WHY_HEADER,
    Letter,
    LetterId,
)
from hub.errors import ConfigurationError, ParkableError
from hub.events.codec import Codec
from hub.events.envelope import MAX_ID_CHARS
from hub.names import EventType

REDRIVEN: Final = EventType("hub.DeadLetterRedriven")
#: Times a letter is put back as it was; what came back as often is not helped by once more.
MAX_REDRIVES: Final = 3
#: Characters of a reason: it travels in a header of the event, whose headers together have a limit.
MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Act:
    """Say who acts and why."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        """Raise ConfigurationError for what would not fit where it is told."""
        if not self.actor.strip() or len(self.actor) > MAX_ID_CHARS:
            raise ConfigurationError(f"say who acts in at most {MAX_ID_CHARS} characters: --as, or HUB_ACTOR")
        if not self.reason.strip() or len(self.reason) > MAX_REASON:
            raise ConfigurationError(f"say why in at most {MAX_REASON} characters: --reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """Say that a letter was put back, as it was or ``mended``, or ``dismissed``; ``event_id`` is its event's."""

    letter: str
    actor: str
    reason: str
    at: int
    times: int
    mended: bool
    event_id: str
    dismissed: bool = False


def read_redriven(record: Record, codec: Codec) -> Redriven | None:
    """Read a record of a letters' topic; None when it tells of no act."""
    try:
        event_type, facts, _ = codec.decode(record.value)
    except ParkableError:
        return None
    if event_type != REDRIVEN:
        return None
    told = {name: facts[name] for name in ("letter", "actor", "reason", "times", "mended", "event_id")}
    return Redriven(**told, at=record.timestamp, dismissed=facts.get("dismissed", False))


def marked(letter: Letter, act: Act, *, times: int) -> list[tuple[str, bytes]]:
    """Write the headers with which a letter's event is put back: as they were sent, and by whom, why and how often."""
    kept = [each for each in letter.headers if each[0] not in REDRIVE_HEADERS]
    return [*kept, *marks(letter.id, act, times=times)]


def marks(letter: LetterId, act: Act, *, times: int) -> list[tuple[str, bytes]]:
    """Write what says by whom, why and how often an event was put back, and from which letter."""
    told = {BY_HEADER: act.actor, WHY_HEADER: act.reason, TIMES_HEADER: str(times), LETTER_HEADER: str(letter)}
    return [(name, text.encode()) for name, text in told.items()]
