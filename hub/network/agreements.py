"""Which agreement lets which element flow from whom to whom, for which service and in which time.

A step's data flow needs grants; renewals that follow each other without a gap count as one agreement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.names import AgencyCode, ElementName, ServiceName
from hub.network.model import Agreement, Grant, Validity
from hub.network.plan import AgreementPlan

_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Need:
    """One element that must flow: from whom, to whom, for which service."""

    provider: AgencyCode
    receiver: AgencyCode
    service: ServiceName
    element: ElementName | None


class Grants:
    """Look up the agreements that grant a need."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        """Index every granted element."""
        self._found: dict[Need, list[Agreement]] = {}
        for agreement in agreements:
            for grant in agreement.grants:
                for need in _needs_of(grant):
                    self._found.setdefault(need, []).append(agreement)

    def of(self, need: Need) -> tuple[Agreement, ...]:
        """List the agreements that grant a need at any time, in the order in which they begin."""
        return tuple(sorted(self._found.get(need, ()), key=lambda each: (each.valid.start, each.agreement)))


def windows(grants: Grants, needs: Iterable[Need], *, zone: ZoneInfo, at: int) -> tuple[AgreementPlan, ...]:
    """Make the windows of time in which all needs are granted: of each need the one that holds `at` (ms), or the next.

    A need that nothing grants makes no window: ``check`` has told of it.
    """
    found: dict[str, AgreementPlan] = {}
    for need in needs:
        chain = _chosen(_chains(grants.of(need), zone), at)
        if chain:
            found[chain.name] = chain
    return tuple(found[name] for name in sorted(found))


def instants(valid: Validity, zone: ZoneInfo) -> tuple[int, int]:
    """Give the first ms of the first day and the first ms after the last day, in a time zone."""
    first, after = valid.start, valid.until + timedelta(days=1)
    return _instant(datetime.combine(first, time(), zone)), _instant(datetime.combine(after, time(), zone))


def _needs_of(grant: Grant) -> Iterable[Need]:
    return (Need(grant.provider, grant.receiver, grant.service, element) for element in grant.elements)


def _chains(agreements: Iterable[Agreement], zone: ZoneInfo) -> list[AgreementPlan]:
    """Join agreements that follow each other without a gap; the one that ends last says what happens then."""
    chains: list[AgreementPlan] = []
    for agreement in agreements:
        since, until = instants(agreement.valid, zone)
        last = chains[-1] if chains else None
        if last is None or since > last.until:
            chains.append(AgreementPlan(agreement.agreement, since, until, agreement.on_expiry))
        elif until > last.until:
            name = f"{last.name}+{agreement.agreement}"
            chains[-1] = AgreementPlan(name, last.since, until, agreement.on_expiry)
    return chains


def _chosen(chains: list[AgreementPlan], at: int) -> AgreementPlan | None:
    return next((chain for chain in chains if at < chain.until), chains[-1] if chains else None)


def _instant(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
