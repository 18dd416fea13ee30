"""A request's body, read within limits of size, time and nesting before anything parses it."""

import asyncio
import re
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
#: Seconds for a body to arrive; protects the sockets from clients that drip.
_ARRIVE_S: Final = 20.0

#: A JSON string, or the rest of the body when its end is missing: linear whatever is sent.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(each for each in range(256) if each not in b"[]{}")
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")


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
    if is_too_deep(body):
        return Problem("malformed", f"the body is nested deeper than {MAX_LEVELS} levels")
    try:
        return msgspec.json.decode(body)
    except msgspec.MsgspecError as wrong:
        return Problem("malformed", f"the body is no JSON: {wrong}")
    except RecursionError:
        return Problem("malformed", "the body is nested too deep")


def is_too_deep(body: bytes) -> bool:
    """Tell whether brackets are nested deeper than allowed; a body with unpaired ones is for the parser to refuse."""
    brackets = _STRING.sub(b"", body).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(MAX_LEVELS):
        if not brackets:
            return False
        # Takes the innermost level away, at the speed of C: no recursion, whatever is sent.
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _too_large(most: int) -> Problem:
    return Problem("too-large", f"the body has more than {most} bytes")
