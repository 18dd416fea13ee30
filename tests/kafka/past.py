"""Other times on a real broker: a clock that a test sets, and agencies that have spoken days ago."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from confluent_kafka import OFFSET_END, TIMESTAMP_CREATE_TIME, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from hub.engine.clock import wall_ms
from hub.events.codec import format_millis
from hub.events.envelope import to_headers
from hub.names import AgencyCode, CaseId, EventType, events_topic
from tests.kafka.city import CIVIL, DESK, PARTITIONS
from tests.kafka.until import until
from tests.kafka.world import World


@dataclass
class Hands:
    """A clock that a test can put ahead of the machine's."""

    ahead_ms: int = 0

    def read(self) -> int:
        """Tell the time, in ms."""
        return wall_ms() + self.ahead_ms


class Past:
    """Let agencies have spoken days ago: their topics take the time that a client names."""

    def __init__(self, city: World, *more: AgencyCode) -> None:
        """Make it so before anything is said, for `more` agencies than those that open and look."""
        self._city, self._stamped = city, [0]
        self._client = Producer(
            {"bootstrap.servers": city.kafka.bootstrap, "partitioner": "murmur2_random", "log_level": 2}
        )
        for topic in map(events_topic, (DESK, CIVIL, *more)):
            city.admin.set(topic, {"message.timestamp.type": "CreateTime"})
            until(partial(self._takes_our_time, topic))
            self._take_back(topic)

    def _take_back(self, topic: str) -> None:
        """Take away what was tried: a partition that has read it would be no earlier than now."""
        client = AdminClient({"bootstrap.servers": str(self._city.kafka.bootstrap)})
        for answer in client.delete_records(
            [TopicPartition(topic, number, OFFSET_END) for number in range(PARTITIONS)]
        ).values():
            answer.result(60)

    def _takes_our_time(self, topic: str) -> bool:
        """Try with a record that is no event: a topic's new settings hold a moment after they are told."""
        self._client.produce(
            topic, b"", on_delivery=lambda _error, message: self._stamped.append(message.timestamp()[0])
        )
        self.flush()
        return self._stamped[-1] == TIMESTAMP_CREATE_TIME

    def say(self, agency: AgencyCode, event_type: EventType, case: CaseId, *, at: int, **data: Any) -> None:
        """Publish an event as of a time in ms."""
        headers: Any = to_headers(
            str(uuid4()), event_type, source=f"/agency/{agency}/test", time=format_millis(at), case=case
        )
        value = self._city.codec.encode(event_type, data)
        self._client.produce(events_topic(agency), value, key=case.encode(), headers=headers, timestamp=at)

    def flush(self) -> None:
        """Wait until all of it is there."""
        assert self._client.flush(20) == 0
