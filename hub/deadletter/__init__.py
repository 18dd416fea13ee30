"""Dead letters looked at and put back: what waits and why, and who put back what; never twice, never for ever."""

from hub.deadletter.act import Act, Redriven
from hub.deadletter.cause import Cause, by_cause
from hub.deadletter.dismiss import Dismissal
from hub.deadletter.letter import Letter, LetterId, parse_letter_id
from hub.deadletter.redrive import Choice, Redrive
from hub.deadletter.shelf import Shelf
from hub.deadletter.verdict import Going, Verdict

__all__ = [
    "Act", "Cause", "Choice", "Dismissal", "Going", "Letter", "LetterId", "Redrive", "Redriven", "Shelf", "Verdict",
    "by_cause", "parse_letter_id",
]  # fmt: skip
