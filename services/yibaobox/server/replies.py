"""What the application answered, on its way out: whole, or as a fault would have it."""

import asyncio
import io
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any, Final

from yibaobox.server.abort import abort

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]

_SPOOL: Final = 8 << 20
_CHUNK: Final = 256 << 10
_SETTLE_S: Final = 0.1
_DRIPS: Final = 10  # a slow body goes out in so many pieces a second
_PROBLEMS: Final = {
    400: ("Bad Request", "BAD_REQUEST", "请求体不完整"),
    408: ("Request Timeout", "REQUEST_TIMEOUT", "请求接收超时"),
    413: ("Content Too Large", "PAYLOAD_TOO_LARGE", "请求体过大"),
    500: ("Internal Server Error", "INTERNAL_ERROR", "系统内部错误"),
    503: ("Service Unavailable", "UNAVAILABLE", "服务繁忙，请稍后重试"),
}


@dataclass
class Reply:
    """What the application answered: headers, a body that is either short or a file, what a fault does to it."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: IO[bytes] = field(default_factory=io.BytesIO)
    line: dict[str, int] = field(default_factory=dict)


def starter(reply: Reply) -> Callable[..., Callable[[bytes], object]]:
    """Return what WSGI calls `start_response`, for this reply."""

    def start_response(status: str, headers: Headers, _: Any = None) -> Callable[[bytes], object]:
        reply.status = int(status.split(" ", 1)[0])
        reply.headers = headers
        return reply.body.write

    return start_response


def gathered(chunks: Iterable[bytes]) -> IO[bytes]:
    """Return a body as a whole, a large one as a file."""
    if isinstance(chunks, list) and len(chunks) == 1:
        return io.BytesIO(chunks[0])
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - closed when sent
    for chunk in chunks:
        spool.write(chunk)
    spool.seek(0)
    return spool


async def send_reply(reply: Reply, send: Send) -> None:
    """Send a reply as it is."""
    await send({"type": "http.response.start", "status": reply.status, "headers": _encoded(reply.headers)})
    chunk = reply.body.read(_CHUNK)
    while True:
        following = reply.body.read(_CHUNK) if len(chunk) == _CHUNK else b""
        await send({"type": "http.response.body", "body": chunk, "more_body": bool(following)})
        if not following:
            return
        chunk = following


async def send_faulty(reply: Reply | int, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as a fault would have it: late, in drips, in part, or not at all."""
    if isinstance(reply, int):
        await _patience(receive, reply)
        abort(scope["client"][0], int(scope["client"][1]))
        return
    with reply.body:
        if await _patience(receive, reply.line.get("delay_ms", 0) / 1000):
            return
        if "cut" not in reply.line and "bps" not in reply.line:
            await send_reply(reply, send)
            return
        await _trickle(reply, send)
    if "cut" in reply.line:
        await asyncio.sleep(_SETTLE_S)  # what was sent goes out before the connection breaks
        abort(scope["client"][0], int(scope["client"][1]), gently=True)


async def _trickle(reply: Reply, send: Send) -> None:
    """Send the body in drips; with a cut only its beginning, and no end."""
    cut, bps = reply.line.get("cut"), reply.line.get("bps")
    step = _CHUNK if bps is None else max(1, bps // _DRIPS)
    await send({"type": "http.response.start", "status": reply.status, "headers": _encoded(reply.headers)})
    left = sys.maxsize if cut is None else cut
    while left and (chunk := reply.body.read(min(step, left))):
        left -= len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if bps is not None:
            await asyncio.sleep(len(chunk) / bps)
    if cut is None:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _patience(receive: Receive, seconds: float) -> bool:
    """Let time pass; tell whether the client left meanwhile."""
    if seconds <= 0:
        return False
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def problem(status: int) -> Reply:
    """Return a refusal of the server itself (RFC 9457)."""
    title, code, detail = _PROBLEMS[status]
    kind = f"urn:yibaobox:problem:{code}"
    document = {"type": kind, "title": title, "status": status, "detail": detail, "code": code, "trace": ""}
    body = json.dumps(document, ensure_ascii=False).encode("utf-8")
    length = str(len(body))
    headers = [("content-type", "application/problem+json"), ("content-length", length), ("connection", "close")]
    return Reply(status, headers, io.BytesIO(body))
