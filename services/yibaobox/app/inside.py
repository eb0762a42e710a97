"""The way from this process to itself: a requests adapter on the WSGI application, without a socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import create_environ, run_wsgi_app

from yibaobox.edge import context
from yibaobox.edge.router import PREFIXES

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HOSTS: Final[Mapping[str, str]] = {"tax": "tax.yibaobox.internal", "gateways": "gateways.yibaobox.internal"}


class Inside(BaseAdapter):
    """Carries requests to the application of this process; what it raises, the caller gets."""

    def __init__(self, app: Wsgi) -> None:
        super().__init__()
        self._app = app
        self._built = HTTPAdapter()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request; time-outs mean nothing here."""
        reply, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        raw = HTTPResponse(
            body=io.BytesIO(b"".join(reply)),
            headers=list(headers.items()),  # type: ignore[arg-type]  # pairs, as its own dictionary takes them
            status=int(status.split(" ", 1)[0]),
            preload_content=False,
        )
        return self._built.build_response(request, raw)

    def close(self) -> None:
        """Have nothing to let go of."""


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
    environ[context.SERVICES] = frozenset(PREFIXES.values())
    return environ
