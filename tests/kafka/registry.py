"""A schema registry in a thread, with the few calls of the Confluent API that the hub makes; it can fall silent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

_FIRST_ID = 1_000


class StandIn:
    """Hold schemas by id; ``is_silent`` refuses every call as a broken server does, ``asked`` counts look-ups by id."""

    def __init__(self) -> None:
        """Begin empty."""
        self.texts: list[str] = []
        self.subjects: set[str] = set()
        self.is_silent = False
        self.asked: list[int] = []
        self.url = ""

    def add(self, text: str) -> int:
        """Register a schema behind everybody's back and give its id."""
        if text not in self.texts:
            self.texts.append(text)
        return _FIRST_ID + self.texts.index(text)

    def answer(self, method: str, path: list[str], body: dict[str, Any]) -> tuple[int, dict[str, Any] | list[str]]:
        """Answer one call with a status and a body."""
        if self.is_silent:
            return 503, {"error_code": 50001, "message": "silent"}
        if path[0] == "config":
            return 200, {"compatibility": body.get("compatibility", "NONE"), "compatibilityLevel": "NONE"}
        if path[0] == "schemas":
            return self._by_id(int(path[2]))
        if path == ["subjects"]:
            return 200, sorted(self.subjects)
        if path[0] == "subjects" and method == "POST":
            if "versions" in path:
                self.subjects.add(path[1])
            return self._by_text(body["schema"], is_new="versions" in path)
        return 404, {"error_code": 404, "message": "no such call here"}

    def _by_id(self, schema_id: int) -> tuple[int, dict[str, Any]]:
        self.asked.append(schema_id)
        number = schema_id - _FIRST_ID
        if not 0 <= number < len(self.texts):
            return 404, {"error_code": 40403, "message": "Schema not found"}
        return 200, {"schema": self.texts[number]}

    def _by_text(self, text: str, *, is_new: bool) -> tuple[int, dict[str, Any]]:
        if text not in self.texts and not is_new:
            return 404, {"error_code": 40403, "message": "Schema not found"}
        found = self.add(text)
        return 200, {"subject": "s", "id": found, "version": 1, "schema": text, "schemaType": "AVRO", "guid": ""}


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Serve a registry on a free port while the context is open."""
    kept, lock = StandIn(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            path = [unquote(each) for each in self.path.partition("?")[0].strip("/").split("/")]
            with lock:
                status, told = kept.answer(self.command, path, body)
            written = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/vnd.schemaregistry.v1+json")
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
