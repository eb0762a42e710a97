"""Work that gives way while it waits for PostgreSQL, so that one thread does several pieces of it in turns.

Threads would take the interpreter's lock from each other, which costs as much as a fifth of the work. A flow is a
greenlet of an event loop's thread: where it waits for a socket the loop goes on with others, and returns to it when the
socket has something. What would wait without giving way raises Occupied (`leave`): the transaction is taken back and
the work is done by a thread. No lock of this process may be held where a flow waits: the next one would wait for ever.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, Any, Final, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

from yibaobox.domain.store.tx import Occupied

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_ONCE: Final = select.EPOLLIN | select.EPOLLONESHOT if hasattr(select, "epoll") else 0


class Flow(greenlet):
    """A piece of work; made and run by the thread of an event loop."""

    def __init__(self, work: Callable[[], None], flows: Flows) -> None:
        super().__init__(work)
        self._flows = flows
        self.own: dict[object, Any] = {}  # what a thread would keep in a `threading.local`

    def wait(self, fileno: int, *, writing: bool) -> None:
        """Give way until a socket can be read, or written."""
        self._flows.watch(self, fileno, writing=writing)
        assert self.parent is not None, "the greenlet that the loop runs in"
        self.parent.switch()


class Flows:
    """The flows of one event loop, and the sockets that they wait for."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[int, Flow] = {}
        # A set of sockets that is a socket to the loop: to add one to the loop itself takes ten times as long.
        self._sockets = select.epoll() if _ONCE else None
        if self._sockets is not None:
            self._loop.add_reader(self._sockets.fileno(), self._go_on)

    async def run(self, work: Callable[[], T]) -> T:
        """Do a piece of work in a flow."""
        done: asyncio.Future[T] = self._loop.create_future()

        def run() -> None:
            try:
                result = work()
            except GreenletExit:
                raise  # the loop is gone
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)

        Flow(run, self).switch()
        return await done

    def close(self) -> None:
        """Let go of the loop."""
        if self._sockets is not None:
            self._loop.remove_reader(self._sockets.fileno())
            self._sockets.close()

    def watch(self, flow: Flow, fileno: int, *, writing: bool) -> None:
        """Go on with a flow when its socket can be read, or written."""
        if self._sockets is None:
            self._loop.add_reader(fileno, self._go_on_with, flow, fileno)
            if writing:
                self._loop.add_writer(fileno, self._go_on_with, flow, fileno)
            return
        self._waiting[fileno] = flow
        what = _ONCE | (select.EPOLLOUT if writing else 0)
        try:
            self._sockets.modify(fileno, what)
        except FileNotFoundError:  # it is new, or another one of this number
            self._sockets.register(fileno, what)

    def _go_on(self) -> None:
        assert self._sockets is not None, "it is what has been ready"
        for fileno, _ in self._sockets.poll(0):
            self._waiting.pop(fileno).switch()

    def _go_on_with(self, flow: Flow, fileno: int) -> None:
        self._loop.remove_reader(fileno)
        self._loop.remove_writer(fileno)
        flow.switch()


def current() -> Flow | None:
    """Return the flow that is under way, nothing in a thread."""
    found = getcurrent()
    return found if type(found) is Flow else None


def leave() -> None:
    """Raise Occupied in a flow: what follows waits without giving way."""
    if current() is not None:
        raise Occupied
