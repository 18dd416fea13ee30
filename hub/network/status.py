"""What a foreign system's statuses mean here, as a network declares it; what is not declared is never guessed."""

from typing import Annotated, Literal

from pydantic import Field

from hub.identity import Refusal
from hub.names import EventType
from hub.network.model import Code, Declared, Evidence, Marked, Text, Word

#: Where a case stands, in the words that all foreign statuses are told in (R9).
State = Literal[
    "submitted",
    "screening",
    "complete",
    "returned_for_completion",
    "in_verification",
    "in_inspection",
    "clarification",
    "re_clarification",
    "awaiting_payment",
    "numbering",
    "approved",
    "approved_provisional",
    "approved_deemed",
    "rejected",
    "delivered",
    "closed",
    "supervised",
]


class Status(Declared):
    """Say what one status code means: a state, told apart by ``detail``, and what it does to the agencies' clock.

    ``event`` is what whoever reads the status publishes; one without is known, and moves no case.
    """

    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,20}$")]
    title: Text
    state: State
    detail: Word | None = None
    clock: Literal["run", "stop", "resume", "reset", "end"] | None = None
    event: EventType | None = None
    evidence: Evidence


class Statuses(Marked):
    """The statuses of one foreign system, which belongs to an agency (statuses/<name>.yaml)."""

    statuses: Word
    title: Text
    agency: Code
    codes: tuple[Status, ...]
    note: str | None = None


def meaning(statuses: Statuses, code: str) -> Status | Refusal:
    """Give what a status code means; one that is not listed, or is written otherwise, is refused."""
    found = next((each for each in statuses.codes if each.code == code), None)
    return found or Refusal(f"must be one of the {len(statuses.codes)} codes in statuses/{statuses.statuses}.yaml")
