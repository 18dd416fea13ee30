"""What every client is made with, and what is said when it cannot be made."""

import pytest

from hub.bus.admin import Admin
from hub.bus.client import client_settings, connect
from hub.bus.consumer import Reader
from hub.bus.producer import Producer
from hub.errors import SettingsError
from hub.settings import Kafka


def test_a_broker_must_be_named() -> None:
    """Without a broker the error says which variable to set."""
    with pytest.raises(SettingsError, match="KAFKA_BOOTSTRAP_SERVERS"):
        client_settings(Kafka())


def test_the_users_settings_reach_the_client() -> None:
    """Security and the like are the user's to set."""
    kafka = Kafka(bootstrap="nowhere:1", client={"security.protocol": "SSL"})

    assert client_settings(kafka)["security.protocol"] == "SSL"


def test_what_the_hub_relies_on_cannot_be_set_away() -> None:
    """A setting on which a promise rests wins over the user's."""
    seen = connect(dict, Kafka(bootstrap="nowhere:1", client={"acks": "0"}), acks="all")

    assert seen["acks"] == "all"


@pytest.mark.parametrize("kind", [Admin, Reader, Producer])
def test_a_setting_that_kafka_does_not_know_is_told(kind: type[object]) -> None:
    """A variable such as KAFKA_PORT, which some platforms set for every process, is named and not a traceback."""
    with pytest.raises(SettingsError, match=r"service\.port"):
        kind(Kafka(bootstrap="nowhere:1", client={"service.port": "9092"}))  # type: ignore[call-arg]
