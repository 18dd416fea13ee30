"""What is handed back to an agency: whole where it can be, and never more than its topic takes."""

import os

import pytest

from hub.bus.limit import size_of
from hub.bus.record import Record
from hub.cluster.topics import WRAPPED_BYTES
from hub.engine.letter import MAX_LETTER_BYTES, write_dead_letter
from hub.engine.outputs import Output, record_hash
from hub.names import COMMANDS, INTAKE, AgencyCode, deadletters_topic, events_topic

BANK = AgencyCode("bank")
_LARGE = os.urandom(MAX_LETTER_BYTES)


def _letter(
    value: bytes | None = b"v", key: bytes | None = b"k", *headers: tuple[str, bytes | None], category: str = "decode"
) -> Output:
    record = Record(events_topic(BANK), 2, 7, 1_000, key, value, headers)
    found = write_dead_letter(record, category, "why", "DecodeError")
    assert found is not None
    assert found.topic == deadletters_topic(BANK)
    return found


def test_a_letter_is_the_record_as_it_was_and_why() -> None:
    """Key, value and headers, and beside them place, reason and category."""
    letter = _letter(b"v", b"k", ("ce_id", b"1"), ("odd", None))
    headers = dict(letter.headers)

    assert (letter.key, letter.value, headers["ce_id"], headers["odd"]) == (b"k", b"v", b"1", b"")
    told = [headers[f"__connect.errors.{name}"] for name in ("topic", "partition", "offset", "stage")]
    assert told == [events_topic(BANK).encode(), b"2", b"7", b"ROUTER"]
    assert (headers["__connect.errors.exception.message"], headers["hub_dlq_category"]) == (b"why", b"decode")
    assert "hub_value_hash" not in headers
    assert "hub_left_out" not in headers


def test_of_what_broke_a_right_no_value_is_kept() -> None:
    """Whoever may not say it has no claim to have it kept."""
    letter = _letter(category="rights")

    assert letter.value is None
    assert "hub_value_hash" in dict(letter.headers)


def test_a_value_that_is_too_large_is_left_out() -> None:
    """Its hash stands for it; the headers are there."""
    letter = _letter(_LARGE, b"k", ("ce_id", b"1"))
    headers = dict(letter.headers)
    record = Record("", 0, 0, 0, b"k", _LARGE, ())

    assert (letter.value, letter.key, headers["ce_id"]) == (None, b"k", b"1")
    assert headers["hub_value_hash"] == record_hash(record).encode()
    assert headers["hub_left_out"] == b"value"


@pytest.mark.parametrize(
    "headers", [[("x", _LARGE)], [("x" * MAX_LETTER_BYTES, None)], [(f"é{n}", b"y" * 1_000) for n in range(2_100)]]
)
def test_headers_that_are_too_large_are_left_out(headers: list[tuple[str, bytes | None]]) -> None:
    """Only what the hub says of the record is left, and its key."""
    letter = _letter(b"v", b"k", *headers)

    assert (letter.value, letter.key, dict(letter.headers)["hub_left_out"]) == (None, b"k", b"value headers")
    assert len(letter.headers) < 12


def test_a_key_that_is_too_large_is_cut() -> None:
    """Its beginning tells whose it was."""
    letter = _letter(b"v", _LARGE)

    assert (letter.value, letter.key) == (None, _LARGE[:200])


@pytest.mark.parametrize("largest", range(4))
def test_no_letter_is_larger_than_its_topic_takes(largest: int) -> None:
    """Whatever is large in it, and by however little: some room is left for what a batch costs."""
    assert MAX_LETTER_BYTES <= WRAPPED_BYTES - 2**16
    for less in (0, 200, 500, 1_000):
        huge = _LARGE[: MAX_LETTER_BYTES - less]
        value, key, header = (huge if n == largest else b"-" for n in range(3))
        letter = _letter(value, key, ("x", header), *[("n", b"")] * (less * (largest == 3)))
        assert size_of(letter.value, letter.key, letter.headers) <= MAX_LETTER_BYTES


def test_a_reason_is_cut() -> None:
    """It stands in a header."""
    record = Record(events_topic(BANK), 0, 0, 0, b"k", b"v", ())
    letter = write_dead_letter(record, "decode", "é" * 9_000, "DecodeError")

    assert letter is not None
    assert len(dict(letter.headers)["__connect.errors.exception.message"]) == 4_000


def test_what_is_nobodys_is_no_letter() -> None:
    """An operator's act, and what stands on the intake without an origin, have no owner."""
    for topic in (COMMANDS, INTAKE):
        assert write_dead_letter(Record(topic, 0, 0, 0, b"k", b"v", ()), "decode", "why", "DecodeError") is None
