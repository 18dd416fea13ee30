"""The cases that run on given versions, as ``hub.cases`` holds them now. Looks only."""

from collections.abc import Iterable

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.bus.parked import PARKED_MARK
from hub.names import CASES, ProcedureRef
from hub.router.case import Case, decode_case, is_closed
from hub.settings import Kafka


def cases_on(kafka: Kafka, versions: Iterable[ProcedureRef]) -> list[Case]:
    """Read the open cases of some versions of procedures, in the order of their ids; raise UnreachableError."""
    marks = [f'"procedure":"{ref}"'.encode() for ref in versions]
    states: dict[bytes, bytes] = {}
    partitions = Admin(kafka).partitions().get(CASES, 0)
    for record in read_all(kafka, CASES, partitions) if partitions else ():
        key, value = record.key or b"", record.value
        if value is None or PARKED_MARK in key or not any(mark in value for mark in marks):
            states.pop(key, None)
        else:
            states[key] = value
    found = (decode_case(states[key]) for key in sorted(states))
    return [case for case in found if not is_closed(case)]
