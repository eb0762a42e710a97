"""The file of a day: every debit with what became of it, every refund, and a first line that sums them up."""

from __future__ import annotations

from typing import Final

from yibaobox_mocks.channels.debits import Desk
from yibaobox_mocks.channels.errors import ChannelError

_LAST: Final = 4


def text(desk: Desk, day: str) -> str:
    """Return a day's file, of phase 1 once the day is cut and of phase 2 once it is closed."""
    phase = desk.party.phase(desk.sandbox, day, desk.tx.now_us)
    if phase == 0:
        raise ChannelError("DAY_NOT_CUT", "该委托日期尚未日切")
    debits = desk.tx.query(
        "SELECT tax_org_code, tra_no, channel_txn, account_no, amount_fen, state, coalesce(done_us, created_us)"
        " FROM gw_channel_debits WHERE channel = ? AND entrust_date = ? ORDER BY channel_txn",
        *(desk.party.name, day),
    )
    refunds = desk.tx.query(
        "SELECT '', refund_no, channel_txn, '', amount_fen, 'SUCCESS', done_us"
        " FROM gw_channel_refunds WHERE channel = ? AND entrust_date = ? ORDER BY refund_no",
        *(desk.party.name, day),
    )
    rows = [("DEBIT", *row) for row in debits] + [("REFUND", *row) for row in refunds]
    done = [row[5] for row in rows if row[0] == "DEBIT" and row[6] == "SUCCESS"]
    back = [row[5] for row in rows if row[0] == "REFUND"]
    head = (desk.party.name, day, phase, len(done), sum(done), len(back), sum(back))
    return "".join("|".join(str(cell) for cell in line) + "\n" for line in (head, *(_line(desk, row) for row in rows)))


def _line(desk: Desk, row: tuple[object, ...]) -> tuple[object, ...]:
    kind, office, number, txn, account_no, fen, state, us = row
    masked = f"{'*' * (len(str(account_no)) - _LAST)}{str(account_no)[-_LAST:]}" if account_no else ""
    return kind, office, number, txn, masked, fen, state, desk.sandbox.rfc3339(int(str(us)))
