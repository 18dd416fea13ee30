"""Schemas travel in the bundle: a registry that is away stops nothing, and what nobody knows yet waits for it."""

import io
import json
from typing import Any

import fastavro
import pytest
from msgspec import structs

from hub import metrics
from hub.bus.consumer import read_all
from hub.engine import waiting
from hub.engine.clock import wall_ms
from hub.events.catalog import EventSchema
from hub.events.codec import format_millis
from hub.events.envelope import to_headers
from hub.names import NETWORK, AgencyCode, CaseId, deadletters_topic, events_topic
from hub.network.bundle import BundledSchema, _digest, decode_bundle
from tests.kafka.city import BANK, CIVIL, DESK, LOOKED, OPENED, PAID, PARTITIONS, WATCHED, schema
from tests.kafka.city import city as declared
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

_HOUR_MS = 3_600_000


def _say_raw(
    city: World, agency: AgencyCode, case: CaseId, written: EventSchema, schema_id: int, /, **data: Any
) -> None:
    """Publish an event under a schema id that no bundle holds."""
    body = io.BytesIO()
    fastavro.schemaless_writer(body, dict(written.avro), data)
    headers = to_headers("1", written.type, source="/agency/test", time=format_millis(wall_ms()), case=case)
    value = b"\x00" + schema_id.to_bytes(4, "big") + body.getvalue()
    city.put(events_topic(agency), value, key=case.encode(), headers=headers)()


def _watch(city: World, log: Log) -> CaseId:
    case = new_case()
    city.say(DESK, WATCHED, case, data={"since": format_millis(wall_ms() + _HOUR_MS)})()
    city.until_status(log, case, "open")
    return case


def _letters(log: Log, agency: AgencyCode, case: str) -> list[str]:
    return [header(record, "hub_dlq_category") for record in log.of(deadletters_topic(agency), case)]


def _held() -> float:
    return float(metrics.HELD._value.get())


def test_routing_needs_no_registry(city: World) -> None:
    """A worker starts and routes while the registry is away; it never asks it about what the bundle holds."""
    log, asked = city.log(), len(city.registry.asked)
    city.registry.is_silent = True
    try:
        with city.worker():
            case = _watch(city, log)
            city.say(CIVIL, LOOKED, case)()
            until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced"])
    finally:
        city.registry.is_silent = False
    assert len(city.registry.asked) == asked


def test_an_unknown_schema_waits_for_the_registry_and_is_no_dead_letter(city: World) -> None:
    """Its input waits, the others go on; once the registry answers, the event counts as if nothing had been."""
    log = city.log()
    newer = schema("Looked", {"remark": "string"})
    schema_id = city.registry.add(newer.text)
    with city.worker() as worker:
        worker.until_ready()
        case, other = _watch(city, log), _watch(city, log)
        city.registry.is_silent = True
        try:
            _say_raw(city, CIVIL, case, newer, schema_id, remark="new")
            until(lambda: (log.look(), _held() == 1)[1])
            city.say(BANK, PAID, other, data={"receipt": "1"})()
            until(lambda: _letters(log, BANK, other) == ["routing"])
            city.until_status(log, _watch(city, log), "open")
            assert worker.health.why_dead() is None
            assert _letters(log, CIVIL, case) == []
        finally:
            city.registry.is_silent = False
        until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced"])
        until(lambda: (log.look(), _held() == 0)[1])
    assert worker.error is None


def test_a_schema_that_the_registry_does_not_have_is_handed_back(city: World) -> None:
    """Once it is sure that nobody knows an id, waiting would be for ever."""
    log = city.log()
    with city.worker():
        case = _watch(city, log)
        _say_raw(city, CIVIL, case, schema("Looked", {}), 999_999)
        until(lambda: _letters(log, CIVIL, case) == ["schema"])
        city.say(CIVIL, LOOKED, case)()
        until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced"])


def test_a_schema_that_no_reader_can_be_made_of_is_handed_back(city: World) -> None:
    """The registry may hold what parses and yet breaks a reader: it counts as absent, and the worker goes on."""
    log = city.log()
    far = {"type": {"type": "int", "logicalType": "date"}, "default": 2_000_000_000}
    broken = {"type": "record", "name": "Looked", "namespace": "city", "fields": [{"name": "on", **far}]}
    with city.worker() as worker:
        case = _watch(city, log)
        _say_raw(city, CIVIL, case, schema("Looked", {}), city.registry.add(json.dumps(broken)))
        until(lambda: _letters(log, CIVIL, case) == ["schema"])
        city.say(CIVIL, LOOKED, case)()
        until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced"])
    assert worker.error is None


def test_what_somebody_else_wrote_to_the_networks_topic_is_passed_over(city: World) -> None:
    """A key that is no sequence, and a value that is no bundle: the worker starts, routes and reads new schemas."""
    log = city.log()
    city.put(NETWORK, b"hello", key=b"somebody", headers=[])()
    city.put(NETWORK, b"hello", key=b"900000", headers=[])()
    newer = schema("Looked", {"note": "string"})
    with city.worker() as worker:
        case = _watch(city, log)
        _say_raw(city, CIVIL, case, newer, city.registry.add(newer.text), note="new")
        until(lambda: [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced"])
    city.put(NETWORK, None, key=b"900000", headers=[])()
    assert worker.error is None


def test_a_schema_that_came_with_a_bundle_a_moment_ago_is_known(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the registry had none just now is believed only of what no bundle has brought since."""
    monkeypatch.setattr(waiting, "_FOLLOW_S", 3_600.0)
    log, plain, schema_id = city.log(), schema("Looked", {}), 777_777
    stands = {int(each.key): each.value for each in read_all(city.kafka, NETWORK, 1) if (each.key or b"").isdigit()}
    before = decode_bundle(stands[max(number for number in stands if number < 900_000)] or b"")
    added = BundledSchema(type=plain.type, version=plain.version, id=schema_id, avro=dict(plain.avro))
    bundle = structs.replace(before, sequence=0, schemas=(*before.schemas, added))
    with city.worker():
        case, other = _watch(city, log), _watch(city, log)
        _say_raw(city, CIVIL, other, plain, schema_id)
        until(lambda: _letters(log, CIVIL, other) == ["schema"])

        city.put(NETWORK, structs.replace(bundle, digest=_digest(bundle)).encode(), key=b"0", headers=[])()
        _say_raw(city, CIVIL, case, plain, schema_id)
        until(lambda: _letters(log, CIVIL, case) or len(city.entries(log, case)) == 2)
    city.put(NETWORK, None, key=b"0", headers=[])()
    assert [entry["outcome"] for entry in city.entries(log, case)] == ["opened", "advanced"]


def test_a_type_that_the_registry_has_and_nobody_may_say_is_handed_back(city: World) -> None:
    """A schema fetched aside grants nothing: the agency's rights stand in its file."""
    log, foreign = city.log(), schema("Foreign", {"person": "string"})
    schema_id = city.registry.add(foreign.text)
    with city.worker():
        case = _watch(city, log)
        _say_raw(city, CIVIL, case, foreign, schema_id, person="SITI")
        until(lambda: _letters(log, CIVIL, case) == ["rights"])
    (letter,) = log.of(deadletters_topic(CIVIL), case)
    assert letter.value is None


def test_a_new_network_is_followed_without_a_restart(city: World) -> None:
    """Every partition goes over to it; decisions name the bundle they were made under; the old one's cases go on."""
    log, newcomer = city.log(), AgencyCode("newcomer")
    with city.worker() as worker:
        worker.until_ready()
        before = _watch(city, log)
        bundle = until(lambda: city.entries(log, before))[0]["bundle"]
        city.apply(declared(newcomer))
        cases = [new_case(newcomer) for _ in range(3 * PARTITIONS)]
        for case in cases:
            city.say(newcomer, OPENED, case, data={"name": "A"})
        for case in cases:
            city.until_status(log, case, "open")
        city.say(CIVIL, LOOKED, before)()
        until(lambda: len(city.entries(log, before)) == 2)
    log.settle()
    assert {city.entries(log, case)[0]["bundle"] for case in cases} == {bundle + 1}
    assert city.entries(log, before)[1]["bundle"] == bundle + 1
