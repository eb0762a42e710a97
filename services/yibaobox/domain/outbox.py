"""Events for the outside: written with their cause, delivered after it, at least once, in order of their version.

A row is staged in the transaction of its cause. Delivery happens outside any transaction: `claim` hands out what is
due and keeps others off it for half a minute of the wall's time, so that a process that dies while sending leaves the
event pending, under a frozen clock too; `record` writes what the receiver said. Other times are the sandbox clock's,
in microseconds; a schedule is a list of delays in seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import Conflicting, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yibaobox.domain.store import Tx

SECOND_US: Final = 1_000_000
DROPPED: Final = "dropped"
_CLAIM_US: Final = 30 * SECOND_US


@dataclass(frozen=True, slots=True)
class Event:
    """An event to deliver."""

    event_id: int
    topic: str
    version: int
    url: str
    headers: dict[str, str]
    body: str
    attempts: int


def stage(  # noqa: PLR0913 - an event has this many facts
    tx: Tx,
    *,
    topic: str,
    cause: str,
    url: str,
    headers: Mapping[str, str],
    body: str,
    schedule: Sequence[int],
    delay: int = 0,
) -> int:
    """Write an event beside its cause and return its number; versions of a topic count up from 1.

    Two causes that race for a version meet at the unique key, and the store has the later one done again.
    """
    row = tx.one("SELECT coalesce(max(version), 0) FROM outbox WHERE topic = ?", topic)
    assert row is not None, "an aggregate has a row"
    event_id = tx.next_number("event")
    tx.run(
        "INSERT INTO outbox (event_id, topic, version, cause, url, headers, body, schedule, state, attempts, due_us,"
        " created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)",
        event_id,
        topic,
        row[0] + 1,
        cause,
        url,
        json.dumps(dict(headers), ensure_ascii=False, sort_keys=True),
        body,
        json.dumps(list(schedule)),
        tx.now_us + delay * SECOND_US,
        tx.now_us,
    )
    return event_id


@dataclass(frozen=True, slots=True)
class Due:
    """The event that is to be sent next, and how often it was tried."""

    event_id: int
    due_us: int
    attempts: int


def next_due(tx: Tx) -> Due | None:
    """Return the event that is to be sent next, now or later; one waits for those before it in its topic."""
    row = tx.one(
        "SELECT event_id, due_us, attempts FROM outbox o WHERE state = 'pending' AND NOT EXISTS (SELECT 1 FROM outbox b"
        " WHERE b.topic = o.topic AND b.version < o.version AND b.state = 'pending') ORDER BY due_us, event_id LIMIT 1"
    )
    return None if row is None else Due(*row)


def attempts_of(tx: Tx, event_id: int) -> int:
    """Return how often an event was tried."""
    row = tx.one("SELECT attempts FROM outbox WHERE event_id = ?", event_id)
    return 0 if row is None else int(row[0])


def any_due(tx: Tx) -> bool:
    """Tell whether an event waits to be sent that nobody is sending."""
    sql = "SELECT min(due_us) FROM outbox WHERE state = 'pending' AND claimed_until_us <= ?"
    row = tx.one(sql, clock.wall_us())
    return row is not None and row[0] is not None and row[0] <= tx.now_us


def claim(tx: Tx, *, limit: int = 20) -> list[Event]:
    """Take due events, the lowest open version of each topic, and keep others off them while they are sent."""
    skip, wall_us = " FOR UPDATE SKIP LOCKED" if tx.for_update else "", clock.wall_us()
    rows = tx.query(
        "SELECT event_id, topic, version, url, headers, body, attempts FROM outbox o"
        " WHERE state = 'pending' AND due_us <= ? AND claimed_until_us <= ? AND NOT EXISTS"
        " (SELECT 1 FROM outbox b WHERE b.topic = o.topic AND b.version < o.version AND b.state = 'pending')"
        " ORDER BY due_us, event_id LIMIT ?" + skip,
        tx.now_us,
        wall_us,
        limit,
    )
    for row in rows:
        tx.run("UPDATE outbox SET claimed_until_us = ? WHERE event_id = ?", wall_us + _CLAIM_US, row[0])
    return [Event(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6]) for row in rows]


def record(tx: Tx, event_id: int, *, accepted: bool, status: int | None, error: str | None) -> str:
    """Write one attempt and return the event's state: delivered, pending until its next time, or exhausted."""
    row = tx.one(f"SELECT attempts, schedule, state FROM outbox WHERE event_id = ?{tx.for_update}", event_id)
    assert row is not None, "an attempt belongs to an event"
    attempt, schedule, before = row[0] + 1, json.loads(row[1]), row[2]
    tx.run(
        "INSERT INTO deliveries (event_id, attempt, status, accepted, error, biz_at_us, rec_at_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        event_id,
        attempt,
        status,
        int(accepted),
        error,
        tx.now_us,
        clock.wall_us(),
    )
    waits = schedule[attempt - 1] if attempt <= len(schedule) else None
    state = "delivered" if accepted or before == "delivered" else "exhausted" if waits is None else "pending"
    tx.run(
        "UPDATE outbox SET state = ?, attempts = ?, due_us = ?, claimed_until_us = 0 WHERE event_id = ?",
        state,
        attempt,
        tx.now_us + (waits or 0) * SECOND_US,
        event_id,
    )
    return state


def drop(tx: Tx, event_id: int) -> str:
    """Give up an event that waits: one more attempt says so, and its schedule ends there. Return its state."""
    attempts, schedule = _waiting(tx, event_id)
    tx.run(
        "INSERT INTO deliveries (event_id, attempt, status, accepted, error, biz_at_us, rec_at_us)"
        " VALUES (?, ?, NULL, 0, ?, ?, ?)",
        *(event_id, attempts + 1, DROPPED, tx.now_us, clock.wall_us()),
    )
    tx.run(
        "UPDATE outbox SET state = 'exhausted', attempts = ?, schedule = ? WHERE event_id = ?",
        *(attempts + 1, json.dumps(schedule[:attempts]), event_id),
    )
    return "exhausted"


def delay(tx: Tx, event_id: int, due_us: int) -> str:
    """Put the next attempt of an event that waits off, to an instant of the sandbox clock. Return its state."""
    _waiting(tx, event_id)
    tx.run("UPDATE outbox SET due_us = ? WHERE event_id = ?", due_us, event_id)
    return "pending"


def again(tx: Tx, event: Event, mark: str, *, headers: Mapping[str, str] | None = None, body: str | None = None) -> int:
    """Write an event down once more, under a topic of its own, to be tried once; return the number of the copy."""
    return stage(
        tx,
        topic=f"{event.topic}:{mark}{tx.next_number('number')}",
        cause=f"{mark} of event {event.event_id}",
        url=event.url,
        headers=event.headers if headers is None else headers,
        body=event.body if body is None else body,
        schedule=(),
    )


def check(tx: Tx, event_id: int) -> None:
    """Refuse a number that is no event's."""
    if tx.one("SELECT 1 FROM outbox WHERE event_id = ?", event_id) is None:
        raise NotFound("没有这个事件")


def _waiting(tx: Tx, event_id: int) -> tuple[int, list[int]]:
    """Return how often an event was tried that waits for its next attempt, and its schedule; refuse any other."""
    row = tx.one(f"SELECT attempts, state, schedule FROM outbox WHERE event_id = ?{tx.for_update}", event_id)
    if row is None:
        raise NotFound("没有这个事件")
    if row[1] != "pending":
        raise Conflicting("该事件已送达或已放弃")
    return int(row[0]), list(json.loads(row[2]))


def listed(tx: Tx, *, limit: int = 100) -> list[dict[str, object]]:
    """Return events newest first with their attempts, as the control API shows them."""
    rows = tx.query(
        "SELECT event_id, topic, version, cause, url, state, attempts, due_us, created_us FROM outbox"
        " ORDER BY event_id DESC LIMIT ?",
        limit,
    )
    names = ("id", "topic", "version", "cause", "url", "state", "attempts")
    return [
        dict(zip(names, row[:7], strict=True))
        | {"due_at": clock.rfc3339(row[7]), "created_at": clock.rfc3339(row[8]), "deliveries": _attempts(tx, row[0])}
        for row in rows
    ]


def _attempts(tx: Tx, event_id: int) -> list[dict[str, object]]:
    rows = tx.query(
        "SELECT attempt, status, accepted, error, biz_at_us FROM deliveries WHERE event_id = ? ORDER BY attempt",
        event_id,
    )
    return [
        {"attempt": row[0], "status": row[1], "accepted": bool(row[2]), "error": row[3], "at": clock.rfc3339(row[4])}
        for row in rows
    ]
