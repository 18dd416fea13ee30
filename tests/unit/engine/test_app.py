"""The process that hosts the router's loop, before it connects to anything."""

import socket

import pytest

from hub.engine.app import run
from hub.errors import SettingsError
from hub.settings import Kafka, Settings


def test_a_taken_port_is_a_wrong_setting() -> None:
    """Two processes cannot share a page: the second one ends before it takes a partition, and says what to set."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(SettingsError, match=rf"127\.0\.0\.1 port {port}: .+ set HUB_METRICS_PORT"):
            run(Settings(kafka=Kafka(bootstrap="127.0.0.1:1"), metrics_port=port))
