"""How far a worker is behind, told truly: what waits unread, and what nobody may read yet."""

import threading

import pytest

from hub import metrics
from hub.bus.producer import TransactionalProducer
from hub.engine import health
from hub.events.envelope import to_headers
from hub.names import events_topic
from tests.kafka.city import BANK, CHECKED, CIVIL, DESK, OPENED, PAID
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka


def test_an_agencys_open_transaction_holds_up_its_own_input_only(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The age of what may not be read is told; the worker is alive, others' events are routed, then its own."""
    monkeypatch.setattr(health, "_STUCK_S", 1.0)
    log, pause, case = city.log(), threading.Event(), new_case()
    agency = TransactionalProducer(city.kafka, "the-banks-own", timeout_ms=60_000)
    agency.init()
    with city.worker() as worker:
        worker.until_ready()
        city.say(DESK, OPENED, case, data={"name": "A"})()
        city.say(CIVIL, CHECKED, case, data={"number": "1"})()
        until(lambda: len(city.entries(log, case)) == 2)
        agency.begin()
        headers = to_headers("1", PAID, source="/agency/bank/own", time="2026-01-05T00:00:00Z", case=case)
        agency.produce(
            events_topic(BANK), city.codec.encode(PAID, {"receipt": "1"}), key=case.encode(), headers=headers
        )

        def is_told() -> bool:
            agency.serve()
            pause.wait(0.1)
            return bool(metrics.OPEN_TRANSACTION_AGE_SECONDS._value.get() > 3)

        until(is_told)

        assert worker.health.why_dead() is None
        assert metrics.LAG_RECORDS._value.get() >= 1
        other = new_case()
        city.say(DESK, OPENED, other, data={"name": "A"})()
        city.until_status(log, other, "open")
        assert len(city.entries(log, case)) == 2

        agency.commit()
        until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced", "advanced"])
        until(lambda: pause.wait(0.1) or metrics.LAG_RECORDS._value.get() == 0)
        until(lambda: pause.wait(0.1) or metrics.OPEN_TRANSACTION_AGE_SECONDS._value.get() == 0)
    agency.close()


def test_what_is_read_is_not_told_as_waiting(city: World) -> None:
    """After a burst the lag goes back to nothing, whatever markers and quiet topics there are."""
    log, pause = city.log(), threading.Event()
    with city.worker() as worker:
        worker.until_ready()
        cases = [new_case() for _ in range(200)]
        for case in cases:
            city.say(DESK, OPENED, case, data={"name": "A"})
        for case in cases:
            city.until_status(log, case, "open")
        until(lambda: pause.wait(0.1) or metrics.LAG_RECORDS._value.get() == 0)
        until(lambda: pause.wait(0.1) or metrics.LAG_SECONDS._value.get() == 0)
        assert worker.health.why_dead() is None
