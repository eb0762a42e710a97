"""Family account (家庭共济): whose own account pays for whom.

A binding goes from a giver, who has an own account, to a member of the family. It is live from its number in the
books to the number at which it ended, so that each payment can be told to have been authorised (reliability §2, E5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.errors import AlreadyExists, FamilyFull, InvalidInput, NotFound
from yibaobox.domain.store.origin import GENESIS

if TYPE_CHECKING:
    from yibaobox.domain.store.memory import Read
    from yibaobox.domain.store.tx import Tx

RELATIONS: Final = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "paternal_grandparent": "祖父母",
    "maternal_grandparent": "外祖父母",
    "sons_child": "孙子女",
    "daughters_child": "外孙子女",
}
NOTICE: Final = "family-account/1"
MEMBERS_MAX: Final = 5  # the ceiling of every region known; a region may set less (policy family_account.members_max)
_READ: Final = "SELECT binding_id, psn_no, member_psn_no, relation, since_us, until_us, consent_id FROM family_bindings"
_INSERT: Final = (
    "INSERT INTO family_bindings (psn_no, binding_id, member_psn_no, relation, consent_id, notice, members_max,"
    " since_seq, until_seq, since_us, until_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL)"
)
_OLDEST: Final = "ORDER BY since_seq"
_GIVERS: Final = f"{_READ} WHERE member_psn_no = ? AND until_us IS NULL {_OLDEST}"
GIVEN_TO: Final = "EXISTS (SELECT 1 FROM family_bindings WHERE member_psn_no = ? AND until_us IS NULL)"
_END: Final = (
    "UPDATE family_bindings SET until_seq = ?, until_us = ? WHERE psn_no = ? AND binding_id = ? AND until_us IS NULL"
)


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding; live while `until_us` is None. `consent_id` numbers the agreement to the notice."""

    binding_id: int
    giver: str
    member: str
    relation: str
    since_us: int
    until_us: int | None
    consent_id: int


def bind(tx: Tx, giver: str, member: str, relation: str, *, members_max: int = MEMBERS_MAX) -> Binding:
    """Open a giver's account to a member; the giver has agreed to the notice (`NOTICE`)."""
    if relation not in RELATIONS:
        raise InvalidInput(f"亲属关系须为 {'、'.join(RELATIONS)} 之一", field="relation")
    _lock(tx, giver)
    check_free(tx, giver, member, members_max)
    binding_id, consent_id, seq = tx.next_number("number"), tx.next_number("number"), tx.next_number("txn")
    tx.run(_INSERT, giver, binding_id, member, relation, consent_id, NOTICE, members_max, seq, tx.now_us)
    return Binding(binding_id, giver, member, relation, tx.now_us, None, consent_id)


def check_free(tx: Tx, giver: str, member: str, members_max: int) -> None:
    """Refuse what no binding may be: to oneself, twice to the same member, one too many."""
    if giver == member:
        raise InvalidInput("不能将本人添加为共济成员", field="member")
    live = members(tx, giver)
    if any(one.member == member for one in live):
        raise AlreadyExists("该成员已绑定，无需重复添加")
    if len(live) >= members_max:
        raise FamilyFull(f"共济成员已达{members_max}人上限", members_max=members_max)


def unbind(tx: Tx, giver: str, binding_id: int) -> Binding:
    """End a binding; from now on it authorises nothing."""
    _lock(tx, giver)
    row = tx.one(f"{_READ} WHERE psn_no = ? AND binding_id = ? AND until_us IS NULL", giver, binding_id)
    if row is None:
        raise NotFound("共济关系不存在")
    touched = tx.run(_END, tx.next_number("txn"), tx.now_us, giver, binding_id)
    assert touched == 1, "the giver was locked, so nobody else ended it"
    return replace(_binding(row), until_us=tx.now_us)


def members(tx: Tx, giver: str) -> list[Binding]:
    """Return the live bindings of a giver, the oldest first."""
    return [_binding(row) for row in tx.query(f"{_READ} WHERE psn_no = ? AND until_us IS NULL {_OLDEST}", giver)]


def reading_givers(member: str) -> Read:
    """Return what `givers` asks, for `tx.ahead`."""
    return _GIVERS, (member,)


def givers(tx: Tx, member: str) -> list[Binding]:
    """Return the live bindings towards a member, the oldest first: the order in which accounts pay."""
    return [_binding(row) for row in tx.known(_GIVERS, member)]


@dataclass(frozen=True, slots=True)
class Use:
    """Money that went from a giver to a member in one transaction; negative when it came back."""

    txn_id: int
    giver: str
    member: str
    amount_fen: int
    kind: str
    at_us: int


def uses(tx: Tx, psn_no: str, limit: int = 100) -> list[Use]:
    """Return what a person gave to and took from relatives, the newest first, bindings that ended included."""
    rows = tx.query(
        "SELECT g.txn_id, g.psn_no, m.psn_no, g.amount_fen, p.kind, p.biz_at_us FROM entries g"
        " JOIN entries m ON m.txn_id = g.txn_id AND m.account = 'FAMILY' AND m.psn_no IN"
        " (SELECT b.member_psn_no FROM family_bindings b WHERE b.psn_no = g.psn_no)"
        " JOIN postings p ON p.psn_no = g.psn_no AND p.txn_id = g.txn_id"
        " WHERE g.account = 'FAMILY' AND g.psn_no IN (SELECT ? UNION SELECT b.psn_no FROM family_bindings b"
        " WHERE b.member_psn_no = ?) AND (g.psn_no = ? OR m.psn_no = ?) AND m.psn_no <> g.psn_no"
        " AND ((g.amount_fen > 0 AND m.amount_fen < 0 AND p.reverses IS NULL)"
        " OR (g.amount_fen < 0 AND m.amount_fen > 0 AND p.reverses IS NOT NULL))"
        " ORDER BY g.txn_id DESC, g.psn_no LIMIT ?",
        *(psn_no, psn_no, psn_no, psn_no, limit),
    )
    return [Use(*row) for row in rows]


def _lock(tx: Tx, giver: str) -> None:
    """Lock the giver's book: bindings and payments out of one account are decided one after the other."""
    locked = f"SELECT 1 FROM books WHERE psn_no = ?{tx.for_update}"
    if tx.one(locked, giver) is None:
        tx.run("INSERT INTO books (psn_no, length, head) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", giver, GENESIS)
        assert tx.one(locked, giver) is not None, "a book that was just opened is there"


def _binding(row: tuple[Any, ...]) -> Binding:
    return Binding(*row)
