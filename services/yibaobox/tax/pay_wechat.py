"""Payment through WeChat: an order here, the same order at the gateway, and back.

Each step is a transaction of its own; between them the gateway is called. A process that dies in between leaves an
order that the next request takes up again, for the gateway knows it by its name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from yibaobox.domain import ledger
from yibaobox.domain.billing import bills, orders
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.billing.orders import NewOrder, Order
from yibaobox.domain.errors import AlreadyPaid, Conflicting, InvalidInput, PartyRefused, Refusal, WindowClosed
from yibaobox.domain.people import regions
from yibaobox.domain.store import Tx, World
from yibaobox.tax.receive import Received, receive, release
from yibaobox.tax.wechat import CHANNEL, Wallet

LIFE_US = 7200 * 1_000_000


def order(world: World, wallet: Wallet, psn_no: str, bill_id: int, openid: str | None) -> Order:
    """Return an order that the payer can pay: the open one of this payer, or a new one."""
    if openid is None:
        raise InvalidInput("请先完成微信登录", field="openid")
    with world.write() as tx:
        made = _begin(tx, psn_no, bill_id, openid)
        text = description(bills.get(tx, psn_no, bill_id))
    if made.prepay_id is not None:
        return made
    try:
        prepay_id = wallet.prepay(made, text)
    except PartyRefused:
        with world.write() as tx:
            _end(tx, made, "FAILED")
        raise
    with world.write() as tx:
        ledger.lock(tx, [psn_no])
        current = orders.get(tx, psn_no, made.order_id)
        return orders.take_prepay(tx, current, prepay_id) if current.is_open else current


def refresh(world: World, wallet: Wallet, found: Order, post_after: str) -> Received | None:
    """Ask the gateway what became of an order and take note of it, as a notification would have told."""
    if found.channel != CHANNEL:
        return None
    success = wallet.success(found.out_trade_no)
    if success is None:
        return None
    with world.write() as tx:
        received = receive(tx, found.out_trade_no, success, post_after)
    withdraw(wallet, received.closed)
    return received


def close(world: World, wallet: Wallet, found: Order) -> Order:
    """Close an open order, at the gateway first: what it says is paid cannot be closed."""
    if not found.is_open:
        raise Conflicting("该订单已结束，不能关闭")
    wallet.close(found.out_trade_no)
    with world.write() as tx:
        return _end(tx, found, "CLOSED")


def withdraw(wallet: Wallet, closed: Iterable[Order]) -> None:
    """Close at the gateway what is closed here. Where that fails, money that still comes lies in suspense."""
    for order_ in closed:
        if order_.channel == CHANNEL:
            with contextlib.suppress(Refusal):
                wallet.close(order_.out_trade_no)


def description(bill: Bill) -> str:
    """Return what the payer reads in the wallet."""
    return f"{regions.resolve(bill.region).short}城乡居民医保缴费{bill.year}年度"


def _begin(tx: Tx, psn_no: str, bill_id: int, openid: str) -> Order:
    ledger.lock(tx, [psn_no])
    bill = bills.get(tx, psn_no, bill_id)
    _refuse(tx, bill)
    known = orders.find_open(tx, bill, CHANNEL, openid)
    if known is not None and known.expires_us > tx.now_us:
        return known
    if known is not None:
        orders.finish(tx, known, "CLOSED")
    expires_us = min(tx.now_us + LIFE_US, bill.pay_by_us or tx.now_us + LIFE_US)
    made = orders.create(tx, bill, NewOrder(CHANNEL, openid, expires_us))
    if bill.state == "UNPAID":
        bills.step(tx, bill, "PAYING")
    return made


def _refuse(tx: Tx, bill: Bill) -> None:
    if bill.is_settled:
        raise AlreadyPaid("该账单已缴费，请勿重复缴费")
    if bill.state == "VOID":
        raise Conflicting("该账单已作废，请重新申报")
    if bill.pay_by_us is not None and tx.now_us >= bill.pay_by_us:
        raise WindowClosed("不在缴费期内，不能缴费")


def _end(tx: Tx, found: Order, state: str) -> Order:
    ledger.lock(tx, [found.psn_no])
    current = orders.get(tx, found.psn_no, found.order_id)
    if not current.is_open:
        return current  # somebody else was quicker, perhaps the payer
    done = orders.finish(tx, current, state)
    release(tx, bills.get(tx, found.psn_no, found.bill_id))
    return done
