"""A request's body, read within limits of size, time and nesting before anything looks at it."""

import asyncio
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect, Request

from hub.web.problem import Problem

#: Bytes of one event as JSON; its Avro form is smaller and has its own limit.
MAX_EVENT_BYTES: Final = 1024 * 1024
#: Bytes of a batch; protects the memory of a process that serves all agencies.
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
#: Levels of objects and lists in a body; a batch and its data lie within.
MAX_LEVELS: Final = 24
#: Objects and lists in a body, those within texts counted too: five hundred events need a tenth. Each one costs the
#: process thirty times its two bytes, and all agencies share one loop.
MAX_CONTAINERS: Final = 50_000
#: Seconds for a body to arrive; protects the sockets from clients that drip.
_ARRIVE_S: Final = 20.0


async def read_body(request: Request, most: int) -> bytes | Problem:
    """Take the body, `most` bytes at the most."""
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:20]) > most:
        return _too_large(most)
    found = bytearray()
    try:
        async with asyncio.timeout(_ARRIVE_S):
            async for chunk in request.stream():
                found += chunk
                if len(found) > most:
                    return _too_large(most)
    except (TimeoutError, ClientDisconnect):
        return Problem("too-slow", f"the body was not there after {_ARRIVE_S:.0f} s")
    return bytes(found)


def parse_json(body: bytes) -> Any | Problem:
    """Read JSON; a problem says where it ends to be JSON, never what stands there."""
    if body.count(b"[") + body.count(b"{") > MAX_CONTAINERS:
        return Problem("malformed", f"the body has more than {MAX_CONTAINERS} objects and lists")
    try:
        document = msgspec.json.decode(body)
    except msgspec.MsgspecError as wrong:
        return Problem("malformed", f"the body is no JSON: {wrong}")
    except UnicodeDecodeError:
        return Problem("malformed", "the body is no JSON: a text in it is no UTF-8")
    except RecursionError:  # the parser's own guard, far beyond what we take
        return _too_deep()
    return _too_deep() if is_too_deep(document) else document


def is_too_deep(document: Any) -> bool:
    """Tell whether objects and lists are nested deeper than allowed: level by level, so no recursion."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(MAX_LEVELS):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _too_large(most: int) -> Problem:
    return Problem("too-large", f"the body has more than {most} bytes")


def _too_deep() -> Problem:
    return Problem("malformed", f"the body is nested deeper than {MAX_LEVELS} levels")
