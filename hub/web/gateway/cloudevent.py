"""CloudEvents 1.0 as HTTP carries them (binary, structured, batch), read into one shape.

Form only: what the network in force says of an event is ``admission``'s.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote

from hub.events.codec import parse_millis
from hub.events.envelope import MAX_ID_CHARS
from hub.names import AgencyCode, CaseId, EventType, opener_of
from hub.web.problem import Problem

Mode = Literal["binary", "structured", "batch"]

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_MODES: Final[Mapping[str, Mode]] = {STRUCTURED: "structured", BATCH: "batch"}

#: Characters of each attribute; all together stay below the headers' limit of the envelope.
_MOST: Final[Mapping[str, int]] = {
    "specversion": 10,
    "id": MAX_ID_CHARS,
    "source": 500,
    "type": 255,
    "time": 40,
    "subject": 100,
    "datacontenttype": 100,
    "dataschema": 500,
    "correlationid": MAX_ID_CHARS,
    "partitionkey": MAX_ID_CHARS,
    "causationid": MAX_ID_CHARS,
    "recordedtime": 40,
    "traceparent": 55,
    "tracestate": 512,
}
_REQUIRED: Final = ("specversion", "id", "source", "type")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json")


@dataclass(frozen=True, slots=True)
class Said:
    """Hold one event as it was sent: attributes well formed, data not looked at."""

    id: str
    type: EventType
    source: str
    case: CaseId
    opener: AgencyCode
    data: Any
    time: str | None = None
    subject: str | None = None
    causation: str | None = None
    extra: tuple[tuple[str, str], ...] = ()


def mode_of(content_type: str) -> Mode | Problem:
    """Tell by the content type how the event is carried."""
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    charset = re.search(r'charset="?([^";\s]+)', parameters)
    if charset and charset[1] not in {"utf-8", "utf8", "us-ascii"}:
        return Problem("wrong-media-type", "only UTF-8 is taken")
    if media in _MODES:
        return _MODES[media]
    if not media or (_JSON.fullmatch(media) and not media.startswith("application/cloudevents")):
        return "binary"
    return Problem(
        "wrong-media-type",
        f"send {STRUCTURED}, {BATCH}, or application/json with the attributes in ce- headers",
        headers={"Accept": f"application/json, {STRUCTURED}, {BATCH}"},
    )


def read_binary(headers: Mapping[str, str], data: Any) -> Said | Problem:
    """Read an event whose attributes are ``ce-`` headers and whose data is the body."""
    try:
        attributes: dict[str, Any] = {
            name: _unquoted(headers[f"ce-{name}"]) for name in _MOST if f"ce-{name}" in headers
        }
    except UnicodeDecodeError:
        return Problem("malformed", "a ce- header is no percent-encoded UTF-8")
    attributes.pop("datacontenttype", None)  # in this mode the content type says it
    return _said(attributes, data, headers)


def read_structured(document: Any, headers: Mapping[str, str]) -> Said | Problem:
    """Read an event whose attributes and data are members of one JSON object."""
    if not isinstance(document, dict):
        return Problem("malformed", "an event must be a JSON object")
    if "data_base64" in document:
        return Problem("wrong-media-type", "the data must be JSON, in the member data")
    content_type = document.get("datacontenttype")
    if isinstance(content_type, str) and not _JSON.fullmatch(content_type.lower().partition(";")[0].strip()):
        return Problem("wrong-media-type", "datacontenttype must be application/json")
    # The specification lets a null stand for an attribute that is not there.
    attributes = {name: document[name] for name in _MOST if document.get(name) is not None}
    data = document.get("data")
    return _said(attributes, {} if data is None else data, headers)


def _said(attributes: Mapping[str, Any], data: Any, headers: Mapping[str, str]) -> Said | Problem:
    wrong = tuple(_misfits(attributes))
    if wrong:
        return Problem("malformed", f"{len(wrong)} attributes of the event are wrong", errors=wrong)
    case = CaseId(attributes.get("correlationid") or attributes["partitionkey"])
    return Said(
        id=attributes["id"],
        type=EventType(attributes["type"]),
        source=attributes["source"],
        case=case,
        opener=opener_of(case) or AgencyCode(""),
        data=data,
        time=attributes.get("time"),
        subject=attributes.get("subject"),
        causation=attributes.get("causationid"),
        extra=tuple(_extra(attributes, headers)),
    )


def _misfits(attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, "is missing") for name in _REQUIRED if not attributes.get(name))
    for name, value in attributes.items():
        if not isinstance(value, str):
            yield name, "must be a text"
        elif len(value) > _MOST[name]:
            yield name, f"has more than {_MOST[name]} characters"
        elif _CONTROL.search(value):
            yield name, "holds control characters"
        elif name == "specversion" and value not in {"", "1.0"}:
            yield name, "must be 1.0"
        elif name in {"time", "recordedtime"} and not _is_instant(value):
            yield name, "must be a time with offset like 2026-01-31T08:00:00+08:00"
    yield from _case_misfits(attributes.get("correlationid"), attributes.get("partitionkey"))


def _case_misfits(correlation: Any, partition: Any) -> Iterator[tuple[str, str]]:
    name = "correlationid" if correlation else "partitionkey"
    case = correlation or partition
    if not case:
        yield "correlationid", "is missing; it is the case id (partitionkey may stand for it)"
    elif correlation and partition and correlation != partition:
        yield "partitionkey", "must be the same case id as correlationid, or be left out"
    elif isinstance(case, str) and not _is_case(case):
        # Anything but a random or derived UUID might be a person's number, and keys stand in logs and journals.
        yield name, "must be a case id: the code of the agency that opened it, a dot, a UUID"


def _is_case(case: str) -> bool:
    code, _, rest = case.partition(".")
    try:
        return opener_of(case) == code and str(uuid.UUID(rest)) == rest
    except ValueError:
        return False


def _is_instant(text: str) -> bool:
    try:
        parse_millis(text)
    except (ValueError, OverflowError):
        return False
    return True


def _extra(attributes: Mapping[str, str], headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("dataschema", "recordedtime"):
        if attributes.get(name):
            yield f"ce_{name}", attributes[name]
    trace = attributes.get("traceparent") or headers.get("traceparent", "")
    if _TRACEPARENT.fullmatch(trace):  # W3C: one that is not well formed counts as none
        yield "traceparent", trace
        state = attributes.get("tracestate") or headers.get("tracestate", "")
        if state and len(state) <= _MOST["tracestate"]:
            yield "tracestate", state


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return unquote(value, errors="strict")
