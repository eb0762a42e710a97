"""The ticker: what happens by itself. Due jobs run, events go out, books are watched.

A thread for each, so that a receiver that keeps us waiting delays no job. Any number of processes may tick on one
database: jobs and events are claimed. Without threads (in process) `pump` does the same before a request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from yibaobox.domain import clock, jobs
from yibaobox.domain.errors import WorldNotFound
from yibaobox.domain.store import Conflict, OutcomeUnknown, PlaceGone
from yibaobox.edge import logs

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx, World
    from yibaobox.sandbox.installation import Installation

INTERVAL_S: Final = 0.2
_WATCH_S: Final = 1.0  # nobody waits for it, and an audit is due twice a minute at the most
_REST: Final = 4  # after a round the ticker rests at least four times as long as the round took
_MICRO: Final = 1_000_000
_log: Final = logs.logger()


class Ticker:
    """Background work of one process."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(step, every_s), name=name, daemon=True)
            for name, step, every_s in (
                ("jobs", self._jobs, INTERVAL_S),
                ("courier", self._deliveries, INTERVAL_S),
                ("watch", self._watch, _WATCH_S),
            )
        ]

    def start(self) -> None:
        """Begin to tick."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop ticking; a delivery under way is not waited for longer than it may last."""
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(INTERVAL_S * 10)

    def pump(self, world: World) -> None:
        """Run what is due in one world, now, in this thread."""
        self._jobs(world)
        self._deliveries(world)

    def _run(self, step: Callable[[World], object], every_s: float) -> None:
        rest_s = every_s
        while not self._stop.wait(rest_s):
            began_us = clock.elapsed_us()
            self._round(step)
            rest_s = max(every_s, _REST * (clock.elapsed_us() - began_us) / _MICRO)

    def _round(self, step: Callable[[World], object]) -> None:
        worlds = self._installation.worlds
        try:
            names = worlds.names()
        except Exception as error:  # noqa: BLE001 - the database may be away for a while; the next round tries again
            _log.warning("ticker", **logs.frames(error))
            return
        for name in names:
            if self._stop.is_set():
                return
            try:
                step(worlds.get(name))
            except PlaceGone:
                worlds.forget(name)
            except (WorldNotFound, Conflict, OutcomeUnknown):
                continue  # removed meanwhile, or in the way of somebody: the next round sees
            except Exception as error:  # noqa: BLE001 - one world's trouble is not the others'
                _log.error("ticker", world=name, **logs.frames(error))

    def _jobs(self, world: World) -> None:
        if self._installation.watch.is_broken(world):
            return
        with world.read() as tx:
            due = _due(tx)
        if due:
            self._installation.worlds.run_due(world.name)

    def _deliveries(self, world: World) -> None:
        self._installation.courier.deliver(world)

    def _watch(self, world: World) -> None:
        try:
            world.store.rest()
        finally:
            self._installation.watch.patrol(world)


def _due(tx: Tx) -> bool:
    due_us = jobs.next_due_us(tx)  # asked before the time, which comes along with it
    return due_us is not None and due_us <= tx.now_us
