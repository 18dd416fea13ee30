"""Whose an incident is and what can be done about it, by its cause: what people see beside it."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from hub.router.case import Cause

#: Who mends an incident: the network's coordinator, whose operators act on cases, or whoever keeps the hub.
Owner = Literal["coordinator", "keeper"]


class Remedy(NamedTuple):
    """Say who mends an incident, by which acts (``hub case <act>``), and how in words."""

    owner: Owner
    acts: tuple[str, ...]
    advice: str


REMEDIES: Final[Mapping[Cause, Remedy]] = {
    "guard": Remedy("coordinator", ("amend", "retry", "skip"), "give the fact that is missing, then try again"),
    "fill": Remedy("coordinator", ("amend", "retry", "skip"), "give the fact that is missing, then try again"),
    "agreement": Remedy("coordinator", ("retry", "skip"), "renew the agreement and apply it, then try again"),
    "rounds": Remedy("coordinator", ("retry", "skip", "withdraw"), "allow as many returns again, or end it"),
    "return": Remedy("coordinator", ("skip", "withdraw"), "the procedure leads nowhere: leave the step out, or end it"),
    "stuck": Remedy("coordinator", ("skip", "withdraw"), "the procedure leads nowhere: leave a step out, or end it"),
    "conflict": Remedy("coordinator", ("amend", "retry"), "decide which of two openings holds, then try again"),
    "payment": Remedy(
        "coordinator", ("retry", "skip"), "compare receipt and bill: see the detail and docs/payments.md"
    ),
    "provisional": Remedy(
        "coordinator", ("skip", "withdraw"), "it was revoked: count the step as done, or end the case"
    ),
    "legal-effect": Remedy("coordinator", ("retry",), "act outside the hub on what came too late, then try again"),
    "oversized": Remedy("coordinator", ("withdraw",), "let documents be sent as claim checks, and end this case"),
    "procedure": Remedy("coordinator", ("retry",), "apply a network that has the procedure, then try again"),
    "exception": Remedy("keeper", ("retry",), "a fault of the hub: keep the log, upgrade, then try again"),
}

#: What is said of a cause that a newer hub has written.
_UNKNOWN: Final = Remedy("keeper", ("retry",), "a cause that this version does not know: upgrade the command line")


def remedy_of(cause: str) -> Remedy:
    """Give what can be done about an incident of a cause."""
    return next((remedy for known, remedy in REMEDIES.items() if known == cause), _UNKNOWN)
