"""Why a case was rejected, as the applicant must be told (R17): reason code, legal basis, plain words, where to object.

Words and codes that speak of a person go to the front office only, and are forgotten once it has them.
"""

from typing import Any, Final

import msgspec

from hub.events.envelope import Facts
from hub.network.plan import AnswerPlan, StepPlan
from hub.router.case import Rejection
from hub.router.message import Message

#: Characters of each that are told: enough for a letter's paragraph, too few for a document.
_CHARS: Final = {"reason": 200, "legal_basis": 500, "explanation": 2_000, "appeal": 500}


def made(step: StepPlan, answer: AnswerPlan, message: Message) -> Rejection:
    """Keep what a rejection says of why."""
    said: dict[str, str] = {}
    for name, field in answer.told.items():
        value = message.data.get(field)
        if isinstance(value, str) and value:
            said[name] = value[: _CHARS[name]]
    hidden = tuple(name for name in said if name not in answer.shown)
    return Rejection(step=step.name, agency=step.agency, hidden=hidden, **said)


def told(rejection: Rejection) -> dict[str, Any]:
    """Say all of it, for the front office."""
    return {"step": rejection.step, "agency": rejection.agency} | {name: getattr(rejection, name) for name in _CHARS}


def without_person(rejection: Rejection) -> Rejection:
    """Keep what may be shown to anybody."""
    gone = dict.fromkeys({*rejection.hidden, "explanation"}, "")
    return msgspec.structs.replace(rejection, hidden=(), **gone)


def shown(rejection: Rejection) -> Facts:
    """Say what may be shown to anybody, for subscribers."""
    kept = without_person(rejection)
    return {name: getattr(kept, name) for name in ("step", "agency", "reason", "legal_basis", "appeal")}
