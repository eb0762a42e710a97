"""2601 冲正: undo a transaction whose reply never came, by the number under which it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import ledger, messages, people, visits
from yibaobox.domain.errors import AlreadyReversed, InvalidInput, NotFound, NotFoundTombstoned
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement.case import writing
from yibaobox.settlement.undo import undo

if TYPE_CHECKING:
    from yibaobox.domain.messages import Message
    from yibaobox.settlement.case import Case

_UNDOES: Final = ("2103", "2208", "2305")  # reversals themselves
_REPAIRABLE: Final = ("2102", "2207", "2304", "2401", *_UNDOES)
_NEVER_SEEN: Final = "未找到原交易；该报文ID已作废，之后到达也不再受理"


def repair(case: Case) -> Answer:
    """Reverse what was committed; what was never seen is dead from now on."""
    asked, tx = case.data, case.tx
    if asked["oinfno"] not in _REPAIRABLE:
        raise InvalidInput(f"交易 {asked['oinfno']} 不支持冲正", field="oinfno")
    person = people.get(tx, asked["psn_no"])
    key = messages.Key(case.institution.code, asked["oinfno"], asked["omsgid"])
    found = messages.find(tx, key)
    if found is None:
        messages.store_tombstone(tx, key, person.psn_no)
        return Answer(psn_no=person.psn_no, refusal=NotFoundTombstoned(_NEVER_SEEN))
    txn_id = _settled(found, person.psn_no)
    if asked["oinfno"] == "2401":
        ledger.lock(tx, [person.psn_no])
        visits.undo_admission(tx, visits.admitted_by(tx, person.psn_no, txn_id))
        return Answer(psn_no=person.psn_no)
    made = visits.of_txn(tx, person.psn_no, txn_id)
    assert made is not None, "a settled message of a settlement has its settlement"
    reversal = undo(case, visits.by_number(tx, person.psn_no, made.visit_id), made, "2601")
    return Answer(psn_no=person.psn_no, txn_id=reversal.txn_id)


def _settled(found: Message, psn_no: str) -> int:
    """Return the transaction to reverse; refuse a message that has none, or not this person's."""
    if found.outcome == "TOMBSTONED":
        raise NotFoundTombstoned(_NEVER_SEEN)
    if found.psn_no not in (None, psn_no):
        raise NotFound("未找到该人员的原交易")
    if found.txn_id is None:
        raise NotFound("原交易未成功，无需冲正")
    if found.reversed:
        raise AlreadyReversed("该交易已撤销或冲正")
    if found.key.infno in _UNDOES:
        raise AlreadyReversed("撤销交易本身不能冲正，请以原报文重发查询其结果")
    return found.txn_id


TRANSACTION: Final = writing("2601", repair)
