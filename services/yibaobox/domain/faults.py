"""Faults that users arm: which there are, which fires on a request, and the log of those that did.

A fault has a name of the catalogue (reliability §4) and a position: before any effect, or after the commit, which is a
different world for the client that waits. A rule fires on requests that match all its facts, `times` times if that is
said, and with a probability that is drawn from its seed and the count of matches, so the same run fires the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.money import PPM
from yibaobox.domain.store import Tx

BEFORE: Final = "before_effect"
AFTER: Final = "after_commit"
FACTS: Final = ("infno", "fixmedins", "psn", "msgid", "path", "method")
LOG_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault there is: where it strikes and what happens then."""

    name: str
    position: str
    meaning: str


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("reset.before_effect", BEFORE, "the connection is reset and nothing was done"),
        Kind("reset.after_commit", AFTER, "everything was done and the connection is reset before the reply"),
    )
}


@dataclass(frozen=True, slots=True)
class Rule:
    """An armed fault."""

    fault_id: int
    name: str
    match: dict[str, str]
    times: int | None
    probability_ppm: int
    seed: int
    params: dict[str, Any]
    seen: int
    fired: int

    def shown(self) -> dict[str, Any]:
        """Return the rule as the control API shows it."""
        return {
            "id": self.fault_id,
            "name": self.name,
            "match": self.match,
            "times": self.times,
            "probability_ppm": self.probability_ppm,
            "seed": self.seed,
            "params": self.params,
            "matched": self.seen,
            "fired": self.fired,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fault to arm."""

    name: str
    match: Mapping[str, str]
    times: int | None = 1
    probability_ppm: int = PPM
    seed: int = 0
    params: Mapping[str, Any] | None = None


def kind(name: str) -> Kind:
    """Return a fault of the catalogue."""
    if name not in KINDS:
        raise InvalidInput(f"没有名为“{name[:40]}”的故障", known=sorted(KINDS))
    return KINDS[name]


def arm(tx: Tx, wanted: Wanted) -> Rule:
    """Arm a fault; rules are tried in the order they were armed."""
    unknown = set(wanted.match) - set(FACTS)
    if unknown:
        raise InvalidInput("匹配条件不支持：" + "、".join(sorted(unknown)), known=list(FACTS))
    match, params = dict(wanted.match), dict(wanted.params or {})
    made = (tx.next_number("number"), kind(wanted.name).name, match, wanted.times, wanted.probability_ppm, wanted.seed)
    tx.run(
        "INSERT INTO faults (fault_id, name, match, times, probability_ppm, seed, params, seen, fired, created_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?)",
        *(made[0], made[1], _text(match), *made[3:], _text(params), tx.now_us),
    )
    return Rule(*made, params, 0, 0)


def rules(tx: Tx) -> list[Rule]:
    """Return the armed faults in their order, also those whose times are used up."""
    rows = tx.query(
        "SELECT fault_id, name, match, times, probability_ppm, seed, params, seen, fired FROM faults ORDER BY fault_id",
    )
    return [Rule(r[0], r[1], json.loads(r[2]), r[3], r[4], r[5], json.loads(r[6]), r[7], r[8]) for r in rows]


def any_armed(tx: Tx) -> bool:
    """Tell whether any rule may still fire; the one question that every request asks."""
    return tx.one("SELECT 1 FROM faults WHERE times IS NULL OR times > 0 LIMIT 1") is not None


def disarm(tx: Tx, fault_id: int | None = None) -> int:
    """Disarm one fault, or all; return how many."""
    if fault_id is None:
        return tx.run("DELETE FROM faults")
    if not tx.run("DELETE FROM faults WHERE fault_id = ?", fault_id):
        raise NotFound("没有这个故障")
    return 1


def take(tx: Tx, facts: Mapping[str, str], trace: str) -> Rule | None:
    """Return the first rule that fires on a request, count it and log it; nothing when none does."""
    tx.query(f"SELECT fault_id FROM faults ORDER BY fault_id{tx.for_update}")
    for rule in rules(tx):
        if rule.times == 0 or any(facts.get(name) != value for name, value in rule.match.items()):
            continue
        fires = _draw(rule) < rule.probability_ppm
        tx.run(
            "UPDATE faults SET seen = seen + 1, fired = fired + ?, times = times - ? WHERE fault_id = ?",
            *(int(fires), int(fires), rule.fault_id),
        )
        if fires:
            log(tx, rule.name, facts, trace, rule.fault_id)
            return rule
    return None


def log(tx: Tx, name: str, facts: Mapping[str, str], trace: str, fault_id: int | None = None) -> None:
    """Write that a fault fired; the oldest entries fall out."""
    entry_id = tx.next_number("number")
    tx.run(
        "INSERT INTO fault_log (entry_id, fault_id, name, position, trace, facts, biz_at_us, rec_at_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(entry_id, fault_id, name, kind(name).position, trace, _text(dict(facts)), tx.now_us, clock.wall_us()),
    )
    tx.run(
        "DELETE FROM fault_log WHERE entry_id <= (SELECT entry_id FROM fault_log ORDER BY entry_id DESC"
        " LIMIT 1 OFFSET ?)",
        LOG_MAX,
    )


def fired(tx: Tx, limit: int = 100) -> list[dict[str, Any]]:
    """Return the faults that fired, newest first."""
    rows = tx.query(
        "SELECT entry_id, fault_id, name, position, trace, facts, biz_at_us FROM fault_log"
        " ORDER BY entry_id DESC LIMIT ?",
        limit,
    )
    names = ("seq", "fault_id", "name", "position", "trace")
    return [
        dict(zip(names, row[:5], strict=True)) | {"facts": json.loads(row[5]), "at": clock.rfc3339(row[6])}
        for row in rows
    ]


def _draw(rule: Rule) -> int:
    """Return the draw of this match, in parts per million: the same for the same seed and count."""
    drawn = hashlib.sha256(f"{rule.seed}:{rule.seen}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % PPM


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
