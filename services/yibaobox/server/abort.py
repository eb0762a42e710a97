"""Tear a client's connection down, as a network does: the server library has no such word."""

import ctypes
import os
import socket
import sys
from pathlib import Path
from typing import Final

_DESCRIPTORS: Final = Path("/dev/fd")
_UNSPECIFIED: Final = (socket.AF_UNSPEC).to_bytes(2, sys.byteorder) + bytes(14)


def abort(host: str, port: int, *, gently: bool = False) -> bool:
    """Reset the connection whose peer is this address; tell whether it was found among this process's sockets.

    Gently it is closed in both directions, so that what was sent before still arrives.
    """
    for name in [path.name for path in _DESCRIPTORS.iterdir()]:
        try:
            twin = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        with twin:
            if _peer(twin) == (host, port):
                _reset(twin, gently=gently)
                return True
    return False


def _peer(twin: socket.socket) -> tuple[str, int] | None:
    try:
        return twin.getpeername()[:2] if twin.family in (socket.AF_INET, socket.AF_INET6) else None
    except OSError:
        return None


def _reset(twin: socket.socket, *, gently: bool) -> None:
    """Dissolve the association, which sends RST on Linux; elsewhere close both directions, which sends FIN."""
    if sys.platform == "linux" and not gently:
        ctypes.CDLL(None, use_errno=True).connect(twin.fileno(), _UNSPECIFIED, len(_UNSPECIFIED))
    else:
        twin.shutdown(socket.SHUT_RDWR)
