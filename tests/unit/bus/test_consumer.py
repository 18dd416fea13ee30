"""What a member does with what its client tells, without a broker."""

from collections import deque

import pytest
from confluent_kafka import KafkaError, Message

from hub.bus.consumer import Member
from hub.errors import FatalError
from hub.settings import Kafka

_NOWHERE = Kafka(bootstrap="127.0.0.1:1")


class Told:
    """Stand where the library's client is and tell what it would."""

    def __init__(self, *codes: int) -> None:
        """Take the errors to tell."""
        self.left = deque(codes)

    def poll(self, _timeout_s: float) -> Message | None:
        """Tell the next one."""
        return Message(error=KafkaError(self.left.popleft())) if self.left else None


def _member(told: Told) -> Member:
    made = Member(_NOWHERE, "g", instance="a", session_timeout_ms=6_000, topic="t")
    made.close()
    made._client = told  # type: ignore[assignment]
    return made


def test_a_member_serves_all_that_waits() -> None:
    """Several events of the group come at once: none waits for the next turn."""
    told = Told(KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT)

    _member(told).serve()

    assert not told.left


def test_a_loss_behind_other_news_is_noticed_at_once() -> None:
    """A fatal error that is not the first in the queue is no less fatal."""
    member = _member(Told(KafkaError._TRANSPORT, KafkaError._FATAL))

    with pytest.raises(FatalError):
        member.serve()
