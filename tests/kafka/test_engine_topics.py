"""Topics and schemas that come, go and come late: what is not known yet waits, what was read once is not read twice."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import fastavro
import pytest
from confluent_kafka.admin import AdminClient

from hub import metrics
from hub.cluster.apply import apply
from hub.cluster.plan import Cluster
from hub.engine import bundle
from hub.engine.clock import wall_ms
from hub.events.catalog import Catalog, EventSchema
from hub.events.codec import format_millis
from hub.events.envelope import to_headers
from hub.names import CASES, INTAKE, AgencyCode, CaseId, deadletters_topic, events_topic, partition_of
from hub.settings import Settings
from tests.kafka.city import BANK, CHECKED, CIVIL, DESK, LOOKED, OPENED, PAID, PARTITIONS, POST, WATCHED, catalog
from tests.kafka.city import city as declared
from tests.kafka.log import Log, header
from tests.kafka.until import until, until_past
from tests.kafka.world import QUICK_SESSIONS, World, new_case, world

pytestmark = pytest.mark.kafka

_HOUR_MS: Final = 3_600_000
_NEWCOMER: Final = AgencyCode("newcomer")


def _looked(remark: str) -> EventSchema:
    """Make the next version of a type, with one more field of this name."""
    more = {"name": remark, "type": "string", "element": remark, "class": "none", "default": ""}
    avro = {"type": "record", "name": "Looked", "namespace": "city", "fields": [more]}
    return EventSchema(LOOKED, 2, avro)


def _say_new(city: World, case: CaseId, written: EventSchema, schema_id: int) -> None:
    """Let the registry's agency say that it looked, under a schema that no bundle holds."""
    body = io.BytesIO()
    fastavro.schemaless_writer(body, dict(written.avro), {})
    headers = to_headers("new", LOOKED, source="/agency/civil", time=format_millis(wall_ms()), case=case)
    value = b"\x00" + schema_id.to_bytes(4, "big") + body.getvalue()
    city.put(events_topic(CIVIL), value, key=case.encode(), headers=headers)()


def _watch(city: World, case: CaseId) -> None:
    city.say(DESK, WATCHED, case, data={"since": format_millis(wall_ms() + _HOUR_MS)})()


def _open_watch(city: World, log: Log) -> CaseId:
    case = new_case()
    _watch(city, case)
    city.until_status(log, case, "open")
    return case


def _letters(log: Log, agency: AgencyCode, case: str) -> list[str]:
    return [header(record, "hub_dlq_category") for record in log.of(deadletters_topic(agency), case)]


def _outcomes(city: World, log: Log, case: str) -> list[str]:
    return [entry["outcome"] for entry in city.entries(log, case)]


def _until_held(log: Log, count: int = 1) -> None:
    until(lambda: (log.look(), metrics.HELD._value.get() == count)[1])


def _until_routed(city: World, log: Log) -> None:
    """Wait until an event of every partition was routed."""
    cases = [new_case() for _ in range(4 * PARTITIONS)]
    for case in cases:
        city.say(DESK, OPENED, case, data={"name": "A"})
    for case in cases:
        city.until_status(log, case, "open")


@pytest.fixture
def silent(city: World) -> Iterator[World]:
    """Let the registry be away until the test says otherwise."""
    city.registry.is_silent = True
    yield city
    city.registry.is_silent = False


def test_what_waits_for_its_schema_survives_a_restart(silent: World) -> None:
    """Routing begins without a registry; what waits is found again and waits on; at last it counts, once."""
    city, log, written = silent, silent.log(), _looked("restart")
    schema_id = city.registry.add(written.text)
    with city.worker():
        case = _open_watch(city, log)
        _say_new(city, case, written, schema_id)
        _until_held(log)
    with city.worker() as worker:
        worker.until_ready()
        _until_held(log)
        _until_routed(city, log)
        assert (_outcomes(city, log, case), _letters(log, CIVIL, case)) == (["opened"], [])
        city.registry.is_silent = False
        until(lambda: _outcomes(city, log, case) == ["opened", "advanced"])
        _until_held(log, 0)
    log.settle()
    assert _outcomes(city, log, case) == ["opened", "advanced"]


def test_an_unknown_id_is_handed_back_only_when_the_registry_has_said_so(silent: World) -> None:
    """While nobody answers, nobody knows that there is no such schema."""
    city, log = silent, silent.log()
    with city.worker():
        case = _open_watch(city, log)
        _say_new(city, case, _looked("never"), 888_888)
        _until_held(log)
        _until_routed(city, log)
        assert _letters(log, CIVIL, case) == []
        city.registry.is_silent = False
        until(lambda: _letters(log, CIVIL, case) == ["schema"])
        _until_held(log, 0)


def test_a_schema_registered_after_it_was_asked_for_is_found(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That an id was unknown once, because somebody guessed it, says nothing of whoever gets it a while later."""
    monkeypatch.setattr(bundle, "_ABSENT_S", 2.0)
    log, written = city.log(), _looked("later")
    coming = city.registry.add(_looked("before").text) + 1
    with city.worker():
        guessed, case = _open_watch(city, log), _open_watch(city, log)
        _say_new(city, guessed, written, coming)
        until(lambda: _letters(log, CIVIL, guessed) == ["schema"])
        assert city.registry.add(written.text) == coming
        until_past(wall_ms() + 2_000)
        _say_new(city, case, written, coming)
        until(lambda: _outcomes(city, log, case) == ["opened", "advanced"] or _letters(log, CIVIL, case))
    assert _letters(log, CIVIL, case) == []


def test_what_was_kept_under_a_fetched_schema_is_read_after_a_restart(city: World) -> None:
    """An event that came before its case, and then the worker was another one, which never saw the schema."""
    log, case, written = city.log(), new_case(), _looked("kept")
    schema_id = city.registry.add(written.text)
    with city.worker():
        _say_new(city, case, written, schema_id)
        until(lambda: _outcomes(city, log, case) == ["orphaned"])
    city.registry.is_silent = True
    try:
        with city.worker() as worker:
            worker.until_ready()
            _watch(city, case)
            _until_held(log)
            assert (_outcomes(city, log, case), _letters(log, CIVIL, case)) == (["orphaned"], [])
            city.registry.is_silent = False
            until(lambda: _outcomes(city, log, case) == ["orphaned", "opened", "advanced"])
            _until_held(log, 0)
    finally:
        city.registry.is_silent = False
    assert _letters(log, CIVIL, case) == []


def test_a_schema_that_comes_with_the_next_network_needs_no_registry(tmp_path: Path) -> None:
    """An agency that speaks a version before it is in force is heard when it is, though the registry is away."""
    with world(tmp_path, extra=QUICK_SESSIONS) as city:
        log, written = city.log(), _looked("remark")
        schema_id = city.registry.add(written.text)
        alone: Settings = city.settings().model_copy(update={"registry_url": "http://127.0.0.1:9"})
        with city.worker(alone):
            case = _open_watch(city, log)
            _say_new(city, case, written, schema_id)
            _until_held(log)
            apply(Cluster(city.kafka, city.registry.url), declared(), Catalog([*catalog(), written]))
            until(lambda: _outcomes(city, log, case) == ["opened", "advanced"])
            _until_held(log, 0)


def test_an_agency_that_left_and_came_back_is_heard_once(city: World) -> None:
    """What it said before is not applied again, what it says after is; nothing waits for a topic nobody reads."""
    city.apply(declared(_NEWCOMER))
    log = city.log(_NEWCOMER)
    with city.worker() as worker:
        worker.until_ready()
        before = [new_case(_NEWCOMER) for _ in range(12)]
        after = [new_case(_NEWCOMER) for _ in range(12)]
        for network, cases in ((declared(_NEWCOMER), before), (declared(), ()), (declared(_NEWCOMER), after)):
            city.apply(network)
            _until_routed(city, log)
            for case in cases:
                city.say(_NEWCOMER, OPENED, case, data={"name": "A"})
            for case in cases:
                city.until_status(log, case, "open")
                if cases is before:  # nobody leaves who opened an open case
                    city.act(case, "withdraw")()
                    city.until_status(log, case, "withdrawn")
        _until_routed(city, log)
    log.settle()
    for cases, outcomes in ((before, ["opened", "commanded"]), (after, ["opened"])):
        for case in cases:
            assert (_outcomes(city, log, case), _letters(log, _NEWCOMER, case)) == (outcomes, [])


@pytest.mark.parametrize("is_misplaced", [False, True])
def test_a_forged_origin_grants_nothing(city: World, *, is_misplaced: bool) -> None:
    """Who speaks is the topic: an agency that writes another's name into the hub's own header is itself."""
    log, case = city.log(), new_case()
    home = partition_of(case.encode(), PARTITIONS)
    with city.worker():
        city.say(DESK, OPENED, case, data={"name": "A"})()
        city.say(CIVIL, CHECKED, case, data={"number": "1"})()
        until(lambda: _outcomes(city, log, case) == ["opened", "advanced"])
        headers = to_headers("1", PAID, source="/agency/bank", time=format_millis(wall_ms()), case=case)
        forged = [("huborigin", BANK.encode()), *headers, ("huborigin", BANK.encode())]
        city.put(
            events_topic(POST), city.codec.encode(PAID, {"receipt": "1"}), key=case.encode(), headers=forged,
            partition=(home + is_misplaced) % PARTITIONS,
        )()  # fmt: skip
        until(lambda: _letters(log, POST, case))
    log.settle()
    assert (_letters(log, POST, case), _letters(log, BANK, case)) == (["rights"], [])
    assert _outcomes(city, log, case) == ["opened", "advanced"]
    assert len(log.of(INTAKE, case)) == is_misplaced


def test_a_topic_deleted_by_hand_is_told_and_what_is_too_large_waits_for_its_limit(tmp_path: Path) -> None:
    """Neither is guessed away: the page says what is wrong, and work goes on once a limit is set back."""
    with world(tmp_path, extra=QUICK_SESSIONS) as own, own.worker() as worker:
        log = own.log()
        worker.until_ready()
        own.admin.set(CASES, {"max.message.bytes": "300"})
        case = new_case()
        _watch(own, case)
        told = until(lambda: (why := worker.health.why_unready()) and "undone" in why and why)
        assert "a topic takes no record so large; `hub apply` sets its limit" in told
        own.apply(declared())
        own.until_status(log, case, "open")
        worker.until_ready()

        topic, client = events_topic(CIVIL), AdminClient({"bootstrap.servers": own.kafka.bootstrap})
        client.delete_topics([topic])[topic].result()
        until(lambda: f"topic {topic} is not there" in str(worker.health.why_unready()))
        assert worker.error is None
