"""What is asked of a broker that is not there."""

import signal
import socket
import subprocess
import sys
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


_ASKS = """
import sys
from hub.bus.admin import Admin
from hub.settings import Kafka
admin = Admin(Kafka(bootstrap=sys.argv[1]))
print("asks", flush=True)
admin.brokers(600.0)
"""


def test_ctrl_c_is_heard_while_nobody_answers(silent: Kafka) -> None:
    """Whoever has named a wrong address need not wait until the question is given up."""
    asking = [sys.executable, "-c", _ASKS, silent.bootstrap]
    with subprocess.Popen(asking, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "asks\n"
            process.send_signal(signal.SIGINT)
            assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
        finally:
            process.kill()
