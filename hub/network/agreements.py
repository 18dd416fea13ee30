"""Which agreement lets which element flow from whom to whom, for which service and in which time.

A step's data flow needs grants; renewals that follow each other without a gap count as one agreement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.names import AgencyCode, ElementName, ServiceName
from hub.network.model import Agreement, Grant, Validity
from hub.network.plan import AgreementPlan

#: Days before an agreement's end on which people are warned: to negotiate, to sign, to stop what needs it.
WARNING_DAYS: Final = (90, 30, 7)

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


@dataclass(frozen=True, slots=True)
class Ending:
    """Say that an agreement ends soon or has ended: its last day, how far that is, and which warning this is."""

    agreement: str
    last: date
    days: int
    warning: int

    @property
    def is_over(self) -> bool:
        """Tell whether the last day has passed."""
        return self.days < 0

    def __str__(self) -> str:
        if self.is_over:
            return f"expired on {self.last}"
        when = "today" if self.days == 0 else f"in {self.days} day{'' if self.days == 1 else 's'}, on {self.last}"
        return f"ends {when} (warning of {self.warning} days)"


def ending(agreement: Agreement, grants: Grants, *, today: date) -> Ending | None:
    """Tell whether people must be warned of an agreement's end; None while it is far, or all of it is renewed."""
    needs = [need for grant in agreement.grants for need in _needs_of(grant)]
    last = min((_carried_to(agreement, grants.of(need)) for need in needs), default=agreement.valid.until)
    days = (last - today).days
    warning = min((each for each in WARNING_DAYS if days <= each), default=None)
    return None if warning is None else Ending(agreement.agreement, last, days, warning)


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


def _carried_to(agreement: Agreement, others: Iterable[Agreement]) -> date:
    """Find the last day of an agreement and of what follows it without a gap; `others` in the order they begin."""
    last = agreement.valid.until
    for each in others:
        if each.valid.start <= last + timedelta(days=1):
            last = max(last, each.valid.until)
    return last


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
