"""One commit for what is asked at the same time.

A commit costs as much as a tenth of the largest transaction. While several requests wait for the event loop, those of
one place are therefore answered one after another, what they wrote is committed once, and then all of them hear of it:
nobody is told of anything before it is kept. Where it cannot be kept, each is run again by itself. Those who come later
are not joined when the first has waited for some milliseconds.

The threads that read requests hardly get a word in while one is run, so those that have come are not seen yet when it
ends. As many as shared the last commit, if they were several, are therefore given a millisecond to show.
"""

import asyncio
from typing import Final, Protocol

_MEMBERS: Final = 4  # the first waits for the others, and a fifth would hardly be cheaper
_LONGEST_S: Final = 0.002  # after which the first waits for no other
_SEVERAL: Final = 3  # two gain less by it than they wait
_COMPANY_S: Final = 0.001  # for as many as last time
_PATIENCE_S: Final = 0.0003  # for a body that is on its way while others wait


class Gauge:
    """Counts of the event loop's thread: requests being received and run, bytes held."""

    def __init__(self) -> None:
        self.receiving = 0
        self.running = 0
        self.held = 0


class Reserved(Protocol):
    """What was claimed for a request, until it is released as often as it was claimed."""

    @property
    def pending(self) -> bool:
        """Tell whether something was written that waits for the last release."""

    def release(self) -> bool:
        """Let others have it, with the last claim; tell whether what was written meanwhile is kept."""


class Commits:
    """The requests that wait for one commit; used by the event loop's thread alone."""

    def __init__(
        self,
        gauge: Gauge,
        longest_s: float = _LONGEST_S,
        company_s: float = _COMPANY_S,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._gauge = gauge
        self._longest_s = longest_s
        self._company_s = company_s
        self._patience_s = patience_s
        self._place: Reserved | None = None
        self.waiting: list[asyncio.Future[bool]] = []
        self._company = 1  # of the last commit
        self._began_s = 0.0
        self._joined_s = 0.0

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
        self._joined_s = loop.time()
        if len(self.waiting) == 1:
            self._began_s = self._joined_s
            loop.call_soon(self._look, self.waiting, 0)
        elif len(self.waiting) >= _MEMBERS or self._joined_s - self._began_s >= self._longest_s:
            self._commit()
        elif len(self.waiting) == self._company:
            loop.call_soon(self._look, self.waiting, self._company - 1)
        return await mine

    def _look(self, waiting: list["asyncio.Future[bool]"], before: int) -> None:
        """Commit when nobody has joined lately, nobody is about to, and as many as last time have come."""
        if waiting is not self.waiting:
            return
        loop = asyncio.get_running_loop()
        if len(waiting) > before or (self._gauge.receiving and loop.time() - self._joined_s < self._patience_s):
            loop.call_soon(self._look, waiting, len(waiting))
        elif len(waiting) < self._company >= _SEVERAL and loop.time() - self._began_s < self._company_s:
            loop.call_at(self._began_s + self._company_s, self._look, waiting, len(waiting))
        else:
            self._commit()

    def _commit(self) -> None:
        if self._place is None:
            return
        place, waiting = self._place, self.waiting
        self._place, self.waiting, self._company = None, [], len(waiting)
        kept = False
        try:
            kept = place.release() and not place.pending
        finally:
            for each in waiting:
                if not each.done():
                    each.set_result(kept)
