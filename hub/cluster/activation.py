"""The word by which a partition begins to route under a bundle: ``hub.BundleActivated`` on ``hub.commands``."""

from typing import Final

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.errors import ParkableError
from hub.events.catalog import EventSchema
from hub.events.codec import Codec, format_millis
from hub.events.envelope import to_headers
from hub.names import COMMANDS, EventType, derived_id
from hub.network.bundle import Bundle
from hub.settings import Kafka

ACTIVATED: Final = EventType("hub.BundleActivated")
#: Key of the record; it belongs to no case.
KEY: Final = b"~bundle"
_SOURCE: Final = "/hub/apply"


def codec_of(bundle: Bundle) -> Codec:
    """Make the codec of a bundle's schemas, without compiling its network."""
    return Codec({each.id: EventSchema(each.type, each.version, each.avro) for each in bundle.schemas})


def activation(bundle: Bundle, partition: int, *, actor: str, now: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Write value and headers of the record for one partition; the same bundle and partition have the same id."""
    facts = {"sequence": bundle.sequence, "digest": bundle.digest, "actor": actor}
    headers = to_headers(
        derived_id("activate", bundle.digest, str(partition)),
        ACTIVATED,
        source=_SOURCE,
        time=format_millis(now),
        case=KEY.decode(),
    )
    return codec_of(bundle).encode(ACTIVATED, facts), headers


def inactive_partitions(kafka: Kafka, bundle: Bundle, *, partitions: int) -> tuple[int, ...]:
    """List the partitions of ``hub.commands`` whose last activation is not this bundle's."""
    wanted = range(partitions)
    there = Admin(kafka).partitions().get(COMMANDS, 0)
    if there < partitions:
        return tuple(wanted)
    codec, active = codec_of(bundle), dict.fromkeys(wanted, "")
    for record in read_all(kafka, COMMANDS, partitions, settled=True):
        if record.key == KEY:
            active[record.partition] = _digest(codec, record.value)
    return tuple(number for number in wanted if active[number] != bundle.digest)


def _digest(codec: Codec, value: bytes | None) -> str:
    """Read which bundle an activation names; empty when this bundle's schemas cannot tell."""
    try:
        event_type, facts, _ = codec.decode(value)
    except ParkableError:
        return ""
    return str(facts["digest"]) if event_type == ACTIVATED else ""
