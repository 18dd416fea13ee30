"""A decision written as records: tasks, notices, journal and status, encoded before any is sent.

What cannot be encoded raises before anything was produced, so that the decision can be taken back whole.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from hub.bus.origin import forwarded_headers, owner_of
from hub.bus.record import Record
from hub.errors import OversizedError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import Event, to_headers
from hub.names import INTAKE, JOURNAL, STATUS, AgencyCode, EventType, derived_id, tasks_topic
from hub.network.plan import Plan
from hub.router.case import Case, Incident, is_closed
from hub.router.clock import Owed
from hub.router.decision import Command, Decision, Notice, Signal, Task
from hub.router.rejection import shown

_ENTRY: Final = EventType("hub.JournalEntry")
_STATUS: Final = EventType("hub.CaseStatus")
#: Who speaks on what the hub writes.
SOURCE: Final = "/hub/router"
#: On a journal entry: the chain's head after it.
CHAIN_HEADER: Final = "hubchain"
#: Bytes of the value of one record that the hub writes; the topics take headers and a batch beside it.
MAX_RECORD_BYTES: Final = 900_000


class Output(msgspec.Struct, frozen=True, gc=False):
    """One record to be produced; partition -1: by key."""

    topic: str
    value: bytes | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    partition: int = -1


def write_task(task: Task, case: bytes, codec: Codec, now: int) -> Output:
    """Write a task for its agency."""
    extra = [
        ("hubstep", task.step), ("hubprocedure", task.procedure), ("hubattempt", str(task.attempt)),
    ]  # fmt: skip
    if task.due is not None:
        extra.append(("hubdue", format_millis(task.due)))
    if task.about:
        extra.append(("hubsubject", task.about))
    if task.priority:
        extra.append(("hubpriority", "1"))
    if task.again:
        extra.append(("hubresent", "1"))
    headers = to_headers(
        task.id,
        task.type,
        source=SOURCE,
        time=format_millis(now),
        case=case.decode(),
        subject=task.subject,
        extra=extra,
    )
    return sized(Output(tasks_topic(task.agency), codec.encode(task.type, task.data), case, headers))


def write_notice(notice: Notice, case: bytes, codec: Codec, now: int) -> Output:
    """Write a control message for an agency."""
    headers = to_headers(
        notice.id, notice.type, source=SOURCE, time=format_millis(now), case=case.decode(), subject=notice.subject,
        causation=notice.causation,
    )  # fmt: skip
    return sized(Output(tasks_topic(notice.agency), codec.encode(notice.type, notice.data), case, headers))


def write_status(case: Case, owed: Owed, *, codec: Codec, plan: Plan, now: int) -> Output:
    """Write where a case stands, for subscribers; on the case's own partition number by its key."""
    procedure = plan.procedures.get(case.procedure) if case.procedure else None
    data: dict[str, Any] = {
        "case": case.id, "revision": case.revision, "service": procedure.service if procedure else "",
        "procedure": case.procedure or "", "status": case.status, "active": owed.steps, "holder": case.holder,
        "due": owed.due, "incidents": len(case.incidents), "subject": case.subject or "", "at": now,
    }  # fmt: skip
    if case.rejection is not None:
        data["rejection"] = shown(case.rejection)
    if case.parent is not None:
        data["parent"] = case.parent.case
    key = case.id.encode()
    headers = to_headers(
        f"{case.id}/{case.revision}", _STATUS, source=SOURCE, time=format_millis(now), case=case.id,
        subject=case.subject,
    )  # fmt: skip
    return Output(STATUS, codec.encode_own(_STATUS, data), key, headers)


class Decided(msgspec.Struct, frozen=True, gc=False):
    """One decision with what it was made on; ``state`` are the bytes of ``case``, ``owed`` is what it waits for."""

    case: Case
    owed: Owed
    decision: Decision
    stimulus: Event | Command | None
    record: Record | None
    state: bytes | None
    now: int


def write_entry(
    decided: Decided, codec: Codec, *, bundle: int, chain: str, partition: int, orders: int = 0
) -> tuple[Output, str]:
    """Write the journal entry of a decision and the chain's new head: the hash of the head before and this entry."""
    data = _what(decided, bundle)
    data["orders"] = orders
    data.update(_who(decided.stimulus), **where_read(decided.record))
    if decided.case.parent is not None:
        data["parent"] = decided.case.parent.case
    return journaled(data, decided.case.id.encode(), codec, chain=chain, partition=partition)


def journaled(data: dict[str, Any], key: bytes, codec: Codec, *, chain: str, partition: int) -> tuple[Output, str]:
    """Write an entry's data as a record of the journal, and give the chain's head after it."""
    value = codec.encode_own(_ENTRY, data)
    head = link(chain, value)
    headers = [("ce_type", _ENTRY.encode()), (CHAIN_HEADER, head.encode())]
    return Output(JOURNAL, value, key, headers, partition), head


def _what(decided: Decided, bundle: int) -> dict[str, Any]:
    case, decision = decided.case, decided.decision
    tasks = [
        {"task_id": task.id, "step": task.step, "agency": task.agency, "attempt": task.attempt, "due": task.due}
        for task in decision.tasks
    ]
    return {
        "case": case.id, "revision": case.revision, "procedure": case.procedure or "", "status": case.status,
        "outcome": decision.outcome, "at": decided.now, "kind": "tick",
        "changes": [msgspec.structs.asdict(each) for each in decision.changes], "tasks": tasks,
        "elements": decision.elements, "incidents": [_incident(each) for each in case.incidents],
        "why": decision.why, "applied": decision.applied, "subject": case.subject or "",
        "due": case.due if is_closed(case) else decided.owed.due,
        "holder": case.holder, "bundle": bundle, "state_hash": state_hash(decided.state), "priority": case.priority,
    }  # fmt: skip


def _who(stimulus: Event | Command | None) -> dict[str, Any]:
    if stimulus is None:
        return {}
    if isinstance(stimulus, Event):
        return {
            "kind": "event", "event_id": stimulus.id, "event_type": stimulus.type,
            "actor": stimulus.sender if isinstance(stimulus, Signal) else stimulus.agency,
        }  # fmt: skip
    return {
        "kind": "command", "event_id": stimulus.id, "event_type": stimulus.act, "actor": stimulus.actor,
        "reason": stimulus.reason,
    }  # fmt: skip


def where_read(record: Record | None) -> dict[str, Any]:
    """Say where what was decided on stands, as the journal has it; nothing for a timer."""
    if record is None:
        return {}
    return {
        "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "appended_at": record.timestamp, "event_hash": record_hash(record),
    }  # fmt: skip


def _incident(incident: Incident) -> dict[str, Any]:
    return {"cause": incident.cause, "step": incident.step, "since": incident.since, "detail": incident.detail}


def write_forward(record: Record, partition: int) -> Output | None:
    """Write a record whose key belongs to another partition to the intake, marked with whose it is and since when."""
    if owner_of(record) is None:
        return None
    return Output(INTAKE, record.value, record.key, forwarded_headers(record), partition)


def record_hash(record: Record) -> str:
    """Hash a record as read: 16 hex characters over key and value."""
    return hashlib.blake2b(record.value or b"", digest_size=8, key=(record.key or b"")[:64]).hexdigest()


def state_hash(state: bytes | None) -> str:
    """Hash a case's state: 16 hex characters; a decision is reproduced when its state's hash is."""
    return hashlib.blake2b(state or b"", digest_size=8).hexdigest()


def link(chain: str, entry: bytes) -> str:
    """Give the journal chain's next head: 32 hex characters over the head before and the entry's bytes."""
    return hashlib.blake2b(chain.encode() + entry, digest_size=16).hexdigest()


def owner_notice(owner: AgencyCode, record: Record, category: str, reason: str) -> Notice:
    """Tell the owner of an unreadable record that it became a dead letter."""
    place = f"{record.topic}-{record.partition}@{record.offset}"
    case = (record.key or b"").decode(errors="replace")[:200]
    data = {"case": case, "event_id": place, "event_type": "", "category": category, "reason": reason}
    return Notice(id=derived_id(place, "refused"), agency=owner, type=EventType("hub.EventRefused"), data=data)


def sized(output: Output) -> Output:
    """Give a record that its topic takes; raise OversizedError for a larger one."""
    if len(output.value or b"") > MAX_RECORD_BYTES:
        raise OversizedError(
            f"a record for {output.topic} would have over {MAX_RECORD_BYTES} bytes; send a claim check"
        )
    return output
