"""CloudEvents read from HTTP: the three modes, and what is wrong with them."""

from typing import Any

import pytest

from hub.web.gateway.cloudevent import Said, mode_of, read_binary, read_structured
from hub.web.problem import Problem
from tests.unit.web.speaking import CASE, RECORDED, TASK, data, recorded


def _binary(**changes: Any) -> dict[str, str]:
    event = recorded(**changes)
    return {f"ce-{name}": value for name, value in event.items() if name not in {"data", "datacontenttype"}}


def _said(found: Said | Problem) -> Said:
    assert isinstance(found, Said), found
    return found


def _errors(found: Said | Problem) -> dict[str, str]:
    assert isinstance(found, Problem), found
    return dict(found.errors)


@pytest.mark.parametrize(
    ("content_type", "mode"),
    [
        ("application/cloudevents+json", "structured"),
        ("application/CloudEvents+JSON; charset=UTF-8", "structured"),
        ("application/cloudevents-batch+json", "batch"),
        ("application/json", "binary"),
        ("application/json;charset=utf-8", "binary"),
        ("application/vnd.agency.v1+json", "binary"),
        ("", "binary"),
    ],
)
def test_the_content_type_tells_the_mode(content_type: str, mode: str) -> None:
    """As the HTTP binding of CloudEvents has it."""
    assert mode_of(content_type) == mode


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/cloudevents+avro",
        "application/cloudevents",
        "application/avro",
        "application/json; charset=latin-1",
        "application/jsonp",
        "multipart/form-data; boundary=x",
    ],
)
def test_other_content_types_are_refused(content_type: str) -> None:
    """What the gateway does not take it says, with what it takes."""
    found = mode_of(content_type)

    assert isinstance(found, Problem)
    assert found.status == 415


def test_both_modes_say_the_same() -> None:
    """An event is the same event however it is carried."""
    assert read_binary(_binary(), data()) == read_structured(recorded(), {})


def test_an_event_is_read_whole() -> None:
    """Each attribute has its place."""
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    said = _said(
        read_structured(
            recorded(traceparent=trace, dataschema="urn:x", recordedtime="2026-01-31T01:00:00Z", other="left"), {}
        )
    )

    assert (said.id, said.type, said.case, said.opener) == ("birth-1", RECORDED, CASE, "rs")
    assert (said.subject, said.causation, said.data) == ("SMD-7K2M-4", TASK, data())
    assert dict(said.extra) == {
        "ce_dataschema": "urn:x",
        "ce_recordedtime": "2026-01-31T01:00:00Z",
        "traceparent": trace,
    }


def test_headers_are_percent_encoded() -> None:
    """A header carries any text, as the HTTP binding has it."""
    assert _said(read_binary(_binary(subject="M%C3%BCller%20%25"), {})).subject == "Müller %"
    assert _said(read_binary(_binary(subject='"a \\"b\\""'), {})).subject == 'a "b"'
    assert isinstance(read_binary(_binary(subject="%ff"), {}), Problem)


def test_the_partition_key_may_stand_for_the_case() -> None:
    """Senders with a Kafka habit send partitionkey."""
    assert _said(read_structured(recorded(correlationid=None, partitionkey=CASE), {})).case == CASE
    assert _said(read_structured(recorded(partitionkey=CASE), {})).case == CASE
    assert _errors(read_structured(recorded(partitionkey="rs.other"), {})).keys() == {"partitionkey"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", None),
        ("specversion", "0.3"),
        ("id", None),
        ("id", ""),
        ("id", "x" * 201),
        ("id", "a\nb"),
        ("id", 5),
        ("source", None),
        ("type", None),
        ("time", "yesterday"),
        ("time", "2026-01-31T08:00:00"),
        ("subject", "x" * 101),
        ("correlationid", None),
        ("correlationid", "no-case"),
        ("correlationid", "rs.6472010101260000"),
        ("correlationid", "rs.5B0C7A52-9F0E-5D0B-8A3C-5C1B2F1F7A10"),
        ("correlationid", "RS.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10"),
        ("correlationid", ["rs"]),
        ("causationid", "x" * 201),
        ("recordedtime", ""),
    ],
)
def test_a_wrong_attribute_is_named(name: str, value: object) -> None:
    """The problem names the attribute and never its value."""
    event = recorded() | {name: value}

    errors = _errors(read_structured({key: each for key, each in event.items() if each is not None}, {}))

    assert errors.keys() == {name}
    assert "6472010101260000" not in str(errors)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """A programmer mends everything in one go."""
    assert _errors(read_structured({"specversion": "1.0"}, {})).keys() == {"id", "source", "type", "correlationid"}


@pytest.mark.parametrize("document", [[], "text", 5, None, True])
def test_an_event_is_an_object(document: object) -> None:
    """Anything else is malformed."""
    assert isinstance(read_structured(document, {}), Problem)


@pytest.mark.parametrize("change", [{"data_base64": "AAAA"}, {"datacontenttype": "application/xml"}])
def test_data_is_json(change: dict[str, str]) -> None:
    """Other data is refused as a media type."""
    found = read_structured(recorded(**change), {})

    assert isinstance(found, Problem)
    assert found.status == 415


def test_a_null_attribute_is_none() -> None:
    """JSON clients write null for what they do not have."""
    said = _said(read_structured(recorded() | {"subject": None, "causationid": None, "data": None}, {}))

    assert (said.subject, said.causation, said.data) == (None, None, {})


def test_a_trace_goes_on_from_the_http_header() -> None:
    """Tracers set the header; one that is not well formed counts as none."""
    trace = f"00-{'a' * 32}-{'b' * 16}-01"

    assert _said(read_structured(recorded(), {"traceparent": trace, "tracestate": "x=1"})).extra == (
        ("traceparent", trace),
        ("tracestate", "x=1"),
    )
    assert _said(read_structured(recorded(), {"traceparent": "rubbish", "tracestate": "x=1"})).extra == ()
