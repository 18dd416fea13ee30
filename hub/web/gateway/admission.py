"""May this agency say this, and does it fit: an event is turned into the record that goes to Kafka, or refused.

Who speaks is who holds the key; what they may say is what the network in force lets them say.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from hub.errors import SchemaError
from hub.events.envelope import MAX_VALUE_BYTES, to_headers
from hub.events.value import check_value
from hub.names import AgencyCode, EventType, TopicName, events_topic
from hub.web.gateway.cloudevent import Said
from hub.web.network import Vocabulary, Voice
from hub.web.problem import Problem

#: How alike a name must be to be taken for a slip.
_CLOSE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Hold one record for an agency's topic."""

    id: str
    type: EventType
    topic: TopicName
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def admit(said: Said, agency: AgencyCode, *, vocabulary: Vocabulary, now: str) -> Outgoing | Problem:
    """Give the record to publish; `now` stands for the time of an event that tells none."""
    voice = vocabulary.voices.get(agency)
    if voice is None:
        return Problem("not-allowed", f"agency {agency!r} is not in the network in force")
    refused = _refuse(said, agency, voice)
    if refused is not None:
        return refused
    value = _encode(said, vocabulary)
    if isinstance(value, Problem):
        return value
    return Outgoing(
        id=said.id,
        type=said.type,
        topic=events_topic(agency),
        key=said.case.encode(),
        value=value,
        headers=to_headers(
            said.id,
            said.type,
            source=said.source,
            time=said.time or now,
            case=said.case,
            subject=said.subject,
            causation=said.causation,
            extra=said.extra,
        ),
    )


def _refuse(said: Said, agency: AgencyCode, voice: Voice) -> Problem | None:
    if said.type not in voice.publishes:
        close = get_close_matches(said.type, voice.publishes, n=1, cutoff=_CLOSE)
        slip = f"did you mean {close[0]!r}? " if close else ""
        told = f"not yours; {slip}your agency's file lists what is, and so does GET /v1/types"
        return Problem("not-allowed", f"agency {agency!r} may not publish this type", errors=(("type", told),))
    if said.type in voice.opens and said.opener != agency:
        return Problem(
            "not-allowed",
            f"agency {agency!r} may open only cases whose id begins with {agency + '.'!r}",
            errors=(("correlationid", "not yours to open"),),
        )
    if said.source.startswith("/agency/") and said.source.split("/")[2] != agency:
        return Problem(
            "not-allowed", f"the source must be one of {agency!r}'s systems", errors=(("source", "not yours"),)
        )
    return None


def _encode(said: Said, vocabulary: Vocabulary) -> bytes | Problem:
    try:
        value = vocabulary.codec.encode(said.type, check_value(vocabulary.schemas[said.type], said.data))
    except SchemaError as wrong:
        errors = tuple((f"data.{path}" if path else "data", message) for path, message in wrong.misfits)
        # The error's own text is not handed on: where there are no misfits it may come from the encoder.
        return Problem("misfit", f"the data does not fit {said.type}", errors=errors or (("data", "does not fit"),))
    if len(value) > MAX_VALUE_BYTES:
        return Problem("too-large", f"the event has more than {MAX_VALUE_BYTES} bytes; send documents as claim checks")
    return value
