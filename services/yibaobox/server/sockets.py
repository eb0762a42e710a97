"""Listening sockets: bound by the main process, handed to its workers."""

import errno
import os
import socket
import sys
from collections.abc import Sequence
from typing import Final

from granian._granian import SocketHolder

from yibaobox.server.config import Address, Listener

BACKLOG: Final = 2048
_TCP: Final = False  # granian asks whether it is a UNIX socket


class CannotListen(Exception):
    """The address is taken or not ours."""


def bind(host: str, listeners: Sequence[Listener]) -> list[socket.socket]:
    """Bind and listen on all addresses or on none.

    SO_REUSEPORT is left out on purpose: with it a second sandbox on the same port would start without a word and take
    half of the requests. `spread` sets it when the port is ours.
    """
    made: list[socket.socket] = []
    try:
        for listener in listeners:
            made.append(_listen(host, listener.port))  # noqa: PERF401 - what is made so far is closed on failure
    except BaseException:
        close(made)
        raise
    return made


def spread(bound: Sequence[socket.socket], workers: int) -> list[list[socket.socket]]:
    """Return each worker's sockets: on Linux with a queue of its own, so that the kernel spreads connections over them.

    From one queue the worker that wakes first takes all connections of a pool, and keeps them. Elsewhere it is shared.
    """
    return [list(bound), *([_beside(sock) for sock in bound] for _ in range(1, workers))]


def addresses(sockets: Sequence[socket.socket], listeners: Sequence[Listener]) -> list[Address]:
    """Return where the sockets really stand, with the services of their listeners."""
    return [
        Address(str(sock.getsockname()[0]), int(sock.getsockname()[1]), listener.services, listener.tls)
        for sock, listener in zip(sockets, listeners, strict=True)
    ]


def holder(sock: socket.socket) -> SocketHolder:
    """Hand a copy of a socket to granian, which closes it when it stops."""
    fd = os.dup(sock.fileno())
    if sys.platform.startswith(("linux", "freebsd")):
        return SocketHolder(fd, _TCP, BACKLOG)  # type: ignore[call-arg]
    return SocketHolder(fd, _TCP)  # type: ignore[call-arg]


def close(sockets: Sequence[socket.socket]) -> None:
    """Stop listening."""
    for sock in sockets:
        sock.close()


def _beside(sock: socket.socket) -> socket.socket:
    """Return another socket that listens where one does, or the same where the system has no such thing."""
    if sys.platform != "linux":
        return sock
    made = socket.socket(sock.family, sock.type, sock.proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(sock.getsockname())
        made.listen(BACKLOG)
    except OSError:
        made.close()
        return sock
    return made


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(f"无法监听 {host}：{error.strerror}") from error
    family, kind, proto, _, where = found[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        why = "端口已被占用" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotListen(f"无法监听 {host}:{port}：{why}") from error
    return sock
