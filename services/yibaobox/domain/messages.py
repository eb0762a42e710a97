"""The msgid protocol of writing national transactions: at most one effect, one answer, for ever.

A message is known by (institution, infno, msgid). Its reply is stored in the transaction of its effect; a business
refusal is stored too, so that what was refused stays refused. A row is never changed: a message whose transaction was
mirrored in the ledger counts as REVERSED, and so does an admission that was cancelled. A tombstone is the row of a
message that was reversed before it arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from yibaobox.domain import clock
from yibaobox.domain.errors import MsgidConflict, Reversed, Tombstoned
from yibaobox.domain.store import AS_TEXT

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx

Outcome = Literal["SETTLED", "REFUSED", "TOMBSTONED"]
State = Literal["SETTLED", "REFUSED", "TOMBSTONED", "REVERSED"]


class Key(NamedTuple):
    """Who sent which transaction under which number; another institution's msgid is another message."""

    institution: str
    infno: str
    msgid: str


class Message(NamedTuple):
    """A stored message."""

    key: Key
    fingerprint: str
    outcome: Outcome
    code: str
    reply: str
    txn_id: int | None
    psn_no: str | None
    reversed: bool

    @property
    def state(self) -> State:
        """What became of the message."""
        return "REVERSED" if self.reversed else self.outcome


def find(tx: Tx, key: Key) -> Message | None:
    """Return the stored message, or nothing when the key was never seen."""
    row = tx.one(
        "SELECT m.fingerprint, m.outcome, m.code, m.reply, m.txn_id, m.psn_no,"
        " EXISTS (SELECT 1 FROM postings p WHERE p.psn_no = m.psn_no AND p.reverses = m.txn_id)"
        " OR EXISTS (SELECT 1 FROM stays s WHERE s.psn_no = m.psn_no AND s.admitted_txn = m.txn_id"
        " AND s.state = 'CANCELLED')"
        " FROM messages m WHERE m.institution = ? AND m.infno = ? AND m.msgid = ?",
        key.institution,
        key.infno,
        key.msgid,
    )
    if row is None:
        return None
    fingerprint, outcome, code, reply, txn_id, psn_no, mirrored = row
    return Message(key, fingerprint, outcome, code, reply, txn_id, psn_no, reversed=bool(mirrored))


def replay(tx: Tx, key: Key, fingerprint: str) -> Message | None:
    """Return the message to answer again, nothing when it is new; refuse a reused, reversed or dead key.

    The refusal of a reused key names nothing of the first message.
    """
    known = find(tx, key)
    if known is None:
        return None
    if known.outcome == "TOMBSTONED":
        raise Tombstoned("该报文已被冲正，不能再受理")
    if known.fingerprint != fingerprint:
        raise MsgidConflict("发送方报文ID重复，且报文内容不一致")
    if known.reversed:
        raise Reversed("该交易已撤销或冲正，不能再次结算")
    return known


def store_settled(
    tx: Tx, key: Key, fingerprint: str, reply: str | bytes, *, psn_no: str | None, txn_id: int | None = None
) -> int:
    """Store the reply of an effect in its own transaction and return the transaction's number."""
    assert txn_id is None or psn_no is not None, "an effect is found again, and its reversal seen, by its person"
    number = tx.next_number("txn") if txn_id is None else txn_id
    _store(tx, key, fingerprint, "SETTLED", "", reply, number, psn_no)
    return number


def store_refused(tx: Tx, key: Key, fingerprint: str, reply: str, *, code: str, psn_no: str | None = None) -> None:
    """Store a business refusal: the same message is refused again, for ever."""
    _store(tx, key, fingerprint, "REFUSED", code, reply, None, psn_no)


def store_tombstone(tx: Tx, key: Key, psn_no: str | None = None) -> None:
    """Bar a message that was reversed before it was ever seen."""
    _store(tx, key, "", "TOMBSTONED", "TOMBSTONED", "", None, psn_no)


def _store(tx: Tx, key: Key, fingerprint: str, outcome: Outcome, *facts: object) -> None:
    tx.put(
        "INSERT INTO messages (institution, infno, msgid, fingerprint, outcome, code, reply, txn_id, psn_no,"
        f" biz_at_us, rec_at_us) VALUES (?, ?, ?, ?, ?, ?, {AS_TEXT}, ?, ?, ?, ?)",
        *(key.institution, key.infno, key.msgid, fingerprint, outcome, *facts),
        tx.now_us,
        clock.wall_us(),
    )
