"""A trade as answers and notifications tell it."""

from __future__ import annotations

import json
from typing import Any

from yibaobox_mocks.alipay import trades, users
from yibaobox_mocks.alipay.refunds import Refund
from yibaobox_mocks.alipay.trades import Trade
from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.written import clocked, yuan

_NOTHING = "0.00"


def numbers(trade: Trade) -> dict[str, Any]:
    """Return both numbers of a trade."""
    return {"out_trade_no": trade.out_trade_no, "trade_no": trade.trade_no}


def query(trade: Trade, sandbox: Sandbox) -> dict[str, Any]:
    """Return the answer to a query."""
    told: dict[str, Any] = {
        **numbers(trade),
        "trade_status": trade.state,
        "total_amount": yuan(trade.total_fen),
        "point_amount": _NOTHING,
        **_received(trade),
    }
    if trade.buyer_id is not None:
        told |= {"buyer_user_id": trade.buyer_id, "buyer_logon_id": users.logon(trade.buyer_id)}
    if trade.paid_us is not None:
        told |= {"send_pay_date": clocked(sandbox, trade.paid_us), "fund_bill_list": _funds(trade.total_fen)}
    return told


def paid(trade: Trade, sandbox: Sandbox) -> dict[str, Any]:
    """Return the answer to a payment at a till."""
    told = query(trade, sandbox)
    told["gmt_payment"] = told.pop("send_pay_date")
    del told["trade_status"]
    return told


def refunded(trade: Trade, refund: Refund, sandbox: Sandbox, *, moved: bool) -> dict[str, Any]:
    """Return the answer to a refund; `refund_fee` is what went back of the trade so far."""
    told: dict[str, Any] = {
        **numbers(trade),
        "buyer_logon_id": users.logon(trade.buyer_id or ""),
        "buyer_user_id": trade.buyer_id,
        "fund_change": "Y" if moved else "N",
        "gmt_refund_pay": clocked(sandbox, refund.done_us),
        "refund_fee": yuan(trade.refunded_fen),
        "send_back_fee": yuan(refund.amount_fen) if moved else _NOTHING,
    }
    if moved:
        told["refund_detail_item_list"] = _funds(refund.amount_fen)
    return told


def found_refund(trade: Trade, refund: Refund, sandbox: Sandbox) -> dict[str, Any]:
    """Return the answer to a query for a refund."""
    return {
        **numbers(trade),
        "out_request_no": refund.out_request_no,
        "refund_amount": yuan(refund.amount_fen),
        "total_amount": yuan(trade.total_fen),
        "refund_status": "REFUND_SUCCESS",
        "refund_reason": refund.reason or "",
        "gmt_refund_pay": clocked(sandbox, refund.done_us),
        "send_back_fee": yuan(refund.amount_fen),
    }


def notified(trade: Trade, sandbox: Sandbox) -> dict[str, str]:
    """Return what a notification tells of a trade."""
    told: dict[str, str] = {
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.trade_no or "",
        "trade_status": trade.state,
        "buyer_id": trade.buyer_id or "",
        "total_amount": yuan(trade.total_fen),
        "point_amount": _NOTHING,
        **_received(trade),
        "subject": trade.subject,
        "body": trade.body or "",
        "passback_params": trade.passback or "",
        "gmt_create": clocked(sandbox, trade.created_us),
    }
    if trade.paid_us is not None:
        funds = [{"amount": yuan(trade.total_fen), "fundChannel": "ALIPAYACCOUNT"}]
        told |= {
            "gmt_payment": clocked(sandbox, trade.paid_us),
            "fund_bill_list": json.dumps(funds, separators=(",", ":")),
        }
    if trade.state == trades.CLOSED and trade.closed_us is not None:
        told["gmt_close"] = clocked(sandbox, trade.closed_us)
    return {name: value for name, value in told.items() if value}


def _received(trade: Trade) -> dict[str, str]:
    got = yuan(trade.total_fen) if trade.paid_us is not None else _NOTHING
    return {"receipt_amount": got, "buyer_pay_amount": got, "invoice_amount": got}


def _funds(fen: int) -> list[dict[str, str]]:
    return [{"amount": yuan(fen), "fund_channel": "ALIPAYACCOUNT"}]
