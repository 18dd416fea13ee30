"""``POST /v1/events`` from the first byte to the answer: who speaks, what they say, may they, has Kafka got it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from hub import metrics
from hub.names import AgencyCode
from hub.web.gateway.admission import Outgoing, admit
from hub.web.gateway.body import MAX_BATCH_BYTES, MAX_EVENT_BYTES, parse_json, read_body
from hub.web.gateway.cloudevent import Mode, Said, mode_of, read_binary, read_structured
from hub.web.gateway.publish import Publisher, publish_all
from hub.web.gateway.rate import Rate
from hub.web.keys import KeyRing
from hub.web.network import NetworkSource, Vocabulary
from hub.web.problem import Problem, of_batch

_LOG = structlog.get_logger("hub.web.gateway")

#: Events of one batch; bounds for how long one request keeps the others waiting.
MAX_BATCH_EVENTS: Final = 500
#: Wrong events of a batch told at once; more would not help a person.
_MAX_PROBLEMS: Final = 50
#: Seconds after which a client should try again: a broker is back by then.
_RETRY_S: Final = 5
_BEARER: Final = "bearer "
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold who asks, and what may be said at this moment."""

    agency: AgencyCode
    vocabulary: Vocabulary


class Intake:
    """Take events of agencies over HTTP; one for the process, for its event loop only."""

    def __init__(self, keys: KeyRing, network: NetworkSource, *, producer: Publisher, rate: Rate) -> None:
        """Put together what the process made."""
        self.network = network
        self._keys = keys
        self._producer = producer
        self._rate = rate

    def why_unready(self) -> str | None:
        """Tell why no event can be taken now; None when it can."""
        if not self.network.is_answering:
            return "Kafka does not answer"
        if self.network.vocabulary is None:
            return "no network is in force; apply one with `hub apply`"
        return None

    def ask(self, request: Request) -> Asked | Problem:
        """Tell who asks, by the key that the request carries."""
        key = _key_of(request)
        agency = self._keys.agency_of(key) if key else None
        if agency is None:
            return Problem("unauthenticated", "the key is not known" if key else "the request carries no key")
        vocabulary = self.network.vocabulary
        if vocabulary is None:
            return Problem("unavailable", "no network is in force yet", retry_after_s=_RETRY_S)
        return Asked(agency, vocabulary)

    async def take(self, request: Request) -> Response:
        """Answer a request that publishes: 202 once Kafka acknowledged all of it, else a problem."""
        begun = time.monotonic()
        try:
            asked = self.ask(request)
            answer = asked.response() if isinstance(asked, Problem) else await self._take(request, asked)
        except Exception as error:  # noqa: BLE001 - a traceback may quote what was sent; its place is enough
            _LOG.error("a request failed", error=type(error).__name__, place=_place_of(error))
            answer = Problem("failed", "this is the hub's fault; nothing of the request need be changed").response()
        metrics.child(metrics.GATEWAY_REQUESTS, str(answer.status_code)).inc()
        metrics.GATEWAY_REQUEST_SECONDS.observe(time.monotonic() - begun)
        return answer

    async def _take(self, request: Request, asked: Asked) -> Response:
        mode = mode_of(request.headers.get("content-type", ""))
        if isinstance(mode, Problem):
            return self._refuse(mode, asked)
        body = await read_body(request, MAX_BATCH_BYTES if mode == "batch" else MAX_EVENT_BYTES)
        if isinstance(body, Problem):
            return self._refuse(body, asked)
        metrics.child(metrics.GATEWAY_BYTES, asked.agency).inc(len(body))
        records = self._read(request, body, asked, mode=mode)
        if isinstance(records, Problem):
            return self._refuse(records, asked)
        return await self._publish(records, asked, is_batch=mode == "batch")

    def _read(self, request: Request, body: bytes, asked: Asked, *, mode: Mode) -> list[Outgoing] | Problem:
        document = parse_json(body) if body or mode != "binary" else {}
        if isinstance(document, Problem):
            return document
        if mode == "batch":
            return self._read_batch(request, document, asked)
        waits = self._rate.take(asked.agency, 1)
        if waits:
            return _too_many(waits)
        found = self._admit(request, document, asked, mode=mode)
        return found if isinstance(found, Problem) else [found]

    def _read_batch(self, request: Request, documents: Any, asked: Asked) -> list[Outgoing] | Problem:
        if not isinstance(documents, list) or not documents:
            return Problem("malformed", "a batch must be a JSON list of events, with one at least")
        if len(documents) > MAX_BATCH_EVENTS:
            return Problem("too-large", f"the batch has more than {MAX_BATCH_EVENTS} events")
        waits = self._rate.take(asked.agency, len(documents))
        if waits:
            return _too_many(waits)
        found = [self._admit(request, each, asked, mode="structured") for each in documents]
        wrong = [_at(index, each) for index, each in enumerate(found) if isinstance(each, Problem)]
        return of_batch(wrong, most=_MAX_PROBLEMS) if wrong else [each for each in found if isinstance(each, Outgoing)]

    def _admit(self, request: Request, document: Any, asked: Asked, *, mode: Mode) -> Outgoing | Problem:
        read = read_binary if mode == "binary" else _structured
        said = read(request.headers, document)
        if isinstance(said, Problem):
            return said
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return admit(said, asked.agency, vocabulary=asked.vocabulary, now=now)

    async def _publish(self, records: list[Outgoing], asked: Asked, *, is_batch: bool) -> Response:
        with metrics.GATEWAY_IN_FLIGHT.track_inprogress():
            failed = await publish_all(self._producer, records)
        accepted = len(records) - failed
        metrics.child(metrics.GATEWAY_EVENTS, asked.agency, "accepted").inc(accepted)
        if failed:
            metrics.child(metrics.GATEWAY_EVENTS, asked.agency, "failed").inc(failed)
            _LOG.warning("Kafka did not take events", agency=asked.agency, failed=failed, accepted=accepted)
            return Problem(
                "unavailable",
                f"{failed} of {len(records)} events are not acknowledged; send the same again: repeats change nothing",
                retry_after_s=_RETRY_S,
            ).response()
        for record in records:
            _LOG.info("event accepted", agency=asked.agency, case=record.key.decode(), type=record.type)
        ids = [record.id for record in records]
        return Response(msgspec.json.encode({"ids": ids} if is_batch else {"id": ids[0]}), 202, media_type=_JSON)

    def _refuse(self, problem: Problem, asked: Asked) -> Response:
        metrics.child(metrics.GATEWAY_EVENTS, asked.agency, "refused").inc(max(1, len(problem.problems)))
        _LOG.info("events refused", agency=asked.agency, problem=problem.kind, wrong=len(problem.problems) or 1)
        return problem.response()


def _structured(headers: Headers, document: Any) -> Said | Problem:
    return read_structured(document, headers)


def _key_of(request: Request) -> str:
    given = request.headers.get("x-api-key", "")
    if given:
        return given
    bearer = request.headers.get("authorization", "")
    return bearer[len(_BEARER) :].strip() if bearer[: len(_BEARER)].lower() == _BEARER else ""


def _too_many(waits_s: int) -> Problem:
    return Problem("too-many", "your agency's share is used up for now", retry_after_s=waits_s)


def _at(index: int, problem: Problem) -> Problem:
    return Problem(problem.kind, problem.detail, errors=problem.errors, index=index)


def _place_of(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
