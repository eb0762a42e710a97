"""Armed faults: which fires on a request, and the log of those that did.

A rule fires on requests that its kind can strike and that match all its facts; the first `after` of them it lets pass,
then it fires `times` times if that is said, with a probability that is drawn from its seed and the count of matches, so
the same run fires the same. It ends at an instant of the sandbox clock if it has one. Rules that were armed go before
those that come with a person; a request is struck by one fault at most.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.faults.catalogue import ALL, kind
from yibaobox.domain.faults.kinds import Kind, Value
from yibaobox.domain.money import PPM
from yibaobox.domain.store import Tx, World

FACTS: Final = ("infno", "fixmedins", "psn", "msgid", "channel", "path", "method")
PERSON: Final = "psn"
LOG_MAX: Final = 10_000
Origin = Literal["rule", "person", "hold"]
_ORDER: Final[Mapping[str, int]] = {"hold": 0, "rule": 1, "person": 2}
_READ: Final = (
    "SELECT fault_id, name, match, times, probability_ppm, seed, params, seen, fired, pass_first, expires_us, origin"
    " FROM faults"
)


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
    after: int
    expires_us: int | None
    origin: Origin

    def shown(self) -> dict[str, Any]:
        """Return the rule as the control API shows it."""
        return {
            "id": self.fault_id,
            "name": self.name,
            "match": self.match,
            "times": self.times,
            "after": self.after,
            "probability_ppm": self.probability_ppm,
            "seed": self.seed,
            "params": self.params,
            "expires_at": None if self.expires_us is None else clock.rfc3339(self.expires_us),
            "origin": self.origin,
            "matched": self.seen,
            "fired": self.fired,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fault to arm."""

    name: str
    match: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    after: int = 0
    probability_ppm: int = PPM
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    expires_us: int | None = None


@dataclass(slots=True)
class Strike:
    """A fault that strikes one request; `lot` is drawn for it alone, in parts per million."""

    kind: Kind
    params: Mapping[str, Value]
    fault_id: int | None
    entry_id: int
    lot: int = 0
    used: bool = False


def arm(tx: Tx, wanted: Wanted, *, origin: Origin = "rule") -> Rule:
    """Arm a fault; rules are tried in the order they were armed."""
    unknown = set(wanted.match) - set(FACTS)
    if unknown:
        raise InvalidInput("匹配条件不支持：" + "、".join(sorted(unknown)), known=list(FACTS))
    known = ALL[wanted.name] if origin == "hold" else kind(wanted.name)
    params = known.read(wanted.params)
    made = Rule(
        fault_id=tx.next_number("number"),
        name=known.name,
        match=dict(wanted.match),
        times=wanted.times,
        probability_ppm=wanted.probability_ppm,
        seed=wanted.seed,
        params=dict(params),
        seen=0,
        fired=0,
        after=wanted.after,
        expires_us=wanted.expires_us,
        origin=origin,
    )
    tx.run(
        "INSERT INTO faults (fault_id, name, match, times, probability_ppm, seed, params, seen, fired, pass_first,"
        " expires_us, origin, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)",
        *(made.fault_id, made.name, _text(made.match), made.times, made.probability_ppm, made.seed),
        *(_text(made.params), made.after, made.expires_us, made.origin, tx.now_us),
    )
    return made


def rules(tx: Tx) -> list[Rule]:
    """Return the armed faults in the order in which they are tried, also those whose times are used up."""
    found = [_rule(row) for row in tx.query(f"{_READ} ORDER BY fault_id")]
    return sorted(found, key=lambda rule: _ORDER[rule.origin])


def any_armed(world: World) -> bool:
    """Tell whether any rule may still fire; the one question that every request asks."""
    return bool(world.glance("SELECT 1 FROM faults WHERE times IS NULL OR times > 0 LIMIT 1"))


def disarm(tx: Tx, fault_id: int | None = None) -> int:
    """Disarm one fault, or all that were armed by a rule or hold a message; those of persons stay."""
    if fault_id is None:
        return tx.run("DELETE FROM faults WHERE origin <> 'person'")
    if not tx.run("DELETE FROM faults WHERE fault_id = ?", fault_id):
        raise NotFound("没有这个故障")
    return 1


def take(
    tx: Tx, facts: Mapping[str, str], trace: str, whose: Callable[[Tx], str | None] = lambda _: None
) -> Strike | None:
    """Return the strike of the first rule that fires on a request, counted and logged; nothing when none does.

    `whose` names the person of the request; it is asked once, when a rule that could fire is about a person.
    """
    told, asked = dict(facts), False
    for rule in _candidates(tx, facts):
        if PERSON in rule.match and not asked:
            asked = True
            told |= {PERSON: found} if (found := told.get(PERSON) or whose(tx)) else {}
        if not _matches(rule, told):
            continue
        # Counted by the lock of the row: several processes draw one after the other.
        row = tx.one(f"{_READ} WHERE fault_id = ?{tx.for_update}", rule.fault_id)
        current = None if row is None else _rule(row)
        if current is None or current.times == 0:
            continue
        fires = current.seen >= current.after and _draw(current, "fire") < current.probability_ppm
        tx.run(
            "UPDATE faults SET seen = seen + 1, fired = fired + ?, times = times - ? WHERE fault_id = ?",
            *(int(fires), int(fires), current.fault_id),
        )
        if fires:
            return log(tx, ALL[current.name], current.params, told, trace, current)
    return None


def log(
    tx: Tx,
    struck: Kind,
    params: Mapping[str, Value],
    facts: Mapping[str, str],
    trace: str,
    rule: Rule | None = None,
) -> Strike:
    """Write that a fault fired and return the strike; the oldest entries fall out."""
    entry_id = tx.next_number("number")
    fault_id = None if rule is None else rule.fault_id
    tx.run(
        "INSERT INTO fault_log (entry_id, fault_id, name, position, trace, facts, biz_at_us, rec_at_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(entry_id, fault_id, struck.name, struck.position, trace, _text(dict(facts)), tx.now_us, clock.wall_us()),
    )
    tx.run(
        "DELETE FROM fault_log WHERE entry_id <= (SELECT entry_id FROM fault_log ORDER BY entry_id DESC"
        " LIMIT 1 OFFSET ?)",
        LOG_MAX,
    )
    lot = PPM // 2 if rule is None else _draw(rule, "lot")
    return Strike(struck, params, fault_id, entry_id, lot)


def holds(tx: Tx, **key: str) -> bool:
    """Tell whether a fault keeps the outcome of a message open."""
    sql = "SELECT 1 FROM faults WHERE origin = 'hold' AND match = ? LIMIT 1"
    return tx.one(sql, _text(key)) is not None


def give_back(tx: Tx, strike: Strike) -> None:
    """Take back a strike that met nothing to strike: the request ended before its point was reached."""
    tx.run("DELETE FROM fault_log WHERE entry_id = ?", strike.entry_id)
    tx.run("UPDATE faults SET fired = fired - 1, times = times + 1 WHERE fault_id = ?", strike.fault_id)


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


def _candidates(tx: Tx, facts: Mapping[str, str]) -> list[Rule]:
    """Return the rules that could fire on a request, whoever it is about."""
    plain = {name: value for name, value in facts.items() if name != PERSON}
    return [
        rule
        for rule in rules(tx)
        if rule.times != 0
        and (rule.expires_us is None or tx.now_us < rule.expires_us)
        and ALL[rule.name].reach.covers(facts)
        and all(name == PERSON or _fits(plain.get(name), wanted) for name, wanted in rule.match.items())
    ]


def _matches(rule: Rule, facts: Mapping[str, str]) -> bool:
    return all(_fits(facts.get(name), wanted) for name, wanted in rule.match.items())


def _fits(value: str | None, wanted: str) -> bool:
    """Tell whether a fact is the one that is wanted, in which `*` stands for anything."""
    if value is None:
        return False
    return fnmatchcase(value, wanted.replace("[", "[[]").replace("?", "[?]")) if "*" in wanted else value == wanted


def _draw(rule: Rule, what: str) -> int:
    """Return a draw of this match, in parts per million: the same for the same seed and count."""
    told = f"{rule.seed}:{rule.seen}" if what == "fire" else f"{rule.seed}:{rule.seen}:{what}"
    drawn = hashlib.sha256(told.encode()).digest()
    return int.from_bytes(drawn[:8], "big") % PPM


def _rule(row: tuple[Any, ...]) -> Rule:
    fault_id, name, match, times, probability_ppm, seed, params, seen, fired_, after, expires_us, origin = row
    return Rule(
        fault_id=fault_id,
        name=name,
        match=json.loads(match),
        times=times,
        probability_ppm=probability_ppm,
        seed=seed,
        params=json.loads(params),
        seen=seen,
        fired=fired_,
        after=after,
        expires_us=expires_us,
        origin=origin,
    )


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
