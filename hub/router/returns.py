"""Back to the applicant or to an earlier step, and what an applicant's completion resumes.

Promises that rounds are counted and capped, and that every step after the one gone back to is done again.
"""

from collections.abc import Iterable
from typing import Any

from hub.events.envelope import Facts
from hub.names import APPLICATION, EventType, StepName, TaskId
from hub.network.model import COMPLETED
from hub.network.plan import AnswerPlan, StepPlan, SubjectPlan
from hub.router import activation, bill, clock, predecessor, proposal, sub_case
from hub.router.case import OWED
from hub.router.control import COMPLETION_REQUESTED, completion_task_id, moment_text, task_cancelled
from hub.router.decision import Task
from hub.router.draft import Draft
from hub.router.holding import hold
from hub.router.message import Message

#: Characters of a reason code that is told.
_REASON_CHARS = 200
#: Items of a return's list that are told, and characters of each.
_ITEMS, _ITEM_CHARS = 100, 500


def send_back(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> bool:
    """Return a step; False (and an incident) when the rounds are used up or the way back leads nowhere."""
    if draft.case.status != "open":
        clock.end(draft.move(step.name, "cancelled", why="returned while the case ends"), draft.at)
        return True
    if draft.case.rounds >= draft.procedure.max_rounds:
        detail = f"returned more than {draft.procedure.max_rounds} times; retry allows as many again, or withdraw"
        draft.incident("rounds", detail, step=step.name)
        return False
    if answer.to is not None and step.name not in draft.procedure.steps[answer.to].descendants:
        draft.incident("return", f"step {answer.to} does not come before {step.name}; skip or withdraw", step=step.name)
        return False
    draft.case.rounds += 1
    if answer.to is None:
        _to_applicant(draft, step, answer=answer, message=message)
    else:
        _to_step(draft, step, answer=answer, target=draft.procedure.steps[answer.to], message=message)
    return True


def complete(draft: Draft, step: StepPlan, *, message: Message) -> None:
    """Resume a returned step: what the applicant says now replaces what was said before."""
    said = message.data if step.subject is None else _of_case(message.data, step.subject)
    draft.give(APPLICATION, said)
    mark_stale(draft, [(APPLICATION, field) for field in said])
    if draft.case.lineage is not None:
        predecessor.corrected(draft, said)
    clock.end(draft.move(step.name, "pending", why="completed by the applicant"), draft.at)
    activation.start(draft, step)


def _of_case(data: Facts, subject: SubjectPlan) -> Facts:
    """Say of the case what a completion says of one subject: its own names are those of the subject's facts."""
    return {subject.facts.get(name, name): value for name, value in data.items() if name != subject.said_in}


def mark_stale(draft: Draft, changed: Iterable[tuple[str, str]]) -> None:
    """Mark the tasks that were made of facts that have changed since: sending one again makes a new attempt."""
    paths = frozenset(changed)
    for name, state in list(draft.case.steps.items()):
        if state.status == "active" and not paths.isdisjoint(draft.procedure.steps[name].uses):
            draft.edit(name).stale = True


def cancel_task(draft: Draft, step: StepPlan, *, reason: str) -> None:
    """Tell whoever has a step's task that it is not waited for any more."""
    state = draft.state(step.name)
    if state.status == "active" and step.sub_case is not None:
        sub_case.give_up(draft, step, reason=reason)
    elif state.status in OWED and not state.held:
        agency = draft.plan.front_office if state.status == "returned" else step.agency
        draft.notices.append(task_cancelled(draft.case, agency, step=step.name, task=state.task, reason=reason))
        proposal.withdraw(draft, step)


def completed_by(step: StepPlan, returned_by: EventType | None) -> EventType:
    """Tell which event completes a step that this answer returned."""
    answer = step.answers.get(returned_by) if returned_by is not None else None
    return (answer.completed_by if answer is not None else None) or COMPLETED


def completion_task(draft: Draft, step: StepPlan) -> Task:
    """Write the task by which the front office asks the applicant to complete a returned file."""
    state, case = draft.state(step.name), draft.case
    data: dict[str, Any] = {
        "case": case.id, "step": step.name, "procedure": draft.procedure.ref, "items": list(state.items),
        "reason": state.reason, "due": moment_text(state.due), "completed_by": completed_by(step, state.returned_by),
    }  # fmt: skip
    if state.items:
        data["missing"] = _missing(draft, state.items)
    if state.text:
        data["text"] = state.text
    if step.subject is not None:
        data["subject"] = step.subject.code
    return Task(
        id=TaskId(state.task), agency=draft.plan.front_office, type=COMPLETION_REQUESTED, step=step.name,
        attempt=state.attempt, procedure=draft.procedure.ref, data=data, due=state.due, subject=case.subject,
        about="" if step.subject is None else step.subject.code, priority=case.priority != "",
    )  # fmt: skip


def _to_applicant(draft: Draft, step: StepPlan, *, answer: AnswerPlan, message: Message) -> None:
    items, reason = _items_of(answer, message), _reason_of(answer, message)
    state = draft.move(
        step.name, "returned", why=f"to the applicant{_listed(draft, answer, items=items, reason=reason)}"
    )
    clock.end(state, draft.at)
    state.returned_by, state.items, state.reason = answer.type, items, reason
    state.task = completion_task_id(draft.case.id, step.name, state.attempt)
    state.text, state.missed = _text_of(answer, message), False
    draft.give(step.name, message.data)
    ask_applicant(draft, step)


def ask_applicant(draft: Draft, step: StepPlan) -> None:
    """Send the front office the task to have a returned file completed; the applicant's time begins."""
    state = draft.edit(step.name)
    state.started, state.held = draft.now, False
    if draft.plan.front_office in draft.plan.orders.held:
        hold(draft, step, draft.plan.front_office)
        return
    answer = step.answers.get(state.returned_by) if state.returned_by is not None else None
    within = None if answer is None else answer.complete_within
    state.due = None if answer is None or within is None else clock.after(draft.now, within, by=answer)
    draft.tasks.append(completion_task(draft, step))


def _to_step(draft: Draft, step: StepPlan, *, answer: AnswerPlan, target: StepPlan, message: Message) -> None:
    _reset_from(draft, target, returned=step.name)
    draft.give(step.name, message.data)
    told = _listed(draft, answer, items=_items_of(answer, message), reason=_reason_of(answer, message))
    draft.note("returned", step=step.name, why=f"to {target.name}{told}")
    activation.start(draft, target)


def redo(draft: Draft, target: StepPlan, *, why: str) -> None:
    """Do a step and every step after it again, though no answer has returned any."""
    _reset_from(draft, target)
    draft.note("done again", step=target.name, why=why)
    activation.start(draft, target)


def _reset_from(draft: Draft, target: StepPlan, *, returned: StepName | None = None) -> None:
    again = target.descendants | {target.name}
    for name in draft.procedure.steps:
        if name in again and draft.state(name).status != "pending":
            reset(draft, draft.procedure.steps[name], returned=name == returned)


def reset(draft: Draft, step: StepPlan, *, returned: bool = False) -> None:
    """Make a step pending again; who has its task is told, unless it has just returned it."""
    if not returned:
        cancel_task(draft, step, reason="an earlier step is done again")
    clock.end(draft.move(step.name, "pending", why="done again"), draft.at)
    if not (draft.case.bills and bill.is_paid(draft, step)):  # what a receipt said stands while its payment does
        draft.forget(step.name)


def _listed(draft: Draft, answer: AnswerPlan, *, items: tuple[str, ...], reason: str) -> str:
    """Say for the journal what was found missing: codes of closed lists only, never what an agency wrote itself."""
    known = [code for code in items if code in draft.procedure.requirements]
    code = f" ({reason})" if reason in answer.codes else ""
    more = [f"{len(items) - len(known)} more"] if len(known) < len(items) else []
    return f"{code}: {', '.join([*known, *more])}" if known else code


def _missing(draft: Draft, items: tuple[str, ...]) -> list[dict[str, str]]:
    """Say of each item what it is and how to mend it; of a code that no list knows only the code."""
    told = [(code, draft.procedure.requirements.get(code, ("", ""))) for code in items]
    return [{"code": code, "document": document, "text": text} for code, (document, text) in told]


def _text_of(answer: AnswerPlan, message: Message) -> str:
    value = message.data.get(answer.text) if answer.text is not None else None
    return value[:_ITEM_CHARS] if isinstance(value, str) else ""


def _reason_of(answer: AnswerPlan, message: Message) -> str:
    value = message.data.get(answer.reason) if answer.reason is not None else None
    return value[:_REASON_CHARS] if isinstance(value, str) else ""


def _items_of(answer: AnswerPlan, message: Message) -> tuple[str, ...]:
    value = message.data.get(answer.items) if answer.items is not None else None
    if isinstance(value, str):
        value = [value]
    return tuple(str(one)[:_ITEM_CHARS] for one in value[:_ITEMS]) if isinstance(value, list) else ()
