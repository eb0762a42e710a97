"""What verbs about a visit will ask, guessed from a message that nobody has checked yet.

It travels with the first statement of the transaction, the lock on the person's book before all that it guards. A guess
that is wrong costs what was read; what is not foreseen is asked when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from yibaobox.domain import family, ledger, people, visits
from yibaobox.settlement import bill

if TYPE_CHECKING:
    from yibaobox.domain.store import Read, Tx
    from yibaobox.edge.envelope import Envelope

_PERSON: Final = re.compile(r"\d{20}", re.ASCII)


def registering(tx: Tx, asked: Envelope) -> list[Read]:
    """Foresee 2201."""
    psn_no = _node(asked, "data").get("psn_no")
    if not _is_person(psn_no):
        return []
    return [people.reading(psn_no), tx.drawing("number"), tx.drawing("txn")]


def describing(tx: Tx, asked: Envelope) -> list[Read]:
    """Foresee 2203."""
    return _changing(tx, asked, _node(asked, "mdtrtinfo"))


def charging(tx: Tx, asked: Envelope) -> list[Read]:
    """Foresee 2204."""
    row = _node(asked, "feedetail")
    changing = _changing(tx, asked, row)
    return [*changing, *visits.reading_uploaded(*_visit(row))] if changing else []


def settling(tx: Tx, asked: Envelope) -> list[Read]:
    """Foresee 2206 and 2207; the book is locked where nobody gives, for the books of others would come before it."""
    data = _node(asked, "data")
    visit, batch = _reading(asked, data), data.get("chrg_bchno")
    if not visit or not isinstance(batch, str) or not batch.isascii():
        return []
    psn_no, visit_id = _visit(data)
    return [
        *([ledger.locking_unless(tx, psn_no, family.GIVEN_TO)] if tx.writes else []),
        *visit,
        family.reading_givers(psn_no),
        *bill.reading(psn_no, visit_id, batch),
        *([tx.drawing("number"), tx.drawing("txn"), *visits.reading_sources()] if tx.writes else []),
    ]


def _changing(tx: Tx, asked: Envelope, facts: Mapping[str, Any]) -> list[Read]:
    """Return what every change of a visit asks: nothing where no visit is named."""
    visit = _reading(asked, facts)
    return [*ledger.locking(tx, [facts["psn_no"]]), *visit, tx.drawing("txn")] if visit else []


def _reading(asked: Envelope, facts: Mapping[str, Any]) -> list[Read]:
    psn_no = facts.get("psn_no")
    return visits.reading(psn_no, facts.get("mdtrt_id"), asked.institution) if _is_person(psn_no) else []


def _visit(facts: Mapping[str, Any]) -> tuple[str, int]:
    return facts["psn_no"], int(facts["mdtrt_id"])


def _node(asked: Envelope, name: str) -> Mapping[str, Any]:
    """Return a node of the input, the first of a list; an empty one where there is none."""
    node = asked.input.get(name)
    if isinstance(node, list):
        node = node[0] if node else None
    return node if isinstance(node, Mapping) else {}


def _is_person(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _PERSON.fullmatch(value) is not None
