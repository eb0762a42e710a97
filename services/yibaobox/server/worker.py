"""A worker process: `python -m yibaobox.server.worker`, started by the supervisor and by nobody else."""

import contextlib
import ctypes
import os
import pickle
import signal
import socket
import sys
import threading
from typing import Final

from yibaobox.server import process

_PR_SET_PDEATHSIG: Final = 1


def main() -> int:
    """Read the orders from standard input and serve."""
    size = int.from_bytes(sys.stdin.buffer.read(8), "big")
    # The parent wrote this into a pipe that only the two of us have.
    config, fds, told, parent = pickle.loads(sys.stdin.buffer.read(size))  # noqa: S301
    _die_with(parent)
    bound = [socket.socket(fileno=fd) for fd in fds]

    def ready() -> None:
        os.write(told, b"+")
        os.close(told)

    return process.run(config, bound, ready)


def _die_with(parent: int) -> None:
    """Leave when the parent leaves, however it does: the kernel's signal on Linux, the end of the pipe everywhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    # End of file: the parent is gone (or has asked us to go and given up waiting).
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
