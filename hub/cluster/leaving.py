"""Who may not leave a network yet: agencies that owe a step of an open case, procedures that open cases follow."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.names import CASES, AgencyCode, CaseId, ProcedureRef
from hub.network.load import DeclaredNetwork
from hub.router.case import OWED, Case, decode_case, is_closed
from hub.settings import Kafka

#: Stands in the keys of ``hub.cases`` that are not a case's own: parked records, claims, positions.
_BESIDE = b"~"


def why_not_leave(kafka: Kafka, before: DeclaredNetwork, after: DeclaredNetwork) -> tuple[str, ...]:
    """Say what keeps `after` from following `before`; the cases are read only if something leaves."""
    agencies = before.agencies.keys() - after.agencies.keys()
    procedures = before.procedures.keys() - after.procedures.keys()
    if not agencies and not procedures:
        return ()
    cases = list(open_cases(kafka))
    return (*_agencies_owing(before, agencies, cases), *_procedures_followed(procedures, cases))


def open_cases(kafka: Kafka) -> Iterator[Case]:
    """Go over the cases that are not closed, as ``hub.cases`` holds them now."""
    partitions = Admin(kafka).partitions().get(CASES, 0)
    states: dict[bytes, bytes] = {}
    for record in read_all(kafka, CASES, partitions) if partitions else ():
        if record.key is None or _BESIDE in record.key:
            continue
        if record.value is None:
            states.pop(record.key, None)
        else:
            states[record.key] = record.value
    return (case for case in map(decode_case, states.values()) if not is_closed(case))


def _agencies_owing(before: DeclaredNetwork, leaving: Iterable[AgencyCode], cases: Iterable[Case]) -> Iterator[str]:
    steps: Counter[AgencyCode] = Counter()
    first: dict[AgencyCode, tuple[CaseId, str]] = {}
    for case in cases:
        procedure = before.procedures.get(case.procedure) if case.procedure else None
        for name, state in case.steps.items():
            if procedure and state.status in OWED and name in procedure.steps:
                agency = procedure.steps[name].agency
                steps[agency] += 1
                first.setdefault(agency, (case.id, name))
    for agency in sorted(set(leaving) & steps.keys()):
        case_id, step = first[agency]
        yield (
            f"agency {agency} cannot leave: it owes {steps[agency]} open steps, such as {step!r} of case {case_id}; "
            "let it answer them, or skip them with `hub case skip`"
        )


def _procedures_followed(leaving: Iterable[ProcedureRef], cases: Iterable[Case]) -> Iterator[str]:
    first: Mapping[ProcedureRef, CaseId] = {case.procedure: case.id for case in cases if case.procedure}
    count = Counter(case.procedure for case in cases)
    for ref in sorted(set(leaving) & first.keys()):
        yield (
            f"procedure {ref} cannot leave: {count[ref]} open cases follow it, such as {first[ref]}; "
            "keep its file until they are closed"
        )
