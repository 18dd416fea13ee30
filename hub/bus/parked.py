"""Records kept in ``hub.cases`` beside the case they are about: how they are written, and under which keys."""

from typing import Final

import msgspec

from hub.bus.record import Record

#: Stands between a case id and the number of a record parked beside it; a case id never holds one.
PARKED_MARK: Final = b"~"


class Parked(msgspec.Struct, array_like=True):
    """Keep one record as it was read, to be routed again or handed back."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Parked).decode


def parked_key(case: bytes, number: int) -> bytes:
    """Make the key of a record beside a case; keys of one case are in the order of their numbers."""
    return case + PARKED_MARK + f"{number:09d}".encode()


def parked_beside(key: bytes) -> tuple[bytes, int] | None:
    """Read the case and the number in a key of ``hub.cases``; None when it is not a parked record's."""
    case, _, number = key.rpartition(PARKED_MARK)
    return (case, int(number)) if case and number.isdigit() else None


def encode_parked(record: Record) -> bytes:
    """Write a record as it is kept."""
    headers = [(name, value or b"") for name, value in record.headers]
    return _encode(Parked(*record[:4], record.key or b"", record.value or b"", headers))


def decode_parked(content: bytes) -> Record:
    """Read a record back."""
    kept = _decode(content)
    return Record(kept.topic, kept.partition, kept.offset, kept.timestamp, kept.key, kept.value, kept.headers)
