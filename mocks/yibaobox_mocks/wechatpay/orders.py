"""Orders: NOTPAY → SUCCESS | CLOSED. A failed attempt to pay leaves NOTPAY."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Refused, Sandbox, Tx
from yibaobox_mocks.wechat_login import users
from yibaobox_mocks.wechatpay.asked import Asked
from yibaobox_mocks.wechatpay.errors import WechatError

_COLUMNS: Final = (
    "mchid, out_trade_no, appid, openid, description, attach, notify_url, trade_type, total_fen, prepay_id,"
    " expires_us, state, transaction_id, success_us, fingerprint, created_us"
)
_SAID: Final = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭"}


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the gateway keeps it."""

    mchid: str
    out_trade_no: str
    appid: str
    openid: str
    description: str
    attach: str | None
    notify_url: str
    trade_type: str
    total_fen: int
    prepay_id: str
    expires_us: int | None
    state: str
    transaction_id: str | None
    success_us: int | None
    fingerprint: str
    created_us: int


def create(tx: Tx, mchid: str, asked: Asked) -> str:
    """Take an order and return its prepay_id: the same order again gets a fresh one, another of its name an error."""
    known = find(tx, mchid, asked.out_trade_no)
    if known is not None:
        _check_again(known, asked)
    elif not users.belongs(tx, asked.appid, asked.openid):
        raise WechatError(400, "PARAM_ERROR", "appid和openid不匹配")
    prepay_id = f"wx{lots.word(34).lower()}"
    if known is not None:
        sql = "UPDATE gw_wechat_orders SET prepay_id = ? WHERE mchid = ? AND out_trade_no = ?"
        tx.run(sql, prepay_id, mchid, asked.out_trade_no)
        return prepay_id
    tx.run(
        f"INSERT INTO gw_wechat_orders ({_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'JSAPI', ?, ?, ?, 'NOTPAY', NULL, NULL, ?, ?)",
        *(mchid, asked.out_trade_no, asked.appid, asked.openid, asked.description, asked.attach, asked.notify_url),
        *(asked.total_fen, prepay_id, asked.expires_us, asked.fingerprint, tx.now_us),
    )
    return prepay_id


def find(tx: Tx, mchid: str, out_trade_no: str) -> Order | None:
    """Return an order, locked where the database has several writers, or nothing."""
    if not out_trade_no.isprintable():
        return None  # no database has such a name in it, and PostgreSQL cannot even be asked
    sql = f"SELECT {_COLUMNS} FROM gw_wechat_orders WHERE mchid = ? AND out_trade_no = ?{tx.for_update}"
    row = tx.one(sql, mchid, out_trade_no)
    return None if row is None else Order(*row)


def close(tx: Tx, mchid: str, out_trade_no: str) -> None:
    """Close an order that is not paid; doing it again changes nothing."""
    order = find(tx, mchid, out_trade_no)
    if order is not None and order.state == "SUCCESS":
        raise WechatError(400, "ORDERPAID", "该订单已支付", number=268449538)
    tx.run(
        "UPDATE gw_wechat_orders SET state = 'CLOSED' WHERE mchid = ? AND out_trade_no = ? AND state = 'NOTPAY'",
        mchid,
        out_trade_no,
    )


def pay(tx: Tx, order: Order, *, even_closed: bool = False) -> Order:
    """Take the payer's money; a payment that was under way may come through after the order was closed."""
    if order.state != ("CLOSED" if even_closed else "NOTPAY"):
        raise Refused("conflict", "该订单已支付" if order.state == "SUCCESS" else "该订单已关闭")
    if order.expires_us is not None and tx.now_us >= order.expires_us:
        raise Refused("conflict", "订单已过支付有效期")
    transaction_id = f"4200{tx.next_number('number'):024d}"
    tx.run(
        "UPDATE gw_wechat_orders SET state = 'SUCCESS', transaction_id = ?, success_us = ?"
        " WHERE mchid = ? AND out_trade_no = ? AND state = ?",
        *(transaction_id, tx.now_us, order.mchid, order.out_trade_no, order.state),
    )
    paid = find(tx, order.mchid, order.out_trade_no)
    assert paid is not None, "what was just paid is there"
    return paid


def shown(order: Order, sandbox: Sandbox) -> dict[str, Any]:
    """Return an order as a query and a notification tell it; what only payment brings is absent before it."""
    told: dict[str, Any] = {
        "appid": order.appid,
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "promotion_detail": [],
        "trade_state": order.state,
        "trade_state_desc": _SAID[order.state],
        "amount": {"total": order.total_fen, "currency": "CNY"},
    }
    if order.attach is not None:
        told["attach"] = order.attach
    if order.success_us is not None:
        told |= {
            "transaction_id": order.transaction_id,
            "trade_type": order.trade_type,
            "bank_type": "OTHERS",
            "success_time": sandbox.rfc3339(order.success_us),
            "payer": {"openid": order.openid},
            "amount": _paid(told["amount"], order),
        }
    return told


def _paid(amount: Mapping[str, Any], order: Order) -> dict[str, Any]:
    return {**amount, "payer_total": order.total_fen, "payer_currency": "CNY"}


def _check_again(known: Order, asked: Asked) -> None:
    if known.state == "SUCCESS":
        raise WechatError(400, "ORDERPAID", "该订单已支付", number=268449538)
    if known.state == "CLOSED":
        raise WechatError(400, "ORDER_CLOSED", "该订单已关闭")
    if known.fingerprint != asked.fingerprint:
        raise WechatError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", number=268498688)
