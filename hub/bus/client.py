"""Settings that every Kafka client of the hub is made with."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import KafkaException

from hub.errors import SettingsError
from hub.settings import Kafka

_LOG = logging.getLogger("hub.kafka")
_Client = TypeVar("_Client")


def client_settings(kafka: Kafka) -> dict[str, Any]:
    """Give the settings shared by all clients; raise SettingsError when no broker is named."""
    if not kafka.bootstrap:
        raise SettingsError("no Kafka broker is named; set KAFKA_BOOTSTRAP_SERVERS, or start one with `hub up`")
    # To begin anew from the bootstrap list, as the library does by default, ends connections that would come back by
    # themselves: it spins while a broker is away, and calls that wait for a coordinator may then never return.
    ours = {
        "bootstrap.servers": kafka.bootstrap, "client.id": "simpul", "logger": _LOG, "log.connection.close": False,
        "reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 1_000, "topic.metadata.refresh.interval.ms": 30_000,
        "metadata.recovery.strategy": "none",
    }  # fmt: skip
    return ours | kafka.client


def connect(kind: Callable[[dict[str, Any]], _Client], kafka: Kafka, **given: Any) -> _Client:
    """Make a client; `given` settings, by their dotted names, win. Raise SettingsError for one that Kafka refuses."""
    try:
        return kind(client_settings(kafka) | given)
    except KafkaException as wrong:
        raise SettingsError(
            f"Kafka's client refuses a setting: {wrong.args[0].str()}; look at the variables that begin with KAFKA_"
        ) from wrong
