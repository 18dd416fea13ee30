"""Which step an event answers: by the task it names, or by its type when exactly one active task fits.

Promises never to guess, and that an answer counts only from the agency to which the task was sent.
"""

from collections.abc import Set as AbstractSet
from typing import Final, Literal

import msgspec

from hub.names import EventType, task_id
from hub.network.plan import Plan, ProcedurePlan, StepPlan
from hub.router.case import Case, StepState
from hub.router.control import completion_task_id
from hub.router.message import Message
from hub.router.returns import completed_by

#: How an answer that names no task was matched; stands in the journal.
BY_TYPE: Final = "matched by type"


class Match(msgspec.Struct, frozen=True, gc=False):
    """Say where an event belongs: to a task now, early or late; or why it cannot be taken."""

    kind: Literal["now", "early", "late", "rights", "routing"]
    step: StepPlan | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Give the step's name, empty when no single step is meant."""
        return "" if self.step is None else self.step.name


def find(plan: Plan, procedure: ProcedurePlan, case: Case, *, message: Message) -> Match:
    """Find the step that an answer or completion moves."""
    if message.causation:
        return _by_task(plan, procedure, case, message=message)
    return _by_type(plan, procedure, case, message=message)


def find_task(plan: Plan, procedure: ProcedurePlan, case: Case, *, message: Message) -> Match:
    """Find the owed step whose task an event names, whatever the event's type."""
    for name, state in case.steps.items():
        if state.task and state.task == message.causation:
            step = procedure.steps[name]
            if _owner(plan, step, state) != message.agency:
                return Match("rights", step, why="the task was sent to another agency")
            return Match("now", step)
    return _other_attempt(plan, procedure, case, message=message)


def _by_task(plan: Plan, procedure: ProcedurePlan, case: Case, *, message: Message) -> Match:
    found = find_task(plan, procedure, case, message=message)
    if found.step is not None and found.kind == "now" and not _takes(found.step, case, message.type):
        return Match("routing", found.step, why=f"the task's step {found.name} takes no {message.type}")
    if procedure.has_subjects and found.step is not None and not is_about(found.step, message):
        field = "" if found.step.subject is None else found.step.subject.said_in
        return Match("routing", found.step, why=f"its {field!r} names another subject than the task is about")
    return found


def _by_type(plan: Plan, procedure: ProcedurePlan, case: Case, *, message: Message) -> Match:
    takers = procedure.answered_by.get(message.type, ())
    if not takers:
        return Match("routing", why=f"no step of {procedure.ref} takes {message.type}")
    steps = [procedure.steps[name] for name in takers]
    if procedure.has_subjects:
        steps = [step for step in steps if is_about(step, message)]
    mine = [step for step in steps if _may_say(plan, procedure, step, message)]
    if not mine:
        return _not_its_own(case, steps, message)
    fitting = [step for step in mine if _fits(plan, step, case, message)]
    if len(fitting) == 1:
        return Match("now", fitting[0], why=BY_TYPE)
    if fitting:
        names = ", ".join(step.name for step in fitting)
        return Match("routing", why=f"several tasks fit ({names}); name the task in ce_causationid")
    pending = [step for step in mine if _answers(step, message) and not _has_left_pending(case, step)]
    only = (pending or mine)[0] if len(pending or mine) == 1 else None
    return Match("early", only) if pending else Match("late", only, why="no task waits for it")


def _not_its_own(case: Case, steps: list[StepPlan], message: Message) -> Match:
    if not steps:
        return Match("routing", why=f"no step that takes {message.type} is about the subject that it names")
    if given := [step for step in steps if message.agency in case.assigned.get(step.name, ())]:
        return Match("late", given[0], why="its step was given to another agency")
    return Match("rights", why=f"no task that {message.type} could answer goes to this agency")


def _other_attempt(plan: Plan, procedure: ProcedurePlan, case: Case, *, message: Message) -> Match:
    """Look among the tasks of older attempts, and of the next one, which a power cut may have taken back."""
    for step in procedure.steps.values():
        state = case.steps.get(step.name)
        attempts = 0 if state is None else state.attempt
        for attempt in range(1, attempts + 1):
            if task_id(case.id, step.name, attempt) == message.causation:
                return _past({step.agency, *case.assigned.get(step.name, ())}, step, message)
            if completion_task_id(case.id, step.name, attempt) == message.causation:
                return _past({plan.front_office}, step, message)
        if not _has_left_pending(case, step) and task_id(case.id, step.name, attempts + 1) == message.causation:
            return _ahead(step, message)
    return Match("routing", why="it names a task that was never sent in this case")


def _past(owners: AbstractSet[str], step: StepPlan, message: Message) -> Match:
    if message.agency not in owners:
        return Match("rights", step, why="the task was sent to another agency")
    return Match("late", step, why="its task is not waited for any more")


def _ahead(step: StepPlan, message: Message) -> Match:
    if step.agency != message.agency:
        return Match("rights", step, why="the task was sent to another agency")
    if message.type not in step.answers:
        return Match("routing", step, why=f"the task's step {step.name} takes no {message.type}")
    return Match("early", step)


def _has_left_pending(case: Case, step: StepPlan) -> bool:
    state = case.steps.get(step.name)
    return case.closed_at is not None or case.status == "closing" or (state is not None and state.status != "pending")


def _owner(plan: Plan, step: StepPlan, state: StepState) -> str:
    return plan.front_office if state.status == "returned" else step.agency


def _takes(step: StepPlan, case: Case, event_type: EventType) -> bool:
    state = case.steps[step.name]
    if state.status == "returned":
        return event_type == completed_by(step, state.returned_by)
    return event_type in step.answers


def _fits(plan: Plan, step: StepPlan, case: Case, message: Message, /) -> bool:
    state = case.steps.get(step.name)
    if state is None or (state.status != "active" and state.status != "returned"):  # noqa: PLR1714 - quicker than a set
        return False
    return _owner(plan, step, state) == message.agency and _takes(step, case, message.type)


def is_about(step: StepPlan, message: Message) -> bool:
    """Tell whether a message may speak of whom a step is; the hub's own completion names nobody, but its task."""
    if step.subject is None:
        return True
    said = message.data.get(step.subject.said_in)
    return said is None or said == step.subject.code


def _may_say(plan: Plan, procedure: ProcedurePlan, step: StepPlan, message: Message, /) -> bool:
    if _answers(step, message):
        return True
    return plan.front_office == message.agency and step.name in procedure.completed_by.get(message.type, ())


def _answers(step: StepPlan, message: Message) -> bool:
    return message.type in step.answers and step.agency == message.agency
