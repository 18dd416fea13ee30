"""All that can be wrong at once, on one partition: each is told to its owner, nobody waits, and no value is let out."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from hub.bus.record import Record
from hub.engine.clock import wall_ms
from hub.events.codec import format_millis
from hub.events.envelope import MAX_VALUE_BYTES, to_headers
from hub.names import (
    JOURNAL,
    STATUS,
    AgencyCode,
    CaseId,
    EventType,
    deadletters_topic,
    events_topic,
    partition_of,
    tasks_topic,
)
from tests.kafka.city import (
    BANK,
    CHECKED,
    CIVIL,
    DELIVERED,
    DESK,
    GUARDED,
    OPENED,
    PAID,
    PARTITIONS,
    POST,
    PRINTED,
    WATCHED,
)
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import AGENCIES, QUICK_SESSIONS, World, new_case, world

pytestmark = pytest.mark.kafka

#: What must be told to nobody: a text, and a number so large that three of them are no number any more.
_PERSON: Final = "RAHASIA-6472055205950000"
_NUMBER: Final = 6_472_055_205_950_000_127
#: Where all of it happens.
_PARTITION: Final = 0
_CHECK_REQUEST: Final = EventType("city.CheckRequest")
_HOUR_MS: Final = 3_600_000


class Aftermath:
    """Send all that is wrong, and keep what was written about it and what the router said meanwhile."""

    def __init__(self, city: World) -> None:
        """Begin with nothing sent."""
        self.city, self.log, self.said = city, city.log(), ""
        self.refused: dict[str, tuple[str, AgencyCode, str, str]] = {}
        self.giants: dict[str, str] = {}
        self.stopped: dict[str, CaseId] = {}
        self.sent: dict[tuple[AgencyCode, str], bytes | None] = {}
        self._client = Producer(
            {
                "bootstrap.servers": city.kafka.bootstrap, "log_level": 2, "message.max.bytes": 50_000_000,
                "compression.type": "gzip",
            }
        )  # fmt: skip

    def put(self, agency: AgencyCode, value: bytes | None, key: bytes | None, headers: Any, /) -> str:
        """Publish anything on the one partition, and give its offset."""
        offsets: list[int] = []
        self._client.produce(
            events_topic(agency), value, key=key, headers=headers, partition=_PARTITION,
            on_delivery=lambda error, message: offsets.append(-1 if error else message.offset() or 0),
        )  # fmt: skip
        self._client.flush(20)
        self.sent[agency, str(offsets[0])] = value
        return str(offsets[0])

    def say(self, agency: AgencyCode, event_type: EventType, case: CaseId, event_id: str = "", /, **data: Any) -> str:
        """Publish an event, and give its offset."""
        headers = to_headers(
            event_id or str(uuid4()), event_type, source="/agency/test", time=format_millis(wall_ms()), case=case
        )
        return self.put(agency, self.city.codec.encode(event_type, data), case.encode(), headers)

    def expect(self, name: str, category: str, agency: AgencyCode, offset: str, *, error: str) -> None:
        """Remember what must become of a record."""
        self.refused[name] = (category, agency, offset, error)

    def letters(self, agency: AgencyCode, offset: str) -> list[Record]:
        """List the dead letters of one record, by its place."""
        place = (events_topic(agency), str(_PARTITION), offset)
        return [record for record in self.log.records[deadletters_topic(agency)] if _place(record) == place]

    def open(self) -> CaseId:
        """Open a licence and wait until it is."""
        case = _here()
        self.say(DESK, OPENED, case, name="A")
        self.city.until_status(self.log, case, "open")
        return case


def _place(letter: Record) -> tuple[str, ...]:
    return tuple(header(letter, f"__connect.errors.{name}") for name in ("topic", "partition", "offset"))


def _here(opener: AgencyCode = DESK) -> CaseId:
    """Make the id of a case of the one partition."""
    while partition_of((case := new_case(opener)).encode(), PARTITIONS) != _PARTITION:
        pass
    return case


def _send_no_events(all_of: Aftermath) -> None:
    """Send what cannot be read."""
    paid, event_id = all_of.city.codec.encode(PAID, {"receipt": _PERSON}), [("ce_id", b"1")]
    poison: dict[str, tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]] = {
        "text": (_PERSON.encode(), _here().encode(), event_id),
        "cut short": (paid[:-3], _here().encode(), event_id),
        "longer": (paid + _PERSON.encode(), _here().encode(), event_id),
        "no value": (None, _here().encode(), event_id),
        "no key": (paid, None, event_id),
        "no id": (paid, _here().encode(), []),
        "no case": (paid, b"nothing", event_id),
        "headers": (paid, _here().encode(), [*event_id, ("ce_subject", b"\xff" + _PERSON.encode())]),
        "header": (paid, _here().encode(), [*event_id, ("ce_type", CHECKED.encode())]),
    }
    for name, record in poison.items():
        all_of.expect(name, "decode", BANK, all_of.put(BANK, *record), error="DecodeError")
    huge = all_of.say(CIVIL, CHECKED, _here(), number=_PERSON * (MAX_VALUE_BYTES // len(_PERSON) + 1))
    all_of.expect("oversized", "oversized", CIVIL, huge, error="OversizedError")


def _send_giants(all_of: Aftermath) -> None:
    """Send what a small batch unfolds to: more than any topic of the hub takes, or than a client lets out."""
    paid, headers = all_of.city.codec.encode(PAID, {"receipt": "1"}), [("ce_id", b"1")]
    giants: dict[str, tuple[bytes, bytes, list[tuple[str, bytes]]]] = {
        "value": (b"\0" * 3_000_000, _here().encode(), headers),
        "client": (paid + b"\0" * 10_000_000, _here().encode(), headers),
        "headers": (paid, _here().encode(), [*headers, ("x", b"\0" * 10_000_000)]),
        "key": (paid, b"\0" * 10_000_000, headers),
    }
    for name, record in giants.items():
        all_of.giants[name] = all_of.put(POST, *record)


def _send_what_is_refused(all_of: Aftermath) -> None:
    """Send events that may not be, or that belong to nothing."""
    case, theirs = all_of.open(), _here(CIVIL)
    refused = {
        "not published": ("rights", POST, all_of.say(POST, PAID, case, receipt=_PERSON)),
        "nobody's type": ("rights", CIVIL, all_of.say(CIVIL, _CHECK_REQUEST, case, name=_PERSON)),
        "another's case": ("rights", DESK, all_of.say(DESK, OPENED, theirs, name=_PERSON)),
    }
    all_of.say(CIVIL, CHECKED, case, "reused", number="1")
    refused["reused id"] = ("id-reused", CIVIL, all_of.say(CIVIL, CHECKED, case, "reused", number=_PERSON))
    watch = _here()
    all_of.say(DESK, WATCHED, watch, since=format_millis(wall_ms() + _HOUR_MS))
    refused["no step"] = ("routing", BANK, all_of.say(BANK, PAID, watch, receipt=_PERSON))
    for name, (category, agency, offset) in refused.items():
        all_of.expect(name, category, agency, offset, error="RefusedError")


def _send_what_stops_a_case(all_of: Aftermath) -> None:
    """Send events that only a person can make something of, and acts of a person that make nothing better."""
    conflict, oversized, guard = all_of.open(), all_of.open(), _here()
    all_of.say(DESK, OPENED, conflict, name=_PERSON)
    all_of.say(CIVIL, CHECKED, oversized, number=_PERSON * 13_000)
    all_of.say(DESK, GUARDED, guard, size=1, work=[_NUMBER])
    all_of.stopped |= {"conflict": conflict, "oversized": oversized, "guard": guard}
    for facts in (f'{{"size": "{_PERSON}"}}', f'{{"size": {_PERSON}}}', f'{{"application": "{_PERSON}"}}'):
        all_of.city.act(guard, "amend", facts=facts)()


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """Send everything wrong to a router of its own process, then see a good case through on the same partition."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as city, city.router() as router:
        made = Aftermath(city)
        router.until_page("/readyz", 200)
        _send_no_events(made)
        _send_giants(made)
        _send_what_is_refused(made)
        _send_what_stops_a_case(made)
        good = made.open()
        for agency, event_type, data in (
            (CIVIL, CHECKED, {"number": "1"}), (BANK, PAID, {"receipt": "1"}), (CIVIL, PRINTED, {}),
            (POST, DELIVERED, {}),
        ):  # fmt: skip
            made.say(agency, event_type, good, **data)
        city.until_status(made.log, good, "completed")
        until(lambda: len(city.entries(made.log, made.stopped["guard"])) == 3)
        made.log.settle()
        made.said = router.said.read_text() + router.page("/metrics")[1] + router.page("/readyz")[1]
        yield made


def test_each_wrong_record_is_one_dead_letter_that_says_why(aftermath: Aftermath) -> None:
    """Category, place and reason are told, the bytes are as they were; of what broke a right none are kept."""
    for name, (category, agency, offset, error) in aftermath.refused.items():
        letters = aftermath.letters(agency, offset)
        assert len(letters) == 1, name
        letter = letters[0]
        assert header(letter, "hub_dlq_category") == category, name
        assert header(letter, "__connect.errors.stage") == "ROUTER"
        assert header(letter, "__connect.errors.exception.class.name") == error, name
        assert len(header(letter, "__connect.errors.exception.message")) > len("why")
        assert letter.value == (None if category == "rights" else aftermath.sent[agency, offset]), name
        assert bool(header(letter, "hub_value_hash")) == (category == "rights"), name
        assert letter.topic == deadletters_topic(agency)
    everything = sum(len(aftermath.log.records[deadletters_topic(agency)]) for agency in AGENCIES)
    assert everything == len(aftermath.refused) + len(aftermath.giants)


def test_a_giant_is_handed_back_without_what_is_large_in_it(aftermath: Aftermath) -> None:
    """Once, by its hash: what no topic takes would be written again for ever."""
    for name, offset in aftermath.giants.items():
        (letter,) = aftermath.letters(POST, offset)
        assert letter.value is None, name
        assert header(letter, "hub_value_hash"), name
        assert header(letter, "hub_left_out") == ("value headers" if name in {"headers", "key"} else "value"), name
        assert len(letter.key or b"") <= 200


def test_what_stops_a_case_is_an_incident_of_that_case(aftermath: Aftermath) -> None:
    """Each has its cause and keeps its event; none is handed back."""
    for cause, case in aftermath.stopped.items():
        state = aftermath.city.case(aftermath.log, case)
        assert state is not None
        assert [incident.cause for incident in state.incidents] == [cause]


def test_no_value_is_let_out(aftermath: Aftermath) -> None:
    """Neither reasons, nor journal, status, notices, log lines or metrics hold what an event held."""
    log, city = aftermath.log, aftermath.city
    told = [str(record.headers) for record in _all_letters(log) if header(record, "ce_id") and _is_ours(record)]
    for record in (*log.records[JOURNAL], *log.records[STATUS], *_notices(log)):
        told += [str(record.headers), repr(record.value), str(city.codec.decode(record.value)[1])]
    assert len(told) > len(aftermath.refused)

    for text in (*told, aftermath.said):
        assert _PERSON not in text
        assert str(_NUMBER) not in text


def _is_ours(letter: Record) -> bool:
    """Leave out the one whose own header held the value: headers are kept as read."""
    return _PERSON.encode() not in dict(letter.headers).get("ce_subject", b"")  # type: ignore[operator]


def _all_letters(log: Log) -> list[Record]:
    return [record for agency in AGENCIES for record in log.records[deadletters_topic(agency)]]


def _notices(log: Log) -> list[Record]:
    """List what the hub itself says to agencies."""
    tasks = [record for agency in AGENCIES for record in log.records[tasks_topic(agency)]]
    return [record for record in tasks if header(record, "ce_type").startswith("hub.")]
