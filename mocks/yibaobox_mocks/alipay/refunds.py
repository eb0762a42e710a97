"""Refunds: at once, in parts, never more than was paid; a trade that went back in full is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.alipay import asked, trades
from yibaobox_mocks.alipay.errors import business, parameter
from yibaobox_mocks.alipay.trades import Trade
from yibaobox_mocks.ports import Tx

_COLUMNS: Final = "app_id, out_trade_no, out_request_no, amount_fen, reason, done_us"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the gateway keeps it."""

    app_id: str
    out_trade_no: str
    out_request_no: str
    amount_fen: int
    reason: str | None
    done_us: int


def make(tx: Tx, trade: Trade, document: dict[str, Any]) -> tuple[Trade, Refund, bool]:
    """Send money back and return the trade, the refund, and whether money moved: the same again moves none."""
    amount_fen = asked.fen(document, "refund_amount")
    name = asked.text(document, "out_request_no", 64)
    reason = asked.text(document, "refund_reason", 256)
    if name is None:
        if amount_fen != trade.total_fen:
            raise parameter("out_request_no", "部分退款时必传")
        name = trade.out_trade_no
    known = find(tx, trade, name)
    if known is not None:
        if known.amount_fen != amount_fen:
            raise business("ACQ.DISCORDANT_REPEAT_REQUEST")
        return trade, known, False
    _check(trade, amount_fen)
    made = tx.run(
        f"INSERT INTO gw_alipay_refunds ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        *(trade.app_id, trade.out_trade_no, name, amount_fen, reason, tx.now_us),
    )
    assert made == 1, "the trade is locked"
    if trade.refunded_fen + amount_fen == trade.total_fen:
        trades.close(tx, trade)
    after, refund = trades.find(tx, trade.app_id, trade.out_trade_no), find(tx, trade, name)
    assert after is not None, "it was found before"
    assert refund is not None, "what was just written is there"
    return after, refund, True


def find(tx: Tx, trade: Trade, out_request_no: str) -> Refund | None:
    """Return a refund of a trade."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM gw_alipay_refunds WHERE app_id = ? AND out_trade_no = ? AND out_request_no = ?",
        *(trade.app_id, trade.out_trade_no, out_request_no),
    )
    return None if row is None else Refund(*row)


def _check(trade: Trade, amount_fen: int) -> None:
    if trade.state == trades.FINISHED:
        raise business("ACQ.TRADE_HAS_FINISHED")
    if trade.state != trades.SUCCESS:
        raise business("ACQ.TRADE_STATUS_ERROR")
    if trade.refunded_fen + amount_fen > trade.total_fen:
        raise business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
