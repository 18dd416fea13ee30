"""One run of a migration: what stands, what would become of it, and all of it sent; who moved on is asked again.

Nothing is kept between two runs: what was taken over is not on the old version any more, so that a second run goes on
where the first stopped.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hub.cli.network.migrate.sending import Result, Sending
from hub.names import CaseId, ProcedureRef

if TYPE_CHECKING:
    from hub.network.bundle import InForce
    from hub.rehearsal.migration import Foreseen
    from hub.router.case import Case
    from hub.settings import Settings

#: How often a case that had moved on is looked at again and sent once more.
_ROUNDS: Final = 2
#: Seconds for which somebody who stops it waits for what is under way.
_LAST_S: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Say what is to be taken over: cases on these versions, with the reason for each, to this one."""

    reasons: Mapping[ProcedureRef, str]
    to: ProcedureRef
    actor: str
    overdue: bool = False


@dataclass
class Outcome:
    """Hold what was foreseen and what became of it; ``results`` has the last of each case that was sent."""

    foreseen: list["Foreseen"]
    wanted: list[CaseId] = field(default_factory=list)
    results: dict[CaseId, Result] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Count what became of the cases to be sent."""
        told = Counter(each.became for each in self.results.values())
        kinds = ("done", "refused", "stale", "undecided")
        return {kind: told[kind] for kind in kinds} | {"not_sent": len(self.wanted) - len(self.results)}  # type: ignore[index]

    def amiss(self) -> list[dict[str, Any]]:
        """Count those on which it was not done by why, with some of them."""
        gathered: dict[tuple[str, str], list[CaseId]] = {}
        for each in self.results.values():
            if each.became != "done":
                gathered.setdefault((each.became, each.why), []).append(each.case)
        return [
            {"became": became, "why": why, "cases": len(cases), "such_as": cases[:5]}
            for (became, why), cases in sorted(gathered.items())
        ]


def look(settings: "Settings", plan: Any, wanted: Wanted) -> tuple[dict[CaseId, "Case"], list["Foreseen"]]:
    """Read the open cases of the old versions, and ask what would become of each now."""
    from hub.cluster.cases import cases_on
    from hub.rehearsal.migration import foresee

    cases = cases_on(settings.kafka, wanted.reasons)
    found = list(foresee(plan, cases, wanted.to, now=time.time_ns() // 1_000_000))
    return {case.id: case for case in cases}, found


class Passage:
    """Carry out a migration; what is done is in ``outcome``, also when somebody stops it half-way. Close it."""

    def __init__(self, settings: "Settings", force: "InForce", wanted: Wanted) -> None:
        """Begin to hear decisions, then look at what stands; nothing is sent."""
        self._settings, self._plan, self._wanted = settings, force.plan, wanted
        self._sending = Sending(settings, force)
        self._cases, found = look(settings, force.plan, wanted)
        self.outcome = Outcome(found, [each.case for each in found if self._is_sent(each)])

    def close(self) -> None:
        """Leave the broker, once what was sent is decided; what is not heard of in time is undecided."""
        self._take(self._sending.left(wait_s=_LAST_S))
        self._sending.close()

    def run(self, *, rate: float) -> Iterator[int]:
        """Send what can go over, `rate` cases a second; give how many are decided as it goes on.

        A case that had moved on is looked at and sent once more.
        """
        cases: Sequence[CaseId] = self.outcome.wanted
        for _ in range(_ROUNDS):
            for result in self._sending.decided(self._commands(cases), rate=rate):
                self.outcome.results[result.case] = result
                yield len(self.outcome.results)
            stale = {each.case for each in self.outcome.results.values() if each.became == "stale"}
            if not stale:
                return
            self._cases, found = look(self._settings, self._plan, self._wanted)
            again = [each for each in found if each.case in stale]
            for each in again:
                if not self._is_sent(each):
                    self.outcome.results[each.case] = Result(each.case, "refused", each.how)
            cases = [each.case for each in again if self._is_sent(each)]

    def _is_sent(self, foreseen: "Foreseen") -> bool:
        return foreseen.fate != "sticks" and (foreseen.fate != "overdue" or self._wanted.overdue)

    def _commands(self, cases: Iterable[CaseId]) -> Iterator[Any]:
        from hub.rehearsal.migration import command_of

        wanted = self._wanted
        for case in (self._cases[each] for each in cases):
            reason = wanted.reasons[ProcedureRef(case.procedure or "")]
            yield command_of(case, wanted.to, actor=wanted.actor, reason=reason, overdue=wanted.overdue)

    def _take(self, results: Iterable[Result]) -> None:
        for result in results:
            self.outcome.results[result.case] = result
