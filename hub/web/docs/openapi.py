"""The OpenAPI document: what FastAPI knows of its own routes, and ``POST /v1/events`` written by hand."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI

from hub.web.problem import KINDS, MEDIA_TYPE

_ABOUT: Final = """Agencies without Kafka publish their events here, as CloudEvents 1.0 with JSON data.

Each agency has its own key, sent as `X-API-Key` or as a bearer token. What it may publish is what the network in \
force lets it publish: `GET /v1/types` lists it. An answer 202 means that Kafka has the event; a repeat of the same \
event (same id, same content) changes nothing, so whoever is not sure sends it again. Everything else is answered with \
a problem (RFC 9457)."""

_TAKES: Final = """Publish one event (binary or structured mode) or a batch of up to 500.

The key of a case is `correlationid`: the code of the agency that opened it, a dot, and a UUID; `partitionkey` may \
stand for it. On an answer to a task, `causationid` is the task's id. In a batch all events are checked first; if one \
is wrong, none is published. Other extension attributes are not carried on."""

_EVENT: Final = {
    "specversion": "1.0",
    "id": "KK-2026-000123-v1",
    "source": "/agency/disdukcapil/siak",
    "type": "id.mpp.civil.FamilyCardIssued",
    "time": "2026-01-31T08:00:00+08:00",
    "subject": "SMD-7K2M-4",
    "correlationid": "rs.0d4c3f0e-8f0c-5d43-9a54-6a3c3f6b1c11",
    "causationid": "6f1c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10",
    "datacontenttype": "application/json",
    "data": {"family_card_number": "6472050101200000"},
}
_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}
_ATTRIBUTES: Final[dict[str, tuple[dict[str, str], str]]] = {
    "specversion": ({"type": "string", "const": "1.0"}, "The version of CloudEvents."),
    "id": (_TEXT, "Made by your system; the same event, sent again, has the same id."),
    "source": (_TEXT, "Your system: /agency/<your code>/<system>."),
    "type": (_TEXT, "The event type, as GET /v1/types lists it."),
    "time": (_TIME, "When it happened; without it the gateway's time is written."),
    "subject": (_TEXT, "The case number for people."),
    "correlationid": (_TEXT, "The case id."),
    "partitionkey": (_TEXT, "May stand for correlationid."),
    "causationid": (_TEXT, "On an answer: the id of the task that it answers."),
    "dataschema": (_TEXT, "Carried on as it is."),
    "recordedtime": (_TIME, "When your system recorded it."),
    "traceparent": (_TEXT, "W3C trace context; the HTTP header of that name serves too."),
}
_REQUIRED: Final = ("specversion", "id", "source", "type")
_TAKEN: Final = (400, 401, 403, 408, 413, 415, 422, 429, 431, 500, 503)


def _problem(status: int) -> dict[str, Any]:
    titles = [title for code, title, _ in KINDS.values() if code == status]
    shape = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    retry = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}}
    return {"description": "; or: ".join(titles), "content": shape} | (
        {"headers": retry} if status in {429, 503} else {}
    )


#: Problems of the routes that FastAPI describes.
LIST_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: _problem(status) for status in (401, 503)}
SHOW_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = LIST_PROBLEMS | {404: _problem(404)}


def describe(app: FastAPI) -> dict[str, Any]:
    """Write the whole document of an app."""
    app.version, app.description = version("simpul"), _ABOUT
    document: dict[str, Any] = app.openapi()
    document["paths"] = {"/v1/events": {"post": _post_events()}, **document["paths"]}
    document["security"] = [{"key": []}, {"bearer": []}]
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    schemas = components.setdefault("schemas", {})
    schemas |= {"CloudEvent": _cloud_event(), "Problem": _problem_shape()}
    _drop_validation(document)
    return document


def _post_events() -> dict[str, Any]:
    batch = {"type": "array", "minItems": 1, "maxItems": 500, "items": {"$ref": "#/components/schemas/CloudEvent"}}
    return {
        "tags": ["events"],
        "summary": "Publish Events",
        "description": _TAKES,
        "operationId": "publish_events",
        "parameters": [
            {
                "name": f"ce-{name}",
                "in": "header",
                "required": False,
                "schema": shape,
                "description": f"Binary mode: {doc}",
            }
            for name, (shape, doc) in _ATTRIBUTES.items()
            if name != "traceparent"
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {
                    "schema": {"$ref": "#/components/schemas/CloudEvent"},
                    "example": _EVENT,
                },
                "application/cloudevents-batch+json": {"schema": batch, "example": [_EVENT]},
                "application/json": {
                    "schema": {"type": "object", "description": "Binary mode: the data; the attributes are headers."},
                    "example": _EVENT["data"],
                },
            },
        },
        "responses": {"202": _accepted(), **{str(status): _problem(status) for status in _TAKEN}},
    }


def _accepted() -> dict[str, Any]:
    single = {"type": "object", "required": ["id"], "properties": {"id": _TEXT}}
    batch = {"type": "object", "required": ["ids"], "properties": {"ids": {"type": "array", "items": _TEXT}}}
    return {
        "description": "Kafka has acknowledged all of it; for a batch the ids stand in the order sent",
        "content": {"application/json": {"schema": {"oneOf": [single, batch]}, "example": {"id": _EVENT["id"]}}},
    }


def _cloud_event() -> dict[str, Any]:
    described = {name: {**shape, "description": doc} for name, (shape, doc) in _ATTRIBUTES.items()}
    data = {
        "datacontenttype": {"type": "string", "const": "application/json"},
        "data": {"type": "object", "description": "The facts, as the type's schema has them."},
    }
    return {
        "type": "object",
        "description": "One event in structured mode.",
        "required": list(_REQUIRED),
        "anyOf": [{"required": ["correlationid"]}, {"required": ["partitionkey"]}],
        "properties": described | data,
    }


def _problem_shape() -> dict[str, Any]:
    number = {"type": "integer"}
    error = {"type": "object", "required": ["path", "message"], "properties": {"path": _TEXT, "message": _TEXT}}
    kinds = "; ".join(f"`{name}` ({status}): {what.rstrip('.')}" for name, (status, _, what) in KINDS.items())
    return {
        "type": "object",
        "description": f"What is wrong (RFC 9457). `type` is urn:simpul:problem: and one of — {kinds}",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": number,
            "detail": _TEXT,
            "errors": {"type": "array", "items": error, "description": "Each wrong place, never its value."},
            "index": {**number, "description": "In a batch: which event, counted from 0."},
            "problems": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
        },
    }


def _drop_validation(document: dict[str, Any]) -> None:
    """Take away what FastAPI says of answers that never come: a path parameter that is a text cannot be wrong."""
    for method in _methods(document):
        if "HTTPValidationError" in str(method["responses"].get("422", "")):
            del method["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def _methods(document: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (method for path in document["paths"].values() for method in path.values())
