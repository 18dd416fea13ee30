"""Bytes on a real broker: what is acknowledged stays, transactions are whole, positions are never guessed."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from hub.bus import watch
from hub.bus.admin import Admin, Topic
from hub.bus.consumer import BEGINNING, Member, Reader, read_all, read_to_end
from hub.bus.producer import Producer, TransactionalProducer
from hub.bus.record import UNREADABLE, Place, Record
from hub.errors import FatalError, FencedError, LostPositionError, OversizedError, UnreachableError
from hub.local import RunningBroker, running_broker
from hub.names import partition_of
from hub.settings import Kafka
from tests.kafka.until import until

pytestmark = pytest.mark.kafka

#: Writes a record whose header's name is no UTF-8, as a client in another language can.
_BAD_HEADER = """
import asyncio, sys
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
class Name(str):
    def encode(self, *_): return b"\\xff\\xfe"
async def main():
    async with AIOKafkaProducer(bootstrap_servers=sys.argv[1]) as producer:
        await producer.send_and_wait(sys.argv[2], b"v", key=b"k", headers=[(Name("x"), b"1")])
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """Run one broker for the tests of this file."""
    with running_broker(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def kafka(broker: RunningBroker) -> Kafka:
    """Give the settings that reach the broker."""
    return Kafka(bootstrap=broker.bootstrap)


@pytest.fixture
def topic(kafka: Kafka) -> str:
    """Make a topic of two partitions for one test."""
    name = f"t-{uuid4().hex[:8]}"
    Admin(kafka).create([Topic(name, 2, {"message.timestamp.type": "LogAppendTime"})], 1)
    return name


@pytest.fixture
def producer(kafka: Kafka) -> Iterator[Producer]:
    """Give a producer, flushed and closed after the test."""
    made = Producer(kafka)
    yield made
    made.close()


class Diary:
    """Write down what a member is told of its partitions, and know what it holds."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.held: set[int] = set()
        self.lost: list[int] = []

    def take(self, partitions: list[int]) -> None:
        """Note what came."""
        assert not self.held & set(partitions)
        self.held |= set(partitions)

    def give(self, partitions: list[int]) -> None:
        """Note what went."""
        assert self.held >= set(partitions)
        self.held -= set(partitions)

    def lose(self, partitions: list[int]) -> None:
        """Note what was lost."""
        self.lost += partitions
        self.held -= set(partitions)


def member(kafka: Kafka, topic: str, instance: str, *, diary: Diary) -> Member:
    """Join the group of a token topic."""
    made = Member(kafka, f"g-{topic}", instance=instance, session_timeout_ms=6_000, topic=topic)
    made.join(diary)
    return made


def transaction(kafka: Kafka, name: str) -> TransactionalProducer:
    """Make a transactional producer that owns its id."""
    made = TransactionalProducer(kafka, name, timeout_ms=10_000)
    made.init()
    return made


def values(kafka: Kafka, topic: str) -> list[bytes | None]:
    """Read what is committed of a topic now."""
    return [record.value for record in read_all(kafka, topic, 2)]


def until_readable(kafka: Kafka, topic: str, *wanted: bytes) -> None:
    """Wait until just this is committed of a topic: a commit is known a moment before it can be read."""
    until(lambda: values(kafka, topic) == [*wanted])


def serve_until(look: Callable[[], bool], *members: Member) -> None:
    """Let members do their work until something holds."""

    def step() -> bool:
        for each in members:
            each.serve()
        return look()

    until(step)


def read_one(reader: Reader) -> Record:
    """Wait for one record."""
    return until(lambda: reader.read(1, 0.5))[0]


def test_what_is_acknowledged_is_there(kafka: Kafka, topic: str, producer: Producer) -> None:
    """A record comes back as it was published, stamped by the broker."""
    place = producer.publish(topic, b"v", key=b"k", headers=[("ce_id", b"1")], partition=1).result(20)

    (record,) = read_all(kafka, topic, 2)
    assert place == record.place == Place(topic, 1)
    assert (record.key, record.value, list(record.headers)) == (b"k", b"v", [("ce_id", b"1")])
    assert record.timestamp > 1_600_000_000_000


async def test_keys_go_where_every_kafka_client_puts_them(kafka: Kafka, topic: str, producer: Producer) -> None:
    """Our producer, our own hash and somebody else's client agree on the partition of a key."""
    keys = [f"disdukcapil.{number}".encode() for number in range(40)]
    ours = {key: producer.publish(topic, b"", key=key) for key in keys}
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as other:
        theirs = {key: (await other.send_and_wait(topic, b"", key=key)).partition for key in keys}

    assert {key: future.result(20).partition for key, future in ours.items()} == theirs
    assert theirs == {key: partition_of(key, 2) for key in keys}
    assert set(theirs.values()) == {0, 1}


def test_a_transaction_is_seen_whole_or_not_at_all(kafka: Kafka, topic: str) -> None:
    """Records on two partitions appear together at the commit; an aborted transaction leaves none."""
    writer = transaction(kafka, f"tx-{topic}")
    for outcome in ("abort", "commit"):
        writer.begin()
        for partition in (0, 1):
            writer.produce(topic, outcome.encode(), key=b"k", partition=partition)
        assert values(kafka, topic) == []
        getattr(writer, outcome)()
    writer.close()

    until_readable(kafka, topic, b"commit", b"commit")


def test_positions_commit_with_the_records(kafka: Kafka, topic: str) -> None:
    """A member's position on the token topic is committed in the same transaction."""
    diary = Diary()
    joined = member(kafka, topic, "a", diary=diary)
    serve_until(lambda: diary.held == {0, 1}, joined)
    writer = transaction(kafka, f"tx-{topic}")
    writer.begin()
    membership = joined.metadata()
    writer.produce(topic, b"v", key=b"k", partition=0)
    writer.commit({Place(topic, 0): 7}, membership)
    writer.close()
    joined.close()

    until(lambda: Admin(kafka).group(f"g-{topic}").committed == {Place(topic, 0): 7})
    until_readable(kafka, topic, b"v")


def test_a_lost_member_commits_nothing(kafka: Kafka, topic: str) -> None:
    """Membership taken before another took the instance's place is refused at the commit, with its records."""
    diary = Diary()
    first = member(kafka, topic, "a", diary=diary)
    serve_until(lambda: diary.held == {0, 1}, first)
    writer = transaction(kafka, f"tx-{topic}")
    writer.begin()
    membership = first.metadata()
    writer.produce(topic, b"v", key=b"k", partition=0)
    successor = Diary()
    second = member(kafka, topic, "a", diary=successor)
    serve_until(lambda: successor.held == {0, 1}, second)

    with pytest.raises(Exception, match="commit a transaction") as refused:
        writer.commit({Place(topic, 0): 7}, membership)
    writer.abort()

    assert type(refused.value).__name__ == "LostPartitionError"
    assert values(kafka, topic) == []
    for each in (writer, first, second):
        each.close()


def test_the_older_of_two_with_one_name_is_fenced(kafka: Kafka, topic: str) -> None:
    """A second producer with the same id ends the first one's transaction and stops it."""
    first = transaction(kafka, f"tx-{topic}")
    first.begin()
    first.produce(topic, b"old", key=b"k")
    second = transaction(kafka, f"tx-{topic}")

    with pytest.raises(FencedError, match="HUB_ENGINE__INSTANCE"):
        first.commit()
    second.begin()
    second.produce(topic, b"new", key=b"k")
    second.commit()

    until_readable(kafka, topic, b"new")
    first.close()
    second.close()


@pytest.mark.parametrize("position", [0, 99])
def test_a_reader_never_jumps(kafka: Kafka, topic: str, producer: Producer, position: int) -> None:
    """A position before or behind the log is an alarm, not a place to go on from."""
    for _ in range(10):
        producer.publish(topic, b"v", key=b"k", partition=0)
    producer.flush()
    admin = AdminClient({"bootstrap.servers": str(kafka.bootstrap)})
    admin.delete_records([TopicPartition(topic, 0, 5)])[TopicPartition(topic, 0)].result()
    reader = Reader(kafka)
    reader.add({Place(topic, 0): position})

    with pytest.raises(LostPositionError):
        until(lambda: reader.read(10, 0.5))
    reader.close()


def test_a_reader_before_an_open_transaction_is_not_taken_for_one_that_sleeps(
    kafka: Kafka, topic: str, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may not be read yet is no reason to make a client anew; once it may, it is read."""
    monkeypatch.setattr(watch, "_LOOK_S", 0.2)
    writer, place = transaction(kafka, f"tx-{topic}"), Place(topic, 0)
    reader = Reader(kafka, "r", Admin(kafka))
    reader.add({place: BEGINNING})
    client, begun = reader._client, time.monotonic()
    writer.begin()
    writer.produce(topic, b"open", key=b"k", partition=0)
    until(lambda: Admin(kafka).ends([place]) == {place: 1})
    producer.publish(topic, b"behind", key=b"k", partition=0).result(20)

    assert until(lambda: reader.read(10, 0.05) or time.monotonic() - begun > 2.0) is True
    assert reader._client is client
    writer.commit()
    assert until(lambda: reader.read(10, 0.5))[0].value == b"open"
    writer.close()
    reader.close()


def test_reading_once_does_not_wait_for_open_transactions(kafka: Kafka, topic: str, producer: Producer) -> None:
    """What stands before an open transaction is read, and the reading ends."""
    producer.publish(topic, b"before", key=b"k", partition=0).result(20)
    writer = transaction(kafka, f"tx-{topic}")
    writer.begin()
    writer.produce(topic, b"open", key=b"k", partition=0)
    until(lambda: Admin(kafka).ends([Place(topic, 0)]) == {Place(topic, 0): 2})
    producer.publish(topic, b"after", key=b"k", partition=0).result(20)

    assert values(kafka, topic) == [b"before"]
    writer.commit()
    until_readable(kafka, topic, b"before", b"open", b"after")
    writer.close()


def test_reading_what_is_settled_waits_for_open_transactions(kafka: Kafka, topic: str) -> None:
    """What somebody is committing at this moment is read too: a commit is readable a moment after it is known."""
    writer, place = transaction(kafka, f"tx-{topic}"), Place(topic, 0)
    writer.begin()
    writer.produce(topic, b"open", key=b"k", partition=0)
    until(lambda: Admin(kafka).ends([place]) == {place: 1})
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(lambda: [record.value for record in read_to_end(kafka, {place: 0}, settled=True)])
        writer.commit()
        assert reading.result(60) == [b"open"]
    writer.close()


def test_the_end_counts_what_is_not_committed(kafka: Kafka, topic: str) -> None:
    """A restore's target is the end with open transactions; a reader's own end is before them."""
    writer, reader, place = transaction(kafka, f"tx-{topic}"), Reader(kafka), Place(topic, 0)
    writer.begin()
    writer.produce(topic, b"open", key=b"k", partition=0)

    admin = Admin(kafka)
    until(lambda: admin.ends([place]) == {place: 1})
    assert reader.ends_now([place]) == {place: 0}
    assert admin.ask_ends([place])[place].result(20) == 1
    writer.abort()
    for each in (writer, reader):
        each.close()


def test_a_reader_knows_the_end_it_has_seen(kafka: Kafka, topic: str, producer: Producer) -> None:
    """The end of each place is told once it was reached, and forgotten when the place is taken up again."""
    place = Place(topic, 0)
    producer.publish(topic, b"v", key=b"k", partition=0).result(20)
    reader = Reader(kafka)
    reader.add({place: BEGINNING})
    assert read_one(reader).value == b"v"
    until(lambda: (reader.read(1, 0.2), reader.ends)[1] == {place: 1})

    reader.drop([place])
    assert reader.ends == {}
    reader.add({place: 1})
    producer.publish(topic, b"w", key=b"k", partition=0).result(20)
    assert read_one(reader).value == b"w"
    reader.close()


def test_a_paused_place_is_read_later_from_where_it_stood(kafka: Kafka, topic: str, producer: Producer) -> None:
    """Pausing loses nothing and lets the other places go on."""
    held, free = Place(topic, 0), Place(topic, 1)
    reader = Reader(kafka)
    reader.add({held: BEGINNING, free: BEGINNING})
    reader.pause([held])
    for partition in (0, 1):
        producer.publish(topic, b"%d" % partition, key=b"k", partition=partition).result(20)

    assert read_one(reader).place == free
    assert reader.read(1, 0.5) == []
    reader.resume([held])
    assert read_one(reader).place == held
    reader.close()


def test_reading_to_the_end_comes_to_an_end(kafka: Kafka, topic: str, producer: Producer) -> None:
    """What is appended meanwhile is left: whoever writes to what he reads would read his own words for ever."""
    for number in (0, 1):
        producer.publish(topic, b"before", key=b"k", partition=number).result(20)
    found = []
    for record in read_to_end(kafka, {Place(topic, 0): BEGINNING, Place(topic, 1): BEGINNING}):
        found.append(record.value)
        for number in (0, 1):
            producer.publish(topic, b"meanwhile", key=b"k", partition=number).result(20)
    assert found == [b"before", b"before"]


def test_offsets_are_found_by_time(kafka: Kafka, topic: str, producer: Producer) -> None:
    """The first record at or after a time is found; after the last one, the end."""
    place, reader = Place(topic, 0), Reader(kafka)
    for _ in range(3):
        producer.publish(topic, b"v", key=b"k", partition=0).result(20)
    stamps = [record.timestamp for record in read_all(kafka, topic, 2)]

    assert reader.offsets_at({place: 0}) == {place: 0}
    assert reader.offsets_at({place: stamps[2]})[place] == stamps.index(stamps[2])
    assert reader.offsets_at({place: stamps[2] + 60_000})[place] in {3, -1}
    reader.close()


def test_partitions_are_handed_over_one_owner_at_a_time(kafka: Kafka, topic: str) -> None:
    """A second member takes what the first has given, and no partition ever has two owners."""
    one, two = Diary(), Diary()
    first = member(kafka, topic, "a", diary=one)
    serve_until(lambda: one.held == {0, 1}, first)
    second = member(kafka, topic, "b", diary=two)

    def is_shared() -> bool:
        assert not one.held & two.held
        return len(one.held) == len(two.held) == 1

    serve_until(is_shared, first, second)
    for each in (first, second):
        each.close()


def test_a_static_member_comes_back_to_its_partitions(kafka: Kafka, topic: str) -> None:
    """A member that is closed and started again under its name gets its partitions without a rebalance of others."""
    one, two = Diary(), Diary()
    first, second = member(kafka, topic, "a", diary=one), member(kafka, topic, "b", diary=two)
    serve_until(lambda: len(one.held) == len(two.held) == 1, first, second)
    before, others = set(one.held), set(two.held)
    first.close()
    again = Diary()
    first = member(kafka, topic, "a", diary=again)
    serve_until(lambda: again.held == before, first, second)

    assert two.held == others
    for each in (first, second):
        each.close()


def test_the_older_of_two_members_with_one_name_stops(kafka: Kafka, topic: str) -> None:
    """Two workers with one instance name: the first is told that it must stop, and does not go on silently."""
    one, two = Diary(), Diary()
    first = member(kafka, topic, "a", diary=one)
    serve_until(lambda: one.held == {0, 1}, first)
    second = member(kafka, topic, "a", diary=two)

    with pytest.raises(FatalError, match="HUB_ENGINE__INSTANCE"):
        serve_until(lambda: False, first, second)
    for each in (first, second):
        each.close()


def test_a_header_whose_name_is_no_text_does_not_stop_the_reader(kafka: Kafka, topic: str, producer: Producer) -> None:
    """Such a record is handed on with headers that everybody refuses, also by a reader that has run long."""
    for _ in range(200):
        producer.publish(topic, b"before", key=b"k", headers=[("ce_id", b"1")], partition=0).result(20)
    subprocess.run(
        [sys.executable, "-c", _BAD_HEADER, str(kafka.bootstrap), topic],
        check=True, timeout=60, env={"AIOKAFKA_NO_EXTENSIONS": "1"},
    )  # fmt: skip
    producer.publish(topic, b"after", key=b"k", headers=[("ce_id", b"1")], partition=1).result(20)

    odd = [record for record in read_all(kafka, topic, 2) if list(record.headers) != [("ce_id", b"1")]]
    assert [(record.value, record.headers) for record in odd] == [(b"v", UNREADABLE)]


def test_a_record_over_the_topics_limit_is_told_as_that(kafka: Kafka, producer: Producer) -> None:
    """A value larger than the topic takes is oversized, which no waiting mends."""
    topic = f"t-{uuid4().hex[:8]}"
    Admin(kafka).create([Topic(topic, 2, {"max.message.bytes": "100000"})], 1)

    with pytest.raises(OversizedError, match="claim checks"):
        producer.publish(topic, b"x" * 200_000, key=b"k").result(20)


def test_the_largest_record_of_a_topic_is_let_out(kafka: Kafka, producer: Producer) -> None:
    """The client's own limit is not below the topics'."""
    topic = f"t-{uuid4().hex[:8]}"
    Admin(kafka).create([Topic(topic, 2, {"max.message.bytes": str(8 * 1_048_576)})], 1)
    value = bytes(2_000_000)

    producer.publish(topic, value, key=b"k").result(20)

    assert values(kafka, topic) == [value]


def test_topics_are_made_and_set_as_said(kafka: Kafka) -> None:
    """Partitions and settings are what was asked; setting one leaves the others."""
    admin, name = Admin(kafka), f"t-{uuid4().hex[:8]}"
    admin.create([Topic(name, 3, {"retention.ms": "1000", "cleanup.policy": "compact"})], 1)
    admin.set(name, {"retention.ms": "2000"})

    until(lambda: admin.settings([name])[name]["retention.ms"] == "2000")
    assert admin.settings([name])[name]["cleanup.policy"] == "compact"
    assert admin.partitions()[name] == 3
    assert not any(each.startswith("__") for each in admin.partitions())
    with pytest.raises(UnreachableError, match="create topics"):
        admin.create([Topic(name, 3)], 1)


def test_a_broker_without_authorizer_is_known(kafka: Kafka) -> None:
    """The local broker asks nobody who they are."""
    assert Admin(kafka).has_authorizer() is False
    assert Admin(kafka).brokers() == 1


def test_a_topic_made_a_moment_ago_can_be_read(kafka: Kafka) -> None:
    """A broker that does not lead a new topic's partitions yet is asked again, so that making and reading go on."""
    for _ in range(15):
        name = f"t-{uuid4().hex[:8]}"
        Admin(kafka).create([Topic(name, 4)], 1)
        assert list(read_all(kafka, name, 4)) == []


def test_a_first_question_is_answered_at_once(kafka: Kafka, topic: str) -> None:
    """Whoever takes over asks for an end first: now and then the library alone would lose 3 s over that.

    It does so in nearly every round of so many; a machine that is busy is not so in each.
    """

    def ask(_number: int) -> float:
        begun = time.monotonic()
        assert Admin(kafka).ends([Place(topic, 0)]) == Admin(kafka).begins([Place(topic, 0)])
        return time.monotonic() - begun

    with ThreadPoolExecutor(4) as several:
        slowest = (max(several.map(ask, range(80))) for _ in range(3))
        assert any(seconds < 2.5 for seconds in slowest)


def test_a_missing_topic_is_told(kafka: Kafka) -> None:
    """Reading a topic that is not there is an error with its name, not an endless wait."""
    with pytest.raises(UnreachableError, match="end of a partition"):
        list(read_all(kafka, "no-such-topic", 1))


async def test_nothing_acknowledged_is_lost_when_the_broker_is_killed(
    broker: RunningBroker, kafka: Kafka, topic: str, producer: Producer
) -> None:
    """Records published across a kill and a restart of the broker are there once, in the order of their partition."""
    futures = [producer.publish(topic, b"%d" % number, key=b"k", partition=0) for number in range(500)]
    await asyncio.to_thread(broker.kill)
    futures += [producer.publish(topic, b"%d" % number, key=b"k", partition=0) for number in range(500, 1000)]
    await asyncio.to_thread(broker.restart)
    for future in futures:
        future.result(60)

    assert values(kafka, topic) == [b"%d" % number for number in range(1000)]


def test_a_broker_that_is_gone_is_told(broker: RunningBroker, kafka: Kafka) -> None:
    """Questions to a broker that does not answer end with an error that says so."""
    broker.kill()
    try:
        with pytest.raises(UnreachableError):
            Admin(kafka).brokers(1.0)
        writer = Producer(kafka, **{"delivery.timeout.ms": 1_000})
        with pytest.raises(UnreachableError):
            writer.publish("anything", b"v", key=b"k").result(30)
        writer.close()
    finally:
        broker.restart()


def test_a_producer_whose_records_the_log_has_lost_is_made_anew(tmp_path: Path) -> None:
    """After a power cut that took an acknowledged record the same producer publishes again, and says so in between."""
    with running_broker(tmp_path) as own:
        kafka = Kafka(bootstrap=own.bootstrap)
        Admin(kafka).create([Topic("cut", 1)], 1)
        writer = Producer(kafka)
        for number in range(3):
            writer.publish("cut", b"%d" % number, key=b"k").result(30)
        own.kill()
        (segment,) = (tmp_path / "data").glob("*/cut-0/*.log")
        with segment.open("r+b") as file:
            file.truncate(segment.stat().st_size - 10)
        own.restart()

        def is_published() -> bool:
            try:
                return writer.publish("cut", b"after", key=b"k").result(60).topic == "cut"
            except UnreachableError:
                return False

        until(is_published, within_s=90)
        until(is_published)
        writer.close()
        assert [record.value for record in read_all(kafka, "cut", 1)] == [b"0", b"1", b"after", b"after"]
