"""A sandbox in another process: one that runs already, or one started for the test run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests

from yibaobox.edge import faulting
from yibaobox.server.launch import launched
from yibaobox.testing.box import Box, Wanted, lent
from yibaobox.testing.control import Control
from yibaobox.testing.wire import Answered, Asked, BrokenOff

_PATIENCE_S = 60


class Server:
    """A running sandbox. Each box of it is a world of its own."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token

    @contextlib.contextmanager
    def box(self, **wanted: Any) -> Iterator[Box]:
        """Lend a fresh world: `region`, `at`, `seed`, `fault`, `population`."""
        with self.lent(Wanted(**wanted)) as box:
            yield box

    @contextlib.contextmanager
    def lent(self, wanted: Wanted) -> Iterator[Box]:
        """Lend a fresh world as it is wanted."""
        with lent(Far(self.url, wanted, self._token), wanted, self._token) as box:
            yield box


@contextlib.contextmanager
def started() -> Iterator[Server]:
    """Start a sandbox on a free port, in a folder that goes with it."""
    with launched(("--population", "0")) as told:
        yield Server(str(told["url"]))


class Far:
    """A world of its own in a running sandbox."""

    def __init__(self, url: str, wanted: Wanted, token: str | None = None) -> None:
        self.origin = url
        self.world = ""
        self._session = requests.Session()
        self._session.trust_env = False
        self._token = token
        self.world = str(Control(self, token)("POST", "/worlds", wanted.body())["name"])
        self.url = f"{url}/w/{self.world}"

    def answer(self, asked: Asked) -> Answered:
        """Carry a request to the sandbox; what was sent to a vendor's host goes to the same path there."""
        parts = urlsplit(asked.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        url = asked.url if asked.known_as is None and asked.url.startswith(self.origin) else self.url + target
        headers = {name: value for name, value in asked.headers if name.lower() not in ("host", "content-length")}
        patience_s = _PATIENCE_S if asked.patience_ms is None else asked.patience_ms / 1000
        try:
            reply = self._session.request(
                asked.method, url, data=asked.body, headers=headers, timeout=patience_s, allow_redirects=False
            )
        except requests.exceptions.ChunkedEncodingError as short:
            raise BrokenOff(str(short)) from short
        except requests.ReadTimeout as late:
            raise faulting.TimedOut(str(late)) from late
        except requests.ConnectionError as lost:
            raise faulting.Dropped(str(lost)) from lost
        dropped = ("content-encoding", "transfer-encoding", "content-length", "connection")
        kept = [(name, value) for name, value in reply.headers.items() if name.lower() not in dropped]
        return Answered(reply.status_code, kept, reply.content)

    def put_clock(self, mode: str, at: str | None) -> None:
        """Set the clock."""
        Control(self, self._token)("PUT", "/clock", {"mode": mode} | ({} if at is None else {"at": at}))

    def deliver(self) -> None:
        """Leave it to the sandbox: it ticks."""

    def mount(self, origin: str, app: Any) -> None:  # noqa: ARG002 - the protocol's
        """Refuse: another process cannot call a WSGI application of this one."""
        raise RuntimeError(f"{origin}: a sandbox in another process calls back over a socket only; use webhook_sink")

    def close(self) -> None:
        """Remove the world."""
        try:
            Control(self, self._token)("DELETE", f"/worlds/{self.world}")
        finally:
            self._session.close()
