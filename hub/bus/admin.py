"""Topics and their ends: what the hub asks of a broker beside reading and writing."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ClusterMetadata,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from hub.bus.client import connect
from hub.bus.record import Place
from hub.bus.translate import translated
from hub.errors import UnreachableError
from hub.settings import Kafka

_ASK_S = 15.0
#: Seconds that one question for the cluster may take, far more than an answer; until time is over it is asked again.
_SLICE_S: Final = 1.5
#: What the library says when nobody has answered.
_SILENT: Final = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT})
#: Answers to a question that was put under an old leader's epoch.
_STALE: Final = frozenset(
    {
        KafkaError.FENCED_LEADER_EPOCH, KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
    }
)  # fmt: skip
#: What a broker answers about a topic that is not there.
_MISSING: Final = frozenset(
    {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
)


@dataclass(frozen=True)
class Topic:
    """Say how a topic is: partitions and the settings that are ours to set."""

    name: str
    partitions: int
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Say who is in a consumer group: each member's places by its instance name, and the offsets committed."""

    members: Mapping[str, tuple[Place, ...]]
    committed: Mapping[Place, int]


class Admin:
    """Ask a broker what there is, and make it what it should be."""

    def __init__(self, kafka: Kafka) -> None:
        """Connect lazily."""
        self._kafka = kafka
        self._client = connect(AdminClient, kafka)
        self._is_stale = False
        self._known: set[str] = set()

    def brokers(self, timeout_s: float = _ASK_S) -> int:
        """Count the brokers; raise UnreachableError when none answers."""
        with translated(f"ask Kafka at {self._kafka.bootstrap} for its brokers"):
            return len(self._cluster(timeout_s).brokers)

    def partitions(self) -> dict[str, int]:
        """Map each topic to its number of partitions; internal topics are left out."""
        with translated(f"ask Kafka at {self._kafka.bootstrap} for its topics"):
            found = self._cluster(_ASK_S).topics
        return {name: len(topic.partitions) for name, topic in found.items() if not name.startswith("__")}

    def _cluster(self, timeout_s: float) -> ClusterMetadata:
        """Ask for brokers and topics, a short while at a time: within one question nobody hears Ctrl-C."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return self._client.list_topics(timeout=min(_SLICE_S, timeout_s))
            except KafkaException as wrong:
                if wrong.args[0].code() not in _SILENT or time.monotonic() >= deadline:
                    raise

    def settings(self, topics: Iterable[str]) -> dict[str, dict[str, str]]:
        """Read the settings of topics, defaults included."""
        asked = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
        if not asked:
            return {}
        with translated("read topic settings"):
            answers = self._client.describe_configs(asked, request_timeout=_ASK_S)
            return {
                resource.name: {name: str(entry.value) for name, entry in future.result().items()}
                for resource, future in answers.items()
            }

    def create(self, topics: Iterable[Topic], replication: int) -> None:
        """Create topics; raise UnreachableError with the first refusal."""
        new = [
            NewTopic(
                each.name, num_partitions=each.partitions, replication_factor=replication, config=dict(each.settings)
            )
            for each in topics
        ]
        if new:
            with translated("create topics"):
                for future in self._client.create_topics(new, operation_timeout=_ASK_S).values():
                    future.result()

    def set(self, topic: str, settings: Mapping[str, str]) -> None:
        """Set a topic's settings, leaving the others as they are."""
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        with translated(f"set {topic}"):
            for future in self._client.incremental_alter_configs([resource]).values():
                future.result()

    def group(self, name: str) -> Group:
        """Tell who is in a consumer group and what it committed; a group nobody knows is empty."""
        with translated(f"ask for group {name!r}"):
            told = self._client.describe_consumer_groups([name], request_timeout=_ASK_S)[name].result()
            asked = self._client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)])
            offsets = asked[name].result().topic_partitions
        members = {
            each.group_instance_id or each.member_id: tuple(
                Place(place.topic, place.partition) for place in each.assignment.topic_partitions
            )
            for each in told.members
        }
        return Group(members, {Place(each.topic, each.partition): each.offset for each in offsets})

    def has_authorizer(self) -> bool:
        """Tell whether the brokers ask who may read and write what."""
        with translated("ask for the authorizer"):
            broker = next(iter(self._cluster(_ASK_S).brokers))
            asked = ConfigResource(ResourceType.BROKER, str(broker))
            found = self._client.describe_configs([asked], request_timeout=_ASK_S)[asked].result()
        return bool(found["authorizer.class.name"].value) if "authorizer.class.name" in found else True

    def ask_ends(self, places: Iterable[Place]) -> "Mapping[Place, Future[int]]":
        """Ask, in one question, for the end of each place, uncommitted records included; answers come as futures."""
        return self._ask(places, OffsetSpec.latest())  # type: ignore[no-untyped-call] # the library has no stub for it

    def ask_readable_ends(self, places: Iterable[Place]) -> "Mapping[Place, Future[int]]":
        """Ask up to where each place may be read: up to the first transaction that is open there."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # the library has no stub for it
        return self._ask(places, latest, IsolationLevel.READ_COMMITTED)

    def begins(self, places: Iterable[Place], timeout_s: float = _ASK_S) -> dict[Place, int]:
        """Tell the first offset that each place still holds; raise UnreachableError."""
        self._learn(places := list(places), timeout_s)
        return _answers(self._ask_begins(places), "ask for the beginnings of partitions", timeout_s)

    def _ask(
        self, places: Iterable[Place], what: OffsetSpec, isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED
    ) -> "Mapping[Place, Future[int]]":
        if self._is_stale:
            self._is_stale, self._client, self._known = False, connect(AdminClient, self._kafka), set()
        asked = {TopicPartition(*place): what for place in places}
        with translated("ask for offsets"):
            answers = self._client.list_offsets(asked, isolation_level=isolation, request_timeout=_ASK_S)
        return {Place(place.topic, place.partition): self._offset(future) for place, future in answers.items()}

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Tell the end of each place, uncommitted records included; raise UnreachableError."""
        self._learn(places := list(places), _ASK_S)
        return _answers(self.ask_ends(places), "ask for the ends of partitions", _ASK_S)

    def readable_ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Tell up to where each place may be read now, before what is not committed; raise UnreachableError."""
        self._learn(places := list(places), _ASK_S)
        return _answers(self.ask_readable_ends(places), "ask up to where partitions may be read", _ASK_S)

    def spans(self, places: Iterable[Place]) -> dict[Place, tuple[int, int]]:
        """Tell first offset and end of each place; one that is not there is left out. Raise UnreachableError."""
        self._learn(places := list(places), _ASK_S)
        there = [place for place in places if place.topic in self._known]
        if not there:
            return {}
        begins, ends = self._ask_begins(there), self.ask_ends(there)
        found = _answers(begins, "ask for the beginnings of partitions", _ASK_S)
        return {
            place: (found[place], end)
            for place, end in _answers(ends, "ask for the ends of partitions", _ASK_S).items()
        }

    def _ask_begins(self, places: Iterable[Place]) -> "Mapping[Place, Future[int]]":
        return self._ask(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call] # the library has no stub

    def _learn(self, places: Iterable[Place], timeout_s: float) -> None:
        """Learn who leads topics that were never asked about.

        The library, left to find out by itself, now and then misses the answer and asks again after 3 s.
        """
        if not {place.topic for place in places} <= self._known:
            with translated("list topics"):
                self._known = set(self._cluster(timeout_s).topics)

    def _offset(self, future: "Future[object]") -> "Future[int]":
        """Hand on the offset of an answer; after a refused one the next question is a new client's.

        The library asks for ever under the leader epoch that it knew first.
        """
        offset: Future[int] = Future()

        def hand_on(done: "Future[object]") -> None:
            error = done.exception()
            if error is None:
                offset.set_result(int(done.result().offset))  # type: ignore[attr-defined]
            else:
                self._is_stale |= isinstance(error, KafkaException) and error.args[0].code() in _STALE
                offset.set_exception(error)

        future.add_done_callback(hand_on)
        return offset


def is_missing(answer: "Future[int]") -> bool:
    """Tell whether a question about a place was answered by that there is none."""
    error = answer.exception() if answer.done() else None
    return isinstance(error, KafkaException) and error.args[0].code() in _MISSING


def _answers(questions: "Mapping[Place, Future[int]]", doing: str, timeout_s: float) -> dict[Place, int]:
    """Wait for answers; the library's own limit may come later than ours, and ours is a broker that is silent too."""
    deadline = time.monotonic() + timeout_s
    with translated(doing):
        try:
            return {place: future.result(max(0, deadline - time.monotonic())) for place, future in questions.items()}
        except TimeoutError as silent:
            raise UnreachableError(f"{doing}: no answer in {timeout_s:.1f} s") from silent
