"""A sandbox at port 80 of a loopback address, for a client that dials no other."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest


class _Forwarder(socketserver.ThreadingTCPServer):
    """Hands every connection on to another port."""

    daemon_threads = True
    allow_reuse_address = True
    target = ("127.0.0.1", 0)


class _Handler(socketserver.BaseRequestHandler):
    server: _Forwarder

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as there:
            back = threading.Thread(target=_pump, args=(there, self.request), daemon=True)
            back.start()
            _pump(self.request, there)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def forwarded(url: str, *, privileged: bool) -> Iterator[str]:
    """Lend an address of the sandbox at `url`: the same, or one on port 80 for which the test is skipped if need be."""
    if not privileged:
        yield url
        return
    pid = os.getpid()
    host = f"127.80.{pid >> 8 & 255}.{pid & 255}"  # one for each process
    try:
        server = _Forwarder((host, 80), _Handler)
    except OSError as reason:
        pytest.skip(f"{host}:80 cannot be bound, and this SDK dials no other port: {reason}")
    server.target = ("127.0.0.1", urlsplit(url).port or 80)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://{host}{urlsplit(url).path}"
    finally:
        server.shutdown()
        server.server_close()
