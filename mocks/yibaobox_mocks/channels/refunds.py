"""Refunds: money of a debit that was done goes back to its account, in parts, never more than it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.channels.debits import Desk, fingerprint
from yibaobox_mocks.channels.errors import ChannelError

_COLUMNS: Final = "channel, refund_no, channel_txn, amount_fen, entrust_date, done_us, fingerprint"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the channel keeps it; `entrust_date` is the working day that it belongs to."""

    channel: str
    refund_no: str
    channel_txn: str
    amount_fen: int
    entrust_date: str
    done_us: int
    fingerprint: str


def make(desk: Desk, asked: Mapping[str, Any]) -> Refund:
    """Send money back; the same again is the same refund. The debit is locked first: of two at once one waits."""
    debit, print_ = desk.by_txn(asked["channel_txn"]), fingerprint(asked)
    if debit is None:
        raise ChannelError("NOT_FOUND", "没有这笔扣款")
    known = find(desk, asked["refund_no"])
    if known is None:
        sql = "SELECT coalesce(sum(amount_fen), 0) FROM gw_channel_refunds WHERE channel = ? AND channel_txn = ?"
        back = desk.tx.one(sql, debit.channel, debit.channel_txn)
        assert back is not None, "an aggregate has a row"
        if debit.state != "SUCCESS" or back[0] + asked["amount_fen"] > debit.amount_fen:
            raise ChannelError("NOT_REFUNDABLE", "该笔扣款未成功，或累计退款超过扣款金额")
        day = desk.party.working_day(desk.sandbox, desk.tx.now_us)
        made = desk.tx.run(
            f"INSERT INTO gw_channel_refunds ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *(debit.channel, asked["refund_no"], debit.channel_txn, asked["amount_fen"], day, desk.tx.now_us, print_),
        )
        if made:
            desk.give_back(debit, asked["amount_fen"])
        known = find(desk, asked["refund_no"])
        assert known is not None, "what was just written is there"
    if known.fingerprint != print_:
        raise ChannelError("REPEATED_WITH_OTHER_FACTS", "同一退款单号已用于另一笔退款")
    return known


def find(desk: Desk, refund_no: str) -> Refund | None:
    """Return a refund."""
    sql = f"SELECT {_COLUMNS} FROM gw_channel_refunds WHERE channel = ? AND refund_no = ?"
    row = desk.tx.one(sql, desk.party.name, refund_no)
    return None if row is None else Refund(*row)
