"""What the log says of refused records: where and which kind, not too often, and nothing of what they hold."""

import pytest
from structlog.testing import capture_logs

from hub import metrics
from hub.bus.record import HeaderList, Record
from hub.engine.complaint import EVERY_S, Complaints
from hub.names import AgencyCode, events_topic
from tests.kafka.city import BANK, CIVIL, PAID
from tests.unit.engine.test_routing import CODEC, Desk

_PERSON = "SITI-AMINAH"


def _record(agency: AgencyCode = BANK, offset: int = 7) -> Record:
    return Record(events_topic(agency), 2, offset, 1, _PERSON.encode(), _PERSON.encode(), ())


def test_a_line_says_where_and_of_which_kind() -> None:
    """Enough to find the record, and whose it is."""
    with capture_logs() as lines:
        Complaints().note(_record(), "bank", "decode", error="DecodeError")

    assert lines == [
        {
            "event": "a record was refused: it is handed back to its owner", "log_level": "warning", "agency": "bank",
            "category": "decode", "error": "DecodeError", "topic": events_topic(BANK), "partition": 2, "offset": 7,
            "alike_since": 0,
        }
    ]  # fmt: skip


def test_many_alike_are_one_line_in_a_while() -> None:
    """The next line says how many there were between; another agency or category has a line of its own."""
    now = [100.0]
    complaints = Complaints(lambda: now[0])
    with capture_logs() as lines:
        for offset in range(50):
            complaints.note(_record(offset=offset), "bank", "decode", error="DecodeError")
        complaints.note(_record(CIVIL), "civil", "decode", error="DecodeError")
        complaints.note(_record(), "bank", "schema", error="SchemaError")
        now[0] += EVERY_S
        complaints.note(_record(), "bank", "decode", error="DecodeError")

    told = [(each["agency"], each["category"], each["alike_since"]) for each in lines]
    assert told == [("bank", "decode", 0), ("civil", "decode", 0), ("bank", "schema", 0), ("bank", "decode", 49)]


@pytest.mark.parametrize(
    ("key", "value", "headers", "category"),
    [
        (None, b"\0\0\0\0\x01", [("ce_id", b"1")], "decode"),
        (_PERSON.encode(), None, [("ce_id", b"1")], "decode"),
        (_PERSON.encode(), _PERSON.encode(), [(_PERSON, _PERSON.encode())], "decode"),
        (_PERSON.encode(), CODEC.encode(PAID, {"receipt": _PERSON}), [("ce_type", _PERSON.encode())], "decode"),
        (_PERSON.encode(), b"\0" * 600_000, [("x", _PERSON.encode() + b"\xff")], "decode"),
        (_PERSON.encode(), b"\0" * 600_000, [("ce_id", b"1")], "oversized"),
    ],
)
def test_garbage_is_logged_and_counted_without_what_it_holds(
    key: bytes | None, value: bytes | None, headers: HeaderList, category: str
) -> None:
    """No key, no value, no text: one line, one count, no person in it."""
    desk, counted = Desk(), metrics.DEAD_LETTERS.labels("bank", category)._value
    before = counted.get()
    with capture_logs() as lines:
        desk.take(events_topic(BANK), value, key=key, headers=headers)

    (line,) = lines
    assert (line["agency"], line["category"], line["offset"]) == ("bank", category, 1)
    assert counted.get() == before + 1
    assert _PERSON not in str(lines)


def test_what_is_nobodys_is_an_error_of_its_own() -> None:
    """A command that cannot be read has no owner who would be told."""
    with capture_logs() as lines:
        Desk().take("hub.commands", _PERSON.encode(), key=_PERSON.encode())

    (line,) = lines
    assert (line["log_level"], line["agency"], line["category"]) == ("error", "", "decode")
    assert _PERSON not in str(lines)
