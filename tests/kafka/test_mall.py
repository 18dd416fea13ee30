"""The same people in a rehearsal and on a real broker with a real router: their cases end the same, by the same facts.

What is compared is what does not depend on which of two agencies was read first. A case in which nothing came back is
compared whole, with every fact of every task. What an applicant corrects is read by the tasks that are sent after it;
so where a step was completed by the applicant, facts are not compared, but each step's end and attempt. Where a step is
sent back to an earlier one, whoever was at work beside it begins again or not; so each step's end is compared, not its
attempt. Where a case is rejected, what was at work beside it is cancelled or done; so its end alone is.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from hub.cluster.apply import apply
from hub.cluster.plan import Cluster
from hub.demo.agencies import Play
from hub.demo.ledger import Books, Entry
from hub.events.codec import Codec
from hub.local import RunningBroker, running_broker
from hub.mall.conduct import COMPLETION_REQUESTED
from hub.mall.week import Script, Week
from hub.names import CASES, CaseId
from hub.router.case import Case, decode_case
from hub.settings import Engine, Kafka, Settings
from tests import networks
from tests.kafka.log import Log
from tests.kafka.registry import standing_in
from tests.kafka.until import until
from tests.kafka.world import Thread

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

CASES_IN_ALL: Final = 120
SEED: Final = 7
#: A Monday without a holiday.
BEGINS: Final = date(2025, 3, 17)
#: A day of the mall in a second: what an office's hours part is milliseconds apart, so that orders are mostly kept.
SPEED: Final = 86_400.0
#: Days in which everybody has come, however long it takes.
DAYS: Final = 400
_SAMARINDA: Final = networks.ROOT / "deploy" / "samarinda"


class Told(msgspec.Struct, frozen=True):
    """Say how a case went: its status, each step's status and attempt, and the facts of every task by attempt."""

    status: str
    steps: Mapping[str, tuple[str, int]]
    facts: Mapping[tuple[str, int, str], Mapping[str, Any]]


def _told(case: Case, facts: Mapping[tuple[str, int, str], Mapping[str, Any]]) -> Told:
    steps = {str(name): (str(state.status), state.attempt) for name, state in case.steps.items()}
    return Told(case.status, steps, facts)


def _rehearsed(today: int) -> dict[CaseId, Told]:
    """Rehearse the people."""
    script = Script(
        begins=BEGINS, days=DAYS, cases=CASES_IN_ALL, seed=SEED, patient=True, speed=SPEED, hub_at=today,
        come_within=7,
    )  # fmt: skip
    week = Week(networks.samarinda(), networks.catalog(), script, keeps=True)
    week.run()
    codec = Codec.over(networks.catalog())
    facts: dict[CaseId, dict[tuple[str, int, str], Mapping[str, Any]]] = {}
    for asked in week.asked:
        read = codec.decode(codec.encode(asked.type, asked.data))[1]  # as an agency reads it
        facts.setdefault(asked.case, {})[asked.step, asked.attempt, asked.type] = _timeless(read)
    found = {name: week.world.case(name) for name in week.world.states}
    return {name: _told(case, facts.get(name, {})) for name, case in found.items() if case is not None}


def _timeless(data: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out by when something is due: it follows from the clock."""
    return {name: value for name, value in data.items() if name != "due"}


@contextmanager
def _agencies(broker: RunningBroker, play: Play) -> Iterator[subprocess.Popen[bytes]]:
    """Run the demonstration's agencies until the context ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "KAFKA_", "SCHEMA_"))}
    told = msgspec.json.encode(play, enc_hook=str).decode()
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.demo.agencies", told], env=kept | {"KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _played(home: Path, today: int) -> dict[CaseId, Told]:
    """Let the same people come to a real broker and router, until every case has ended."""
    network = networks.samarinda()
    assert network.mall is not None
    play = Play(
        ledgers=home / "ledgers", network=_SAMARINDA, cases=CASES_IN_ALL, seed=SEED, speed=SPEED, begins=BEGINS,
        figures=network.mall.model_dump_json(by_alias=True), today=today,
    )  # fmt: skip
    with running_broker(home) as broker, standing_in() as registry:
        kafka = Kafka(bootstrap=broker.bootstrap)
        apply(Cluster(kafka, registry.url), network, networks.catalog())
        settings = Settings(home=home, kafka=kafka, registry_url=registry.url, engine=Engine(instance="router-1"))
        router = Thread(settings)
        log = Log(kafka, {CASES: network.network.partitions})
        try:
            router.until_ready()
            with _agencies(broker, play) as agencies:
                cases = _until_all_ended(log, agencies)
        finally:
            log.close()
            router.stop()
        assert router.error is None
    facts = _asked(home / "ledgers")
    return {name: _told(case, facts.get(name, {})) for name, case in cases.items()}


def _until_all_ended(log: Log, agencies: subprocess.Popen[bytes]) -> dict[CaseId, Case]:
    states: dict[CaseId, Case] = {}

    def all_ended() -> bool:
        assert agencies.poll() is None
        for record in log.look(0.1):
            if record.key is not None and b"." in record.key and record.value:
                found = decode_case(record.value)
                states[found.id] = found
        return len(states) == CASES_IN_ALL and all(case.closed_at is not None for case in states.values())

    until(all_ended, within_s=480)
    return states


def _asked(ledgers: Path) -> dict[CaseId, dict[tuple[str, int, str], Mapping[str, Any]]]:
    """Read from the agencies' own books what they were asked."""
    found: dict[CaseId, dict[tuple[str, int, str], Mapping[str, Any]]] = {}
    entries: list[Entry] = [entry for _, entry in Books(ledgers).news() if entry.what == "asked"]
    for entry in entries:
        tasks = found.setdefault(CaseId(entry.case), {})
        tasks[entry.step, entry.attempt, entry.type] = _timeless(entry.data)
    return found


def _kind(case: Told) -> str:
    """Tell how far the order in which answers met decides a case."""
    if case.status == "rejected":
        return "rejected"
    completed = Counter(step for step, _, kind in case.facts if kind == COMPLETION_REQUESTED)
    if not all(attempt == completed[name] + 1 for name, (_, attempt) in case.steps.items() if attempt):
        return "again"
    return "completed" if completed else "straight"


def _differences(mine: Told, other: Told) -> Iterator[tuple[str, str, Any, Any]]:
    """Name each fact of a task that is not the same: the step, the field, and both values."""
    for task, facts in mine.facts.items():
        others = other.facts[task]
        for field in sorted({*facts, *others}):
            if facts.get(field) != others.get(field):
                yield task[0], field, facts.get(field), others.get(field)


def test_the_same_people_end_the_same_on_a_real_broker(tmp_path: Path) -> None:
    """Case by case: how it ended, how each step ended and at which attempt, and each fact of each task."""
    today = time.time_ns() // 1_000_000
    rehearsed = _rehearsed(today)
    played = _played(tmp_path, today)

    assert rehearsed.keys() == played.keys()
    assert len(rehearsed) == CASES_IN_ALL
    kinds: Counter[str] = Counter()
    for name, mine in rehearsed.items():
        kind, other = _kind(mine), played[name]
        kinds[kind] += 1
        assert mine.status == other.status, name
        if kind != "rejected":
            assert {step: end for step, (end, _) in mine.steps.items()} == {
                step: end for step, (end, _) in other.steps.items()
            }, name
        if kind in {"completed", "straight"}:
            assert mine.steps == other.steps, name
        if kind == "straight":
            assert mine.facts.keys() == other.facts.keys(), name
            assert list(_differences(mine, other)) == [], name
    assert kinds["straight"] > CASES_IN_ALL / 3
    assert min(kinds["completed"], kinds["rejected"]) > 0
