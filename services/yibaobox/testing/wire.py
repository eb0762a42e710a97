"""What passes between a client library and a sandbox, whichever library it is."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a client sends it; `patience_ms` is how long it waits for a reply, None for ever.

    `known_as` is the vendor's host that it was sent to, when the client meant one.
    """

    method: str
    url: str
    headers: Iterable[tuple[str, str]] = ()
    body: bytes = b""
    patience_ms: int | None = None
    known_as: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class BrokenOff(Exception):
    """The body ended before it was whole."""


class Line(Protocol):
    """The way to one world of one sandbox."""

    world: str
    origin: str  # where the control routes are reached
    url: str  # where an application is sent to: it leads to this world by itself

    def answer(self, asked: Asked) -> Answered:
        """Carry a request; `faulting.Dropped` when the connection breaks, `TimedOut` when no reply comes in time."""

    def put_clock(self, mode: str, at: str | None) -> None:
        """Set the world's clock; `control.Refused` when it cannot be set so."""

    def deliver(self) -> None:
        """Run what is due by itself, where nobody else does."""

    def mount(self, origin: str, app: Any) -> None:
        """Let call-backs to an origin go to a WSGI application."""

    def close(self) -> None:
        """Leave nothing of it behind."""


def environ_of(asked: Asked) -> dict[str, Any]:
    """Return the WSGI environment of a request, headers with underscores and the raw target included."""
    parts = urlsplit(asked.url)
    target = parts.path or "/"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method.upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(target).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "yibaobox.test",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc.rpartition("@")[2],
        "RAW_URI": f"{target}?{parts.query}" if parts.query else target,
        "CONTENT_LENGTH": str(len(asked.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ["REQUEST_URI"] = environ["RAW_URI"]
    for name, value in asked.headers:
        _put(environ, name.upper().replace("-", "_"), value)
    return environ


def _put(environ: dict[str, Any], name: str, value: str) -> None:
    if name in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "HOST"):
        return  # the body is whole by now, and the address says who is meant
    key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value
