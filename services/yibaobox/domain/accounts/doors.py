"""Doors: after five failures in a row one is shut for a quarter of an hour.

A door is a person, or a log-in name that nobody has: the second is shut like the first, so that a shut door does not
tell who has an account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import LockedOut

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

FAILURES_MAX: Final = 5
SHUT_US: Final = 15 * 60 * 1_000_000  # of the sandbox clock


def shut(tx: Tx, door: str) -> LockedOut | None:
    """Return the refusal of a door that is shut now."""
    row = tx.one("SELECT locked_until_us FROM portal_doors WHERE door = ?", door)
    if row is None or tx.now_us >= row[0]:
        return None
    return LockedOut("密码错误次数过多，账户已锁定，请稍后再试", until=clock.rfc3339(row[0]))


def failed(tx: Tx, door: str) -> LockedOut | None:
    """Count a failure; return the refusal when it was the one that shuts the door."""
    tx.run("INSERT INTO portal_doors (door, failures, locked_until_us) VALUES (?, 0, 0) ON CONFLICT DO NOTHING", door)
    tx.run("UPDATE portal_doors SET failures = failures + 1 WHERE door = ?", door)
    row = tx.one("SELECT failures FROM portal_doors WHERE door = ?", door)
    assert row is not None, "the door was just counted"
    if row[0] < FAILURES_MAX:
        return None
    tx.run("UPDATE portal_doors SET failures = 0, locked_until_us = ? WHERE door = ?", tx.now_us + SHUT_US, door)
    return shut(tx, door)


def passed(tx: Tx, door: str) -> None:
    """Forget the failures of a door that somebody came through."""
    tx.run("UPDATE portal_doors SET failures = 0 WHERE door = ? AND failures > 0", door)


def open_again(tx: Tx, door: str) -> None:
    """Open a door before its time, for somebody who proved otherwise who they are."""
    tx.run("UPDATE portal_doors SET failures = 0, locked_until_us = 0 WHERE door = ?", door)
