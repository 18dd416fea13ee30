"""The limits of a body hold before anything parses it."""

import json
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.web.gateway.body import MAX_BATCH_BYTES, MAX_LEVELS, parse_json, read_body
from hub.web.problem import Problem


async def _echo(request: Request) -> Response:
    body = await read_body(request, 10)
    return body.response() if isinstance(body, Problem) else Response(body)


async def _send(content: bytes | AsyncIterator[bytes], **headers: str) -> httpx2.Response:
    app = Starlette(routes=[Route("/", _echo, methods=["POST"])])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub") as client:
        return await client.post("/", content=content, headers=headers)


async def test_a_body_within_the_limit_is_read() -> None:
    """The last byte that may come comes."""
    assert (await _send(b"0123456789")).content == b"0123456789"


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    """The length told is believed when it is too large."""
    assert (await _send(b"0123456789a")).status_code == 413


async def test_a_body_that_does_not_say_its_length_is_cut() -> None:
    """A body in chunks is counted while it comes, and reading stops at the limit."""
    sent = 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"0123"

    assert (await _send(drip())).status_code == 413


@pytest.mark.parametrize("depth", [1, MAX_LEVELS])
def test_nesting_within_the_limit_is_read(depth: int) -> None:
    """Lists and objects may nest as deep as the limit says."""
    body = b'{"a":[' * (depth // 2) + b"[" * (depth % 2) + b"]" * (depth % 2) + b"]}" * (depth // 2)

    assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize("opened", [b"[", b'{"a":', b'{"a":['])
@pytest.mark.parametrize("times", [MAX_LEVELS + 1, 10_000])
def test_deeper_nesting_is_refused(opened: bytes, times: int) -> None:
    """However deep it is, whether it is closed or not, it is a problem and no crash."""
    closed = opened.translate(bytes.maketrans(b"{[", b"}]"), b'"a:')[::-1]

    assert parse_json(opened * times + b"1" + closed * times) == Problem(
        "malformed", f"the body is nested deeper than {MAX_LEVELS} levels"
    )

    unclosed = parse_json(opened * times)
    assert isinstance(unclosed, Problem)
    assert unclosed.kind == "malformed"


def test_brackets_in_texts_are_no_nesting() -> None:
    """A text may hold anything, escaped quotes too."""
    text = '["\\' * 100
    assert parse_json(json.dumps([text]).encode()) == [text]


@pytest.mark.parametrize("piece", [b'\\"', b'"', b"\\", b'"a\\"a', b"[", b"[],", b"{}[]", b'["\\\\"'])
def test_no_body_keeps_the_others_waiting(piece: bytes) -> None:
    """The largest body, made to be slow, is judged in a fraction of a second: all agencies share one loop."""
    many = piece * (MAX_BATCH_BYTES // len(piece))
    for body in (many, b'"' + many, b"[" + many.rstrip(b",") + b"]", b'["' + many + b'"]'):
        begun = time.thread_time()  # what else this process and this machine do is not counted
        parse_json(body)
        assert time.thread_time() - begun < 0.4


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":NaN}', b"[1,]", b'"\\ud800"', b"\xff", b"[}", b"1e999", b'"\xff"', b'{"\xff":1}']
)
def test_what_is_no_json_is_told_without_quoting_it(body: bytes) -> None:
    """The problem says where the body ends to be JSON."""
    found = parse_json(body)

    assert isinstance(found, Problem)
    assert found.kind == "malformed"
