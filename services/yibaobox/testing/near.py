"""The sandbox in this process: one application, a world in memory for each box, no port."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from werkzeug.test import run_wsgi_app

from yibaobox.app import Application, Settings, create_app
from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import WorldSpec
from yibaobox.edge import context, faulting
from yibaobox.testing import receiving
from yibaobox.testing.box import Wanted
from yibaobox.testing.control import Refused
from yibaobox.testing.hosts import DOMAIN
from yibaobox.testing.wire import Answered, Asked, BrokenOff, environ_of

_VENDORS: Final = frozenset({"gateways"})
_guard = threading.Lock()
_applications: dict[int, Application] = {}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def application() -> Application:
    """Return the application of this process, made when it is first asked for; a forked child makes its own."""
    with _guard:
        made = _applications.get(os.getpid())
        if made is None:
            made = create_app(Settings(ticker=False))
            made.installation.courier.threads = False
            _applications[os.getpid()] = made
        return made


def is_ours(app: Application) -> bool:
    """Tell whether an application is the one that boxes share; it outlives each of them."""
    return app in _applications.values()


@atexit.register
def close() -> None:
    """Let the application of this process go; the next box gets a new one."""
    with _guard:
        made = _applications.pop(os.getpid(), None)
    if made is not None:
        made.close()


class Near:
    """A world of its own in the application of this process."""

    def __init__(self, wanted: Wanted) -> None:
        self._app = application()
        self.world = self._created(wanted)
        self.url = f"http://{self.world}.{DOMAIN}"
        self.origin = self.url
        self._mounted: list[str] = []

    def answer(self, asked: Asked) -> Answered:
        """Carry a request into the application."""
        environ = environ_of(asked)
        environ[context.WAIT] = patience(asked.patience_ms)
        environ[context.HOME] = self.world
        if asked.known_as is not None:
            environ[context.SERVICES] = _VENDORS
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        told = b"".join(body)
        if asked.method != "HEAD" and len(told) < (headers.get("Content-Length", type=int) or 0):
            raise BrokenOff(f"{len(told)} bytes of {headers['Content-Length']}")
        return Answered(int(status[:3]), headers.to_wsgi_list(), told)

    def deliver(self) -> None:
        """Run due jobs and deliveries: there is no ticker."""
        self._app.pump(self._app.worlds.get(self.world))

    def mount(self, origin: str, app: Wsgi) -> None:
        """Let call-backs to an origin go to a WSGI application, in the thread that causes them."""
        courier, host = self._app.installation.courier, urlsplit(origin).netloc.lower()
        courier.session.mount(origin, receiving.Receiver(app))
        courier.receivers = replace(courier.receivers, allowed=courier.receivers.allowed | {host})
        self._mounted.append(origin)

    def close(self) -> None:
        """Remove the world, with everything that was hung up for it."""
        courier = self._app.installation.courier
        for origin in self._mounted:
            courier.session.adapters.pop(origin, None)
            allowed = courier.receivers.allowed - {urlsplit(origin).netloc.lower()}
            courier.receivers = replace(courier.receivers, allowed=allowed)
        self._app.router.journal.flush()
        self._app.worlds.delete(self.world)
        self._app.installation.watch.forget(self.world)

    def put_clock(self, mode: str, at: str | None) -> None:
        """Set the clock, past HTTP: tests do it all the time."""
        with _refusing(), self._app.worlds.get(self.world).write() as tx:
            clock.put(tx, mode, None if at is None else clock.to_us(clock.parse_instant(at)))

    def _created(self, wanted: Wanted) -> str:
        with _refusing():
            at = None if wanted.at is None else clock.parse_instant(wanted.at).isoformat()
            spec = WorldSpec(wanted.seed, (), wanted.population, at)
            return self._app.worlds.create(None, spec, regions=wanted.regions()).name


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Tell a refusal as the control routes would."""
    try:
        yield
    except Refusal as refusal:
        raise Refused(refusal.status, {"code": refusal.code, "detail": refusal.message}) from refusal


def patience(limit_ms: int | None) -> Callable[[int], None]:
    """Return what stands for waiting: nothing passes, but a client that would not wait so long is told so at once."""

    def wait(ms: int) -> None:
        if limit_ms is not None and ms >= limit_ms:
            raise faulting.TimedOut(f"no reply within {limit_ms} ms")

    return wait
