"""What agencies send wrongly: each is one dead letter to its owner, told why, and everybody else's work goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from hub.events.envelope import MAX_VALUE_BYTES
from hub.names import AgencyCode, CaseId, deadletters_topic, events_topic, tasks_topic
from hub.router.case import Case
from hub.router.control import TASK_ACCEPTED
from tests.kafka.city import BANK, CHECKED, CIVIL, DESK, OFFICE, OPENED, PAID, POST, PRINTED
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

#: A value that must never be told to anybody.
_PERSON = "RAHASIA-6472055205950000"


@dataclass
class Desk:
    """The city with a worker at work, a log of what it writes, and one case that shows that it goes on."""

    city: World
    log: Log

    def open(self, opener: AgencyCode = DESK, **data: str) -> CaseId:
        """Open a case and wait until it is."""
        case = new_case(opener)
        self.city.say(DESK, OPENED, case, data={"name": "A"} | data)()
        self.city.until_status(self.log, case, "open")
        return case

    def letters(self, agency: AgencyCode, key: bytes) -> list[dict[str, str]]:
        """List the dead letters of one key, by what their headers say."""
        self.log.look()
        return [
            {name: (value or b"").decode(errors="replace") for name, value in record.headers}
            | {"value": repr(record.value)}
            for record in self.log.records[deadletters_topic(agency)]
            if record.key == key
        ]

    def letter(self, agency: AgencyCode, key: bytes, category: str) -> dict[str, str]:
        """Wait for the one dead letter of a key, look it over, and see the agency told and the others go on."""
        until(lambda: self.letters(agency, key))
        self.open()
        self.log.settle()
        (found,) = self.letters(agency, key)
        assert found["hub_dlq_category"] == category
        assert found["__connect.errors.topic"].startswith("agency.")
        assert _PERSON not in found["__connect.errors.exception.message"]
        told = [
            self.city.codec.decode(record.value)[1]
            for record in self.log.records[tasks_topic(agency)]
            if header(record, "ce_type") == "hub.EventRefused"
        ]
        assert any(each["category"] == category and each["reason"] for each in told)
        assert all(_PERSON not in str(each) for each in told)
        return found


@pytest.fixture
def desk(city: World) -> Iterator[Desk]:
    """Let a worker work."""
    with city.worker() as worker:
        made = Desk(city, city.log())
        worker.until_ready()
        yield made
    assert worker.error is None


@pytest.mark.parametrize(
    "value",
    [b"", b"\x00", b"{}", b"\x00\x00\x00", b"\x01\x00\x00\x03\xe8x", _PERSON.encode(), bytes(10_000)],
    ids=["empty", "one byte", "json", "short", "other magic", "text", "zeroes"],
)
def test_bytes_that_are_no_event_are_handed_back(desk: Desk, value: bytes) -> None:
    """Poison on an agency's topic becomes a dead letter with its bytes as they were, and a place."""
    key = str(uuid4()).encode()
    place = desk.city.put(events_topic(BANK), value, key=key, headers=[("ce_id", b"1")], partition=1)()

    category = "schema" if value == bytes(10_000) else "decode"
    letter = desk.letter(BANK, key, category)

    assert letter["value"] == repr(value)
    assert letter["__connect.errors.partition"] == str(place.partition)


def test_a_value_cut_short_or_followed_by_more_is_handed_back(desk: Desk) -> None:
    """Bytes under a known schema that are not exactly one record of it are refused, and not guessed at."""
    whole = desk.city.codec.encode(PAID, {"receipt": _PERSON})
    for value in (whole[:-3], whole + b"more", whole[:5] + b"\xff" * 30):
        key = f"{DESK}.{uuid4()}".encode()
        desk.city.put(events_topic(BANK), value, key=key, headers=[("ce_id", b"1")])()
        desk.letter(BANK, key, "decode")


def test_records_without_key_or_id_and_with_foreign_keys_are_handed_back(desk: Desk) -> None:
    """What cannot be told apart from others is no event; the letter is found by its place."""
    value = desk.city.codec.encode(PAID, {"receipt": "1"})
    unnamed, foreign = f"{DESK}.{uuid4()}".encode(), b"\xff\xfe\xfd"
    desk.city.put(events_topic(BANK), value, key=unnamed, headers=[])()
    assert "ce_id" in desk.letter(BANK, unnamed, "decode")["__connect.errors.exception.message"]
    desk.city.put(events_topic(BANK), value, key=foreign, headers=[("ce_id", b"1")])()
    desk.letter(BANK, foreign, "decode")
    odd = b"no case id " + str(uuid4()).encode()
    desk.city.put(events_topic(BANK), value, key=odd, headers=[("ce_id", b"1")])()
    desk.letter(BANK, odd, "decode")
    desk.city.put(events_topic(BANK), value, key=b"", headers=[("ce_id", b"1")])()
    until(lambda: desk.letters(BANK, b""))


def test_a_header_that_contradicts_the_value_is_handed_back(desk: Desk) -> None:
    """A record that says one type and holds another is taken as neither."""
    case = desk.open()
    value = desk.city.codec.encode(PAID, {"receipt": "1"})
    desk.city.put(
        events_topic(BANK), value, key=case.encode(), headers=[("ce_id", b"1"), ("ce_type", CHECKED.encode())]
    )()
    desk.letter(BANK, case.encode(), "decode")


def test_what_an_agency_may_not_say_keeps_headers_and_hash_only(desk: Desk) -> None:
    """A type that the agency does not publish: its content is not kept where it may not be."""
    case = desk.open()
    desk.city.say(POST, PAID, case, data={"receipt": _PERSON})()

    letter = desk.letter(POST, case.encode(), "rights")

    assert letter["value"] == "None"
    assert letter["hub_value_hash"]
    assert letter["ce_type"] == PAID
    assert _PERSON not in str(letter)


def test_another_agencys_case_cannot_be_opened(desk: Desk) -> None:
    """A case id under somebody else's code grants nothing, also when it was never used."""
    case = new_case(CIVIL)
    desk.city.say(DESK, OPENED, case, data={"name": _PERSON})()

    assert desk.letter(DESK, case.encode(), "rights")["value"] == "None"
    assert desk.city.case(desk.log, case) is None


def test_an_answer_to_another_agencys_task_counts_for_nothing(desk: Desk) -> None:
    """Knowing a case and a task id grants nothing: only whom the task was sent to may answer it."""
    case = desk.open()
    (task,) = until(lambda: desk.log.of(tasks_topic(CIVIL), case))
    desk.city.say(BANK, PAID, case, data={"receipt": "1"}, causation=header(task, "ce_id"))()

    desk.letter(BANK, case.encode(), "rights")
    state = desk.city.case(desk.log, case)
    assert state is not None
    assert {str(name): step.status for name, step in state.steps.items()} == {"check": "active"}


def test_a_used_id_with_the_same_content_changes_nothing(desk: Desk) -> None:
    """A repeat is known whenever it comes, however often; it is neither applied nor refused."""
    case = desk.open()
    for _ in range(3):
        desk.city.say(CIVIL, CHECKED, case, data={"number": "1"}, event_id="same")()
    desk.city.say(CIVIL, PRINTED, case)()  # stands behind the repeats on the same partition, so it is read after them
    until(lambda: len(desk.city.entries(desk.log, case)) == 3)
    desk.log.settle()

    assert [entry["outcome"] for entry in desk.city.entries(desk.log, case)] == ["opened", "advanced", "advanced"]
    assert desk.letters(CIVIL, case.encode()) == []


def test_a_used_id_with_other_content_is_handed_back(desk: Desk) -> None:
    """Two contents under one id: the first counts, the second is a dead letter."""
    case = desk.open()
    desk.city.say(CIVIL, CHECKED, case, data={"number": "1"}, event_id="reused")()
    desk.city.say(CIVIL, CHECKED, case, data={"number": _PERSON}, event_id="reused")()

    desk.letter(CIVIL, case.encode(), "id-reused")
    assert len(desk.city.entries(desk.log, case)) == 2


def test_a_second_opening_waits_for_a_person(desk: Desk) -> None:
    """The same content is a repeat; another is an incident of that case and of no other."""
    case = new_case()
    for name in ("A", "A", "B"):
        desk.city.say(DESK, OPENED, case, data={"name": name})()
    until(lambda: _causes(desk.city.case(desk.log, case)) == ["conflict"])
    desk.open()
    desk.log.settle()
    assert [entry["outcome"] for entry in desk.city.entries(desk.log, case)] == ["opened", "incident"]


def test_a_record_that_is_too_large_is_handed_back(desk: Desk) -> None:
    """A value over the limit is refused whole; the largest allowed one is routed."""
    case, large = desk.open(), new_case()
    desk.city.say(CIVIL, CHECKED, case, data={"number": "x" * MAX_VALUE_BYTES})()
    desk.letter(CIVIL, case.encode(), "oversized")

    desk.city.say(DESK, OPENED, large, data={"name": "x" * 200_000})()
    desk.city.until_status(desk.log, large, "open")


def test_a_case_that_grows_too_large_waits_for_a_person(desk: Desk) -> None:
    """Facts beyond what a case may hold: an incident, its event kept, the partition goes on."""
    case = desk.open()
    desk.city.say(CIVIL, CHECKED, case, data={"number": "x" * 300_000})()

    until(lambda: _causes(desk.city.case(desk.log, case)) == ["oversized"])
    state = desk.city.case(desk.log, case)
    assert state is not None
    assert state.parked == 1
    desk.open()


def test_an_event_of_no_case_that_opens_none_is_handed_back(desk: Desk) -> None:
    """An acceptance of a case nobody knows answers no step: it is refused at once, not kept."""
    case = new_case()
    desk.city.say(OFFICE, TASK_ACCEPTED, case)()

    desk.letter(OFFICE, case.encode(), "routing")


def _causes(case: Case | None) -> list[str]:
    return [] if case is None else [incident.cause for incident in case.incidents]
