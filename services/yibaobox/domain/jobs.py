"""Delayed work: rows with a due time on the sandbox clock, one transaction a job.

Any process may run what is due; a row is claimed by the lock of its transaction, so a job runs once. A handler that
raises leaves no trace but its error, and the job is tried again on a growing delay of sandbox time, at most ten
times. `advance` holds the clock's lease, moves the hands from due time to due time and runs the jobs itself; tickers
pause meanwhile. The lease is a wall time a few seconds ahead, so that a process that dies with it blocks nobody for
long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from yibaobox.domain import clock
from yibaobox.domain.errors import InProgress, Refusal
from yibaobox.domain.store.tx import Conflict

if TYPE_CHECKING:
    from datetime import datetime

    from yibaobox.domain.store import Tx

ATTEMPTS_MAX: Final = 10
_RETRY_US: Final = 60_000_000
_LEASE_US: Final = 10_000_000
_PATIENCE_US: Final = 30_000_000
_TURN_US: Final = 20_000
_TRIES: Final = 5

T = TypeVar("T")
Handler = Callable[["Tx", Mapping[str, Any]], object]
Handlers = Mapping[str, Handler]


class Place(Protocol):
    """What the jobs need of a world."""

    def write(self) -> AbstractContextManager[Tx]:
        """Open one writing transaction."""

    def read(self) -> AbstractContextManager[Tx]:
        """Open one reading transaction."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A job that was run, as `advance` reports it."""

    job_id: int
    kind: str
    due_us: int
    outcome: str

    def shown(self) -> dict[str, object]:
        """Return the job as the control API shows it."""
        return {"id": self.job_id, "kind": self.kind, "due_at": clock.rfc3339(self.due_us), "outcome": self.outcome}


def enqueue(
    tx: Tx, kind: str, payload: Mapping[str, object], *, due_us: int | None = None, key: str | None = None
) -> int:
    """Put a job on the list in this transaction, due now unless said otherwise, and return its number.

    A key names work that must be on the list once: with a key already there the number of that job is returned.
    """
    job_id = tx.next_number("job")
    made = tx.run(
        "INSERT INTO jobs (job_id, kind, key, payload, state, due_us, attempts, error, created_us, finished_us)"
        " VALUES (?, ?, ?, ?, 'pending', ?, 0, NULL, ?, NULL) ON CONFLICT (key) DO NOTHING",
        job_id,
        kind,
        key,
        json.dumps(payload, ensure_ascii=False, sort_keys=True),
        tx.now_us if due_us is None else due_us,
        tx.now_us,
    )
    if made:
        return job_id
    row = tx.one("SELECT job_id FROM jobs WHERE key = ?", key)
    assert row is not None, "only a key can stand in the way"
    return int(row[0])


def cancel(tx: Tx, job_id: int) -> bool:
    """Take a pending job off the list; tell whether it was still there."""
    sql = "UPDATE jobs SET state = 'cancelled', finished_us = ? WHERE job_id = ? AND state = 'pending'"
    return tx.run(sql, tx.now_us, job_id) == 1


def run_due(world: Place, handlers: Handlers, *, limit: int = 1000) -> list[Fired]:
    """Run what is due at the world's present instant, unless somebody is moving its clock."""
    fired: list[Fired] = []
    while len(fired) < limit:
        job = _again(lambda left: _due_one(world, handlers, again=left > 0))
        if job is None:
            break
        fired.append(job)
    return fired


def advance(world: Place, handlers: Handlers, by: str) -> tuple[datetime, list[Fired]]:
    """Move the world's clock forward by an ISO 8601 duration, running each job at its own due time."""
    return _walk(world, handlers, lambda start_us: clock.to_us(clock.later(clock.from_us(start_us), by)))


def advance_to(world: Place, handlers: Handlers, target_us: int) -> list[Fired]:
    """Run what is due up to an instant; the hands move only when it lies ahead."""
    with world.read() as tx:
        ahead = target_us > tx.now_us
    return _walk(world, handlers, lambda _: target_us)[1] if ahead else run_due(world, handlers)


def next_due_us(tx: Tx) -> int | None:
    """Return when the next job is due, be it overdue; None when none waits."""
    row = tx.one("SELECT min(due_us) FROM jobs WHERE state = 'pending'")
    assert row is not None, "an aggregate has a row"
    due_us: int | None = row[0]
    return due_us


def _walk(world: Place, handlers: Handlers, target: Callable[[int], int]) -> tuple[datetime, list[Fired]]:
    with _lease(world) as start_us:
        target_us = target(start_us)
        fired: list[Fired] = []
        while (job := _again(lambda left: _step(world, handlers, target_us, again=left > 0))) is not None:
            fired.append(job)
        return _again(lambda _: _arrive(world, target_us)), fired


def _again(work: Callable[[int], T]) -> T:
    """Do a step again that the database gave up, at once; the step is told how many tries are left."""
    for left in range(_TRIES - 1, 0, -1):
        try:
            return work(left)
        except Conflict:
            continue
    return work(0)


def _due_one(world: Place, handlers: Handlers, *, again: bool) -> Fired | None:
    with world.write() as tx:
        return None if _leased(tx) else _run_next(tx, handlers, tx.now_us, again=again)


def _arrive(world: Place, target_us: int) -> datetime:
    with world.write() as tx:
        clock.move(tx, max(target_us, tx.now_us))
        tx.forget_now()
        return tx.now


def _step(world: Place, handlers: Handlers, target_us: int, *, again: bool) -> Fired | None:
    with world.write() as tx:
        tx.run("UPDATE clock SET lease_until_us = ? WHERE id = 1", clock.wall_us() + _LEASE_US)
        row = tx.one("SELECT min(due_us) FROM jobs WHERE state = 'pending' AND due_us <= ?", target_us)
        if row is None or row[0] is None:
            return None
        if row[0] > tx.now_us:
            clock.move(tx, row[0])
            tx.forget_now()
        return _run_next(tx, handlers, max(row[0], tx.now_us), again=again)


class _lease(AbstractContextManager[int]):  # noqa: N801 - used as a verb
    """Hold the clock: wait for whoever moves it now, keep tickers away, and let go at the end."""

    def __init__(self, world: Place) -> None:
        self._world = world

    def __enter__(self) -> int:
        # Turns are counted, not time: a user's freezegun stops the steady clock too.
        for _ in range(_PATIENCE_US // _TURN_US):
            with self._world.write() as tx:
                if not _leased(tx):
                    tx.run("UPDATE clock SET lease_until_us = ? WHERE id = 1", clock.wall_us() + _LEASE_US)
                    return tx.now_us
            time.sleep(0.02)  # a turn
        raise InProgress("时钟正在被另一请求调整，请稍后再试")

    def __exit__(self, *_: object) -> None:
        with self._world.write() as tx:
            tx.run("UPDATE clock SET lease_until_us = 0 WHERE id = 1")


def _leased(tx: Tx) -> bool:
    row = tx.one(f"SELECT lease_until_us FROM clock WHERE id = 1{tx.for_update}")
    return row is not None and row[0] > clock.wall_us()


def _run_next(tx: Tx, handlers: Handlers, now_us: int, *, again: bool) -> Fired | None:
    skip = " FOR UPDATE SKIP LOCKED" if tx.for_update else ""
    row = tx.one(
        "SELECT job_id, kind, payload, due_us, attempts FROM jobs WHERE state = 'pending' AND due_us <= ?"
        f" ORDER BY due_us, job_id LIMIT 1{skip}",
        now_us,
    )
    if row is None:
        return None
    job_id, kind, payload, due_us, attempts = row
    tx.run("SAVEPOINT job")
    try:
        handlers[kind](tx, json.loads(payload))
        tx.run("RELEASE SAVEPOINT job")
    except Exception as error:
        if again and tx.is_race(error):
            raise  # not the job's fault: the store takes all of it back, and it is done again at once
        tx.run("ROLLBACK TO SAVEPOINT job")
        tx.rewind()
        return Fired(job_id, kind, due_us, _postpone(tx, job_id, attempts + 1, error))
    done = "UPDATE jobs SET state = 'done', attempts = ?, error = NULL, finished_us = ? WHERE job_id = ?"
    tx.run(done, attempts + 1, tx.now_us, job_id)
    return Fired(job_id, kind, due_us, "done")


def _postpone(tx: Tx, job_id: int, attempts: int, error: Exception) -> str:
    said = f"{type(error).__name__}: {error.code if isinstance(error, Refusal) else error}"[:500]
    if attempts >= ATTEMPTS_MAX:
        failed = "UPDATE jobs SET state = 'failed', attempts = ?, error = ?, finished_us = ? WHERE job_id = ?"
        tx.run(failed, attempts, said, tx.now_us, job_id)
        return "failed"
    due_us = tx.now_us + _RETRY_US * 2 ** (attempts - 1)
    tx.run("UPDATE jobs SET attempts = ?, error = ?, due_us = ? WHERE job_id = ?", attempts, said, due_us, job_id)
    return "postponed"
