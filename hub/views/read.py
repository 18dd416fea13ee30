"""Questions about cases, answered from the views' tables; nothing here writes.

The answers are as new as the fold: ``positions`` of the store tells how far that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from hub.errors import ConfigurationError
from hub.views.fold import CLOSED
from hub.views.remedy import remedy_of
from hub.views.store import Store
from hub.views.table import CASES, CHANGES, INCIDENTS, STEPS, TASKS, TIMELINE

#: Rows given when nobody says how many.
MOST_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """Choose cases; what is None or False chooses nothing. `now` (RFC 3339, UTC) decides what is overdue.

    ``stuck``: a person is needed, because an incident is open or an answer is overdue.
    ``agency``: that agency owes an answer now. ``procedure``: "newborn" or "newborn@1".
    """

    open: bool = False
    stuck: bool = False
    status: str | None = None
    agency: str | None = None
    procedure: str | None = None
    service: str | None = None
    now: str = ""
    most: int = MOST_ROWS


@dataclass(frozen=True, slots=True)
class CaseRow:
    """Hold where one case stands; times are RFC 3339 texts in UTC.

    ``priority``: the class of the ground for which it goes first; empty in the ordinary lane.
    ``due``: when the next answer of an open case is due. ``kept_until``: when a closed case's state is deleted.
    ``parent``: the case that opened this one as a sub-case; empty for all others.
    """

    id: str
    number: str
    procedure: str
    service: str
    status: str
    holder: str
    incidents: int
    revision: int
    bundle: int
    opened_at: str | None
    changed_at: str
    closed_at: str | None
    due: str | None
    kept_until: str | None
    priority: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    """Hold where one step of a case stands."""

    case: str
    step: str
    status: str
    attempt: int
    since: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Hold one task that was sent; ``ended_as`` is empty while an answer is owed.

    ``priority``: the class of the ground for which its case goes first now; told of owed tasks.
    """

    id: str
    case: str
    step: str
    agency: str
    attempt: int
    sent_at: str
    due: str | None
    ended_as: str
    ended_at: str | None
    priority: str = ""


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """Hold one incident; ``closed_at`` is None while a person is needed."""

    case: str
    journal_offset: int
    number: int
    revision: int
    cause: str
    step: str
    since: str
    detail: str
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class OpenIncidentRow:
    """Hold one open incident of a case: its cause, since when, where, whose it is, and what can be done.

    ``acts`` are those of ``hub case`` that may mend it; ``advice`` says how in words, ``detail`` what was met.
    """

    case: str
    number: str
    procedure: str
    revision: int
    cause: str
    step: str
    since: str
    owner: str
    acts: tuple[str, ...]
    advice: str
    detail: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Hold one case that waits for a person or an agency: since when, at which step, and as of which revision.

    Of several incidents of the cause ``since`` is the oldest's, and ``step`` one of theirs.
    """

    case: str
    number: str
    procedure: str
    revision: int
    step: str
    since: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Hold one change of a decision."""

    case: str
    journal_offset: int
    number: int
    revision: int
    step: str
    before: str
    after: str
    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold one decision of a case's timeline: who, what, when and why, and where it can be read."""

    case: str
    revision: int
    at: str
    kind: str
    actor: str
    event_type: str
    event_id: str
    outcome: str
    status: str
    why: str
    reason: str
    applied: str
    bundle: int
    topic: str
    partition: int
    offset: int
    appended_at: str | None
    elements: str
    state_hash: str
    event_hash: str
    journal_partition: int
    journal_offset: int
    orders: int = 0
    changes: tuple[ChangeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """Hold all that is known of one case, and where the cases stand that it opened."""

    case: CaseRow
    steps: tuple[StepRow, ...]
    tasks: tuple[TaskRow, ...]
    incidents: tuple[IncidentRow, ...]
    timeline: tuple[Moment, ...]
    sub_cases: tuple[CaseRow, ...] = ()


class Cases:
    """Ask about cases."""

    def __init__(self, store: Store) -> None:
        """Keep the store; each question is a short transaction of its own."""
        self._store = store

    def search(self, chosen: CaseFilter) -> Sequence[CaseRow]:
        """Give the chosen cases, the last changed first."""
        query = select(CASES).where(*_conditions(chosen)).order_by(CASES.c.changed_at.desc(), CASES.c.id)
        return [_case_row(row) for row in self._rows(query.limit(chosen.most))]

    def count(self) -> dict[str, int]:
        """Count the cases by status."""
        query = select(CASES.c.status, func.count().label("cases")).group_by(CASES.c.status).order_by(CASES.c.status)
        return {row["status"]: row["cases"] for row in self._rows(query)}

    def find(self, name: str) -> CaseRow:
        """Find one case by its id, its case number or the beginning of its id, with or without the opener's code.

        A number is that of the case that was applied for, not of those that it has opened. Raise ConfigurationError
        when there is none, or more than one.
        """
        by_number = and_(CASES.c.number == name, CASES.c.parent == "")
        for condition in (CASES.c.id == name, by_number, _begins(name)):
            found = [_case_row(row) for row in self._rows(select(CASES).where(condition).order_by(CASES.c.id).limit(6))]
            if len(found) == 1:
                return found[0]
            if found:
                ids = ", ".join(each.id for each in found[:5])
                raise ConfigurationError(f"{name!r} names more than one case ({ids}); give more of the id")
        raise ConfigurationError(
            f"no case {name!r} in the views; give an id, the beginning of one, or a case number: see `hub case list`"
        )

    def show(self, name: str) -> CaseView:
        """Give all of one case, found as ``find`` does."""
        case = self.find(name)
        changes: dict[int, list[ChangeRow]] = {}
        for row in self._of(CHANGES, case.id, CHANGES.c.journal_offset, CHANGES.c.number):
            changes.setdefault(row["journal_offset"], []).append(ChangeRow(**row))
        moments = self._of(TIMELINE, case.id, TIMELINE.c.journal_offset)
        return CaseView(
            case=case,
            steps=tuple(StepRow(**row) for row in self._of(STEPS, case.id, STEPS.c.since, STEPS.c.step)),
            tasks=tuple(TaskRow(**row) for row in self._of(TASKS, case.id, TASKS.c.sent_at, TASKS.c.step)),
            incidents=tuple(IncidentRow(**row) for row in self._of(INCIDENTS, case.id, *INCIDENTS.primary_key)),
            timeline=tuple(Moment(**row, changes=tuple(changes.get(row["journal_offset"], ()))) for row in moments),
            sub_cases=tuple(self._sub_cases(case.id)),
        )

    def tasks(self, agency: str, most: int = MOST_ROWS) -> Sequence[TaskRow]:
        """Give the tasks an agency owes an answer to: those of the priority lane, then the first due first.

        Those without a due time come last in their lane.
        """
        of_case = TASKS.join(CASES, TASKS.c.case == CASES.c.id)
        owed = select(TASKS, CASES.c.priority).select_from(of_case)
        owed = owed.where(TASKS.c.agency == agency, TASKS.c.ended_as == "")
        order = (CASES.c.priority == "", TASKS.c.due.is_(None), TASKS.c.due, TASKS.c.sent_at, TASKS.c.id)
        query = owed.order_by(*order).limit(most)
        return [TaskRow(**row) for row in self._rows(query)]

    def incidents(
        self, *, procedure: str | None = None, service: str | None = None, most: int = MOST_ROWS
    ) -> Sequence[OpenIncidentRow]:
        """Give the open incidents of all cases, or of one procedure's or service's, the oldest first."""
        found = [INCIDENTS.c.case == CASES.c.id, INCIDENTS.c.closed_at.is_(None)]
        if procedure is not None:
            found.append(_of_procedure(procedure))
        if service is not None:
            found.append(CASES.c.service == service)
        of_one = [INCIDENTS.c.cause, INCIDENTS.c.step, INCIDENTS.c.since, INCIDENTS.c.detail]
        of_case = [CASES.c.id.label("case"), CASES.c.number, CASES.c.procedure, CASES.c.revision]
        query = select(*of_case, *of_one).where(*found).order_by(INCIDENTS.c.since, CASES.c.id).limit(most)
        return [OpenIncidentRow(**row, **remedy_of(row["cause"])._asdict()) for row in self._rows(query)]

    def waiting(
        self, cause: str, *, step: str | None = None, procedure: str | None = None, most: int = MOST_ROWS
    ) -> Sequence[WaitingRow]:
        """Give the cases with an open incident of a cause, one row each, those that wait longest first."""
        found = [INCIDENTS.c.case == CASES.c.id, INCIDENTS.c.closed_at.is_(None), INCIDENTS.c.cause == cause]
        if step is not None:
            found.append(INCIDENTS.c.step == step)
        if procedure is not None:
            found.append(_of_procedure(procedure))
        of_case = [CASES.c.id, CASES.c.number, CASES.c.procedure, CASES.c.revision]
        since, at_step = func.min(INCIDENTS.c.since), func.min(INCIDENTS.c.step)
        query = select(
            CASES.c.id.label("case"), *of_case[1:], at_step.label("step"), since.label("since")
        ).where(*found)  # fmt: skip
        rows = self._rows(query.group_by(*of_case).order_by(since, CASES.c.id).limit(most))
        return [WaitingRow(**row) for row in rows]

    def owing(
        self, agency: str, *, step: str | None = None, procedure: str | None = None, most: int = MOST_ROWS
    ) -> Sequence[WaitingRow]:
        """Give the open cases in which an agency owes an answer, at this step; those asked longest ago first."""
        found = [TASKS.c.case == CASES.c.id, TASKS.c.agency == agency, TASKS.c.ended_as == ""]
        found.append(CASES.c.status.not_in(CLOSED))
        if step is not None:
            found.append(TASKS.c.step == step)
        if procedure is not None:
            found.append(_of_procedure(procedure))
        of_case = [CASES.c.id.label("case"), CASES.c.number, CASES.c.procedure, CASES.c.revision]
        query = select(*of_case, TASKS.c.step, TASKS.c.sent_at.label("since")).where(*found)
        rows = self._rows(query.order_by(TASKS.c.sent_at, CASES.c.id).limit(most))
        return [WaitingRow(**row) for row in rows]

    def _sub_cases(self, parent: str) -> list[CaseRow]:
        query = select(CASES).where(CASES.c.parent == parent).order_by(CASES.c.opened_at, CASES.c.id)
        return [_case_row(row) for row in self._rows(query)]

    def _of(self, table: Any, case: str, *order: Any) -> list[dict[str, Any]]:
        return self._rows(select(table).where(table.c.case == case).order_by(*order))

    def _rows(self, query: Select[Any]) -> list[dict[str, Any]]:
        with self._store.translated(), self._store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _case_row(row: dict[str, Any]) -> CaseRow:
    """Tell apart what the table keeps as one time: nothing is due of a closed case but its deletion."""
    due, is_closed = row["due"], row["status"] in CLOSED
    return CaseRow(**row | {"due": None if is_closed else due, "kept_until": due if is_closed else None})


def _begins(name: str) -> ColumnElement[bool]:
    """Match the beginning of an id, or of the part after the opener's code; a percent sign means itself."""
    return or_(CASES.c.id.startswith(name, autoescape=True), CASES.c.id.contains(f".{name}", autoescape=True))


def _conditions(chosen: CaseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.open or chosen.stuck:
        found.append(CASES.c.status.not_in(CLOSED))
    if chosen.stuck:
        found.append(or_(CASES.c.incidents > 0, _owed(TASKS.c.due < chosen.now)))
    if chosen.agency is not None:
        found.append(_owed(TASKS.c.agency == chosen.agency))
    if chosen.procedure is not None:
        found.append(_of_procedure(chosen.procedure))
    for column, value in ((CASES.c.status, chosen.status), (CASES.c.service, chosen.service)):
        if value is not None:
            found.append(column == value)
    return found


def _of_procedure(name: str) -> ColumnElement[bool]:
    """Match a procedure by its name with the version, or by its name alone."""
    return or_(CASES.c.procedure == name, CASES.c.procedure.startswith(f"{name}@", autoescape=True))


def _owed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(and_(TASKS.c.case == CASES.c.id, TASKS.c.ended_as == "", condition))
