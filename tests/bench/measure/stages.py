"""Microseconds of each stage of one event's way through the worker, without Kafka: where a lever would be."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from hub.bus.record import Record
from hub.engine.outputs import Decided, write_entry, write_notice, write_status, write_task
from hub.engine.reading import read_stimulus
from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.events.envelope import Event
from hub.network.compile import compile_network
from hub.network.load import load_or_raise
from hub.router.case import Case, decode_case, encode_case
from hub.router.clock import owed
from hub.router.decision import Decision
from hub.router.route import route
from hub.settings import shipped
from tests.bench.ground.machine import say
from tests.bench.ground.story import Teller

_CASES: Final = 400
_TIMES: Final = 5


class _Step(NamedTuple):
    """One event of a case, with what stood before and after it."""

    record: Record
    event: Event
    before: bytes | None
    case: Case | None
    decision: Decision
    after: bytes
    now: int


def measure(*, quick: bool) -> dict[str, Any]:
    """Time every stage over all events of some cases; the best of some rounds, in microseconds per event."""
    catalog = Catalog.load(shipped("schemas"))
    network = load_or_raise(shipped("deploy/samarinda"))
    plan = compile_network(network, catalog, at=time.time_ns() // 1_000_000, sequence=1, digest="")
    codec = Codec.over(catalog)
    steps = _steps(Teller(plan, catalog, codec), codec, _CASES // 4 if quick else _CASES)
    stages: dict[str, Callable[[_Step], object]] = {
        "read headers and value": lambda it: read_stimulus(it.record, codec),
        "decode the state": lambda it: decode_case(it.before) if it.before else None,
        "decide (route)": lambda it: route(plan, it.case, it.event, it.now),
        "write tasks and notices": lambda it: _write_sent(it, codec),
        "encode the state": lambda it: encode_case(_case(it)),
        "write the journal entry": lambda it: _write_entry(it, codec),
        "write the status": lambda it: write_status(_case(it), owed(_case(it)), codec=codec, plan=plan, now=it.now),
    }
    found = {name: _best(stage, steps) for name, stage in stages.items()}
    say(f"stages: {sum(found.values()):.0f} microseconds per event, without Kafka")
    return {"events": len(steps), "us": found}


def _steps(teller: Teller, codec: Codec, cases: int) -> list[_Step]:
    found = []
    for number in range(cases):
        before: bytes | None = None
        for told in teller.tell(f"stage/{number}", number):
            said, entry = told.saying, told.entry
            record = Record(said.topic, 0, number, entry.now, said.key, said.value, said.headers)
            event = read_stimulus(record, codec)
            assert isinstance(event, Event)
            case = decode_case(before) if before else None
            found.append(_Step(record, event, before, case, entry.decision, told.state, entry.now))
            before = told.state
    return found


def _case(it: _Step) -> Case:
    assert it.decision.case is not None
    return it.decision.case


def _write_sent(it: _Step, codec: Codec) -> None:
    key = it.record.key or b""
    for task in it.decision.tasks:
        write_task(task, key, codec, it.now)
    for notice in it.decision.notices:
        write_notice(notice, key, codec, it.now)


def _write_entry(it: _Step, codec: Codec) -> None:
    decided = Decided(_case(it), owed(_case(it)), it.decision, it.event, it.record, it.after, it.now)
    write_entry(decided, codec, bundle=1, chain="", partition=0)


def _best(stage: Callable[[_Step], object], steps: Sequence[_Step]) -> float:
    took = []
    for _ in range(_TIMES):
        gc.collect()
        begun = time.process_time()
        for each in steps:
            stage(each)
        took.append(time.process_time() - begun)
    return min(took) / len(steps) * 1e6
