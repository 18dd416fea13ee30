"""Child processes: one on a leash, and several in order; what they are is not known here."""

from hub.local.process.child import Change, Child, Part, State, leashed
from hub.local.process.supervisor import Supervisor

__all__ = ["Change", "Child", "Part", "State", "Supervisor", "leashed"]
