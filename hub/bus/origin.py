"""Whose a record is and when it was appended first, also after the hub has forwarded it to its own partition.

Only the hub writes ``hub.intake``: there, and only there, its headers say so.
"""

from typing import Final

from hub.bus.record import Record
from hub.names import INTAKE, AgencyCode, agency_of

#: On ``hub.intake``: whose topic the record stood on first.
ORIGIN_HEADER: Final = "huborigin"
#: On ``hub.intake``: when the record was appended there, in ms.
APPENDED_HEADER: Final = "hubappended"
#: Digits of a time in ms; more is none.
_MAX_DIGITS: Final = 15


def owner_of(record: Record) -> AgencyCode | None:
    """Tell whose record this is: by its topic, or by the origin that the hub wrote when it forwarded it."""
    if record.topic != INTAKE:
        return agency_of(record.topic)
    origin = _header(record, ORIGIN_HEADER)
    return AgencyCode(origin.decode(errors="replace")) if origin else None


def appended_at(record: Record) -> int:
    """Tell when a record was appended (ms): where it was sent, not where the hub then put it."""
    if record.topic != INTAKE:
        return record.timestamp
    said = _header(record, APPENDED_HEADER)
    if said is None or not said.isdigit() or len(said) > _MAX_DIGITS:
        return record.timestamp  # forwarded before there was this header
    return min(int(said), record.timestamp)


def forwarded_headers(record: Record) -> list[tuple[str, bytes]]:
    """Give the headers with which a record goes to the intake: as they were, and whose it is and since when."""
    headers = [(name, value or b"") for name, value in record.headers if name not in {ORIGIN_HEADER, APPENDED_HEADER}]
    return [
        *headers, (ORIGIN_HEADER, (owner_of(record) or "").encode()), (APPENDED_HEADER, str(record.timestamp).encode()),
    ]  # fmt: skip


def _header(record: Record, name: str) -> bytes | None:
    """Find a header that the hub wrote; it takes away all others of that name."""
    return next((value for each, value in record.headers if each == name), None)
