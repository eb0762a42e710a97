"""Orders: NOTPAY → SUCCESS | CLOSED; SUCCESS shows as REFUND once any of it is refunded.

A failed attempt to pay leaves NOTPAY. Orders by payment code also wait for the payer (USERPAYING), fail (PAYERROR) and
are taken back (REVOKED).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.ports import Refused, Sandbox, Tx
from yibaobox_mocks.wechat_login import users
from yibaobox_mocks.wechatpay.asked import Asked
from yibaobox_mocks.wechatpay.errors import WechatError

_COLUMNS: Final = (
    "mchid, out_trade_no, appid, openid, description, attach, notify_url, trade_type, total_fen,"
    " expires_us, state, transaction_id, success_us, fingerprint, created_us, sub_mchid, sub_appid"
)
_READ: Final = (
    f"SELECT {_COLUMNS},"
    " (SELECT u.appid FROM gw_wechat_users u WHERE u.openid = gw_wechat_orders.openid),"
    " (SELECT count(*) FROM gw_wechat_refunds r WHERE r.mchid = gw_wechat_orders.mchid"
    " AND r.out_trade_no = gw_wechat_orders.out_trade_no AND r.state <> 'CLOSED') FROM gw_wechat_orders"
)
_SAID: Final = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "CLOSED": "订单已关闭",
    "REFUND": "订单发生过退款",
    "USERPAYING": "用户支付中，请稍候",
    "REVOKED": "订单已撤销",
    "PAYERROR": "支付失败",
}
REENTRY: Final = "wechat_reentry"


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
    sub_mchid: str | None
    sub_appid: str | None
    payer_appid: str | None
    refunds: int

    @property
    def trade_state(self) -> str:
        """The state as merchants see it."""
        return "REFUND" if self.refunds and self.state == "SUCCESS" else self.state

    @property
    def merchants(self) -> dict[str, str]:
        """Who is paid, as the order's own interface names it."""
        if self.sub_mchid is None:
            return {"appid": self.appid, "mchid": self.mchid}
        named = {"sp_appid": self.appid, "sp_mchid": self.mchid, "sub_mchid": self.sub_mchid}
        return named | ({} if self.sub_appid is None else {"sub_appid": self.sub_appid})

    @property
    def payer(self) -> dict[str, str | None]:
        """Who paid, as the order's own interface names it."""
        if self.sub_mchid is None:
            return {"openid": self.openid}
        return {"sub_openid" if self.payer_appid == self.sub_appid else "sp_openid": self.openid}


def create(tx: Tx, mchid: str, asked: Asked, reentry: str) -> None:
    """Take an order; the same order again is the same order, another of its number is refused."""
    taken = take(tx, mchid, asked)
    if taken is not None:
        _check_again(taken, asked, reentry)


def take(tx: Tx, mchid: str, asked: Asked) -> Order | None:
    """Write an order down, or return what has its name already."""
    known = find(tx, mchid, asked.out_trade_no)
    if known is not None:
        return known
    if asked.openid is not None and not users.belongs(tx, asked.payer_appid, asked.openid):
        raise WechatError(400, "PARAM_ERROR", "appid和openid不匹配")
    made = tx.run(
        f"INSERT INTO gw_wechat_orders ({_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY', NULL, NULL, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(mchid, asked.out_trade_no, asked.appid, asked.openid, asked.description, asked.attach, asked.notify_url),
        *(asked.kind, asked.total_fen, asked.expires_us, asked.fingerprint, tx.now_us),
        *(asked.sub_mchid, asked.sub_appid),
    )
    if made:
        return None
    taken = find(tx, mchid, asked.out_trade_no)  # somebody ordered it meanwhile
    assert taken is not None, "what stood in the way is there"
    return taken


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


def close(tx: Tx, mchid: str, out_trade_no: str, sub_mchid: str | None = None) -> None:
    """Close an order that is not paid; doing it again changes nothing."""
    order = find(tx, mchid, out_trade_no)
    if order is not None and order.sub_mchid != sub_mchid:
        raise WechatError(400, "INVALID_REQUEST", "订单与请求的商户不符")
    if order is not None and order.state == "SUCCESS":
        raise WechatError(400, "ORDERPAID", "该订单已支付", number=268449538)
    tx.run(
        "UPDATE gw_wechat_orders SET state = 'CLOSED' WHERE mchid = ? AND out_trade_no = ? AND state = 'NOTPAY'",
        mchid,
        out_trade_no,
    )


def payable(tx: Tx, order: Order, openid: str | None, *, even_closed: bool = False) -> str:
    """Return who pays an order; Refused when nobody can. A payment may have been under way when it was closed."""
    payer = _payer(tx, order, openid)
    if order.state != ("CLOSED" if even_closed else "NOTPAY"):
        raise Refused("conflict", "该订单已支付" if order.state == "SUCCESS" else "该订单已关闭")
    if order.expires_us is not None and tx.now_us >= order.expires_us:
        raise Refused("conflict", "订单已过支付有效期")
    return payer


def pay(tx: Tx, order: Order, payer: str, *, success_us: int | None = None, transaction_id: str = "") -> Order:
    """Take a payer's money."""
    tx.run(
        "UPDATE gw_wechat_orders SET state = 'SUCCESS', transaction_id = ?, success_us = ?, openid = ?"
        " WHERE mchid = ? AND out_trade_no = ? AND state = ?",
        *(transaction_id or number(tx), tx.now_us if success_us is None else success_us, payer),
        *(order.mchid, order.out_trade_no, order.state),
    )
    return _again(tx, order)


def step(tx: Tx, order: Order, state: str) -> Order:
    """Set an order to another state."""
    tx.run(
        "UPDATE gw_wechat_orders SET state = ? WHERE mchid = ? AND out_trade_no = ? AND state = ?",
        *(state, order.mchid, order.out_trade_no, order.state),
    )
    return _again(tx, order)


def number(tx: Tx) -> str:
    """Return the gateway's next number of a payment."""
    return f"4200{tx.next_number('number'):024d}"


def shown(order: Order, sandbox: Sandbox) -> dict[str, Any]:
    """Return an order as a query and a notification tell it; what only payment brings is absent before it."""
    told: dict[str, Any] = {
        **order.merchants,
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
            "payer": order.payer,
            "amount": _paid(told["amount"], order),
        }
    return told


def _again(tx: Tx, order: Order) -> Order:
    found = find(tx, order.mchid, order.out_trade_no)
    assert found is not None, "what was just written is there"
    return found


def _payer(tx: Tx, order: Order, openid: str | None) -> str:
    """Return who pays: whom the order names, or anybody who knows how to begin it."""
    if openid is not None and order.openid not in (None, openid):
        raise Refused("conflict", "下单账号与支付账号不一致")
    payer = openid or order.openid or users.stranger(order.appid)
    if not users.belongs(tx, (order.openid and order.payer_appid) or order.appid, payer):
        raise Refused("conflict", "appid和openid不匹配")
    return payer


def _paid(amount: Mapping[str, Any], order: Order) -> dict[str, Any]:
    return {**amount, "payer_total": order.total_fen, "payer_currency": "CNY"}


def _check_again(known: Order, asked: Asked, reentry: str) -> None:
    if known.state == "SUCCESS":
        raise WechatError(400, "ORDERPAID", "该订单已支付", number=268449538)
    if known.state == "CLOSED":
        raise WechatError(400, "ORDER_CLOSED", "该订单已关闭")
    if known.fingerprint == asked.fingerprint:
        return
    if reentry == "out_trade_no_used":
        raise WechatError(403, "OUT_TRADE_NO_USED", "商户订单号重复", number=268498688)
    raise WechatError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", number=268498688)
