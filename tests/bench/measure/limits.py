"""Milliseconds that the largest case and the fullest waiting room hold up everything else, without Kafka."""

import gc
import time
from typing import Any, Final

import msgspec

from hub.bus.record import Record
from hub.engine.clock import Clock, wall_ms
from hub.engine.partition import Partition
from hub.engine.routing import Routing, Rules
from hub.events.catalog import Catalog
from hub.events.codec import Codec, format_millis
from hub.events.envelope import to_headers
from hub.names import COMMANDS, AgencyCode, EventType
from hub.network.compile import compile_network
from hub.network.load import load_or_raise
from hub.router.case import MAX_CASE_BYTES, MAX_PARKED, Case, Incident, decode_case, encode_case
from hub.settings import shipped
from tests.bench.ground.machine import say
from tests.bench.ground.story import Teller

_TIMES: Final = 5
_PROCEDURE: Final = "newborn"
#: An answer that the first step takes as often as it comes.
_AGENCY: Final = AgencyCode("disdukcapil")
_AGAIN: Final = EventType("id.mpp.civil.SynchronisationAwaited")
_COMMAND: Final = EventType("hub.CaseCommand")


def measure(*, quick: bool) -> dict[str, Any]:
    """Route events to a case at its limit, and release all that may wait beside one; the best of some rounds."""
    catalog = Catalog.load(shipped("schemas"))
    plan = compile_network(load_or_raise(shipped("deploy/samarinda")), catalog, at=wall_ms(), sequence=1, digest="")
    desk = _Desk(Rules(1, plan, Codec.over(catalog)), Teller(plan, catalog, Codec.over(catalog)))
    times = 2 if quick else _TIMES
    small, large = (min(desk.event_ms(filler) for _ in range(times)) for filler in (0, MAX_CASE_BYTES - 8_192))
    release = min(desk.release_ms(MAX_PARKED) for _ in range(times))
    say(f"limits: {large:.1f} ms an event of the largest case, {release:.0f} ms to release {MAX_PARKED:,} parked ones")
    return {"small_ms": small, "large_ms": large, "release_ms": release, "parked": MAX_PARKED, "bytes": MAX_CASE_BYTES}


class _Desk:
    """One case in a partition, and a router that writes to nobody."""

    def __init__(self, rules: Rules, teller: Teller) -> None:
        self._rules, self._teller = rules, teller
        told = (next(teller.tell(f"limits/{number}", number)) for number in range(len(rules.plan.openings)))
        self._case: Case = next(
            case for each in told if str((case := decode_case(each.state)).procedure).startswith(f"{_PROCEDURE}@")
        )
        self._key = self._case.id.encode()

    def event_ms(self, filler: int, count: int = 20) -> float:
        """Time one event of a case that is larger by so many bytes."""
        facts = {name: dict(data) for name, data in self._case.facts.items()}
        facts["application"]["birth_place"] = "x" * filler
        partition, routing = self._begin(msgspec.structs.replace(self._case, facts=facts))
        records = [self._answer(number) for number in range(count)]
        gc.collect()
        begun = time.perf_counter()
        for record in records:
            routing.take(record, partition, self._rules, self._rules.codec)
        took = (time.perf_counter() - begun) * 1_000 / count
        assert decode_case(partition.states[self._key]).revision == self._case.revision + count
        return took

    def release_ms(self, count: int) -> float:
        """Time an operator's retry that releases so many events, which are all decided in one turn."""
        waits = Incident(cause="guard", since=self._case.at, detail="bench")
        stopped = msgspec.structs.replace(self._case, incidents=(waits,), parked=count, due=None)
        partition, routing = self._begin(stopped)
        for number in range(count):
            partition.parking.put(self._key, self._answer(number))
        retry = self._retry(stopped)
        gc.collect()
        begun = time.perf_counter()
        routing.take(retry, partition, self._rules, self._rules.codec)
        took = (time.perf_counter() - begun) * 1_000
        assert decode_case(partition.states[self._key]).revision > self._case.revision + count
        return took

    def _begin(self, case: Case) -> tuple[Partition, Routing]:
        partition, clock = Partition(0), Clock(wall_ms)
        clock.compare(0)
        partition.restore(self._key, encode_case(case))
        partition.restored()
        return partition, Routing(lambda _output: None, clock)

    def _answer(self, number: int) -> Record:
        said = self._teller._saying(
            _AGENCY,
            _AGAIN,
            self._case.id,
            data=self._teller._sample(_AGAIN),
            event_id=f"limits-{number}",
            causation=self._case.steps["record_birth"].task,
        )
        return Record(said.topic, 0, number, wall_ms(), said.key, said.value, said.headers)

    def _retry(self, case: Case) -> Record:
        facts = {
            "case": case.id, "act": "retry", "actor": "bench", "reason": "bench", "revision": case.revision,
            "step": None, "facts": "",
        }  # fmt: skip
        headers = to_headers("limits-retry", _COMMAND, source="/hub/cli", time=format_millis(wall_ms()), case=case.id)
        return Record(COMMANDS, 0, 0, wall_ms(), self._key, self._rules.codec.encode(_COMMAND, facts), headers)
