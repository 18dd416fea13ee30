"""Each act of an operator in a world in which it can be done, for what must hold of all of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from hub.names import ProcedureRef
from hub.network.plan import MigrationPlan, PriorityPlan
from hub.rehearsal.world import Rehearsal
from tests import builders as b

#: A world with an open case, and what the act takes besides.
Ready = tuple[Rehearsal, dict[str, Any]]


def _at_work() -> Rehearsal:
    return b.opened(b.step("a", deadline=b.deadline()), b.step("end", after=["a"]))


def _waiting() -> Rehearsal:
    """Open a case that waits for a fact that nobody gave."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], fill={"no": b.path("a.no")}))
    b.answers(world, "a")
    return world


def _standing() -> Rehearsal:
    world = _at_work()
    world.command("stop-clock", b.CASE, step="a")
    return world


def _with_spare() -> Rehearsal:
    return b.opened(b.step("a", deadline=b.deadline()), b.step("end", after=["a"]), spare="spare")


def _with_new_version() -> Rehearsal:
    world = _at_work()
    ref = ProcedureRef("test@2")
    new = b.procedure(b.step("a", deadline=b.deadline()), b.step("end", after=["a"]), ref=ref)
    own = {name: name for name in new.steps}
    made = MigrationPlan(own, {}, frozenset(), (), frozenset(), {}, {}, frozenset())
    old = ProcedureRef("test@1")
    world.plan = replace(b.plan(world.plan.procedures[old], new), migrations={(old, ref): made})
    return world


def _with_lane() -> Rehearsal:
    lane = PriorityPlan("ground", {"ill": "vulnerable", "old": "vulnerable"})
    return b.opened(b.step("a"), b.step("end", after=["a"]), priority=lane)


READY: Final[Mapping[str, Callable[[], Ready]]] = {
    "note": lambda: (_waiting(), {}),
    "retry": lambda: (_waiting(), {}),
    "skip": lambda: (_at_work(), {"step": "a"}),
    "amend": lambda: (_waiting(), {"step": "a", "facts": {"no": "7"}}),
    "withdraw": lambda: (_waiting(), {}),
    "resend": lambda: (_at_work(), {"step": "a"}),
    "reassign": lambda: (_with_spare(), {"step": "a", "to": "spare"}),
    "stop-clock": lambda: (_at_work(), {"step": "a"}),
    "prioritise": lambda: (_with_lane(), {"facts": {"ground": "vulnerable"}}),
    "resume": lambda: (_standing(), {"step": "a"}),
    "merge": lambda: (_at_work(), {"to": "hospital.6b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10"}),
    "migrate": lambda: (_with_new_version(), {"to": "test@2"}),
}
