"""One serving process: its listeners, its threads, and how it ends."""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from yibaobox.server import sockets
from yibaobox.server.adapter import Adapter, Gauge
from yibaobox.server.config import ServerConfig, Wsgi

_CONNECTIONS: Final = 8192
_YOUNG: Final = 10_000  # objects before a look for rubbish: a request makes thousands, which go by themselves
# A request lets go of the interpreter's lock at each statement, and waits for it so long each time while the journal or
# an audit is at work; the default is 5 ms.
_SWITCH_S: Final = 0.0005
_HEADER_TIMEOUT_MS: Final = 30_000
_GRACEFUL_S: Final = 1.5
_TICK_S: Final = 0.02
_M_ARENA_MAX: Final = -8
_FLUSH_S: Final = 0.1
_MARGIN_S: Final = 0.7


class _Listening(Server):
    """granian on a socket that is bound already, so that workers share one queue of connections."""

    def __init__(self, target: Adapter, sock: socket.socket, certificate: Path | None) -> None:
        host, port = sock.getsockname()[:2]
        super().__init__(
            target,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=sockets.BACKLOG,
            backpressure=_CONNECTIONS,
            log_enabled=False,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_TIMEOUT_MS),
            ssl_cert=certificate,
            ssl_key=certificate,
        )
        self._given = sock

    def _init_shared_socket(self) -> None:
        self._shd = sockets.holder(self._given)  # type: ignore[assignment]


def run(config: ServerConfig, bound: Sequence[socket.socket], ready: Callable[[], None]) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then drain and end the process; what fails before that is raised."""
    raise_limits()
    _few_arenas()
    app = _load(config)
    sys.setswitchinterval(_SWITCH_S)
    pool = ThreadPoolExecutor(config.threads, thread_name_prefix="request")
    guard = threading.Timer(config.drain_s + _MARGIN_S, _exit)  # whatever hangs, the process goes
    guard.daemon = True
    try:
        with _certificate(app, config) as certificate:
            adapter = Adapter(app, config, pool)
            asyncio.run(_serve(_Serving(config, adapter, certificate), bound, ready, guard.start))
    finally:
        _close(app)
    # A stuck request or a connection that dribbles would be waited for by the interpreter; and a thread of granian's
    # that wants it at its end would be killed, which aborts the process (PyO3, Python before 3.14).
    _exit()


@dataclass(frozen=True, slots=True)
class _Serving:
    """What is served, and the file of the certificate that listeners behind TLS show."""

    config: ServerConfig
    adapter: Adapter
    certificate: Path | None


async def _serve(
    serving: _Serving,
    bound: Sequence[socket.socket],
    ready: Callable[[], None],
    ending: Callable[[], None],
) -> None:
    """Serve until told to stop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config, adapter = serving.config, serving.adapter
    servers = [
        _Listening(adapter.answering(listener.services), sock, serving.certificate if listener.tls else None)
        for sock, listener in zip(bound, config.listeners, strict=True)
    ]
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    await asyncio.sleep(0)
    ready()
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((stopped, *tasks), return_when=asyncio.FIRST_COMPLETED)
    ending()
    sockets.close(bound)
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    await _drain(config, adapter.gauge, tasks)


async def _drain(config: ServerConfig, gauge: Gauge, tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Let what is running finish. Connections that only dribble are not waited for."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    _, pending = await asyncio.wait(tasks, timeout=_GRACEFUL_S)
    while gauge.running and loop.time() - began < config.drain_s:  # noqa: ASYNC110 - counted in one place only
        await asyncio.sleep(_TICK_S)
    if pending:
        await asyncio.sleep(_FLUSH_S)  # the last replies are on their way through granian


def raise_limits() -> None:
    """Allow as many open files as the system lets us: a thousand idle connections are a thousand descriptors."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _give_back() -> None:
    """Return to the system what starting needed for a moment."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _few_arenas() -> None:
    """Let the threads share two heaps: with one each, as glibc has it, what a thread frees stays with it."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


@contextlib.contextmanager
def _certificate(app: Wsgi, config: ServerConfig) -> Iterator[Path | None]:
    """Give the file of the application's key and certificate, where a listener needs one; nobody else can read it."""
    if not any(listener.tls for listener in config.listeners):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="yibaobox-tls-") as folder:
        file = Path(folder) / "server.pem"
        file.touch(mode=0o600)
        file.write_text(app.certificate(), encoding="ascii")  # type: ignore[attr-defined]
        yield file


def _load(config: ServerConfig) -> Wsgi:
    module, _, name = config.factory.partition(":")
    gc.disable()  # hardly anything that is made now is rubbish: it is looked through once, and never again
    app: Wsgi = getattr(import_module(module), name)(config.settings)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    gc.enable()
    _give_back()
    return app


def _close(app: Wsgi) -> None:
    close = getattr(app, "close", None)
    if close is not None:
        close()


def _exit() -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
