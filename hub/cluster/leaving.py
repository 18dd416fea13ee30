"""Who may not leave a network yet: agencies that open cases still need, and procedures that they follow.

An agency is needed that owes a step, that opened the case, or whose events wait beside it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Self

from hub.bus.admin import Admin
from hub.bus.consumer import read_all
from hub.bus.origin import owner_of
from hub.bus.parked import PARKED_MARK, decode_parked, parked_beside
from hub.bus.record import Record
from hub.names import CASES, AgencyCode, CaseId, ProcedureRef, opener_of
from hub.network.load import DeclaredNetwork
from hub.router.case import OWED, Case, decode_case, is_closed
from hub.settings import Kafka


@dataclass(frozen=True, slots=True)
class Held:
    """Hold what ``hub.cases`` says of open cases, and whose records wait beside which case."""

    cases: list[Case]
    parked: list[tuple[AgencyCode, CaseId]]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        """Take the topic's records, partition by partition in their order; the last of a key counts."""
        states: dict[bytes, bytes] = {}
        parked: dict[bytes, tuple[AgencyCode, CaseId]] = {}
        for record in records:
            key = record.key or b""
            if record.value is None:
                states.pop(key, None)
                parked.pop(key, None)
            elif beside := parked_beside(key):
                if owner := owner_of(decode_parked(record.value)):
                    parked[key] = owner, CaseId(beside[0].decode())
            elif PARKED_MARK not in key:
                states[key] = record.value
        return cls([case for case in map(decode_case, states.values()) if not is_closed(case)], list(parked.values()))


def held_by_leaving(kafka: Kafka, before: DeclaredNetwork, after: DeclaredNetwork) -> Held | None:
    """Read what open cases hold; None, and nothing is read, if no agency and no procedure leaves."""
    if before.agencies.keys() <= after.agencies.keys() and before.procedures.keys() <= after.procedures.keys():
        return None
    partitions = Admin(kafka).partitions().get(CASES, 0)
    return Held.of(read_all(kafka, CASES, partitions) if partitions else ())


def reasons(before: DeclaredNetwork, after: DeclaredNetwork, held: Held) -> Iterator[str]:
    """Say, agency by agency, what is still to be done before it can leave."""
    agencies = before.agencies.keys() - after.agencies.keys()
    yield from _owing(before, agencies, held.cases)
    opened = ((opener, case.id) for case in held.cases if case.procedure and (opener := opener_of(case.id)))
    for agency, count, case in _counted(agencies, opened):
        yield (
            f"agency {agency} cannot leave: it opened {_many(count, 'open case')}, such as {case}; let them be "
            "closed, or withdraw them with `hub case withdraw`"
        )
    for agency, count, case in _counted(agencies, held.parked):
        waits = "1 of its events waits" if count == 1 else f"{count} of its events wait"
        yield (
            f"agency {agency} cannot leave: {waits}, such as one of case {case}; "
            "mend the case (`hub case show`), or let its opening come"
        )


def followed(before: DeclaredNetwork, after: DeclaredNetwork, held: Held) -> Iterator[str]:
    """Say of each version of a procedure that would leave how many open cases still run on it."""
    first: Mapping[ProcedureRef, CaseId] = {case.procedure: case.id for case in held.cases if case.procedure}
    count = Counter(case.procedure for case in held.cases)
    for ref in sorted((before.procedures.keys() - after.procedures.keys()) & first.keys()):
        follow = "1 open case follows" if count[ref] == 1 else f"{count[ref]} open cases follow"
        yield (
            f"procedure {ref} cannot leave: {follow} it, such as {first[ref]}; keep its file until they are closed; "
            "with --force it leaves all the same, and each of them waits for a person at its next event"
        )


def _owing(before: DeclaredNetwork, leaving: AbstractSet[AgencyCode], cases: Iterable[Case]) -> Iterator[str]:
    owed: dict[AgencyCode, str] = {}
    steps: Counter[AgencyCode] = Counter()
    for case in cases:
        procedure = before.procedures.get(case.procedure) if case.procedure else None
        for name, state in case.steps.items():
            if procedure and state.status in OWED and name in procedure.steps:
                # What was returned comes back through the front office, and then to the agency.
                front = {before.network.front_office} if state.status == "returned" else set()
                doing = case.assigned[name][-1] if name in case.assigned else procedure.steps[name].agency
                for agency in {doing} | front:
                    steps[agency] += 1
                    owed.setdefault(agency, f"{name!r} of case {case.id}")
    for agency in sorted(leaving & steps.keys()):
        yield (
            f"agency {agency} cannot leave: it owes {_many(steps[agency], 'open step')}, such as {owed[agency]}; "
            "let it answer them, or skip them with `hub case skip`"
        )


def _counted(
    leaving: AbstractSet[AgencyCode], found: Iterable[tuple[AgencyCode, CaseId]]
) -> Iterator[tuple[AgencyCode, int, CaseId]]:
    """Count what was found by agency, with the first case it is of; only of those that leave."""
    count: Counter[AgencyCode] = Counter()
    first: dict[AgencyCode, CaseId] = {}
    for agency, case in found:
        count[agency] += 1
        first.setdefault(agency, case)
    return ((agency, count[agency], first[agency]) for agency in sorted(leaving & first.keys()))


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
