"""Whose a record is and when it was appended first, also after the hub has forwarded it to its own partition.

Only the hub writes ``hub.intake``: there, and only there, its headers say so.
"""

from typing import Final

from hub.bus.record import Record
from hub.names import INTAKE, AgencyCode, agency_of

#: On ``hub.intake``: whose topic the record stood on first.
ORIGIN_HEADER: Final = "huborigin"


def owner_of(record: Record) -> AgencyCode | None:
    """Tell whose record this is: by its topic, or by the origin that the hub wrote when it forwarded it."""
    if record.topic != INTAKE:
        return agency_of(record.topic)
    origin = _header(record, ORIGIN_HEADER)
    return AgencyCode(origin.decode(errors="replace")) if origin else None


def _header(record: Record, name: str) -> bytes | None:
    """Find a header that the hub wrote; it takes away all others of that name."""
    return next((value for each, value in record.headers if each == name), None)
