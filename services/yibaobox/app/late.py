"""A service that is put together when somebody asks for it: who drives the settlement centre waits for no portal.

The modules of its routes are loaded then as well, once, some hundredths of a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import flask
    from werkzeug.routing import Map


class Late:
    """Stands for a service until it is asked; answers as it does ever after."""

    def __init__(self, make: Callable[[], flask.Flask]) -> None:
        self._make = make
        self._made: flask.Flask | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        return self.made(environ, start_response)

    @property
    def made(self) -> flask.Flask:
        """The service, put together by whoever comes first."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    @property
    def url_map(self) -> Map:
        """The addresses of the service, for whoever looks for one that was meant."""
        return self.made.url_map

    @property
    def extensions(self) -> dict[str, Any]:
        """What the service keeps for others to find."""
        return self.made.extensions
