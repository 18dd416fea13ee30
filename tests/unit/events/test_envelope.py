"""Headers and events: what must be there, and what is too much."""

import pytest

from hub.errors import DecodeError
from hub.events.envelope import (
    MAX_HEADER_BYTES,
    MAX_ID_CHARS,
    Event,
    content_digest,
    read_event,
    read_headers,
    to_headers,
)
from hub.names import AgencyCode, EventType

NIK = "6472016203950000"


def read(headers: dict[str, str], key: bytes | None = b"rs.1") -> Event:
    """Read an event with these headers and key."""
    return read_event(
        headers, agency=AgencyCode("rs"), key=key, event_type=EventType("test.Seen"), data={"a": 1}, digest="d",
        appended_at=17,
    )  # fmt: skip


def test_headers_come_back_as_written() -> None:
    """What the hub writes it reads."""
    written = to_headers(
        "e-1", "test.Seen", source="/agency/rs/simrs", time="2026-01-31T08:00:00Z", case="rs.1", subject="MPP-17",
        causation="t-1", extra=[("hubstep", "record")],
    )  # fmt: skip
    event = read(read_headers(written))

    assert (event.id, event.type, event.agency, event.case) == ("e-1", "test.Seen", "rs", "rs.1")
    assert (event.time, event.source, event.subject) == ("2026-01-31T08:00:00Z", "/agency/rs/simrs", "MPP-17")
    assert (event.causation, event.appended_at, event.data) == ("t-1", 17, {"a": 1})
    assert dict(written)["hubstep"] == b"record"
    assert dict(written)["content-type"] == b"application/avro"


def test_an_id_is_enough() -> None:
    """The least that a foreign producer sends is a key and ce_id."""
    event = read({"ce_id": "e-1"})

    assert (event.time, event.source, event.subject, event.causation) == (None, None, None, None)


def test_header_names_know_no_case() -> None:
    """Clients that write ``CE_ID`` are understood, and the last of a name counts."""
    assert read_headers([("CE_ID", b"a"), ("ce_id", b"b"), ("traceparent", None)]) == {"ce_id": "b"}
    assert read_headers(None) == {}


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, b"rs.1"),
        ({"ce_id": ""}, b"rs.1"),
        ({"ce_id": "e-1"}, None),
        ({"ce_id": "e-1"}, b""),
        ({"ce_id": "e-1"}, b"\xff"),
        ({"ce_id": "e" * (MAX_ID_CHARS + 1)}, b"rs.1"),
        ({"ce_id": "e-1"}, b"r" * (MAX_ID_CHARS + 1)),
        ({"ce_id": "e-1", "ce_causationid": "t" * (MAX_ID_CHARS + 1)}, b"rs.1"),
    ],
)
def test_what_is_missing_or_too_long_is_refused(headers: dict[str, str], key: bytes | None) -> None:
    """An event without key or id, or with an endless one, cannot be taken."""
    with pytest.raises(DecodeError):
        read(headers, key)


def test_headers_have_a_limit() -> None:
    """Headers are for the envelope; content in them is refused."""
    with pytest.raises(DecodeError, match="over"):
        read_headers([("x", b"v" * MAX_HEADER_BYTES)])


def test_headers_that_are_no_text_are_refused_without_saying_them() -> None:
    """The refusal names the header and not what stands in it."""
    with pytest.raises(DecodeError) as wrong:
        read_headers([("ce_subject", NIK.encode() + b"\xff")])
    assert "ce_subject" in str(wrong.value)
    assert NIK not in str(wrong.value)


def test_a_digest_is_of_type_and_content() -> None:
    """The same bytes under another type are another content."""
    assert content_digest("a.B", b"x") == content_digest("a.B", b"x")
    assert len({content_digest("a.B", b"x"), content_digest("a.C", b"x"), content_digest("a.B", b"y")}) == 3
    assert len(content_digest("a." + "B" * 100, b"x")) == 16
