"""The library's errors turned into ours: the only place that knows librdkafka's codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from hub.errors import (
    FatalError,
    FencedError,
    HubError,
    LostPartitionError,
    LostPositionError,
    OversizedError,
    UnreachableError,
)

#: The group gave our partitions to another member, or froze us out of it.
_LOST: Final = frozenset(
    {
        KafkaError.UNKNOWN_MEMBER_ID, KafkaError.FENCED_INSTANCE_ID, KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS, KafkaError._STATE,
    }
)  # fmt: skip
_FENCED: Final = frozenset({KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED})
_OVERSIZED: Final = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})
_POSITION: Final = frozenset({KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET})


def translate(error: KafkaError, doing: str) -> HubError:
    """Name what must happen next after a library error; `doing` says what was tried."""
    code, words = error.code(), f"{doing}: {error.str()} ({error.name()})"
    if code in _FENCED:
        return FencedError(
            f"{words}; another worker carries this transactional id: give each its own HUB_ENGINE__INSTANCE"
        )
    if code in _OVERSIZED:
        return OversizedError(f"{words}; send documents as claim checks")
    if code in _POSITION:
        return LostPositionError(
            f"{words}; the position is not in the log any more: see docs/operating.md, lost position"
        )
    if code in _LOST:
        return LostPartitionError(words)
    if error.fatal() or code == KafkaError._FATAL:
        return FatalError(f"{words}; start one worker for each HUB_ENGINE__INSTANCE, and no two")
    return UnreachableError(words)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the library's exceptions in this block into ours."""
    try:
        yield
    except KafkaException as wrong:
        found = wrong.args[0]
        if isinstance(found, KafkaError):
            raise translate(found, doing) from wrong
        raise UnreachableError(f"{doing}: {found}") from wrong
