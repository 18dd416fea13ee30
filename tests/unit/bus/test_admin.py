"""What is asked of a broker that is not there."""

import socket
from collections.abc import Callable, Iterator

import pytest

from hub.bus import admin as module
from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.errors import UnreachableError
from hub.settings import Kafka


@pytest.fixture
def silent() -> Iterator[Kafka]:
    """Stand where a broker would be, take connections and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Kafka(bootstrap=f"127.0.0.1:{server.getsockname()[1]}")


@pytest.mark.parametrize("ask", [Admin.ends, lambda admin, places: admin.begins(places, 0.1)])
def test_a_broker_that_says_nothing_is_unreachable(
    silent: Kafka, ask: Callable[[Admin, list[Place]], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose patience ends first, ours or the library's, makes no difference: the same may work later."""
    monkeypatch.setattr(module, "_ASK_S", 0.1)

    with pytest.raises(UnreachableError):
        ask(Admin(silent), [Place("t", 0)])


def test_who_does_not_answer_is_named(silent: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever set a wrong address sees it in the message."""
    monkeypatch.setattr(module, "_ASK_S", 0.1)

    for ask in (Admin.partitions, lambda admin: admin.brokers(0.1)):
        with pytest.raises(UnreachableError, match=f"Kafka at {silent.bootstrap}"):
            ask(Admin(silent))
