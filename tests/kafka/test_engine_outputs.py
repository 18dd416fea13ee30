"""The journal's chain over what a real broker keeps: whole after kills, and broken by whatever was changed."""

import os
from functools import partial

import pytest

from hub.bus.producer import Producer
from hub.bus.record import Record
from hub.engine.outputs import CHAIN_HEADER, link
from hub.errors import OversizedError
from hub.names import JOURNAL, deadletters_topic, events_topic, tasks_topic
from hub.views.evidence import Chain, verify_journal
from tests.kafka.city import BANK, CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.ledger import Agencies
from tests.kafka.log import header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka


def _chain(records: list[Record]) -> Chain:
    made = Chain(records[0].partition)
    for record in records:
        made.add(record)
    return made


def test_the_chain_holds_through_kills_and_no_change_escapes_it(city: World) -> None:
    """Entries of one partition name each other whoever wrote them; a changed, missing or forged one is found."""
    with Agencies(city, seed=7, rate=25) as agencies:
        for _ in range(2):
            with city.router() as router:
                agencies.until_moved(by=10)
                router.kill()
        with city.worker():
            verdict = agencies.finish()
    assert verdict.is_clean, str(verdict)

    chains = verify_journal(city.settings())
    assert [chain.broken_at for chain in chains] == [None] * PARTITIONS
    assert sum(chain.entries for chain in chains) == len(agencies.log.records[JOURNAL])
    records = [record for record in agencies.log.records[JOURNAL] if record.partition == 1]
    assert _chain(records).broken_at is None

    middle = len(records) // 2
    victim = records[middle]
    for at in (5, len(victim.value or b"") // 2, -1):
        changed = bytearray(victim.value or b"")
        changed[at] ^= 1
        told = [*records[:middle], victim._replace(value=bytes(changed)), *records[middle + 1 :]]
        assert _chain(told).broken_at == victim.offset
    assert _chain([*records[:middle], *records[middle + 1 :]]).broken_at == records[middle + 1].offset

    _forge(city, records[-1])
    (broken,) = [chain for chain in verify_journal(city.settings()) if chain.broken_at is not None]
    assert broken.partition == 1
    assert (broken.broken_at or 0) > records[-1].offset


def _forge(city: World, last: Record) -> None:
    """Put an entry behind the last one, with a chain of its own making."""
    value = last.value or b""
    producer = Producer(city.kafka)
    producer.publish(
        JOURNAL, value, key=last.key or b"", partition=1,
        headers=[("ce_type", header(last, "ce_type").encode()), (CHAIN_HEADER, link("", value).encode())],
    ).result(20)  # fmt: skip
    producer.close()


def test_a_topic_that_takes_less_than_it_must_stops_nobody(city: World) -> None:
    """A dead letter goes without its value, a task becomes an incident of its case; the partition goes on."""
    log, case, other = city.log(), new_case(), new_case()
    small = {"max.message.bytes": "100000"}
    for topic in (deadletters_topic(BANK), tasks_topic(CIVIL)):
        city.admin.set(topic, small)
    try:
        for topic in (deadletters_topic(BANK), tasks_topic(CIVIL)):
            until(partial(_refuses, city, topic))
        with city.worker() as worker:
            worker.until_ready()
            city.put(events_topic(BANK), _noise(200_000).encode(), key=case.encode(), headers=[])()
            city.say(DESK, OPENED, case, data={"name": _noise(120_000)})()
            city.say(DESK, OPENED, other, data={"name": "A"})()
            city.until_status(log, other, "open")
            until(lambda: city.case(log, case))
            until(lambda: log.of(deadletters_topic(BANK), case))
        assert worker.error is None
    finally:
        for topic in (deadletters_topic(BANK), tasks_topic(CIVIL)):
            city.admin.set(topic, {"max.message.bytes": "2097152"})
    log.settle()
    state = city.case(log, case)
    assert state is not None
    assert [incident.cause for incident in state.incidents] == ["fill"]
    assert log.of(tasks_topic(CIVIL), case) == []
    (letter,) = log.of(deadletters_topic(BANK), case)
    assert (letter.value, header(letter, "hub_left_out")) == (None, "value headers")


def _refuses(city: World, topic: str) -> bool:
    """Try whether a topic takes no large record by now: its new settings hold a moment after they are told."""
    try:
        city.put(topic, _noise(120_000).encode(), key=b"probe", headers=[])()
    except OversizedError:
        return True
    return False


def _noise(size: int) -> str:
    """Make text that no compression makes small."""
    return os.urandom(size // 2).hex()
