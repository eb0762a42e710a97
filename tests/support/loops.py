"""An application behind the server's own adapter, on an event loop of this process: no socket, no other thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from clinic import SINGLE
from yibaobox.server.adapter import Adapter
from yibaobox.server.commits import Commits
from yibaobox.server.config import ServerConfig

T = TypeVar("T")


def serving(app: Any, ask: Callable[[Adapter], Awaitable[T]]) -> T:
    """Let a server's event loop run what `ask` makes of its adapter."""

    async def main() -> T:
        with ThreadPoolExecutor(4, thread_name_prefix="request") as pool:
            adapter = Adapter(app, ServerConfig("none:none"), pool)
            adapter._commits = Commits(60.0)  # on a slow machine, too, the first waits for the others
            return await asyncio.wait_for(ask(adapter), 60)

    return asyncio.run(main())


async def asked(
    adapter: Adapter, message: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> tuple[Any, str]:
    """Ask as a server is asked; return the reply and its trace."""
    body, sent, received = json.dumps(message).encode(), [], iter((True,))

    async def receive() -> dict[str, Any]:
        if not next(received, False):
            await asyncio.Event().wait()  # the client stays
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(part: dict[str, Any]) -> None:
        sent.append(part)

    await adapter(_scope(body, headers or {}), receive, send)
    (trace,) = (value.decode() for name, value in sent[0]["headers"] if name == b"x-sandbox-trace")
    return json.loads(sent[1]["body"]), trace


def _scope(body: bytes, more: Mapping[str, str]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "content-length": str(len(body))} | more
    place = {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5), "scheme": "http", "http_version": "1.1"}
    return place | {
        "type": "http",
        "method": "POST",
        "raw_path": SINGLE.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
