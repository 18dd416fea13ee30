"""What follows from a change: steps start or are skipped, early answers are used, and the case ends at the end."""

from hub.router import activation, closing, late, outcome, receipt
from hub.router.draft import Draft
from hub.router.matching import find


def run(draft: Draft) -> None:
    """Go on until nothing more follows. What is done does not depend on the order of what came."""
    while True:
        while draft.look:
            activation.consider(draft, draft.look.pop(0))
        if draft.case.incidents or not (draft.case.early and _use_early(draft)):
            break
    closing.settle(draft)


def _use_early(draft: Draft) -> bool:
    for answer in draft.case.early:
        found = find(draft.plan, draft.procedure, draft.case, message=answer)
        if found.kind == "early":
            continue
        if found.kind == "now" and found.step is not None:
            if not outcome.apply(draft, found.step, message=answer, why=f"answered early; {found.why}".rstrip("; ")):
                if draft.refusal is not None:
                    receipt.give_up(draft, answer)
                return False
        else:
            late.take(draft, answer, step=found.step, why=found.why)
        draft.case.early = tuple(one for one in draft.case.early if one is not answer)
        return True
    return False
