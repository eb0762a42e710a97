"""Run until idle: from one due time to the next, jobs and notifications alike, until nothing waits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain import jobs, outbox

if TYPE_CHECKING:
    from yibaobox.domain.jobs import Fired
    from yibaobox.domain.store import World
    from yibaobox.sandbox.installation import Installation

STEPS_MAX: Final = 1000  # due times; work that makes new work for ever must not keep a test for ever
_TURNS: Final = 300
_TURN_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Run:
    """What ran, and whether nothing waits any more."""

    fired: list[Fired]
    idle: bool


def run(installation: Installation, world: World) -> Run:
    """Move the clock of a world to each due time in turn and do what is due there; `idle` false after too many."""
    fired: list[Fired] = []
    for _ in range(STEPS_MAX):
        with world.read() as tx:
            job_us, event = jobs.next_due_us(tx), outbox.next_due(tx)
        dues = [due_us for due_us in (job_us, None if event is None else event.due_us) if due_us is not None]
        if not dues:
            return Run(fired, idle=True)
        due_us = min(dues)
        fired += installation.worlds.advance_to(world.name, due_us)
        if event is not None and event.due_us == due_us:
            _deliver(installation, world, event)
    return Run(fired, idle=False)


def _deliver(installation: Installation, world: World, event: outbox.Due) -> None:
    """Deliver what is due; what the ticker has taken meanwhile is waited for, or it would be sent a second time."""
    if installation.courier.deliver(world):
        return
    for _ in range(_TURNS):
        with world.read() as tx:
            if outbox.attempts_of(tx, event.event_id) != event.attempts:
                return
        time.sleep(_TURN_S)
