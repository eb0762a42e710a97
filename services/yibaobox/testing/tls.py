"""For clients that nothing intercepts: a loopback server with the vendors' names in its certificate.

In this process their names lead to it as long as it runs (`socket.getaddrinfo`), which reaches whatever uses the
standard resolver: urllib, urllib3, aiohttp, SDKs with a transport of their own. Another process is told the address and
the CA: see `env`.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from yibaobox.testing import certificates
from yibaobox.testing.hosts import DOMAIN, VENDORS
from yibaobox.testing.loopback import LoopbackServer
from yibaobox.testing.wire import Asked, BrokenOff

if TYPE_CHECKING:
    from yibaobox.testing.box import Box

_HTTPS = 443


class Loopback:
    """The server of one box; `ca_bundle` is the file that a client must trust."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._names = frozenset({*VENDORS, f"{box.world}.{DOMAIN}"})

    def __enter__(self) -> Self:
        """Start, and let the vendors' names lead here."""
        self._folder = tempfile.TemporaryDirectory(prefix="yibaobox-tls-")
        self.ca_bundle = str(Path(self._folder.name) / "ca.pem")
        Path(self.ca_bundle).write_text(certificates.ca())
        self._server = LoopbackServer(self._app, self._context()).__enter__()
        self._real: Callable[..., Any] = socket.getaddrinfo
        socket.getaddrinfo = self._resolved
        return self

    def __exit__(self, *reason: object) -> None:
        """Stop; nothing stays."""
        socket.getaddrinfo = self._real
        self._server.__exit__(None, None, None)
        self._folder.cleanup()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._server.port

    @property
    def env(self) -> dict[str, str]:
        """What lets a program trust the CA: variables of requests, OpenSSL, Node and curl."""
        names = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
        return dict.fromkeys(names, self.ca_bundle)

    def ssl_context(self) -> ssl.SSLContext:
        """Return a client's context that trusts the CA and nobody else."""
        return ssl.create_default_context(cafile=self.ca_bundle)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        both = Path(self._folder.name) / "server.pem"
        both.touch(mode=0o600)
        both.write_text(certificates.issue(sorted(self._names)))
        context.load_cert_chain(both)
        return context

    def _resolved(self, host: Any, port: Any, *more: Any, **given: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name.lower().rstrip(".") in self._names and port in (_HTTPS, str(_HTTPS), "https"):
            return self._real("127.0.0.1", self.port, *more, **given)
        return self._real(host, port, *more, **given)

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").partition(":")[0].lower()
        url = f"https://{host}{_target(environ)}"
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
        vendor = host if host in VENDORS else None
        try:
            reply = self._box.line.answer(Asked(environ["REQUEST_METHOD"], url, _headers(environ), body, None, vendor))
        except BrokenOff as short:
            raise ConnectionResetError(str(short)) from short  # the server ends the connection without a word
        start_response(f"{reply.status} {_reason(reply.status)}", reply.headers)
        return [reply.body]


def _headers(environ: dict[str, Any]) -> list[tuple[str, str]]:
    found = [(name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_")]
    return [*found, ("Content-Type", environ["CONTENT_TYPE"])] if environ.get("CONTENT_TYPE") else found


def _target(environ: dict[str, Any]) -> str:
    path, query = quote(_path(environ.get("PATH_INFO", "/")).encode("latin-1")), environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _path(path: str) -> str:
    """Return a path without scheme and host, which some clients send as they do to a proxy."""
    return path if path.startswith("/") else f"/{path.partition('://')[2].partition('/')[2]}"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Answer"
