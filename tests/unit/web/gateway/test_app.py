"""The gateway as its clients meet it: over HTTP, with Kafka's twin behind."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub.bus.memory import MemoryProducer
from hub.events.envelope import read_headers
from hub.names import AgencyCode
from hub.web.gateway.app import make_app
from hub.web.gateway.intake import MAX_BATCH_EVENTS, Intake
from hub.web.gateway.rate import Rate
from hub.web.keys import KeyRing, add_key
from hub.web.network import FixedNetwork
from tests.unit.web.speaking import ACCEPTED, CASE, CIVIL, HOSPITAL, RECORDED, data, recorded, vocabulary

_STRUCTURED = {"content-type": "application/cloudevents+json"}
_BATCH = {"content-type": "application/cloudevents-batch+json"}


@dataclass
class _Hub:
    """A gateway, what is behind it, and two agencies' keys."""

    client: httpx2.AsyncClient
    producer: MemoryProducer
    network: FixedNetwork
    keys: dict[AgencyCode, str]

    async def post(self, content: object, agency: str = CIVIL, **headers: str) -> httpx2.Response:
        """Publish as an agency, in structured mode unless the headers say otherwise."""
        given = _STRUCTURED | {name.replace("_", "-"): value for name, value in headers.items()}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await self.client.post(
            "/v1/events", content=body, headers={"x-api-key": self.keys[AgencyCode(agency)]} | given
        )


def _make(tmp_path: Path, *, rate: int | None = None) -> _Hub:
    path = tmp_path / "keys.json"
    keys = {agency: add_key(path, agency)[0] for agency in (CIVIL, HOSPITAL)}
    producer = MemoryProducer({"agency.disdukcapil.events": 4, "agency.rs.events": 4})
    network = FixedNetwork(vocabulary())
    intake = Intake(KeyRing(path), network, producer=producer, rate=Rate(rate, time.monotonic))
    transport = httpx2.ASGITransport(make_app(intake))
    return _Hub(httpx2.AsyncClient(transport=transport, base_url="http://hub"), producer, network, keys)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[_Hub]:
    """Give a gateway that is ready."""
    made = _make(tmp_path)
    async with made.client:
        yield made


def _problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    return found


async def test_a_structured_event_is_published(hub: _Hub) -> None:
    """202 with its id, and the record stands on the agency's topic."""
    answer = await hub.post(recorded())

    assert (answer.status_code, answer.json()) == (202, {"id": "birth-1"})
    (record,) = hub.producer.records
    assert (record.topic, record.key) == ("agency.disdukcapil.events", CASE.encode())


async def test_a_binary_event_is_the_same_event(hub: _Hub) -> None:
    """Attributes in headers, data in the body: the same record."""
    event = recorded()
    headers = {f"ce-{name}": value for name, value in event.items() if name not in {"data", "datacontenttype"}}
    await hub.post(event)

    answer = await hub.post(data(), content_type="application/json", **headers)

    assert answer.status_code == 202
    structured, binary = hub.producer.records
    assert structured._replace(offset=0, timestamp=0) == binary._replace(offset=0, timestamp=0)


async def test_a_binary_event_may_have_no_data(hub: _Hub) -> None:
    """A task is acknowledged without a body."""
    event = recorded(type=ACCEPTED, data=None, datacontenttype=None)
    headers = {f"ce-{name}": value for name, value in event.items()} | {"x-api-key": hub.keys[CIVIL]}

    assert (await hub.client.post("/v1/events", headers=headers)).status_code == 202


async def test_a_batch_is_published_in_its_order(hub: _Hub) -> None:
    """The ids come back in the order sent."""
    ids = [f"birth-{n}" for n in range(MAX_BATCH_EVENTS)]

    answer = await hub.post([recorded(id=each) for each in ids], **_BATCH)

    assert (answer.status_code, answer.json()) == (202, {"ids": ids})
    assert [read_headers(record.headers)["ce_id"] for record in hub.producer.records] == ids


async def test_nothing_of_a_wrong_batch_is_published(hub: _Hub) -> None:
    """Each problem is told by its index."""
    batch = [recorded(), recorded(data=data(nik=1)), recorded(id=None), recorded(), recorded(type="id.mpp.Other"), 5]

    found = _problem(await hub.post(batch, **_BATCH), 422)

    assert [(each["index"], each["status"]) for each in found["problems"]] == [(1, 422), (2, 400), (4, 403), (5, 400)]
    assert found["problems"][0]["errors"] == [{"path": "data.nik", "message": "must be a text"}]
    assert hub.producer.records == []


@pytest.mark.parametrize("batch", [[], {}, "x"])
async def test_a_batch_is_a_list(hub: _Hub, batch: object) -> None:
    """An empty batch says nothing, and that is a mistake."""
    _problem(await hub.post(batch, **_BATCH), 400)


async def test_a_batch_has_a_limit(hub: _Hub) -> None:
    """One event too many is refused whole."""
    _problem(await hub.post([recorded()] * (MAX_BATCH_EVENTS + 1), **_BATCH), 413)
    assert hub.producer.records == []


async def test_the_answer_waits_for_kafka(hub: _Hub) -> None:
    """No 202 before Kafka has acknowledged."""
    hub.producer.is_holding = True
    asked = asyncio.ensure_future(hub.post(recorded()))
    async with asyncio.timeout(10):
        while not hub.producer.records:  # noqa: ASYNC110 - the twin has no event to wait for
            await asyncio.sleep(0)
    assert not asked.done()

    hub.producer.release()

    assert (await asked).status_code == 202


async def test_without_kafka_the_client_is_told_to_come_again(hub: _Hub) -> None:
    """503 with Retry-After, and the same request goes through later."""
    hub.producer.is_down = True
    answer = await hub.post(recorded())
    assert _problem(answer, 503)["type"] == "urn:simpul:problem:unavailable"
    assert int(answer.headers["retry-after"]) > 0

    hub.producer.is_down = False

    assert (await hub.post(recorded())).status_code == 202


async def test_without_a_network_nothing_is_taken(hub: _Hub) -> None:
    """Before the first bundle nobody knows who may say what."""
    hub.network.vocabulary = None
    answer = await hub.post(recorded())

    _problem(answer, 503)
    assert "retry-after" in answer.headers


@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
async def test_a_key_may_come_in_either_header(hub: _Hub, header: str) -> None:
    """X-API-Key, or a bearer token whatever its case."""
    key = hub.keys[CIVIL]
    value = key if header == "x-api-key" else f"bearer {key}"

    answer = await hub.client.post("/v1/events", json=recorded(), headers=_STRUCTURED | {header: value})

    assert answer.status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": "simpul.0.x"},
        {"authorization": "Basic eDp5"},
        {"authorization": "Bearer "},
        {"x-api-key": "é"},
    ],
)
async def test_without_a_known_key_nobody_speaks(hub: _Hub, headers: dict[str, str]) -> None:
    """401, before anything of the body is read."""
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in (_STRUCTURED | headers).items()]

    answer = await hub.client.post("/v1/events", content=b"{", headers=encoded)

    _problem(answer, 401)
    assert "www-authenticate" in answer.headers


async def test_who_speaks_is_who_holds_the_key(hub: _Hub) -> None:
    """The hospital's key does not say what the civil registry may."""
    _problem(await hub.post(recorded(source="/agency/rs/his"), HOSPITAL), 403)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/cloudevents+json", 400),
        (b"", "application/cloudevents+json", 400),
        (b"[" * 100_000, "application/cloudevents+json", 400),
        (b"<event/>", "application/xml", 415),
        (b"x" * (1024 * 1024 + 1), "application/json", 413),
        (b"x" * (4 * 1024 * 1024 + 1), "application/cloudevents-batch+json", 413),
    ],
)
async def test_a_body_that_cannot_be_taken_is_a_problem(hub: _Hub, body: bytes, content_type: str, status: int) -> None:
    """Every refusal has the same form."""
    _problem(await hub.post(body, content_type=content_type), status)


async def test_a_share_used_up_is_told(tmp_path: Path) -> None:
    """429 with Retry-After; the other agency goes on."""
    hub = _make(tmp_path, rate=1)
    async with hub.client:
        assert (await hub.post([recorded()] * 10, **_BATCH)).status_code == 202

        answer = await hub.post(recorded())

        _problem(answer, 429)
        assert int(answer.headers["retry-after"]) > 0
        acceptance = recorded(type=ACCEPTED, data=None, source="/agency/rs/his")
        assert (await hub.post(acceptance, HOSPITAL)).status_code == 202


async def test_a_failure_of_ours_is_a_problem_too(
    hub: _Hub, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 in the same form, and no log quotes the event: here a vocabulary without its schemas."""
    assert hub.network.vocabulary is not None
    hub.network.vocabulary.schemas.clear()  # type: ignore[attr-defined] # breaks it as no bundle could

    _problem(await hub.post(recorded()), 500)

    logged = caplog.text + "".join(capsys.readouterr())
    assert "KeyError" in logged
    assert "6472010101260000" not in logged


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/events", 405), ("GET", "/v1/nothing", 404)])
async def test_wrong_addresses_are_problems_too(hub: _Hub, method: str, path: str, status: int) -> None:
    """Nothing answers in another form."""
    _problem(await hub.client.request(method, path), status)


async def test_an_agency_sees_what_it_may_say(hub: _Hub) -> None:
    """The list, one type with its fields, and an example that is taken as it stands."""
    headers = {"x-api-key": hub.keys[CIVIL]}
    listed = (await hub.client.get("/v1/types", headers=headers)).json()
    assert [each["type"] for each in listed] == [ACCEPTED, RECORDED]

    shown = (await hub.client.get(f"/v1/types/{RECORDED}", headers=headers)).json()

    assert {field["name"] for field in shown["fields"]} >= {"nik", "birth_date"}
    assert (await hub.post(shown["example"])).status_code == 202


async def test_types_are_for_agencies(hub: _Hub) -> None:
    """Without a key nothing is told; of another's type neither."""
    _problem(await hub.client.get("/v1/types"), 401)
    _problem(await hub.client.get("/v1/types/x", headers={"x-api-key": hub.keys[CIVIL]}), 404)


async def test_ready_tells_the_truth(hub: _Hub) -> None:
    """Ready means: Kafka answers and a network is in force; live means: the network is still followed."""
    assert (await hub.client.get("/readyz")).status_code == 200
    hub.network.is_answering = False
    assert (await hub.client.get("/readyz")).status_code == 503
    assert (await hub.client.get("/livez")).status_code == 200
    hub.network.is_answering, hub.network.vocabulary = True, None
    assert (await hub.client.get("/readyz")).status_code == 503
    hub.network.is_alive = False
    assert (await hub.client.get("/livez")).status_code == 503


async def test_metrics_count_by_agency_and_hold_no_case(hub: _Hub) -> None:
    """What was accepted and refused is counted; nothing in a label speaks of a case or a person."""
    await hub.post(recorded())
    await hub.post(recorded(data=data(nik=1)))

    page = (await hub.client.get("/metrics")).text

    assert 'hub_gateway_events_total{agency="disdukcapil",outcome="accepted"}' in page
    assert 'hub_gateway_events_total{agency="disdukcapil",outcome="refused"}' in page
    assert 'hub_gateway_requests_total{status="202"}' in page
    assert not any(secret in page for secret in (CASE, "birth-1", "6472010101260000", hub.keys[CIVIL]))
