"""The pages of the views process: /metrics, /livez and /readyz, served from a thread of their own."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from hub import metrics
from hub.errors import SettingsError

#: Seconds between two looks whether to stop: how long an end of the views waits for its pages.
_STOP_LOOK_S: Final = 0.1
#: Tells what is wrong; None while nothing is.
WhyNot = Callable[[], str | None]

_TEXT: Final = "text/plain; charset=utf-8"


class Page:
    """Serve the pages until closed."""

    def __init__(self, host: str, port: int, *, why_dead: WhyNot, why_unready: WhyNot) -> None:
        """Listen at once; raise SettingsError when the port is taken. Port 0: a free one (see ``port``)."""
        asked = {"/livez": why_dead, "/readyz": why_unready}

        class Handler(BaseHTTPRequestHandler):
            """Answer one request."""

            def do_GET(self) -> None:
                """Answer a page, or 404 with the names of those there are."""
                path = self.path.partition("?")[0]
                if path == "/metrics":
                    self._answer(HTTPStatus.OK, metrics.expose(), metrics.CONTENT_TYPE)
                elif path in asked:
                    why = asked[path]()
                    status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
                    self._answer(status, f"{why or 'ok'}\n".encode(), _TEXT)
                else:
                    self._answer(HTTPStatus.NOT_FOUND, b"/metrics, /livez and /readyz are here\n", _TEXT)

            def log_message(self, *_said: object) -> None:
                """Say nothing: probes come every few seconds."""

            def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as taken:
            raise SettingsError(
                f"the views' page cannot listen at {host} port {port}: {taken.strerror}; "
                "stop what does, or set HUB_METRICS_PORT"
            ) from taken
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_LOOK_S,), name="page", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Tell the port that is listened on."""
        return self._server.server_port

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
