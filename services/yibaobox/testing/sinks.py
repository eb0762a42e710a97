"""Where a receiver of call-backs stands: beside a sandbox in this process, on a socket for one elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from yibaobox.testing.box import Box
from yibaobox.testing.far import Far
from yibaobox.testing.hosts import DOMAIN
from yibaobox.testing.loopback import LoopbackServer
from yibaobox.testing.sink import WebhookSink


@contextmanager
def opened(box: Box) -> Iterator[WebhookSink]:
    """Open a receiver for a box."""
    sink = WebhookSink(box)
    if isinstance(box.line, Far):
        with LoopbackServer(sink) as server:
            sink.url = f"http://127.0.0.1:{server.port}/callback"
            yield sink
        return
    origin = f"https://sink-{box.world}.{DOMAIN}"
    sink.url = f"{origin}/callback"
    box.mount(origin, sink)
    yield sink
