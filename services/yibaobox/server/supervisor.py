"""Several worker processes on the same addresses, kept alive by one small parent.

A worker is a fresh interpreter (`python -m yibaobox.server.worker`): nothing is inherited but the listening sockets and
two pipes. The first carries the orders; its end of file tells a worker that the parent is gone, however it died. The
second tells the parent that the worker is ready.
"""

import contextlib
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import IO, Final

from yibaobox.domain import clock
from yibaobox.server import sockets
from yibaobox.server.config import ServerConfig

_START_S: Final = 60.0
_POLL_S: Final = 0.1
_BACKOFF_S: Final = (0.0, 0.2, 0.5, 1.0, 2.0)
_YOUNG_S: Final = 5.0
_END_S: Final = 4.8


class WorkerFailed(Exception):
    """A worker ended before it was ever ready."""


@dataclass
class Worker:
    """A child process, and the pipe whose closing tells it to go."""

    process: "subprocess.Popen[bytes]"
    ready: int
    born: float
    failures: int = 0
    due: float = 0.0


class Supervisor:
    """Starts the workers, replaces those that die, ends them all."""

    def __init__(self, config: ServerConfig, bound: Sequence[socket.socket], ready: Callable[[], None]) -> None:
        self._config = replace(config, on_ready=None)
        # They stay open here, so that whoever connects while a worker is replaced waits for the next one.
        self._bound = sockets.spread(bound, config.workers)
        self._ready = ready
        self._workers: list[Worker] = []
        self._stopping = False

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            self._workers = [self._spawn(bound) for bound in self._bound]
            self._await_all()
            if not self._stopping:
                self._ready()
            while not self._stopping:
                self._tend()
                time.sleep(_POLL_S)
        except WorkerFailed as failure:
            print(failure, file=sys.stderr)  # noqa: T201 - the command's own words
            return 1
        finally:
            self._end()
        return 0

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _spawn(self, bound: Sequence[socket.socket]) -> Worker:
        ready, told = os.pipe()
        fds = [sock.fileno() for sock in bound]
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "yibaobox.server.worker"],
                stdin=subprocess.PIPE,
                pass_fds=(*fds, told),
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        finally:
            os.close(told)
        assert process.stdin is not None
        _write(process.stdin, pickle.dumps((self._config, fds, told, os.getpid())))
        return Worker(process, ready, _seconds())

    def _await_all(self) -> None:
        """Wait until every worker says that it is ready."""
        for worker in self._workers:
            if not self._is_ready(worker):
                if self._stopping:
                    return
                raise WorkerFailed("工作进程未能启动，原因见上")

    def _is_ready(self, worker: Worker) -> bool:
        deadline = _seconds() + _START_S
        while _seconds() < deadline and not self._stopping:
            readable, _, _ = select.select([worker.ready], [], [], _POLL_S)
            if readable:
                return os.read(worker.ready, 1) == b"+"
        return False

    def _tend(self) -> None:
        """Replace workers that have died: at once, but slower when they die young again and again."""
        now = _seconds()
        for index, worker in enumerate(self._workers):
            if worker.process.poll() is None:
                continue
            if not worker.due:
                failures = worker.failures + 1 if now - worker.born < _YOUNG_S else 0
                worker.failures, worker.due = failures, now + _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
                print(f"工作进程 {worker.process.pid} 意外退出，正在重启", file=sys.stderr)  # noqa: T201
            if now >= worker.due:
                _forget(worker)
                self._workers[index] = self._spawn(self._bound[index])
                self._workers[index].failures = worker.failures

    def _end(self) -> None:
        """Ask the workers to drain, and kill what is still there after the time allowed."""
        for bound in self._bound:
            sockets.close(bound)
        deadline = _seconds() + _END_S
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                worker.process.terminate()
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(0.0, deadline - _seconds()))
        for worker in self._workers:
            worker.process.kill()
            worker.process.wait()
            _forget(worker)


def _seconds() -> float:
    return clock.elapsed_us() / 1_000_000


def _write(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.write(len(data).to_bytes(8, "big") + data)
        pipe.flush()


def _forget(worker: Worker) -> None:
    os.close(worker.ready)
    with contextlib.suppress(OSError):
        assert worker.process.stdin is not None
        worker.process.stdin.close()
