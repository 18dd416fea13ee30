"""Which lane a case is in: the ordinary one, or the priority lane for a ground that its opening records (R22).

Promises that only the opening and an operator's act change it, each with a line in the journal, and that no more of the
ground than its class is kept, told or journaled here.
"""

from hub.events.envelope import Facts
from hub.router.draft import Draft

#: What an act names to bring a case back to the ordinary lane.
ORDINARY = "ordinary"


def enter(draft: Draft, opening: Facts) -> None:
    """Put a case into the priority lane if its opening records a ground for it."""
    lane = draft.procedure.priority
    found = None if lane is None else lane.classes.get(str(opening.get(lane.ground)))
    if found is not None:
        draft.case.priority = found
        draft.note("priority", why=f"the opening records a ground of class {found}")


def change(draft: Draft, wanted: str) -> str | None:
    """Put a case into the priority lane, or back into the ordinary one; say what hinders it."""
    lane, case = draft.procedure.priority, draft.case
    if case.closed_at is not None:
        return "the case has ended"
    if lane is None:
        return "its procedure has no priority lane"
    known = sorted(set(lane.classes.values()))
    if wanted not in {ORDINARY, *known}:
        return f"name a class of grounds: {', '.join(known)}, or {ORDINARY}"
    new = "" if wanted == ORDINARY else wanted
    if new == case.priority:
        return "the case is in that lane already"
    case.priority = new
    draft.note("priority", why=f"put by an operator into the {'priority' if new else ORDINARY} lane: {wanted}")
    return None
