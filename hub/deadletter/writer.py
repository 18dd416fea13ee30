"""The pen by which letters are put back: one hand at a time for each agency, and every batch whole or not at all."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Self

from hub.bus.producer import TransactionalProducer
from hub.deadletter.act import REDRIVEN, Act
from hub.deadletter.letter import Letter
from hub.deadletter.verdict import Going
from hub.errors import CommitUnknownError, FencedError, HubError, UnreachableError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import to_headers
from hub.names import COMMANDS, AgencyCode, CaseId, EventType, deadletters_topic, derived_id, events_topic
from hub.settings import Kafka

#: Who speaks on what an operator has the hub write.
_SOURCE: Final = "/hub/cli"
_COMMAND: Final = EventType("hub.CaseCommand")
#: Milliseconds after which the broker undoes what a redrive that died has left open.
_TRANSACTION_MS: Final = 10_000


class Writer:
    """Put back letters of one agency in transactions; who comes later with the same agency ends what we have open."""

    def __init__(self, kafka: Kafka, agency: AgencyCode, *, act: Act, codec: Codec) -> None:
        """Make the writer; nothing is taken until the context begins."""
        self._agency, self._act, self._codec = agency, act, codec
        self._producer = TransactionalProducer(kafka, f"hub.deadletters.{agency}", timeout_ms=_TRANSACTION_MS)

    def __enter__(self) -> Self:
        self._producer.init()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._producer.close()

    def write(self, goings: Sequence[Going]) -> None:
        """Write events with what tells of them; raise UnreachableError, with nothing done, when another has come."""
        if goings:
            self._whole([partial(self._put, each) for each in goings])

    def dismiss(self, letters: Sequence[Letter]) -> None:
        """Write that these letters are dismissed, beside them and for the journals of their cases; as ``write``."""
        if letters:
            self._whole([partial(self._put_away, each) for each in letters])

    def _whole(self, puts: Sequence[Callable[[int], None]]) -> None:
        """Write all of it, or nothing; each is told the time (ms)."""
        self._producer.begin()
        try:
            for put in puts:
                put(time.time_ns() // 1_000_000)
            self._producer.commit()
        except FencedError as other:
            raise UnreachableError(
                f"somebody else puts back dead letters of {self._agency} at this moment, so this batch was not done; "
                "look again with `hub deadletter list`, then try again"
            ) from other
        except CommitUnknownError:
            raise
        except HubError:
            with suppress(HubError):
                self._producer.abort()
            raise

    def _put(self, going: Going, now: int) -> None:
        """Add one event, the record beside its letter, and the act for the journal of its case."""
        told, journaled = write_redriven(going, self._act, self._codec), write_command(going, self._act, self._codec)
        records = (
            (events_topic(self._agency), going.value, going.headers),
            (deadletters_topic(self._agency), told, _headers(going, REDRIVEN, now)),
            (COMMANDS, journaled, _headers(going, _COMMAND, now)),
        )
        for topic, value, headers in records:
            self._producer.produce(topic, value, key=going.key, headers=headers)

    def _put_away(self, letter: Letter, now: int) -> None:
        """Add the record beside the letter, and the act for the journal of its case where it has one."""
        told = write_dismissed(letter, self._act, self._codec)
        headers = _telling("dismissed", REDRIVEN, letter, now)
        self._producer.produce(deadletters_topic(self._agency), told, key=letter.key or b"", headers=headers)
        if letter.case is not None:
            noted = _note(letter, letter.case, "dismissed", self._act, self._codec)
            headers = _telling("dismissed", _COMMAND, letter, now)
            self._producer.produce(COMMANDS, noted, key=letter.case.encode(), headers=headers)


def write_dismissed(letter: Letter, act: Act, codec: Codec, /) -> bytes:
    """Write the record that stands beside a letter once it was dismissed."""
    facts = {
        "letter": str(letter.id), "event_id": "", "event_type": letter.event_type,
        "category": letter.category, "actor": act.actor, "reason": act.reason, "times": letter.times,
        "mended": False, "dismissed": True,
    }  # fmt: skip
    return codec.encode(REDRIVEN, facts)


def write_redriven(going: Going, act: Act, codec: Codec, /) -> bytes:
    """Write the record that stands beside a letter once it was put back."""
    facts = {
        "letter": str(going.letter.id), "event_id": going.event_id, "event_type": going.event_type,
        "category": going.letter.category, "actor": act.actor, "reason": act.reason, "times": going.times,
        "mended": going.is_mended, "dismissed": False,
    }  # fmt: skip
    return codec.encode(REDRIVEN, facts)


def write_command(going: Going, act: Act, codec: Codec, /) -> bytes:
    """Write the command by which a router journals the act on its case, if there is one."""
    return _note(going.letter, going.case, "mended and put back" if going.is_mended else "put back", act, codec)


def _note(letter: Letter, case: CaseId, what: str, act: Act, codec: Codec, /) -> bytes:
    facts = {
        "case": case, "act": "note", "actor": act.actor,
        "reason": f"dead letter {letter.id} ({letter.category}) {what}: {act.reason}",
        "revision": None, "step": None, "facts": "",
    }  # fmt: skip
    return codec.encode(_COMMAND, facts)


def _headers(going: Going, event_type: EventType, now: int, /) -> list[tuple[str, bytes]]:
    """Write the headers of what is told of a letter: the same letter, the same id."""
    event_id = derived_id("redriven", event_type, str(going.letter.id))
    return to_headers(event_id, event_type, source=_SOURCE, time=format_millis(now), case=going.case)


def _telling(what: str, event_type: EventType, letter: Letter, now: int, /) -> list[tuple[str, bytes]]:
    """Write the headers of what is told of a letter that may be of no case."""
    event_id = derived_id(what, event_type, str(letter.id))
    return to_headers(event_id, event_type, source=_SOURCE, time=format_millis(now), case=letter.case or "")
