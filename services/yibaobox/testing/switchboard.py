"""Which boxes are open, and which of them answers a request; client libraries ask here while any is open."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from yibaobox.testing import hosts
from yibaobox.testing.wire import Answered, Asked, Line


class Switchboard:
    """Open lines, newest last. Any number of threads may have boxes of their own."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open: list[tuple[int, Line]] = []
        self._undo: list[Callable[[], None]] = []

    @contextmanager
    def connected(self, line: Line) -> Iterator[None]:
        """Answer for a line while the block runs."""
        entry = (threading.get_ident(), line)
        with self._lock:
            if not self._open:
                self._install()
            self._open.append(entry)
        try:
            yield
        finally:
            with self._lock:
                self._open.remove(entry)
                if not self._open:
                    self._uninstall()

    def takes(self, url: str) -> bool:
        """Tell whether a request to this address is not to leave the test."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if host in hosts.VENDORS or host == hosts.DOMAIN or host.endswith(f".{hosts.DOMAIN}") or hosts.is_known(host):
            return True
        return parts.netloc in hosts.USUAL and urlsplit(self._line(host).origin).netloc != parts.netloc

    def answer(self, asked: Asked) -> Answered:
        """Answer a request that `takes` took."""
        return self.answerer(asked)()

    def answerer(self, asked: Asked) -> Callable[[], Answered]:
        """Return what answers a request, chosen in the thread of its caller; NotEmulated when nobody can."""
        host = (urlsplit(asked.url).hostname or "").lower()
        if host in hosts.VENDORS:
            asked = replace(asked, known_as=host)
        elif hosts.is_known(host):
            raise hosts.NotEmulated(host)
        line = self._line(host)
        return lambda: line.answer(asked)

    def _line(self, host: str) -> Line:
        """Return the line that a host names, else the newest of this thread, else the newest."""
        with self._lock:
            assert self._open, "asked only while a box is open"
            named = [line for _, line in self._open if host == f"{line.world}.{hosts.DOMAIN}"]
            own = [line for thread, line in self._open if thread == threading.get_ident()]
            return (named or own or [self._open[-1][1]])[-1]

    def _install(self) -> None:
        from yibaobox.testing import by_requests  # noqa: PLC0415 - it asks here

        self._undo = [by_requests.install(self)]
        if importlib.util.find_spec("httpx") is not None:
            from yibaobox.testing import by_httpx  # noqa: PLC0415 - httpx may be missing

            self._undo.append(by_httpx.install(self))

    def _uninstall(self) -> None:
        while self._undo:
            self._undo.pop()()


SWITCHBOARD: Final = Switchboard()
