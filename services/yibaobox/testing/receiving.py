"""Call-backs into an application of the user's, in the thread that causes them."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from werkzeug.test import run_wsgi_app

from yibaobox.testing.wire import Asked, environ_of

_log: Final = logging.getLogger("yibaobox")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Receiver(BaseAdapter):
    """Carries requests to a WSGI application; one that breaks answers 500, as it would outside."""

    def __init__(self, app: Wsgi) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request."""
        body = request.body or b""
        data = body if isinstance(body, bytes) else str(body).encode()
        asked = Asked(str(request.method), str(request.url), list(request.headers.items()), data)
        told = requests.Response()
        told.url, told.request = str(request.url), request
        try:
            reply, status, headers = run_wsgi_app(self._app, environ_of(asked), buffered=True)
        except Exception:  # noqa: BLE001 - a receiver that breaks is told by its log and its status
            _log.exception("the receiver of a call-back broke: %s %s", request.method, request.url)
            told.status_code, told.raw = 500, _Raw()
            return told
        told.status_code, told.headers = int(status[:3]), CaseInsensitiveDict(headers.items())
        told.raw = _Raw(b"".join(reply))
        return told

    def close(self) -> None:
        """Have nothing to let go of."""


class _Raw(io.BytesIO):
    """A body as urllib3 hands it over: nothing is compressed on this way."""

    def read(self, size: int | None = -1, *, decode_content: bool = False) -> bytes:  # noqa: ARG002 - urllib3's name
        """Read some of it."""
        return super().read(size)
