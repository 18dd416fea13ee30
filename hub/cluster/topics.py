"""The topics that a network needs, and how each is kept: a public contract (docs/design.md, section 5).

All are stamped by the broker. Only what the hub decides is set; the rest is the cluster's.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from hub.bus.admin import Topic
from hub.names import (
    CASES,
    COMMANDS,
    INTAKE,
    JOURNAL,
    NETWORK,
    SIGNALS,
    STATUS,
    AgencyCode,
    deadletters_topic,
    events_topic,
    tasks_topic,
)
from hub.network.load import DeclaredNetwork

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
#: How long events, status and dead letters are kept.
MESSAGES_MS: Final = 30 * _DAY_MS
#: How long operators' acts are kept.
COMMANDS_MS: Final = 365 * _DAY_MS

#: Bytes of one batch that an agency may send: twice what the hub accepts as one event, with its headers.
EVENT_BYTES: Final = 1_048_576
#: Bytes of a record that holds another one whole: a dead letter, a parked or forwarded event.
WRAPPED_BYTES: Final = 2 * EVENT_BYTES
#: Bytes of a bundle: a network of a hundred agencies with all its schemas.
BUNDLE_BYTES: Final = 8 * EVENT_BYTES

#: Copies of each record on a cluster that has so many brokers.
COPIES: Final = 3

Settings = Mapping[str, str]


def copies_on(brokers: int) -> int:
    """Tell how many copies of each record a cluster of so many brokers keeps."""
    return min(COPIES, brokers)


def topics_of(network: DeclaredNetwork, *, copies: int) -> tuple[Topic, ...]:
    """List the topics of a network, the hub's own first."""
    beside = _shared(copies)
    count = network.network.partitions
    own = (
        Topic(INTAKE, count, _kept(MESSAGES_MS, WRAPPED_BYTES)),
        Topic(SIGNALS, count, _kept(MESSAGES_MS, EVENT_BYTES)),
        Topic(COMMANDS, count, _kept(COMMANDS_MS, EVENT_BYTES)),
        Topic(CASES, count, _cases()),
        Topic(STATUS, count, _kept(MESSAGES_MS, EVENT_BYTES)),
        Topic(JOURNAL, count, _kept(network.network.journal_retention, EVENT_BYTES)),
        Topic(NETWORK, 1, {"cleanup.policy": "compact", "max.message.bytes": str(BUNDLE_BYTES)}),
    )
    return tuple(
        Topic(each.name, each.partitions, {**beside, **each.settings})
        for each in (*own, *(topic for code in network.agencies for topic in _agency(network, code)))
    )


def _agency(network: DeclaredNetwork, code: AgencyCode) -> Iterator[Topic]:
    yield Topic(events_topic(code), network.network.partitions, _kept(MESSAGES_MS, EVENT_BYTES))
    yield Topic(tasks_topic(code), 1, _kept(network.network.tasks_retention, EVENT_BYTES))
    yield Topic(deadletters_topic(code), 1, _kept(MESSAGES_MS, WRAPPED_BYTES))


def _shared(copies: int) -> Settings:
    # One copy may be away while records are still acknowledged; with fewer copies none may.
    in_sync = copies - 1 if copies >= COPIES else 1
    return {"message.timestamp.type": "LogAppendTime", "min.insync.replicas": str(in_sync)}


def _kept(retention_ms: int, max_bytes: int) -> Settings:
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms), "max.message.bytes": str(max_bytes)}


def _cases() -> Settings:
    """Keep the last state of each case; a deleted case is gone from the disk within a day and a segment."""
    return {
        "cleanup.policy": "compact",
        "max.compaction.lag.ms": str(_DAY_MS),
        "segment.ms": str(6 * _HOUR_MS),
        "max.message.bytes": str(WRAPPED_BYTES),
    }
