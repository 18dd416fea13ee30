"""Journal entries for the views' tests: one short story of a case, and a way to make many."""

import random
from collections.abc import Iterator
from typing import Any

from hub.names import AgencyCode, CaseId, StepName, case_id, task_id
from hub.views.entry import Change, Entry, OpenIncident, Placed, SentTask

MPP = AgencyCode("mpp")
CASE = case_id(MPP, "1")


def at(minute: int) -> str:
    """Give a time of the story's day."""
    return f"2026-01-05T{minute // 60:02d}:{minute % 60:02d}:00.000Z"


def task(case: str, step: str, agency: str, attempt: int = 1, due: str | None = None) -> SentTask:
    """Make the step's own task."""
    return SentTask(task_id(CaseId(case), StepName(step), attempt), step, agency, attempt, due)


def move(step: str, before: str, after: str, attempt: int = 1) -> Change:
    """Make a change of a step's status."""
    return Change(step, before, after, attempt)


def entry(revision: int, *, case: str = CASE, **said: Any) -> Entry:
    """Make an entry; what is not said is as in an open newborn case."""
    usual: dict[str, Any] = {
        "status": "open", "outcome": "advanced", "at": at(revision), "kind": "event", "bundle": 1,
        "procedure": "newborn@1", "subject": "MPP-1", "event_type": "id.x.Y", "event_id": f"e{revision}",
        "actor": "disdukcapil", "state_hash": f"{revision:016x}",
    }  # fmt: skip
    return Entry(case=case, revision=revision, **(usual | said))


def opening(**said: Any) -> Entry:
    """Open the case: the first step's task is sent."""
    sent = (task(said.get("case", CASE), "record", "disdukcapil", due=at(600)),)
    given: dict[str, Any] = {
        "outcome": "opened",
        "actor": "mpp",
        "changes": (move("record", "pending", "active"),),
        "tasks": sent,
    }
    return entry(1, **(given | said))


def placed(*entries: Entry, partition: int = 0, offset: int = 0) -> list[Placed]:
    """Put entries on one partition of the journal."""
    return [Placed(partition, offset + number, each) for number, each in enumerate(entries)]


def service_of(procedure: str) -> str:
    """Tell the service of the story's procedures."""
    return {"newborn@1": "newborn", "passport@1": "passport"}.get(procedure, "")


def many(cases: int, seed: int) -> Iterator[Entry]:
    """Make the interleaved entries of many cases: steps that come and go, incidents that open and close."""
    chance = random.Random(seed)  # noqa: S311 - a test's chance
    revisions = {case_id(MPP, str(number)): 0 for number in range(cases)}
    for minute in range(cases * 6):
        case = chance.choice(list(revisions))
        revisions[case] += 1
        revision = revisions[case]
        incidents = (OpenIncident("guard", at(minute % 1400), "record", "no value"),) if chance.random() < 0.2 else ()
        step = chance.choice(["record", "certificate"])
        after = chance.choice(["active", "done", "returned"])
        yield entry(
            revision, case=case, at=at(minute % 1400), incidents=incidents,
            changes=(move(step, chance.choice(["pending", "active"]), after, revision),),
            tasks=(task(case, step, "disdukcapil", revision),) if after == "active" else (),
            status=chance.choice(["open", "open", "completed"]), procedure=chance.choice(["newborn@1", "passport@1"]),
        )  # fmt: skip
