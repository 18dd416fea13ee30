"""The networks that are shipped, read once for all tests of a run; they are frozen: no test disturbs another."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from hub.events.catalog import Catalog
from hub.network.compile import compile_network
from hub.network.load import DeclaredNetwork, load_or_raise
from hub.network.model import Closure, GracePeriod
from hub.network.plan import Plan
from hub.rehearsal.world import START

ROOT = Path(__file__).parents[1]


@cache
def catalog() -> Catalog:
    """Read the project's schemas."""
    return Catalog.load(ROOT / "schemas")


@cache
def samarinda() -> DeclaredNetwork:
    """Read the reference network."""
    return load_or_raise(ROOT / "deploy" / "samarinda")


@cache
def wabo() -> DeclaredNetwork:
    """Read the second network."""
    return load_or_raise(ROOT / "deploy" / "wabo")


@cache
def samarinda_plan() -> Plan:
    """Compile the reference network for the day on which rehearsals begin."""
    return compile_network(samarinda(), catalog(), at=START)


@cache
def samarinda_with_leave() -> Plan:
    """Compile it as if a leave of two days and a grace had been declared late, in every calendar."""
    leave = Closure(start=date(2026, 1, 8), until=date(2026, 1, 9), reason="contoh")
    grace = GracePeriod.model_validate({"from": "2026-01-15", "until": "2026-01-19", "decision": "Contoh 1/2026"})
    moved = {
        name: each.model_copy(update={"closed": (*each.closed, leave), "grace": (*each.grace, grace)})
        for name, each in samarinda().calendars.items()
    }
    changed = compile_network(replace(samarinda(), calendars=moved), catalog(), at=START)
    return replace(changed, sequence=changed.sequence + 1)
