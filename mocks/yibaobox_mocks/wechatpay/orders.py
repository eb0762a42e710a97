"""Orders: NOTPAY → SUCCESS | CLOSED; SUCCESS shows as REFUND once any of it is refunded.

A failed attempt to pay leaves NOTPAY.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.ports import Refused, Sandbox, Tx
from yibaobox_mocks.wechat_login import users
from yibaobox_mocks.wechatpay import prepays
from yibaobox_mocks.wechatpay.asked import Asked
from yibaobox_mocks.wechatpay.errors import WechatError

_COLUMNS: Final = (
    "mchid, out_trade_no, appid, openid, description, attach, notify_url, trade_type, total_fen,"
    " expires_us, state, transaction_id, success_us, fingerprint, created_us"
)
_READ: Final = (
    f"SELECT {_COLUMNS}, (SELECT count(*) FROM gw_wechat_refunds r WHERE r.mchid = gw_wechat_orders.mchid"
    " AND r.out_trade_no = gw_wechat_orders.out_trade_no AND r.state <> 'CLOSED') FROM gw_wechat_orders"
)
_SAID: Final = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "订单发生过退款"}


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the gateway keeps it."""

    mchid: str
    out_trade_no: str
    appid: str
    openid: str | None
    description: str
    attach: str | None
    notify_url: str
    trade_type: str
    total_fen: int
    expires_us: int | None
    state: str
    transaction_id: str | None
    success_us: int | None
    fingerprint: str
    created_us: int
    refunds: int

    @property
    def trade_state(self) -> str:
        """The state as merchants see it."""
        return "REFUND" if self.refunds else self.state


def create(tx: Tx, mchid: str, asked: Asked) -> dict[str, str]:
    """Take an order and return what its client begins with: the same order again is begun afresh, another refused."""
    known = find(tx, mchid, asked.out_trade_no)
    if known is not None:
        _check_again(known, asked)
        return prepays.begin(tx, mchid, asked.out_trade_no, asked.kind)
    if asked.openid is not None and not users.belongs(tx, asked.appid, asked.openid):
        raise WechatError(400, "PARAM_ERROR", "appid和openid不匹配")
    made = tx.run(
        f"INSERT INTO gw_wechat_orders ({_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY', NULL, NULL, ?, ?) ON CONFLICT DO NOTHING",
        *(mchid, asked.out_trade_no, asked.appid, asked.openid, asked.description, asked.attach, asked.notify_url),
        *(asked.kind, asked.total_fen, asked.expires_us, asked.fingerprint, tx.now_us),
    )
    if not made:  # somebody ordered it meanwhile: it is the same order, or another one of its name
        taken = find(tx, mchid, asked.out_trade_no)
        assert taken is not None, "what stood in the way is there"
        _check_again(taken, asked)
    return prepays.begin(tx, mchid, asked.out_trade_no, asked.kind)


def find(tx: Tx, mchid: str, out_trade_no: str) -> Order | None:
    """Return an order, locked where the database has several writers, or nothing."""
    return _one(tx, "out_trade_no", mchid, out_trade_no)


def find_paid(tx: Tx, mchid: str, transaction_id: str) -> Order | None:
    """Return the order that the gateway gave a number when it was paid, or nothing."""
    return _one(tx, "transaction_id", mchid, transaction_id)


def _one(tx: Tx, column: str, mchid: str, name: str) -> Order | None:
    if not name.isprintable():
        return None  # no database has such a name in it, and PostgreSQL cannot even be asked
    row = tx.one(f"{_READ} WHERE mchid = ? AND {column} = ?{tx.for_update}", mchid, name)
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


def pay(tx: Tx, order: Order, openid: str | None, *, even_closed: bool = False) -> Order:
    """Take a payer's money; a payment that was under way may come through after the order was closed."""
    payer = _payer(tx, order, openid)
    if order.state != ("CLOSED" if even_closed else "NOTPAY"):
        raise Refused("conflict", "该订单已支付" if order.state == "SUCCESS" else "该订单已关闭")
    if order.expires_us is not None and tx.now_us >= order.expires_us:
        raise Refused("conflict", "订单已过支付有效期")
    transaction_id = f"4200{tx.next_number('number'):024d}"
    tx.run(
        "UPDATE gw_wechat_orders SET state = 'SUCCESS', transaction_id = ?, success_us = ?, openid = ?"
        " WHERE mchid = ? AND out_trade_no = ? AND state = ?",
        *(transaction_id, tx.now_us, payer, order.mchid, order.out_trade_no, order.state),
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
        "trade_state": order.trade_state,
        "trade_state_desc": _SAID[order.trade_state],
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


def _payer(tx: Tx, order: Order, openid: str | None) -> str:
    """Return who pays: whom the order names, or anybody who knows how to begin it."""
    if openid is not None and order.openid not in (None, openid):
        raise Refused("conflict", "下单账号与支付账号不一致")
    payer = openid or order.openid or users.stranger(order.appid)
    if not users.belongs(tx, order.appid, payer):
        raise Refused("conflict", "appid和openid不匹配")
    return payer


def _paid(amount: Mapping[str, Any], order: Order) -> dict[str, Any]:
    return {**amount, "payer_total": order.total_fen, "payer_currency": "CNY"}


def _check_again(known: Order, asked: Asked) -> None:
    if known.state == "SUCCESS":
        raise WechatError(400, "ORDERPAID", "该订单已支付", number=268449538)
    if known.state == "CLOSED":
        raise WechatError(400, "ORDER_CLOSED", "该订单已关闭")
    if known.fingerprint != asked.fingerprint:
        raise WechatError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", number=268498688)
