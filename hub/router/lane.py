"""Which lane a case is in: the ordinary one, or the priority lane for a recorded ground (R22).

Promises that only a recorded ground (of the opening, or of an answer that the procedure names) and an operator's act
change it, each with a line in the journal; that the cases it waits for go along; and that no more of the ground than
its class is kept, told or journaled here.
"""

from hub.events.envelope import Event
from hub.names import StepName
from hub.router import sub_case
from hub.router.decision import Signal
from hub.router.draft import Draft
from hub.router.message import Message

#: What an act names to bring a case back to the ordinary lane.
ORDINARY = "ordinary"


def enter(draft: Draft, opening: Event) -> None:
    """Put a case into the priority lane if its opening records a ground, or the case that waits for it goes there."""
    lane = draft.procedure.priority
    found = None if lane is None else lane.classes.get(str(opening.data.get(lane.ground)))
    if found is not None:
        draft.case.priority = found
        draft.note("priority", why=f"the opening records a ground of class {found}")
    elif isinstance(opening, Signal) and opening.lane:
        draft.case.priority = opening.lane
        draft.note("priority", why=f"it goes as case {opening.sender} does, for a ground of class {opening.lane}")


def learn(draft: Draft, step: StepName, message: Message) -> None:
    """Put a case into the priority lane from now on if an answer records a ground in a field that is declared so.

    What is no ground changes nothing: a case leaves the lane by an operator's act only.
    """
    lane = draft.procedure.priority
    for name in () if lane is None else lane.answers.get(step, ()):
        found = None if lane is None else lane.classes.get(str(message.data.get(name)))
        if found is not None and found != draft.case.priority:
            _put(draft, found, step=step, why=f"{message.agency} records a ground of class {found}")


def change(draft: Draft, wanted: str) -> str | None:
    """Put a case into the priority lane, or back into the ordinary one; say what hinders it."""
    lane, case = draft.procedure.priority, draft.case
    if case.closed_at is not None:
        return "the case has ended"
    if lane is None:
        above = "" if case.parent is None else f"; it goes as case {case.parent.case} does: act on that one"
        return f"its procedure has no priority lane{above}"
    known = sorted(set(lane.classes.values()))
    if wanted not in {ORDINARY, *known}:
        return f"name a class of grounds: {', '.join(known)}, or {ORDINARY}"
    new = "" if wanted == ORDINARY else wanted
    if new == case.priority:
        return "the case is in that lane already"
    _put(draft, new, why=f"put by an operator into the {'priority' if new else ORDINARY} lane: {wanted}")
    return None


def follow(draft: Draft, signal: Signal) -> None:
    """Go along with the case that waits for this one, whose lane has changed.

    Where the procedure has a lane of its own, a ground may be the case's own: it is taken out by an act on it only.
    """
    if draft.procedure.priority is not None and draft.case.priority:
        draft.note("priority", why=f"it keeps its own lane, though that of case {signal.sender} has changed")
    elif signal.lane != draft.case.priority:
        _put(draft, signal.lane, why=f"it goes as case {signal.sender} does: {signal.data.get('reason', '')}")


def _put(draft: Draft, lane: str, *, why: str, step: str = "") -> None:
    draft.case.priority = lane
    draft.note("priority", step=step, why=why)
    for name, state in draft.case.steps.items():
        if state.status == "active" and draft.procedure.steps[name].sub_case is not None:
            sub_case.tell_lane(draft, draft.procedure.steps[name], why=why)
