"""Work that gives way while it waits for PostgreSQL, so that one thread does several pieces of it in turns.

Threads would take the interpreter's lock from each other, which costs as much as a fifth of the work. A flow is a
greenlet of an event loop's thread: where it waits for a socket the loop goes on with others, and returns to it when the
socket has something. What would wait without giving way raises Occupied (`leave`): the transaction is taken back and
the work is done by a thread. No lock of this process may be held where a flow waits: the next one would wait for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from greenlet import getcurrent, greenlet

from yibaobox.domain.store.tx import Occupied

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Flow(greenlet):
    """A piece of work; made and run by the thread of an event loop."""

    def __init__(self, work: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(work)
        self._loop = loop
        self.own: dict[object, Any] = {}  # what a thread would keep in a `threading.local`

    def wait(self, fileno: int, *, writing: bool) -> None:
        """Give way until a socket can be read, or written."""
        self._loop.add_reader(fileno, self._go_on, fileno, writing)
        if writing:
            self._loop.add_writer(fileno, self._go_on, fileno, writing)
        assert self.parent is not None, "the greenlet that the loop runs in"
        self.parent.switch()

    def _go_on(self, fileno: int, writing: bool) -> None:  # noqa: FBT001 - a call-back
        self._loop.remove_reader(fileno)
        if writing:
            self._loop.remove_writer(fileno)
        self.switch()


def current() -> Flow | None:
    """Return the flow that is under way, nothing in a thread."""
    found = getcurrent()
    return found if type(found) is Flow else None


def leave() -> None:
    """Raise Occupied in a flow: what follows waits without giving way."""
    if current() is not None:
        raise Occupied


async def flowing(work: Callable[[], T]) -> T:
    """Do a piece of work in a flow."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - it is the caller's
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(result)

    Flow(run, loop).switch()
    return await done
