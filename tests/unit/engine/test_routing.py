"""From one record to all that follows from it, without a broker: what is sent, what is remembered, what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hub import metrics
from hub.bus.record import Record
from hub.engine.clock import Clock
from hub.engine.outputs import CHAIN_HEADER, MAX_RECORD_BYTES, Output, link, state_hash
from hub.engine.parking import BESIDE_BYTES
from hub.engine.partition import Partition
from hub.engine.reading import Activation, Ordered, read_stimulus
from hub.engine.routing import Routing, Rules
from hub.errors import UnknownSchemaError
from hub.events.codec import Codec
from hub.events.envelope import to_headers
from hub.names import (
    COMMANDS,
    INTAKE,
    JOURNAL,
    STATUS,
    AgencyCode,
    CaseId,
    EventType,
    ProcedureRef,
    StepName,
    deadletters_topic,
    events_topic,
    partition_of,
    tasks_topic,
)
from hub.network.compile import compile_network
from hub.network.plan import BillPlan, PaymentPlan
from hub.router.case import Case, decode_case
from hub.router.decision import Command
from tests import builders as b
from tests.kafka.city import (
    BANK,
    CHECK_REFUSED,
    CHECKED,
    CIVIL,
    DELIVERED,
    DESK,
    GUARDED,
    LOOKED,
    OPENED,
    PAID,
    PARTITIONS,
    POST,
    PRINTED,
    WATCHED,
    catalog,
    city,
)

CODEC = Codec.over(catalog())
RULES = Rules(3, compile_network(city(), catalog(), at=0, sequence=3), CODEC)
CASE = CaseId("desk.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
JOURNAL_ENTRY = "hub.JournalEntry"
HOME = partition_of(CASE.encode(), PARTITIONS)


@dataclass
class Desk:
    """One partition that is routed by hand."""

    partition: Partition = field(default_factory=lambda: Partition(HOME))
    sent: list[Output] = field(default_factory=list)
    offset: int = 0

    def __post_init__(self) -> None:
        """Give it a router."""
        self.routing = Routing(self.sent.append, Clock())

    def take(self, topic: str, value: bytes | None, *, key: bytes | None, headers: Any = ()) -> Activation | None:
        """Route one record."""
        self.offset += 1
        record = Record(topic, self.partition.number, self.offset, 1_000 + self.offset, key, value, headers)
        return self.routing.take(record, self.partition, RULES, CODEC)

    def say(
        self,
        agency: AgencyCode,
        event_type: EventType,
        case: str = CASE,
        /,
        *,
        event_id: str | None = None,
        **data: Any,
    ) -> list[Output]:
        """Route an event, and give what it sent."""
        before = len(self.sent)
        headers = to_headers(
            event_id or f"{self.offset}", event_type, source="/t", time="2026-01-05T00:00:00Z", case=case
        )
        self.take(events_topic(agency), CODEC.encode(event_type, data), key=case.encode(), headers=headers)
        return self.sent[before:]

    def act(self, act: str, **more: Any) -> list[Output]:
        """Route an operator's act, and give what it sent."""
        before = len(self.sent)
        data = {"case": CASE, "act": act, "actor": "budi", "reason": "r", "revision": None, "step": None, "facts": ""}
        value = CODEC.encode(EventType("hub.CaseCommand"), data | more)
        self.take(COMMANDS, value, key=CASE.encode(), headers=[("ce_id", f"act-{self.offset}".encode())])
        return self.sent[before:]

    @property
    def case(self) -> Case:
        """Read the case's state."""
        return decode_case(self.partition.states[CASE.encode()])


@pytest.fixture
def desk() -> Desk:
    """Give an empty partition."""
    return Desk()


def _topics(outputs: list[Output]) -> list[str]:
    return [output.topic for output in outputs]


def without(*gone: AgencyCode) -> Rules:
    """Give the city's rules after some agencies have left."""
    agencies = {code: each for code, each in RULES.plan.agencies.items() if code not in gone}
    return replace(RULES, plan=replace(RULES.plan, agencies=agencies))


def _read(output: Output) -> Mapping[str, Any]:
    return CODEC.decode(output.value)[1]


def test_an_event_sends_task_journal_and_status(desk: Desk) -> None:
    """One opening: the task with its own headers, the entry with what was read, the status for subscribers."""
    task, entry, status = desk.say(DESK, OPENED, name="SITI")

    assert _topics([task, entry, status]) == [tasks_topic(CIVIL), JOURNAL, STATUS]
    headers = dict(task.headers)
    assert (headers["hubstep"], headers["hubattempt"], headers["hubprocedure"]) == (b"check", b"1", b"licence@1")
    assert (task.key, entry.key, entry.partition) == (CASE.encode(), CASE.encode(), HOME)
    told = _read(entry)
    assert (told["revision"], told["bundle"], told["topic"], told["offset"]) == (1, 3, events_topic(DESK), 1)
    assert told["state_hash"] == state_hash(desk.partition.states[CASE.encode()])
    assert "SITI" not in str(told)
    assert _read(status)["active"] == ["check"]
    assert desk.partition.meta.positions == {events_topic(DESK): 2}
    assert desk.routing.appended == [1_001]


def test_subscribers_are_told_only_of_what_has_changed(desk: Desk) -> None:
    """A note is journaled, and the case stands as it did; the answer that ends its step is told."""
    desk.say(DESK, OPENED, name="A")
    assert _topics(desk.act("note")) == [JOURNAL]
    assert STATUS in _topics(desk.say(CIVIL, CHECKED, number="1"))


def test_entries_of_a_partition_form_a_chain(desk: Desk) -> None:
    """Each head is the hash of the one before and the entry; the last stands in the partition's meta record."""
    desk.say(DESK, OPENED, name="A")
    desk.say(CIVIL, CHECKED, number="1")
    desk.say(BANK, PAID, receipt="1")

    head = ""
    for entry in (output for output in desk.sent if output.topic == JOURNAL):
        head = link(head, entry.value or b"")
        assert dict(entry.headers)[CHAIN_HEADER] == head.encode()
    assert desk.partition.meta.chain == head


def test_a_repeat_sends_nothing_and_moves_on(desk: Desk) -> None:
    """Its position is past; nothing is journaled, nothing refused."""
    desk.say(DESK, OPENED, name="A")
    desk.say(CIVIL, CHECKED, number="1", event_id="one")
    assert desk.say(CIVIL, CHECKED, number="1", event_id="one") == []
    assert desk.partition.meta.positions[events_topic(CIVIL)] == 4


def test_a_foreign_key_is_forwarded_to_its_partition_once(desk: Desk) -> None:
    """With whose it was, its bytes as they were; what came by the intake is taken where it stands."""
    other = next(f"desk.{n}" for n in range(100) if partition_of(f"desk.{n}".encode(), PARTITIONS) != HOME)
    (forwarded,) = desk.say(DESK, OPENED, other, name="A")

    assert (forwarded.topic, forwarded.partition) == (INTAKE, partition_of(other.encode(), PARTITIONS))
    assert dict(forwarded.headers)["huborigin"] == DESK.encode()
    assert other.encode() not in desk.partition.states

    there = Desk(Partition(forwarded.partition))
    there.take(INTAKE, forwarded.value, key=forwarded.key, headers=forwarded.headers)
    assert _topics(there.sent) == [tasks_topic(CIVIL), JOURNAL, STATUS]


@pytest.mark.parametrize(("first", "outcome"), [(1_900, "done"), (2_100, "late")])
def test_a_forwarded_answer_counts_from_its_first_append(desk: Desk, *, first: int, outcome: str) -> None:
    """Appended before the deadline on a wrong partition, it came in time, however late it is forwarded."""
    desk.say(DESK, WATCHED, since="1970-01-01T00:00:01Z")
    headers = to_headers("1", LOOKED, source="/t", time="-", case=CASE)
    elsewhere = Record(events_topic(CIVIL), HOME + 1, 1, first, CASE.encode(), CODEC.encode(LOOKED, {}), headers)

    there = Desk(Partition((HOME + 1) % PARTITIONS))
    there.routing.take(elsewhere, there.partition, RULES, CODEC)
    (forwarded,) = there.sent
    arrived = Record(INTAKE, HOME, 1, 5_000, forwarded.key, forwarded.value, forwarded.headers)
    desk.routing.take(arrived, desk.partition, RULES, CODEC)

    entry = _read([output for output in desk.sent if output.topic == JOURNAL][-1])
    assert entry["outcome"] == {"done": "advanced", "late": "late"}[outcome]


def test_an_agency_cannot_pretend_to_be_forwarded(desk: Desk) -> None:
    """On an agency's own topic the origin is the topic, whatever a header says."""
    headers = [*to_headers("1", OPENED, source="/t", time="-", case=CASE), ("huborigin", DESK.encode())]
    desk.take(events_topic(BANK), CODEC.encode(OPENED, {"name": "A"}), key=CASE.encode(), headers=headers)

    assert deadletters_topic(BANK) in _topics(desk.sent)
    assert CASE.encode() not in desk.partition.states


def test_a_case_that_lives_on_a_wrong_partition_stays_there(desk: Desk) -> None:
    """A state that is here is answered here: only unknown cases are forwarded."""
    desk.say(DESK, OPENED, name="A")
    elsewhere = Desk(Partition((HOME + 1) % PARTITIONS))
    elsewhere.partition.states[CASE.encode()] = desk.partition.states[CASE.encode()]

    assert JOURNAL in _topics(elsewhere.say(CIVIL, CHECKED, number="1"))


def test_bytes_that_are_no_event_become_letter_and_notice(desk: Desk) -> None:
    """The record as it was with the reason, and a message where the agency reads its tasks."""
    desk.take(events_topic(BANK), b"poison", key=b"\xff", headers=[("odd", None)])
    letter, notice = desk.sent

    assert (letter.topic, letter.value, letter.key) == (deadletters_topic(BANK), b"poison", b"\xff")
    assert dict(letter.headers)["hub_dlq_category"] == b"decode"
    assert (notice.topic, _read(notice)["category"]) == (tasks_topic(BANK), "decode")
    assert desk.partition.meta.positions[events_topic(BANK)] == 2


def test_without_a_network_records_go_back(desk: Desk) -> None:
    """Nothing is guessed before a bundle is in force."""
    record = Record(
        events_topic(DESK), HOME, 0, 1, CASE.encode(), CODEC.encode(OPENED, {"name": "A"}), [("ce_id", b"1")]
    )
    desk.routing.take(record, desk.partition, None, CODEC)

    assert _topics(desk.sent) == [deadletters_topic(DESK)]


def test_an_unknown_schema_is_told_before_anything_is_done(desk: Desk) -> None:
    """The position stays where it was, so that the record is read again."""
    with pytest.raises(UnknownSchemaError):
        desk.take(events_topic(BANK), b"\x00\x7f\xff\xff\xff", key=CASE.encode())
    assert (desk.sent, desk.partition.meta.positions) == ([], {})


def test_an_activation_is_handed_on(desk: Desk) -> None:
    """Which bundle is meant; to put it in force is the worker's."""
    data = {"sequence": 4, "digest": "d", "actor": ""}
    found = desk.take(COMMANDS, CODEC.encode(EventType("hub.BundleActivated"), data), key=b"~bundle")

    assert found == Activation(4)


def test_a_decision_that_cannot_be_written_is_an_incident(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task whose facts do not fit its schema: nothing of it is sent, the case waits with its event."""
    narrow = Codec({n: each for n, each in enumerate(catalog(), 1) if each.type != "city.CheckRequest"})
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", replace(RULES, codec=narrow))

    desk.say(DESK, OPENED, name="A")

    assert [incident.cause for incident in desk.case.incidents] == ["fill"]
    assert _topics(desk.sent) == [JOURNAL]
    assert desk.case.parked == 1


def test_a_record_that_cannot_be_told_is_handed_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even as an incident: nothing of it is sent but the record itself, nothing is remembered but its position."""
    silent = Codec({n: each for n, each in enumerate(catalog(), 1) if each.type != JOURNAL_ENTRY})
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", replace(RULES, codec=silent))

    (letter,) = desk.say(DESK, OPENED, name="A")

    assert (letter.topic, dict(letter.headers)["hub_dlq_category"]) == (deadletters_topic(DESK), b"routing")
    assert (desk.partition.states, desk.partition.meta.chain) == ({}, "")
    assert desk.partition.meta.positions[events_topic(DESK)] == 2


def test_an_entry_that_no_topic_takes_is_never_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision of which the journal cannot be told is taken back whole: no task of it is sent."""
    desk.say(DESK, OPENED, name="A")
    state = desk.partition.states[CASE.encode()]
    monkeypatch.setattr("hub.engine.outputs.MAX_RECORD_BYTES", 300)

    (letter,) = desk.say(CIVIL, CHECKED, number="1")

    assert letter.topic == deadletters_topic(CIVIL)
    assert desk.partition.states[CASE.encode()] == state


@pytest.mark.parametrize("field", ["reason", "actor", "step"])
def test_an_act_of_too_many_words_is_refused(desk: Desk, field: str) -> None:
    """They would stand in the journal: a reason is a sentence, a name a name."""
    desk.say(DESK, OPENED, name="A")
    state = desk.partition.states[CASE.encode()]

    assert desk.act("retry", **{field: "x" * 3_000}) == []
    assert desk.partition.states[CASE.encode()] == state
    assert desk.partition.meta.positions[COMMANDS] == 3


def test_facts_that_are_too_large_to_keep_are_an_incident(desk: Desk) -> None:
    """No task is sent of them; the event is kept for whoever mends it."""
    desk.say(DESK, OPENED, name="A" * (MAX_RECORD_BYTES // 2))

    assert tasks_topic(CIVIL) not in _topics(desk.sent)
    assert desk.case.incidents


def test_parked_events_are_released_in_order(desk: Desk) -> None:
    """After an operator has mended the cause, what waited is routed before anything newer."""
    desk.say(DESK, GUARDED, size=0, work=[1])
    desk.say(CIVIL, LOOKED, event_id="first")
    assert desk.case.parked == 1

    desk.act("amend", facts='{"size": 1}')
    outputs = desk.act("retry")

    assert tasks_topic(CIVIL) in _topics(outputs)
    assert desk.case.status == "completed"
    assert desk.partition.parking.kept == {}


def test_what_waits_beside_one_case_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes, whoever sends it; other cases have room of their own, and once it is taken there is room again."""
    monkeypatch.setattr("hub.engine.parking.MAX_CASE_BYTES", 3 * BESIDE_BYTES)
    desk.say(DESK, GUARDED, size=0, work=[1])
    for number in range(9):
        desk.say(CIVIL, LOOKED, event_id=f"{number}")

    letters = [output for output in desk.sent if output.topic == deadletters_topic(CIVIL)]
    assert [dict(each.headers)["hub_dlq_category"] for each in letters] == [b"oversized"] * 6
    assert b"3072 bytes wait beside this case" in dict(letters[0].headers)["__connect.errors.exception.message"]
    assert desk.case.parked == len(desk.partition.parking.kept) == 3

    desk.act("withdraw")
    assert (desk.partition.parking.kept, desk.partition.parking.bytes_of_case) == ({}, {})


def test_what_waits_of_one_agency_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cases it makes up; the others' events wait as before, and nothing of theirs is refused."""
    monkeypatch.setattr("hub.engine.parking.MAX_AGENCY_BYTES", 5 * BESIDE_BYTES)
    made_up = (f"desk.{n}" for n in range(999) if partition_of(f"desk.{n}".encode(), PARTITIONS) == HOME)
    for _ in range(20):
        desk.say(BANK, PAID, next(made_up), receipt="1")
    waiting = len(desk.partition.states)
    desk.say(POST, DELIVERED, next(made_up))

    assert 2 < waiting < 6
    assert _topics(desk.sent).count(deadletters_topic(BANK)) == 20 - waiting
    assert len(desk.partition.states) == waiting + 1
    assert deadletters_topic(POST) not in _topics(desk.sent)


def test_a_successor_finds_as_much_room(desk: Desk) -> None:
    """Who restores the partition refuses what its former owner would have."""
    desk.say(BANK, PAID, receipt="1")
    successor = Partition(HOME)
    for key, value in desk.partition.dirty():
        successor.restore(key, value)
    successor.restored()

    assert successor.parking.bytes_of_agency == desk.partition.parking.bytes_of_agency
    assert successor.parking.bytes_of_case == desk.partition.parking.bytes_of_case
    assert successor.parking.bytes_of_case[CASE.encode()] > BESIDE_BYTES


def test_orphans_are_adopted_by_their_opening(desk: Desk) -> None:
    """Early events of an unknown case count as soon as it is opened."""
    for agency, event_type, data in (
        (CIVIL, CHECKED, {"number": "1"}), (BANK, PAID, {"receipt": "1"}), (CIVIL, PRINTED, {}), (POST, DELIVERED, {}),
    ):  # fmt: skip
        desk.say(agency, event_type, **data)
    desk.say(DESK, OPENED, name="A")

    assert (desk.case.status, desk.case.revision) == ("completed", 9)


def _undelivered(kind: str) -> float:
    return float(metrics.UNDELIVERED.labels(kind)._value.get())


def test_nothing_is_sent_to_an_agency_that_has_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its topics may be gone, and what cannot be delivered must not stop the partition: it is counted instead."""
    desk.say(DESK, OPENED, name="A")
    desk.say(CIVIL, CHECKED, number="1", event_id="one")
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", without(DESK, BANK))
    before = _undelivered("notice"), _undelivered("dead-letter")

    desk.act("withdraw")
    paid = Record(INTAKE, HOME, 99, 1, CASE.encode(), CODEC.encode(PAID, {"receipt": "1"}), [])
    lost = paid._replace(headers=[("ce_id", b"9"), ("huborigin", BANK.encode())])
    desk.routing.take(lost, desk.partition, RULES, CODEC)

    assert desk.case.status == "withdrawn"
    assert not {f"agency.{code}.{kind}" for code in (DESK, BANK) for kind in ("tasks", "deadletters")} & set(
        _topics(desk.sent[6:])
    )
    assert (_undelivered("notice"), _undelivered("dead-letter")) == (before[0] + 3, before[1] + 1)


def test_a_task_for_an_agency_that_has_left_is_an_incident(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is owed, so it is never left out silently."""
    desk.say(DESK, OPENED, name="A")
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", without(BANK))

    outputs = desk.say(CIVIL, CHECKED, number="1")

    assert _topics(outputs) == [JOURNAL, STATUS]
    assert "bank is not in the network in force" in desk.case.incidents[0].detail


def test_a_topic_of_an_agency_that_has_left_is_read_no_further(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fetched before is left as it is: neither routed nor counted as read."""
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", without(BANK))

    assert desk.say(BANK, PAID, receipt="1") == []
    assert desk.partition.meta.positions == {}


def test_timers_fire_in_order_up_to_a_moment_and_no_further(desk: Desk) -> None:
    """So many at the most; one that is due later waits; a decision's time is the moment, not the machine's."""
    for number, due in enumerate((5_000, 3_000, 4_000, 90_000)):
        case = next(
            c for c in (f"desk.{number}-{n}" for n in range(99)) if partition_of(c.encode(), PARTITIONS) == HOME
        )
        since = f"1970-01-01T00:{(due - 1_000) // 60_000:02}:{(due - 1_000) // 1_000 % 60:02}Z"
        desk.say(DESK, WATCHED, case, since=since)
    before = len(desk.sent)

    assert desk.routing.fire(10_000, 2, partition=desk.partition, force=RULES) == 2
    assert desk.routing.fire(10_000, 99, partition=desk.partition, force=RULES) == 1
    assert desk.routing.fire(10_000, 99, partition=desk.partition, force=RULES) == 0

    fired = [_read(output) for output in desk.sent[before:] if output.topic == JOURNAL]
    assert [entry["case"].split("-")[0] for entry in fired] == ["desk.1", "desk.2", "desk.0"]
    assert {entry["at"] for entry in fired} == {"1970-01-01T00:00:10.000Z"}
    assert desk.partition.next_due() == 90_000


def test_an_orphan_that_was_not_adopted_goes_back(desk: Desk) -> None:
    """After a day its events become dead letters, and nothing of it stays."""
    desk.say(BANK, PAID, receipt="1", event_id="lonely")
    due = desk.partition.next_due()
    assert due is not None

    desk.routing.fire(due, 9, partition=desk.partition, force=RULES)

    letters = [output for output in desk.sent if output.topic == deadletters_topic(BANK)]
    assert [dict(letter.headers)["hub_dlq_category"] for letter in letters] == [b"orphan"]
    assert CASE.encode() not in desk.partition.states


def test_an_act_names_the_agency_that_a_step_is_given_to(desk: Desk) -> None:
    """It comes over the wire, is held against what the agency may say, and the refusal is journaled."""
    desk.say(DESK, OPENED, name="SITI")
    told = _read(desk.act("reassign", step="check", to=BANK)[0])

    assert (told["event_type"], told["actor"], told["applied"]) == ("reassign", "budi", False)
    assert told["why"] == "bank may not publish city.CheckRefused, city.CheckReturned, city.Checked"


def test_an_act_of_the_first_version_is_read(desk: Desk) -> None:
    """Who sends commands under the older schema is understood: it names no agency."""
    desk.say(DESK, OPENED, name="SITI")
    (old,) = [each for each in catalog() if (each.type, each.version) == ("hub.CaseCommand", 1)]
    codec = Codec({7: old})
    data = {"case": CASE, "act": "note", "actor": "budi", "reason": "r", "revision": None, "step": None, "facts": ""}
    record = Record(COMMANDS, HOME, 9, 1_009, CASE.encode(), codec.encode(old.type, data), ())
    stimulus = read_stimulus(record, codec)

    assert isinstance(stimulus, Command)
    assert (stimulus.act, stimulus.to) == ("note", None)


def test_a_receipt_that_is_not_the_bill_is_a_dead_letter_and_an_incident_at_once(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    """Its owner has it back and is told why, the case waits, and all of it stands in one decision."""
    monkeypatch.setattr("tests.unit.engine.test_routing.RULES", _billing())
    desk.say(DESK, OPENED, name="Ana")
    desk.say(CIVIL, CHECKED, number="7")
    sent = desk.say(BANK, PAID, receipt="r")

    assert sorted(_topics(sent)) == sorted([tasks_topic(BANK), JOURNAL, STATUS, deadletters_topic(BANK)])
    assert [one.cause for one in desk.case.incidents] == ["payment"]
    assert (desk.case.parked, len(desk.partition.parking.take(CASE.encode()))) == (0, 0)
    desk.say(BANK, PAID, receipt="r")
    assert desk.case.parked == 1


def _billing() -> Rules:
    """Bill ten rupiah at the bank's step, whose receipts say no amount."""
    procedure = RULES.plan.procedures[ProcedureRef("licence@1")]
    bill = BillPlan(amounts=(("state", b.constant(10)),))
    payment = PaymentPlan(bill=StepName("pay"), amount="amount")
    pay = replace(procedure.steps[StepName("pay")], bill=bill, payment=payment)
    billed = replace(procedure, steps={**procedure.steps, pay.name: pay}, assigned_cache={}, needed_cache={})
    return replace(RULES, plan=replace(RULES.plan, procedures={**RULES.plan.procedures, billed.ref: billed}))


def test_ends_are_counted_by_what_they_are(desk: Desk) -> None:
    """Once each: what is said of a case that has ended is no second end."""
    desk.say(DESK, OPENED, name="Ana")
    assert desk.routing.ends == {}
    desk.act("withdraw")
    desk.act("note")
    assert desk.routing.ends == {"withdrawn": 1}


def test_subscribers_and_the_front_office_are_told_of_a_rejection(desk: Desk) -> None:
    """The status has who rejected it; an ordinary one has nothing of it."""
    opened = desk.say(DESK, OPENED, name="Ana")
    refused = desk.say(CIVIL, CHECK_REFUSED, reason="no")

    said = [CODEC.decode(one.value or b"")[1] for one in (*opened, *refused) if one.topic == STATUS]
    assert [one["rejection"] and one["rejection"]["step"] for one in said] == [None, "check"]
    assert [one["status"] for one in said] == ["open", "rejected"]


def test_orders_that_come_before_the_first_bundle_hold(desk: Desk) -> None:
    """Given between a bundle and its word to this partition they are not lost: they are in force with it."""
    order = {"kind": "hold", "target": CIVIL, "actor": "budi", "reason": "r", "since": "2026-01-05T00:00:00.000Z"}
    data = {"number": 1, "orders": [order], "act": f"hold {CIVIL}", "actor": "budi", "reason": "r"}
    record = Record(COMMANDS, HOME, 1, 1_000, b"~orders", CODEC.encode(EventType("hub.NetworkOrdered"), data), ())
    told = desk.routing.take(record, desk.partition, None, CODEC)
    assert isinstance(told, Ordered)
    assert told.standing.for_plan().held == {CIVIL}


def test_an_act_on_a_case_that_is_gone_stands_in_the_journal_and_nowhere_else(desk: Desk) -> None:
    """Such as what an operator did with a dead letter of it: who, what and why; no state comes back."""
    (entry,) = desk.act("note", reason="dead letter bank@12 (orphan) dismissed: a test")
    told = _read(entry)
    assert (told["case"], told["revision"], told["actor"], told["applied"]) == (CASE, 0, "budi", False)
    assert (entry.topic, told["reason"]) == (JOURNAL, "dead letter bank@12 (orphan) dismissed: a test")
    assert CASE.encode() not in desk.partition.states
