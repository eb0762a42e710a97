"""A small HTTP client that costs little: keep-alive connections, requests encoded before the clock runs.

`closed` sends the next request when the last is answered; `opened` sends at times drawn beforehand and counts the
waiting from the time that was drawn, so that a server which falls behind cannot hide it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence

Address = tuple[str, int]


class Wire(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._data = b""

    @classmethod
    async def to(cls, address: Address) -> Wire:
        """Connect."""
        _, wire = await asyncio.get_running_loop().create_connection(cls, *address)
        return wire

    async def ask(self, request: bytes) -> bytes:
        """Send a whole request and return the whole reply, head and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Gather until the reply is there."""
        self._data += data
        head = self._data.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._data.lower().find(b"content-length:", 0, head)
        length = int(self._data[at + 15 : self._data.find(b"\r", at)])
        if len(self._data) >= head + 4 + length and self._answer is not None:
            whole, self._data = self._data, b""
            self._answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())


def post(address: Address, path: str, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return an encoded POST of JSON."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def shared(address: Address, wires: int, work: Callable[[Wire], Awaitable[None]]) -> None:
    """Let some connections do the same work side by side until each has ended."""
    made = [await Wire.to(address) for _ in range(wires)]
    try:
        await asyncio.gather(*(work(wire) for wire in made))
    finally:
        for wire in made:
            wire.close()


def closed(address: Address, requests: Sequence[bytes], wires: int = 4, ok: bytes = b"") -> list[bytes]:
    """Send all requests over some connections and return the replies as they came; each has to contain `ok`."""
    replies: list[bytes] = []
    left = iter(requests)

    async def work(wire: Wire) -> None:
        for request in left:
            reply = await wire.ask(request)
            if ok not in reply:
                raise AssertionError(f"refused: {reply.decode(errors='replace')[:1500]}")
            replies.append(reply)

    asyncio.run(shared(address, wires, work))
    return replies


def opened(address: Address, requests: Sequence[bytes], rate: float, wires: int, seed: int) -> list[float]:
    """Send requests at `rate` a second, Poisson, and return the milliseconds of each from when it was due."""
    lots = random.Random(seed)
    taken: list[float] = []

    def schedule(start: float) -> Iterator[tuple[float, bytes]]:
        at = start
        for request in requests:
            at += lots.expovariate(rate)
            yield at, request

    async def run() -> None:
        loop = asyncio.get_running_loop()
        due = schedule(loop.time() + 0.05)

        async def work(wire: Wire) -> None:
            for at, request in due:
                wait = at - loop.time()
                if wait > 0:
                    await asyncio.sleep(wait)
                await wire.ask(request)
                taken.append((loop.time() - at) * 1000)

        await shared(address, wires, work)

    asyncio.run(run())
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
