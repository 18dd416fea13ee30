"""A record handed back to its owner: as it was read, with the reason, in no more bytes than its topic takes."""

from typing import Final

from hub.bus.limit import size_of
from hub.bus.origin import owner_of
from hub.bus.record import Record
from hub.cluster.topics import WRAPPED_BYTES
from hub.engine.outputs import Output, record_hash
from hub.names import deadletters_topic

#: Bytes of a dead letter, uncompressed: what its topic takes, less what a batch costs. An agency's batch may unfold to
#: more than that, and a letter that the broker refuses would be written again for ever.
MAX_LETTER_BYTES: Final = WRAPPED_BYTES - 2**16
#: What a dead letter says after the headers as they were sent, as Kafka Connect does: where the record stood, and why.
CONNECT_PREFIX: Final = "__connect.errors."
CONNECT_FACTS: Final = ("topic", "partition", "offset", "stage", "exception.class.name", "exception.message")
#: Follows them: by this header a record of the topic is a dead letter.
CATEGORY_HEADER: Final = "hub_dlq_category"
#: Stands for a value that was not kept.
HASH_HEADER: Final = "hub_value_hash"
#: Names what was too large to be kept.
LEFT_OUT_HEADER: Final = "hub_left_out"
#: Characters of a reason in a dead letter's header.
_MAX_REASON: Final = 2_000
#: Bytes of a key that stay when it would fill the letter.
_MAX_KEY: Final = 200


def write_dead_letter(
    record: Record, category: str, reason: str, error: str, *, most: int = MAX_LETTER_BYTES
) -> Output | None:
    """Write a record back to its owner with the reason; None when it is nobody's.

    Of what broke a right only headers and hash are kept, and of what is over `most` bytes as well, or the hash alone.
    """
    owner = owner_of(record)
    if owner is None:
        return None
    topic = deadletters_topic(owner)
    as_read = [(name, value or b"") for name, value in record.headers]
    told = _told(record, category, reason, error)
    hashed = (HASH_HEADER, record_hash(record).encode())
    if category == "rights":
        whole = Output(topic, None, record.key, [*as_read, *told, hashed])
    else:
        whole = Output(topic, record.value, record.key, [*as_read, *told])
    if _size(whole) <= most:
        return whole
    lean = Output(topic, None, record.key, [*as_read, *told, hashed, (LEFT_OUT_HEADER, b"value")])
    if _size(lean) <= most:
        return lean
    key = None if record.key is None else record.key[:_MAX_KEY]
    return Output(topic, None, key, [*told, hashed, (LEFT_OUT_HEADER, b"value headers")])


def _size(output: Output) -> int:
    return size_of(output.value, output.key, output.headers)


def _told(record: Record, category: str, reason: str, error: str) -> list[tuple[str, bytes]]:
    """Say, as Kafka Connect does, where the record stood and why it was not taken."""
    told = (
        record.topic, str(record.partition), str(record.offset), "ROUTER", error, reason[:_MAX_REASON],
    )  # fmt: skip
    headers = [(f"{CONNECT_PREFIX}{name}", text.encode()) for name, text in zip(CONNECT_FACTS, told, strict=True)]
    return [*headers, (CATEGORY_HEADER, category.encode())]
