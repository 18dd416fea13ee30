"""One client's connection, held to limits before anybody knows who it is: bytes of head, time, and how many there are.

Without them a stranger who drips a byte now and then, or sends a head without end, holds the process of all agencies.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from hub.web.problem import Problem


@dataclass(frozen=True, slots=True)
class Limits:
    """Say what a connection may cost.

    ``head_bytes`` bounds whatever is no body: request line, headers, the marks between chunks, trailers; more than any
    event's attributes need. ``arrive_s`` is for a whole request to arrive, a little longer than its body gets, so that
    who drips a body is told. ``answer_s`` is for the answer to be made: longer than a record's patience.
    """

    connections: int = 500
    head_bytes: int = 32_768
    arrive_s: float = 25.0
    answer_s: float = 60.0


#: Seconds that the last words to a client get to leave before the connection is cut: a page over a slow line.
_LEAVE_S: Final = 10.0


class Connection(HttpToolsProtocol):
    """Speak HTTP with one client, within limits."""

    limits: Limits = Limits()
    _watch: asyncio.TimerHandle | None = None
    _beside_body = 0
    _is_in_head = False
    _is_awaited = True
    _is_cut = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own type
        """Take the client in, unless there are too many."""
        super().connection_made(transport)
        self._wait(self.limits.arrive_s)
        if len(self.connections) > self.limits.connections:
            self._refuse(Problem("unavailable", "too many connections are open", retry_after_s=1))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what comes beside the body is too much."""
        if self._is_cut:
            return
        if self._watch is None:  # it idled; whatever comes now, an empty line too, begins a request
            self._wait(self.limits.arrive_s)
        self._beside_body += len(data)
        super().data_received(data)
        if self._beside_body > self.limits.head_bytes and not self._is_cut:
            self._refuse(Problem("head-too-large", f"the headers have more than {self.limits.head_bytes} bytes"))

    def on_message_begin(self) -> None:
        """Give a further request its time."""
        if not self._is_awaited:
            self._wait(self.limits.arrive_s)
        self._is_in_head = self._is_awaited = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand the body on; whoever reads it counts it."""
        self._beside_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Give the answer its time."""
        self._beside_body = 0
        self._is_awaited = False
        is_answered = self.cycle is not None and self.cycle.response_complete
        self._wait(None if is_answered else self.limits.answer_s)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request as long as a connection may idle, or for the rest of one answered early."""
        if not self._is_awaited:
            self._wait(None)
        super().on_response_complete()
        if self.transport.is_closing():
            self._cut_soon()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that idles."""
        super().timeout_keep_alive_handler()
        self._cut_soon()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem."""
        del msg  # it says no more
        if not self._is_cut:
            self._refuse(Problem("malformed", "this is no HTTP request"))

    def _wait(self, seconds: float | None) -> None:
        """Set the one clock anew, or stop it."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if self._is_in_head and not self.transport.is_closing():
            self._refuse(Problem("too-slow", f"the request was not there after {self.limits.arrive_s:.0f} s"))
        else:
            self.transport.close()
            self._cut_soon()

    def _refuse(self, problem: Problem) -> None:
        """Say why, and end the connection."""
        self._is_cut = True
        answer = problem.response()
        answer.headers["connection"] = "close"
        head = b"".join(b"%s: %s\r\n" % header for header in answer.raw_headers)
        self.transport.write(STATUS_LINE[answer.status_code] + head + b"\r\n" + cast("bytes", answer.body))
        self.transport.close()
        self._cut_soon()

    def _cut_soon(self) -> None:
        """Cut a connection whose client does not read what it was told."""
        self._wait(None)
        self._watch = self.loop.call_later(_LEAVE_S, self.transport.abort)


def connections(limits: Limits) -> type[Connection]:
    """Make the kind of connection that keeps these limits."""
    return type("Limited", (Connection,), {"limits": limits})
