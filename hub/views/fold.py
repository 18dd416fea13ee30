"""What a batch of journal entries means for the tables, computed in memory from what the tables hold.

Pure: rows in, rows out. An entry already folded changes nothing, because the store skips it by its offset.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hub.names import ORDERS_KEY, CaseId, StepName, task_id
from hub.router.case import ENDS
from hub.views.entry import Change, Entry, OpenIncident, Placed, SentTask

Row = dict[str, Any]
#: Tells the service of a procedure ("newborn@1"); empty when nobody knows it.
ServiceOf = Callable[[str], str]

#: Under which the journal has orders to the whole network, which are of no case.
_ORDERS: Final = ORDERS_KEY.decode()
#: What is told of an orphan whose opening never came: its state is gone.
GONE: Final = "deleted"
CLOSED: Final = ENDS | {GONE}
#: What a step may be; other words in a change are notes about it.
_STEP_STATUS: Final = frozenset({"pending", "active", "returned", "done", "skipped", "rejected", "cancelled"})
#: What is told of a step that goes on under another name, which stands in the change's why.
RENAMED: Final = "renamed"
#: The note about a step whose agency said how it goes on.
_PROGRESS: Final = "progress"


@dataclass
class CaseRows:
    """Hold what the tables say of one case: its row, its steps by name, open tasks by id and open incidents.

    Tasks and incidents that end during a fold stay until they are written.
    """

    case: Row | None = None
    steps: dict[str, Row] = field(default_factory=dict)
    tasks: dict[str, Row] = field(default_factory=dict)
    incidents: list[Row] = field(default_factory=list)


@dataclass
class Folded:
    """Hold the rows to write: those of each case whole, and timeline and changes to be added.

    ``begun`` names the cases whose id had a life before, which was deleted: its steps are not this life's.
    """

    cases: dict[str, CaseRows]
    begun: set[str] = field(default_factory=set)
    timeline: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)


def fold(known: dict[str, CaseRows], entries: Iterable[Placed], service_of: ServiceOf) -> Folded:
    """Apply entries, in order, to what is known of their cases; `known` is used up."""
    folded = Folded(known)
    for placed in entries:
        entry = placed.entry
        if entry.case == _ORDERS:
            continue
        if entry.revision == 0:  # an act on a case that was not there, which it leaves as it was
            folded.timeline.append(_timeline_row(placed))
            continue
        rows = folded.cases.setdefault(entry.case, CaseRows())
        if entry.revision == 1 and rows.case is not None:
            folded.begun.add(entry.case)
            rows.case, rows.steps = None, {}
        rows.case = case_row(rows.case, entry, service_of)
        folded.timeline.append(_timeline_row(placed))
        folded.changes.extend(_change_rows(placed))
        before, after = _around_renaming(entry.changes)
        _move_steps(rows, entry, before)
        _move_tasks(rows, entry, before)
        _rename(rows, before)
        _move_steps(rows, entry, after)
        _move_tasks(rows, entry, after)
        _send_tasks(rows, entry)
        _move_incidents(rows, placed)
    return folded


def case_row(before: Mapping[str, Any] | None, entry: Entry, service_of: ServiceOf) -> Row:
    """Make a case's row: the newest entry's, with what only older ones know."""
    opened = before["opened_at"] if before else None
    closed = before["closed_at"] if before else None
    if opened is None and entry.status != "orphan":
        opened = entry.at
    status = GONE if entry.status == "orphan" and any(_is_deletion(each) for each in entry.changes) else entry.status
    if closed is None and status in CLOSED:
        closed = entry.at
    return {
        "id": entry.case,
        "number": entry.subject or (before["number"] if before else ""),
        "procedure": entry.procedure,
        "service": service_of(entry.procedure) if entry.procedure else "",
        "status": status,
        "holder": entry.holder,
        "incidents": len(entry.incidents),
        "revision": entry.revision,
        "bundle": entry.bundle,
        "opened_at": opened,
        "changed_at": entry.at,
        "closed_at": closed,
        "due": entry.due,
        "priority": entry.priority,
        "parent": entry.parent,
    }


def _is_deletion(change: Change) -> bool:
    return not change.step and change.after == "deleted"


def _timeline_row(placed: Placed) -> Row:
    entry = placed.entry
    as_is = (
        "case", "revision", "at", "kind", "actor", "event_type", "event_id", "outcome", "status", "why", "reason",
        "bundle", "topic", "partition", "offset", "appended_at", "state_hash", "event_hash",
        "orders",
    )  # fmt: skip
    return {name: getattr(entry, name) for name in as_is} | {
        "applied": {True: "yes", False: "no", None: ""}[entry.applied],
        "elements": " ".join(entry.elements),
        "journal_partition": placed.partition,
        "journal_offset": placed.offset,
    }


def _change_rows(placed: Placed) -> Iterable[Row]:
    entry = placed.entry
    for number, change in enumerate(entry.changes):
        yield {
            "case": entry.case, "journal_offset": placed.offset, "number": number, "revision": entry.revision,
            "step": change.step, "before": change.before, "after": change.after, "attempt": change.attempt,
            "why": change.why,
        }  # fmt: skip


def _is_move(change: Change) -> bool:
    return bool(change.step) and change.before in _STEP_STATUS and change.after in _STEP_STATUS


def _around_renaming(changes: Sequence[Change]) -> tuple[Sequence[Change], Sequence[Change]]:
    """Part changes after the last that gives a step another name: those before are of the old names."""
    at = max((n for n, each in enumerate(changes, start=1) if each.after == RENAMED), default=0)
    return changes[:at], changes[at:]


def _rename(rows: CaseRows, changes: Sequence[Change]) -> None:
    """Give steps and what is owed of them their new names, all at once: two may change places."""
    names = {each.step: each.why for each in changes if each.after == RENAMED}
    moved = {names[step]: row | {"step": names[step]} for step, row in rows.steps.items() if step in names}
    for step in names.keys() & rows.steps.keys():
        rows.steps[step] = rows.steps[step] | {"status": RENAMED}
    rows.steps |= moved
    for task, row in rows.tasks.items():
        if not row["ended_as"] and row["step"] in names:
            rows.tasks[task] = row | {"step": names[row["step"]]}


def _move_steps(rows: CaseRows, entry: Entry, changes: Sequence[Change]) -> None:
    for change in filter(_is_move, changes):
        rows.steps[change.step] = {
            "case": entry.case, "step": change.step, "status": change.after, "attempt": change.attempt,
            "since": entry.at,
        }  # fmt: skip


def _move_tasks(rows: CaseRows, entry: Entry, changes: Sequence[Change]) -> None:
    """End the tasks of steps that moved on; the others are owed."""
    for task, row in rows.tasks.items():
        if not row["ended_as"]:
            rows.tasks[task] = row | _gone_on(entry, changes, step=row["step"], due=row["due"])


def _send_tasks(rows: CaseRows, entry: Entry) -> None:
    """Add the tasks that an entry sent; one whose step moved on in the same entry has ended."""
    for sent in entry.tasks:
        rows.tasks[sent.task_id] = {
            "id": sent.task_id, "case": entry.case, "step": sent.step, "agency": sent.agency, "attempt": sent.attempt,
            "sent_at": entry.at, **_gone_on(entry, _since(sent, entry), step=sent.step, due=sent.due),
        }  # fmt: skip


def _gone_on(entry: Entry, changes: Sequence[Change], *, step: str, due: str | None) -> Row:
    """Tell how a task of a step stands after changes: what the step became first, and by when it is due."""
    ended_as = next((each.after for each in changes if each.step == step and _is_move(each)), "")
    told = [each.due for each in changes if each.step == step and each.after == _PROGRESS]
    return {
        "due": told[-1] if told and not ended_as else due,
        "ended_as": ended_as, "ended_at": entry.at if ended_as else None,
    }  # fmt: skip


def _since(sent: SentTask, entry: Entry) -> Sequence[Change]:
    """Give the changes after the one that made a task owed; all of them when it was owed before.

    A step that is returned owes the applicant's completion, which is a task with an id of its own.
    """
    is_steps_own = sent.task_id == task_id(CaseId(entry.case), StepName(sent.step), sent.attempt)
    made = (sent.step, "active" if is_steps_own else "returned", sent.attempt)
    at = next((n for n, each in enumerate(entry.changes) if (each.step, each.after, each.attempt) == made), -1)
    return entry.changes[at + 1 :]


def _move_incidents(rows: CaseRows, placed: Placed) -> None:
    entry = placed.entry
    new = list(entry.incidents)
    for number, row in enumerate(rows.incidents):
        same = next((one for one in new if _is_same(one, row)), None)
        if same is not None:
            new.remove(same)
        elif row["closed_at"] is None:
            rows.incidents[number] = row | {"closed_at": entry.at}
    for number, one in enumerate(new):
        rows.incidents.append(
            {
                "case": entry.case, "journal_offset": placed.offset, "number": number, "revision": entry.revision,
                "cause": one.cause, "step": one.step, "since": one.since, "detail": one.detail, "closed_at": None,
            }
        )  # fmt: skip


def _is_same(one: OpenIncident, row: Row) -> bool:
    """Tell whether a row is this incident, still open."""
    told = (row["cause"], row["step"], row["since"], row["detail"], row["closed_at"])
    return told == (one.cause, one.step, one.since, one.detail, None)
