"""The way in for `httpx`, with and without async: its own transports, and one to hand over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from yibaobox.edge import faulting
from yibaobox.testing.hosts import NotEmulated
from yibaobox.testing.wire import Answered, Asked, BrokenOff, Line

if TYPE_CHECKING:
    from yibaobox.testing.switchboard import Switchboard


def install(switchboard: Switchboard) -> Callable[[], None]:
    """Let our hosts be answered; return what ends it."""
    send, asend = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if not switchboard.takes(str(request.url)):
            return send(self, request)
        return _answered(request, lambda: switchboard.answer(_asked(request, request.read())))

    async def ahandle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if not switchboard.takes(str(request.url)):
            return await asend(self, request)
        return await _aside(request, lambda body: switchboard.answerer(_asked(request, body)))

    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = ahandle  # type: ignore[method-assign]

    def undo() -> None:
        httpx.HTTPTransport.handle_request = send  # type: ignore[method-assign]
        httpx.AsyncHTTPTransport.handle_async_request = asend  # type: ignore[method-assign]

    return undo


def transport(line: Line) -> httpx.BaseTransport:
    """Return a transport that leads to a line, for both kinds of client."""
    return _Transport(line)


class _Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Leads to one line, whatever host is asked."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return _answered(request, lambda: self._line.answer(_asked(request, request.read())))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return await _aside(request, lambda body: partial(self._line.answer, _asked(request, body)))


async def _aside(request: httpx.Request, chosen: Callable[[bytes], Callable[[], Answered]]) -> httpx.Response:
    """Answer in another thread: a call-back may need the loop that waits here (asyncio; others are answered here)."""
    try:
        answer = chosen(await request.aread())
    except NotEmulated as reason:
        raise httpx.ConnectError(str(reason), request=request) from reason
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _answered(request, answer)
    return await asyncio.to_thread(_answered, request, answer)


def _answered(request: httpx.Request, answer: Callable[[], Answered]) -> httpx.Response:
    try:
        reply = answer()
    except faulting.TimedOut as late:
        raise httpx.ReadTimeout(str(late), request=request) from late
    except BrokenOff as short:
        raise httpx.RemoteProtocolError(str(short), request=request) from short
    except faulting.Dropped as dropped:
        raise httpx.ReadError(str(dropped), request=request) from dropped
    except NotEmulated as reason:
        raise httpx.ConnectError(str(reason), request=request) from reason
    return httpx.Response(reply.status, headers=reply.headers, stream=httpx.ByteStream(reply.body), request=request)


def _asked(request: httpx.Request, body: bytes) -> Asked:
    limits: Any = request.extensions.get("timeout", {})
    read_s = limits.get("read")
    patience_ms = None if read_s is None else int(read_s * 1000)
    return Asked(request.method, str(request.url), list(request.headers.items()), body, patience_ms)
