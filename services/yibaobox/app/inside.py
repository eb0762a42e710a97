"""The way from this process to itself: a requests adapter on the WSGI application, without a socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from werkzeug.test import create_environ, run_wsgi_app

from yibaobox.edge import context
from yibaobox.edge.faulting import Dropped
from yibaobox.edge.router import PREFIXES

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HOSTS: Final[Mapping[str, str]] = {"tax": "tax.yibaobox.internal", "gateways": "gateways.yibaobox.internal"}


class Inside(BaseAdapter):
    """Carries requests to the application of this process; a fault that breaks the connection breaks the caller's."""

    def __init__(self, app: Wsgi) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request; time-outs mean nothing here."""
        try:
            reply, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        except Dropped as dropped:
            raise requests.ConnectionError(str(dropped), request=request) from dropped
        told = requests.Response()
        told.status_code, told.reason = int(status.split(" ", 1)[0]), status.split(" ", 1)[1]
        told.headers = CaseInsensitiveDict(headers.items())
        told.raw = _Raw(b"".join(reply))
        told.url, told.request, told.encoding = str(request.url), request, "utf-8"
        return told

    def close(self) -> None:
        """Have nothing to let go of."""


class _Raw(io.BytesIO):
    """A body as urllib3 hands it over: nothing is compressed on this way."""

    def read(self, size: int | None = -1, *, decode_content: bool = False) -> bytes:  # noqa: ARG002 - urllib3's name
        """Read some of it."""
        return super().read(size)


def address(service: str) -> str:
    """Return the base URL at which a service of this process is reached."""
    return f"http://{HOSTS[service]}"


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(str(request.url))
    body = request.body or b""
    environ: dict[str, Any] = create_environ(
        path=parts.path,
        base_url=f"{parts.scheme}://{parts.netloc}",
        query_string=parts.query,
        method=str(request.method),
        headers=dict(request.headers),
        data=body if isinstance(body, bytes) else str(body).encode(),
    )
    environ["RAW_URI"] = environ["REQUEST_URI"] = request.path_url
    # A process that serves some services only may still be asked for the others by itself.
    environ[context.INSIDE] = True
    environ[context.SERVICES] = frozenset(PREFIXES.values())
    return environ
