"""The watch over the books: audits in the background and remembers the worlds whose books are broken.

TigerBeetle's rule: rather stop than continue wrong. A world with a violation takes no more writes (the edge answers
503, LEDGER_INVARIANT_BROKEN) until it is reset, restored or found sound again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock
from yibaobox.edge import logs
from yibaobox.sandbox.audit import RULES
from yibaobox.sandbox.audit.rows import load

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx, World

PAUSE_US: Final = 30_000_000
POSTINGS_MAX: Final = 20_000  # of a world that is audited by itself; a larger one is when somebody asks
SETTLEMENTS_MAX: Final = 3_000
_SHARE: Final = 200  # of two hundred parts of time the watch takes at most one
_log: Final = logs.logger()


def _extent(tx: Tx) -> tuple[int, int, int]:
    """Return the last transaction of the books, and how many postings and settlements there are: one over the most."""
    row = tx.one(
        "SELECT (SELECT coalesce(max(txn_id), 0) FROM postings),"
        " (SELECT count(*) FROM (SELECT 1 FROM postings LIMIT ?) p),"
        " (SELECT count(*) FROM (SELECT 1 FROM settlements LIMIT ?) s)",
        *(POSTINGS_MAX + 1, SETTLEMENTS_MAX + 1),
    )
    assert row is not None, "an aggregate has a row"
    return int(row[0]), int(row[1]), int(row[2])


def _is_small(extent: tuple[int, int, int]) -> bool:
    """Tell whether a world can be audited in passing: in a larger one that would take seconds, and hundreds of MB."""
    return extent[1] <= POSTINGS_MAX and extent[2] <= SETTLEMENTS_MAX


class Watch:
    """Which worlds of this process are sound."""

    def __init__(self) -> None:
        self._broken: set[str] = set()
        self._due_us: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int, int]] = {}

    def is_broken(self, world: World) -> bool:
        """Tell whether the books of a world are known to be out of balance."""
        return world.name in self._broken

    def told(self, name: str, violations: list[dict[str, Any]]) -> None:
        """Take note of what an audit found."""
        if violations and name not in self._broken:
            _log.error("ledger broken", world=name, rules=sorted({violation["rule"] for violation in violations}))
        (self._broken.add if violations else self._broken.discard)(name)

    def forget(self, name: str) -> None:
        """Drop what is known of a world that was just replaced."""
        self._broken.discard(name)
        self._seen.pop(name, None)
        self._due_us.pop(name, None)

    def patrol(self, world: World) -> None:
        """Audit a world when its turn has come and something was posted since: rows in one snapshot, rules after it."""
        began_us = clock.elapsed_us()
        if began_us < self._due_us.get(world.name, 0):
            return
        with world.read() as tx:
            extent = _extent(tx)
            fresh = extent != self._seen.get(world.name) or world.name in self._broken
            rows = load(tx) if fresh and _is_small(extent) else None
        if rows is not None:
            found = [{"rule": name, "detail": said} for name, rule in RULES.items() for said in rule(rows)]
            self.told(world.name, found)
        self._seen[world.name] = extent
        took_us = clock.elapsed_us() - began_us
        self._due_us[world.name] = began_us + max(PAUSE_US, _SHARE * took_us)
