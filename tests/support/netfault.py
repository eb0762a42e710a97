"""A line between a client and a server that fails as told: one fault for the next request, then a clean line again.

It speaks HTTP only as far as it must to know where a request and a reply end; each request has its own connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import Any, Self

# kind → positions at which it can strike
KINDS = {
    "latency": ("connect", "before_response"),
    "reset": ("connect", "mid_request", "before_response", "mid_response"),
    "close": ("connect", "mid_request", "before_response", "mid_response"),
    "blackhole": ("connect", "mid_request", "before_response", "mid_response"),
    "slicer": ("mid_request", "mid_response"),
    "slow_close": ("mid_response",),
    "duplicate": ("before_response",),
    "duplicate_at_once": ("before_response",),
    "reorder": ("before_response",),
    "empty": ("before_response",),
    "garbage": ("before_response",),
    "flip": ("mid_request", "mid_response"),
}
CELLS = tuple((kind, position) for kind, positions in KINDS.items() for position in positions)
_INSTEAD = {
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "garbage": b"\x00\xff garbage\r\n",
}
BEFORE_EFFECT = ("connect", "mid_request")


@dataclass(frozen=True)
class Fault:
    """What happens where; `place` and `bit` say which byte of a body is flipped."""

    kind: str
    position: str
    place: int = 0
    bit: int = 0


@dataclass
class Line:
    """A proxy on a port of its own, run by a thread."""

    port: int
    armed: list[Fault] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)
    address: int = 0

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address}"

    def arm(self, *faults: Fault) -> None:
        """Let the next requests meet these faults, one each."""
        self.armed[:] = faults
        self.struck.clear()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._taken, "127.0.0.1", 0)
        self.address = server.sockets[0].getsockname()[1]
        ready.set()
        await self._end.wait()
        server.close()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        fault = self.armed.pop(0) if self.armed else None
        try:
            await self._carry(reader, writer, fault)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either side may leave, and the test may end
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault | None) -> None:
        if fault is not None:
            self.struck.append(fault)
            if fault.position == "connect" and await self._broken(writer, fault):
                return
        request = await _whole(reader)
        if fault is not None and fault.position == "mid_request":
            if fault.kind == "flip":
                request = _flipped(request, fault)
            elif fault.kind != "slicer":  # the server gets half of it
                await self._half(request)
                await self._broken(writer, fault)
                return
        if fault is not None and fault.kind == "reorder":
            self.held.append(request)  # arrives after the next one
            _reset(writer)
            return
        reply = await self._answered(request, fault)
        await self._deliver(writer, reply, fault)
        for late in [*self.held]:
            self.held.remove(late)
            await self._asked(late)

    async def _answered(self, request: bytes, fault: Fault | None) -> bytes:
        kind = None if fault is None else fault.kind
        if kind == "duplicate_at_once":
            first, _ = await asyncio.gather(self._asked(request), self._asked(request))
            return first
        reply = await self._asked(
            request, sliced=fault is not None and (kind, fault.position) == ("slicer", "mid_request")
        )
        if kind == "duplicate":
            await self._asked(request)
        return reply

    async def _deliver(self, writer: asyncio.StreamWriter, reply: bytes, fault: Fault | None) -> None:
        if fault is None:
            await _sent(writer, reply)
        elif fault.kind in _INSTEAD:
            await _sent(writer, _INSTEAD[fault.kind])
        elif fault.position == "before_response":
            if not await self._broken(writer, fault):
                await _sent(writer, reply)
        elif fault.position == "mid_response":
            await self._maimed(writer, reply, fault)
        else:
            await _sent(writer, reply)

    async def _maimed(self, writer: asyncio.StreamWriter, reply: bytes, fault: Fault) -> None:
        if fault.kind == "slicer":
            await _dripped(writer, reply)
        elif fault.kind == "flip":
            await _sent(writer, _flipped(reply, fault))
        elif fault.kind == "slow_close":
            await _sent(writer, reply)
            await asyncio.sleep(0.05)
        else:
            await _sent(writer, reply[: len(reply) - len(reply) // 4])
            await self._broken(writer, fault)

    async def _broken(self, writer: asyncio.StreamWriter, fault: Fault) -> bool:
        """Do to the connection what the fault says; tell whether it is over."""
        if fault.kind == "latency":
            await asyncio.sleep(0.02)
            return False
        if fault.kind == "reset":
            _reset(writer)
        if fault.kind == "blackhole":
            await self._end.wait()
        return fault.kind in ("reset", "close", "blackhole")

    async def _asked(self, request: bytes, *, sliced: bool = False) -> bytes:
        """Send a request to the server and return its whole reply."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            if sliced:
                await _dripped(writer, request)
            else:
                writer.write(request)
                await writer.drain()
            return await _whole(reader, closing=True)
        finally:
            writer.close()

    async def _half(self, request: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request[: len(request) - len(request) // 4])
        await writer.drain()
        _reset(writer)


async def _whole(reader: asyncio.StreamReader, *, closing: bool = False) -> bytes:
    """Read one message; a reply gets word that the connection ends with it."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    sizes = [line.split(b":")[1] for line in lines if line.lower().startswith(b"content-length:")]
    body = await (reader.readexactly(int(sizes[0])) if sizes else reader.read() if closing else _nothing())
    kept = [line for line in lines[1:-2] if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], *kept, b"Connection: close", b"", b""]) + body


async def _sent(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _nothing() -> bytes:
    return b""


async def _dripped(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send in small pieces of changing size."""
    at, size = 0, 1
    while at < len(data):
        writer.write(data[at : at + size])
        await writer.drain()
        at, size = at + size, size % 97 + 7


def _flipped(data: bytes, fault: Fault) -> bytes:
    """Flip one bit of the body."""
    begin = data.index(b"\r\n\r\n") + 4
    if begin == len(data):
        return data
    at = begin + fault.place % (len(data) - begin)
    return data[:at] + bytes([data[at] ^ (1 << fault.bit)]) + data[at + 1 :]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Tear the connection down."""
    transport: Any = writer.transport
    transport.abort()
