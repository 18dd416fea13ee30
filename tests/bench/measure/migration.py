"""How long it takes until every live case of a procedure runs on its next version, decided and journaled one by one."""

import time
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

from hub.cli.here import in_force
from hub.cli.network.migrate.passage import Passage, Wanted
from hub.cluster.apply import apply
from hub.cluster.cases import cases_on
from hub.cluster.plan import Cluster
from hub.engine.clock import wall_ms
from hub.events.catalog import Catalog
from hub.names import ProcedureRef
from hub.network.load import load_or_raise
from hub.network.migration.declared import Migration
from hub.rehearsal.migration import foresee
from hub.settings import Settings, shipped
from tests.bench.ground import standing
from tests.bench.ground.machine import say
from tests.bench.ground.place import Ground
from tests.bench.ground.story import Stories
from tests.bench.measure.footprint import until_quiet

_OLD: Final = ProcedureRef("newborn@1")
_NEW: Final = ProcedureRef("newborn@2")
#: More than any worker decides: the rate is the worker's own.
_RATE: Final = 50_000.0


def measure(place: Ground, *, quick: bool) -> dict[str, Any]:
    """Open cases, put a second version in force, look at all of them, and take them over."""
    count = 20_000 if quick else 100_000
    with standing.router(place):
        say(f"migration: opening {count:,} cases")
        kind = place.force.plan.procedures[_OLD].opens_on
        place.publish(Stories([place.teller.openings("migration", count, of=kind)]))
        until_quiet(place)
        _apply_second_version(place)
        settings = Settings(home=place.home, kafka=place.kafka, registry_url=place.broker.registry_url)
        begun = time.monotonic()
        cases = cases_on(place.kafka, [_OLD])
        read = time.monotonic()
        fates = {each.fate for each in foresee(in_force(settings).plan, cases, _NEW, now=wall_ms())}
        foreseen = time.monotonic()
        wanted = Wanted(reasons={_OLD: "bench"}, to=_NEW, actor="bench")
        with closing(Passage(settings, in_force(settings), wanted)) as passage:
            sent = time.monotonic()
            for _ in passage.run(rate=_RATE):
                pass
        took = time.monotonic() - sent
    done, left = passage.outcome.counts()["done"], len(cases_on(place.kafka, [_OLD]))
    say(f"  {done:,} of {len(cases):,} over in {took:.1f} s, {left} left")
    return {
        "cases": len(cases), "done": done, "left": left, "read_s": read - begun, "foresee_s": foreseen - read,
        "fates": sorted(fates), "migrate_s": took, "whole_s": time.monotonic() - begun,
    }  # fmt: skip


def _apply_second_version(place: Ground) -> None:
    network = load_or_raise(shipped("deploy/samarinda"))
    old = network.procedures[_OLD]
    how = Migration.model_validate(
        {
            "migration": "newborn", "from": 1, "to": 2, "decided_by": "bench", "reason": {"id": "-", "en": "-"},
            "legal_basis": "-", "evidence": "I",
        }
    )  # fmt: skip
    procedures = {**network.procedures, _NEW: old.model_copy(update={"version": 2})}
    changed = replace(network, procedures=procedures, migrations={how.name: how})
    apply(Cluster(place.kafka, str(place.broker.registry_url)), changed, Catalog.load(shipped("schemas")))
