"""The library's codes: each is named by what must happen next."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from hub.bus.translate import translate, translated
from hub.errors import (
    FatalError,
    FencedError,
    HubError,
    LostPartitionError,
    LostPositionError,
    OversizedError,
    RetriableError,
    UnreachableError,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError._FENCED, FencedError),
        (KafkaError.INVALID_PRODUCER_EPOCH, FencedError),
        (KafkaError.PRODUCER_FENCED, FencedError),
        (KafkaError.OFFSET_OUT_OF_RANGE, LostPositionError),
        (KafkaError._AUTO_OFFSET_RESET, LostPositionError),
        (KafkaError.UNKNOWN_MEMBER_ID, LostPartitionError),
        (KafkaError.FENCED_INSTANCE_ID, LostPartitionError),
        (KafkaError.ILLEGAL_GENERATION, LostPartitionError),
        (KafkaError.REBALANCE_IN_PROGRESS, LostPartitionError),
        (KafkaError._STATE, LostPartitionError),
        (KafkaError._FATAL, FatalError),
        (KafkaError.MSG_SIZE_TOO_LARGE, OversizedError),
        (KafkaError.RECORD_LIST_TOO_LARGE, OversizedError),
        (KafkaError._ALL_BROKERS_DOWN, UnreachableError),
        (KafkaError._TRANSPORT, UnreachableError),
        (KafkaError._MSG_TIMED_OUT, UnreachableError),
        (KafkaError._UNKNOWN_TOPIC, UnreachableError),
        (KafkaError.COORDINATOR_LOAD_IN_PROGRESS, UnreachableError),
    ],
)
def test_every_code_says_what_must_happen_next(code: int, kind: type[HubError]) -> None:
    """A code becomes exactly one of our errors, with what was tried and the code's name in it."""
    found = translate(KafkaError(code, "a reason"), "try this")

    assert type(found) is kind
    assert str(found).startswith("try this: a reason (")
    assert KafkaError(code).name() in str(found)


def test_an_unknown_fatal_error_stops_the_worker() -> None:
    """What the library calls fatal is fatal, whatever its code."""
    assert type(translate(KafkaError(KafkaError._FAIL, "gone", True), "go on")) is FatalError  # noqa: FBT003 - theirs


@pytest.mark.parametrize("code", [KafkaError.UNKNOWN_MEMBER_ID, KafkaError._TRANSPORT])
def test_what_passes_may_be_tried_again(code: int) -> None:
    """A lost partition and a broker that is away are retriable, not the end of a worker."""
    assert isinstance(translate(KafkaError(code), "commit"), RetriableError)


def test_exceptions_in_a_block_are_ours() -> None:
    """The block raises our error from the library's, so that both stay readable."""
    with pytest.raises(FencedError) as found, translated("begin"):
        raise KafkaException(KafkaError(KafkaError._FENCED))

    assert isinstance(found.value.__cause__, KafkaException)


def test_an_exception_without_an_error_is_told_too() -> None:
    """Some of the library's exceptions carry only words."""
    with pytest.raises(UnreachableError, match="list topics: no words"), translated("list topics"):
        raise KafkaException("no words")
