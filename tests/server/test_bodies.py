"""A body whose length is announced is complete when it is there; any other ends when the server says so."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from yibaobox.server.adapter import Adapter
from yibaobox.server.config import ServerConfig

LENGTH = [(b"content-length", b"6")]
CHUNKS = [(b"transfer-encoding", b"chunked")]


def echo(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [environ["CONTENT_LENGTH"].encode() + b":" + environ["wsgi.input"].read()]


def answered(headers, parts):
    """Return what is answered, and how often the server was asked for more."""
    asked, sent = [], []

    async def receive():
        asked.append(1)
        body, more = parts[len(asked) - 1]
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(part):
        sent.append(part)

    async def main():
        with ThreadPoolExecutor(1) as pool:
            adapter = Adapter(echo, ServerConfig("none:none"), pool)
            scope = {"type": "http", "method": "POST", "raw_path": b"/", "query_string": b"", "headers": headers}
            place = {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5), "scheme": "http", "http_version": "1.1"}
            await adapter(scope | place, receive, send)
            assert (adapter.gauge.running, adapter.gauge.held) == (0, 0)

    asyncio.run(main())
    return b"".join(part.get("body", b"") for part in sent), len(asked)


@pytest.mark.parametrize(
    ("headers", "parts", "expected"),
    [
        (LENGTH, [(b"abcdef", True)], (b"6:abcdef", 1)),
        (LENGTH, [(b"abc", True), (b"def", True)], (b"6:abcdef", 2)),
        (LENGTH, [(b"abc", True), (b"", True), (b"def", False)], (b"6:abcdef", 3)),
        (CHUNKS, [(b"abcdef", True), (b"", False)], (b"6:abcdef", 2)),
        (CHUNKS + LENGTH, [(b"abcdef", True), (b"gh", False)], (b"8:abcdefgh", 2)),
        (LENGTH + CHUNKS, [(b"abcdef", True), (b"gh", False)], (b"8:abcdefgh", 2)),
        (CHUNKS, [(b"", False)], (b"0:", 1)),
        ([(b"content-length", b"0")], [], (b"0:", 0)),
        ([], [], (b"0:", 0)),
    ],
)
def test_the_server_is_asked_only_for_what_is_missing(headers, parts, expected):
    assert answered(headers, parts) == expected
