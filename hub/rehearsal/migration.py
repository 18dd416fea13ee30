"""What taking cases over to another version would do to each, before anything is done: only the router is asked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from hub.names import AgencyCode, CaseId, ProcedureRef, derived_id
from hub.network.plan import Plan
from hub.router.case import Case
from hub.router.decision import Command, Decision
from hub.router.migration import OVERDUE, RENAMED
from hub.router.route import route

#: ``stays``: no task changes. ``jumps``: tasks are taken back or sent, steps left out or done again. ``ends``: nothing
#: is left to do. ``overdue``: a deadline would be over at once. ``sticks``: it cannot go over, for the reason given.
Fate = Literal["stays", "jumps", "ends", "overdue", "sticks"]
FATES: Final[tuple[Fate, ...]] = ("stays", "jumps", "ends", "overdue", "sticks")
#: Cases named of a group; the rest is counted.
EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Say what would become of one case at the revision seen; ``how`` names what changes, or what hinders it."""

    case: CaseId
    revision: int
    fate: Fate
    how: str


def command_of(case: Case, to: ProcedureRef, *, actor: str, reason: str, overdue: bool = False) -> Command:
    """Make the act that takes a case over from the revision it is at; made twice it is the same act, done once."""
    act = derived_id("migrate", case.id, case.procedure or "", to, str(case.revision), str(overdue))
    facts: dict[str, Any] = {OVERDUE: True} if overdue else {}
    return Command(
        id=act, case=case.id, act="migrate", actor=actor, reason=reason, revision=case.revision, facts=facts,
        to=AgencyCode(to),
    )  # fmt: skip


def foresee(plan: Plan, cases: Iterable[Case], to: ProcedureRef, *, now: int) -> Iterator[Foreseen]:
    """Ask the router of each case what would become of it now (ms)."""
    for case in cases:
        decision = _asked(plan, case, to, now=now, overdue=False)
        if decision.applied:
            yield Foreseen(case.id, case.revision, _fate(decision), _how(decision))
        elif _asked(plan, case, to, now=now, overdue=True).applied:
            yield Foreseen(case.id, case.revision, "overdue", decision.why)
        else:
            yield Foreseen(case.id, case.revision, "sticks", decision.why)


def groups(found: Sequence[Foreseen]) -> list[dict[str, Any]]:
    """Count those of one fate for one reason, the most first, with some cases of each."""
    gathered: dict[tuple[Fate, str], list[CaseId]] = {}
    for each in found:
        gathered.setdefault((each.fate, each.how), []).append(each.case)
    rows = [
        {"fate": fate, "how": how, "cases": len(cases), "such_as": cases[:EXAMPLES]}
        for (fate, how), cases in gathered.items()
    ]
    return sorted(rows, key=lambda row: (FATES.index(row["fate"]), -row["cases"], row["how"]))


def _asked(plan: Plan, case: Case, to: ProcedureRef, *, now: int, overdue: bool) -> Decision:
    return route(plan, case, command_of(case, to, actor="foreseen", reason="foreseen", overdue=overdue), now)


def _fate(decision: Decision) -> Fate:
    if decision.case is not None and decision.case.status != "open":
        return "ends"
    return "jumps" if _moves(decision) else "stays"


def _moves(decision: Decision) -> list[str]:
    """Name each step that becomes something else; that it has another name or due time is no move."""
    return [
        f"{change.step}: {change.after}"
        for change in decision.changes
        if change.step and change.before not in {"", "incident"} and change.after not in {RENAMED, "resolved"}
    ]


def _how(decision: Decision) -> str:
    return ", ".join(_moves(decision)) or "each task is kept"
