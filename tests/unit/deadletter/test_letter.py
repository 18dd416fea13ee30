"""A letter is read as it was sent, whatever its sender wrote under the router's own headers' names."""

import pytest

from hub.bus.origin import forwarded_headers
from hub.bus.record import Record
from hub.deadletter.letter import TIMES_HEADER, LetterId, parse_letter_id, read_letter
from hub.errors import ConfigurationError
from hub.names import INTAKE, AgencyCode, CaseId, events_topic
from tests.kafka.city import BANK, PAID
from tests.unit.deadletter.shelved import CASE, letter, paid, record


@pytest.mark.parametrize("text", ["bank@12", "bank/0@12", "agency.bank.deadletters-0@12"])
def test_an_id_is_read_in_each_form(text: str) -> None:
    """The short one is for people, the long one says the topic."""
    found = parse_letter_id(text)
    assert found == LetterId(BANK, 0, 12)
    assert (found.short, str(found)) == ("bank@12", "agency.bank.deadletters-0@12")


@pytest.mark.parametrize("number", [0, 3])
def test_an_id_that_is_written_is_read_again(number: int) -> None:
    """An agency's code may end in a number of its own."""
    made = LetterId(AgencyCode("kantor-2"), number, 5)
    assert parse_letter_id(made.short) == parse_letter_id(str(made)) == made


@pytest.mark.parametrize("text", ["", "12", "bank", "bank@", "Bank@1", "bank@-1", "agency.bank.events-0@1", "bank@1\n"])
def test_what_is_no_id_is_refused(text: str) -> None:
    """With a word on where ids come from."""
    with pytest.raises(ConfigurationError, match="hub deadletter list --each"):
        parse_letter_id(text)


def test_a_letter_is_what_was_sent_and_why_it_came_back() -> None:
    """Key, value and headers byte for byte, and beside them what the router said."""
    value = paid()
    found = letter(value, ("ce_id", b"e-1"), ("odd", None), ("ce_type", PAID.encode()), reason="a field is wrong")

    assert (found.key, found.value, found.size) == (CASE.encode(), value, len(value))
    assert found.headers == (("ce_id", b"e-1"), ("odd", b""), ("ce_type", PAID.encode()))
    assert (found.category, found.error, found.reason) == ("schema", "SchemaError", "a field is wrong")
    assert (found.stood, found.at, found.times, found.is_hashed) == (f"{events_topic(BANK)}-2@7", 1_000, 0, False)
    assert (found.case, found.event_type, found.agency) == (CASE, PAID, BANK)


def test_headers_of_the_routers_names_stay_the_senders() -> None:
    """An agency may send what came from dead letters of its own; only the last of a name is the router's."""
    sent = [("__connect.errors.topic", b"theirs"), ("hub_dlq_category", b"theirs"), ("hub_value_hash", b"theirs")]
    found = letter(paid(), *sent)

    assert found.headers == tuple(sent)
    assert (found.category, found.stood, found.is_hashed) == ("schema", f"{events_topic(BANK)}-2@7", False)


def test_what_the_hub_wrote_to_forward_a_record_is_taken_away() -> None:
    """The record goes back as its agency sent it, not as the hub carried it."""
    first = Record(events_topic(BANK), 1, 3, 900, CASE.encode(), paid(), (("ce_id", b"e-1"),))
    found = letter(first.value, *forwarded_headers(first), topic=INTAKE)

    assert found.headers == (("ce_id", b"e-1"),)
    assert found.stood == f"{INTAKE}-2@7"


@pytest.mark.parametrize("headers", [(), (("hub_dlq_category", b"schema"),), (("ce_type", b"hub.X"),)])
def test_what_is_no_letter_is_none(headers: tuple[tuple[str, bytes], ...]) -> None:
    """Records of acts stand on the same topic."""
    assert read_letter(Record("agency.bank.deadletters", 0, 0, 0, b"k", b"v", headers)) is None


@pytest.mark.parametrize("category", ["rights", "decode"])
def test_a_value_that_was_not_kept_is_told_from_none(category: str) -> None:
    """By the hash that stands for it."""
    found = letter(None, category=category)
    assert (found.value, found.is_hashed) == (None, category == "rights")


def test_a_value_is_let_go_when_it_is_not_wanted() -> None:
    """A list of a thousand letters is no reason to hold a thousand values."""
    found = read_letter(record(paid()), keep=False)
    assert found is not None
    assert (found.value, found.size) == (None, len(paid()))


@pytest.mark.parametrize(("said", "times"), [(b"2", 2), (b"", 0), (b"-1", 0), (b"9" * 30, 0), (b"\xff", 0)])
def test_how_often_it_was_put_back_is_told_by_its_header(said: bytes, times: int) -> None:
    """What is no count counts as none."""
    assert letter(paid(), ("ce_id", b"1"), (TIMES_HEADER, said)).times == times


@pytest.mark.parametrize("key", [b"6472055205950000", b"rs.6472055205950000", b"\xff", b"", None])
def test_a_key_that_may_be_a_persons_number_is_no_case_to_show(key: bytes | None) -> None:
    """Keys may be anything, and lists are seen by everybody."""
    assert letter(paid(), key=key).case is None


@pytest.mark.parametrize("said", [b"6472055205950000", b"IBU CONTOH", b"\xff", b"a." + b"x" * 500])
def test_a_type_that_is_none_is_not_shown(said: bytes) -> None:
    """Headers may be anything, too."""
    assert letter(paid(), ("ce_id", b"1"), ("ce_type", said)).event_type == ""


def test_headers_are_read_as_the_hub_reads_them() -> None:
    """The last of a name counts, in whatever case."""
    found = letter(paid(), ("CE_ID", b"first"), ("Ce_Id", b"last"))
    assert found.header("ce_id") == "last"
    assert found.case == CaseId(CASE)
