"""One commit for what is asked at the same time.

A commit costs as much as a tenth of the largest transaction. While several requests wait for the event loop, those of
one place are therefore answered one after another, what they wrote is committed once, and then all of them hear of it:
nobody is told of anything before it is kept. Where it cannot be kept, each is run again by itself. Those who come later
are not joined when the first has waited for some milliseconds. Nobody is waited for that has not come.
"""

import asyncio
from typing import Final, Protocol

_MEMBERS: Final = 4  # the first waits for the others, and a fifth would hardly be cheaper
_LONGEST_S: Final = 0.002  # after which the first waits for no other


class Reserved(Protocol):
    """What was claimed for a request, until it is released as often as it was claimed."""

    @property
    def pending(self) -> bool:
        """Tell whether something was written that waits for the last release."""

    def release(self) -> bool:
        """Let others have it, with the last claim; tell whether what was written meanwhile is kept."""


class Commits:
    """The requests that wait for one commit; used by the event loop's thread alone."""

    def __init__(self, longest_s: float = _LONGEST_S) -> None:
        self._longest_s = longest_s
        self._place: Reserved | None = None
        self.waiting: list[asyncio.Future[bool]] = []
        self._began_s = 0.0

    def turn_to(self, place: Reserved) -> None:
        """Commit what waits for it, unless it is in this place that the next request is run."""
        if self._place is not place:
            self._commit()

    async def kept(self, place: Reserved) -> bool:
        """Wait until what was run in a place that was claimed for it is committed; tell whether it is."""
        if not place.pending:
            return place.release()
        if self._place is None:
            self._place = place  # and its claim
        else:
            place.release()
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[bool] = loop.create_future()
        self.waiting.append(mine)
        if len(self.waiting) == 1:
            self._began_s = loop.time()
            loop.call_soon(self._look, self.waiting, 0)
        elif len(self.waiting) >= _MEMBERS or loop.time() - self._began_s >= self._longest_s:
            self._commit()
        return await mine

    def _look(self, waiting: list["asyncio.Future[bool]"], before: int) -> None:
        """Commit when nobody has joined since the last look."""
        if waiting is not self.waiting:
            return
        if len(waiting) > before:
            asyncio.get_running_loop().call_soon(self._look, waiting, len(waiting))
        else:
            self._commit()

    def _commit(self) -> None:
        if self._place is None:
            return
        place, waiting = self._place, self.waiting
        self._place, self.waiting = None, []
        kept = False
        try:
            kept = place.release() and not place.pending
        finally:
            for each in waiting:
                if not each.done():
                    each.set_result(kept)
