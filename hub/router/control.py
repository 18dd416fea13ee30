"""The control messages that the hub and the agencies say to each other about tasks (``schemas/hub``)."""

from typing import Any, Final, Literal

from hub.calendar import LAST_MOMENT
from hub.events.codec import format_millis
from hub.events.envelope import Event, Facts
from hub.names import AgencyCode, CaseId, EventType, StepName, TaskId, derived_id, task_id
from hub.router.case import Case, StepState
from hub.router.decision import Decision, Notice, Refusal

EVENT_REFUSED: Final = EventType("hub.EventRefused")
TASK_CANCELLED: Final = EventType("hub.TaskCancelled")
DEADLINE_WARNED: Final = EventType("hub.DeadlineWarned")
CASE_CLOSED: Final = EventType("hub.CaseClosed")
CASE_REFERRED: Final = EventType("hub.CaseReferred")
COMPLETION_REQUESTED: Final = EventType("hub.CompletionRequested")
APPROVAL_PROPOSED: Final = EventType("hub.ApprovalProposed")
PAYMENT_NOTED: Final = EventType("hub.PaymentNoted")
TASK_ACCEPTED: Final = EventType("hub.TaskAccepted")


def moment_text(moment: int | None) -> str | None:
    """Write a time for a message; None when there is none or no calendar reaches it."""
    return format_millis(moment) if moment is not None and 0 <= moment <= LAST_MOMENT else None


def task_cancelled(case: Case, agency: AgencyCode, *, step: StepName, task: str, reason: str) -> Notice:
    """Tell an agency that it need not answer a task any more."""
    data = {"case": case.id, "task_id": task, "step": step, "reason": reason}
    return _notice(case, agency, TASK_CANCELLED, data=data, causation=task)


def deadline_warned(
    case: Case,
    agency: AgencyCode,
    *,
    step: StepName,
    state: StepState,
    percent: int,
    due: int,
    level: Literal["agency", "coordinator"],
) -> Notice:
    """Tell an agency or the coordinator how much of a task's time is gone; 0 percent: nobody has accepted it."""
    data = {
        "case": case.id,
        "task_id": state.task,
        "step": step,
        "percent": percent,
        "due": moment_text(due) or format_millis(0),
        "level": level,
    }
    return _notice(case, agency, DEADLINE_WARNED, data=data, causation=state.task, about=f"{percent}/{level}")


def case_closed(
    case: Case, agency: AgencyCode, *, outcome: str, rejection: Facts | None = None, proof: str = ""
) -> Notice:
    """Tell an agency how a case has ended; what was verified, and who speaks with the applicant why it was rejected."""
    data: dict[str, Any] = {"case": case.id, "outcome": outcome}
    if rejection is not None:
        data["rejection"] = rejection
    if proof:
        data["proof"] = proof
    return _notice(case, agency, CASE_CLOSED, data=data)


def payment_noted(case: Case, agency: AgencyCode, *, step: StepName, task: str, word: str, about: str) -> Notice:
    """Tell what became of a bill: already_paid, paid_twice, reversed or lapsed."""
    data = {"case": case.id, "step": step, "task_id": task, "word": word}
    return _notice(case, agency, PAYMENT_NOTED, data=data, causation=task or None, about=about)


def case_referred(case: Case, agency: AgencyCode, *, step: StepName, by: AgencyCode, to: AgencyCode) -> Notice:
    """Tell the front office, and through it the applicant, which agency goes on with a case instead of another."""
    data = {"case": case.id, "step": step, "referred_by": by, "referred_to": to}
    return _notice(case, agency, CASE_REFERRED, data=data, about=step)


def refused(event: Event, refusal: Refusal) -> Decision:
    """Refuse an event: a dead letter of its owner, who is told why; the case does not change."""
    data = {
        "case": event.case,
        "event_id": event.id,
        "event_type": event.type,
        "category": refusal.category,
        "reason": refusal.reason,
    }
    told = Notice(
        id=derived_id(event.case, event.agency, event.id, event.digest, EVENT_REFUSED),
        agency=event.agency, type=EVENT_REFUSED, data=data, causation=event.id, subject=event.subject,
    )  # fmt: skip
    return Decision(outcome="refused", refusal=refusal, notices=(told,), why=refusal.reason, journal=False)


def completion_task_id(case: CaseId, step: StepName, attempt: int, /) -> TaskId:
    """Make the id of the task by which the applicant completes this attempt's file."""
    return task_id(case, StepName(f"{step}/completion"), attempt)


def _notice(
    case: Case,
    agency: AgencyCode,
    kind: EventType,
    *,
    data: Facts,
    causation: str | None = None,
    about: str = "",
) -> Notice:
    return Notice(
        id=derived_id(case.id, str(case.revision), agency, kind, causation or "", about),
        agency=agency, type=kind, data=data, causation=causation, subject=case.subject,
    )  # fmt: skip
