"""Whose a record is and since when: believed only where nobody but the hub writes."""

import pytest

from hub.bus.origin import APPENDED_HEADER, ORIGIN_HEADER, appended_at, forwarded_headers, owner_of
from hub.bus.record import HeaderList, Record
from hub.names import COMMANDS, INTAKE, AgencyCode, events_topic

BANK = AgencyCode("bank")


def _record(topic: str, timestamp: int, *headers: tuple[str, bytes | None]) -> Record:
    return Record(topic, 0, 0, timestamp, b"k", b"v", headers)


def test_what_was_forwarded_keeps_owner_and_first_append() -> None:
    """And whatever else its headers said."""
    first = _record(events_topic(BANK), 1_000, ("ce_id", b"1"), ("odd", None))
    second = _record(INTAKE, 9_000, *forwarded_headers(first))

    assert (owner_of(second), appended_at(second)) == (BANK, 1_000)
    assert list(second.headers)[:2] == [("ce_id", b"1"), ("odd", b"")]


def test_nobody_else_says_whose_a_record_is_or_since_when() -> None:
    """What an agency writes into these headers is not believed, and not handed on."""
    false: HeaderList = ((ORIGIN_HEADER, b"post"), (APPENDED_HEADER, b"1"))
    record = _record(events_topic(BANK), 1_000, *false)

    assert (owner_of(record), appended_at(record)) == (BANK, 1_000)
    assert forwarded_headers(record) == [(ORIGIN_HEADER, b"bank"), (APPENDED_HEADER, b"1000")]
    assert owner_of(_record(COMMANDS, 1, *false)) is None


@pytest.mark.parametrize("said", [None, b"", b"x", b"-5", b"9" * 5_000, b"9001"])
def test_a_first_append_that_cannot_be_is_the_intakes(said: bytes | None) -> None:
    """No text, and no time after the record was forwarded."""
    assert appended_at(_record(INTAKE, 9_000, (ORIGIN_HEADER, b"bank"), (APPENDED_HEADER, said))) == 9_000
    assert appended_at(_record(INTAKE, 9_000, (ORIGIN_HEADER, b"bank"))) == 9_000
