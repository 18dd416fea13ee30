"""A wire between a client and a broker that can stall and break: it carries Kafka's frames and leads clients back.

What stalls is kept and goes on when it is let go, as on a network that loses no bytes but time.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_HOST = "127.0.0.1"
#: How a request begins that ends a transaction (EndTxn).
_END = struct.pack(">h", 26)


class Proxy:
    """Carry frames; ``requests`` and ``answers`` are set while each direction flows."""

    def __init__(self, broker_port: int) -> None:
        """Listen on a free port for clients of the broker."""
        self._broker_port = broker_port
        self._server = socket.create_server((_HOST, 0))
        self.port: int = self._server.getsockname()[1]
        self.requests, self.answers = threading.Event(), threading.Event()
        self._waits_for_end, self._end_passed = threading.Event(), threading.Event()
        self._open: list[socket.socket] = []
        self._closing = False
        self.flow()
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    @property
    def bootstrap(self) -> str:
        """Name it as clients do."""
        return f"{_HOST}:{self.port}"

    def flow(self) -> None:
        """Let both directions go on."""
        self.requests.set()
        self.answers.set()

    def hold(self, gate: threading.Event, seconds: float) -> None:
        """Let one direction stand still for a while."""
        gate.clear()
        threading.Event().wait(seconds)
        self.flow()

    def hold_answer_to_commit(self, seconds: float) -> None:
        """Let the next commit reach the broker, and its answer stand still for a while: it is done, nobody knows."""
        self._end_passed.clear()
        self._waits_for_end.set()
        assert self._end_passed.wait(60), "nobody commits"
        self.hold(self.answers, seconds)

    def cut(self) -> None:
        """Break every connection; what was under way is lost."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        """End it."""
        self._closing = True
        self.flow()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._server.accept()
                broker = socket.create_connection((_HOST, self._broker_port))
            except OSError:
                continue
            self._open += [client, broker]
            for source, target, gate in ((client, broker, self.requests), (broker, client, self.answers)):
                threading.Thread(target=self._carry, args=(source, target, gate), name="proxy", daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, gate: threading.Event) -> None:
        with suppress(OSError), source.makefile("rb") as reader:
            while len(size := reader.read(4)) == 4:
                frame = reader.read(struct.unpack(">i", size)[0])
                gate.wait()
                if gate is self.requests and frame.startswith(_END) and self._waits_for_end.is_set():
                    self._waits_for_end.clear()
                    self.answers.clear()
                    self._end_passed.set()
                target.sendall(size + self._led_back(frame))
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _led_back(self, frame: bytes) -> bytes:
        """Let clients that are told where the broker is come here."""
        host = _HOST.encode()
        return frame.replace(host + struct.pack(">i", self._broker_port), host + struct.pack(">i", self.port))


@contextmanager
def proxied(bootstrap: str) -> Iterator[Proxy]:
    """Stand before a broker while the context is open."""
    made = Proxy(int(bootstrap.rpartition(":")[2]))
    try:
        yield made
    finally:
        made.close()
