"""Payment through a channel: an order here, the same order at the channel, and back.

Each step is a transaction of its own; between them the channel is called. A process that dies in between leaves an
order that the next request takes up again, for the channel knows it by its name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

from yibaobox.domain import ledger
from yibaobox.domain.billing import bills, orders
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.billing.orders import NewOrder, Order
from yibaobox.domain.errors import AlreadyPaid, Conflicting, PartyRefused, Refusal, WindowClosed
from yibaobox.domain.people import regions
from yibaobox.domain.store import Tx, World
from yibaobox.tax import sheet
from yibaobox.tax.channels import INSIDE, Channel, Find
from yibaobox.tax.receive import Received, receive, release

LIFE_US: Final = 7200 * 1_000_000


def order(world: World, channel: Channel, psn_no: str, bill_id: int, payer: str) -> Order:
    """Return an order that the payer can pay: the open one of this payer, or a new one."""
    made, text = begin(world, channel.name, psn_no, bill_id, payer)
    if made.prepay_id is not None:
        return made
    try:
        prepay_id = channel.prepay(made, text)
    except PartyRefused:
        with world.write() as tx:
            end(tx, made, "FAILED")
        raise
    with world.write() as tx:
        ledger.lock(tx, [psn_no])
        current = orders.get(tx, psn_no, made.order_id)
        return orders.take_prepay(tx, current, prepay_id) if current.is_open else current


def begin(world: World, channel: str, psn_no: str, bill_id: int, payer: str) -> tuple[Order, str]:
    """Return the payer's order of a bill, and what they read at the channel."""
    with world.write() as tx:
        made = _begin(tx, channel, psn_no, bill_id, payer)
        return made, description(bills.get(tx, psn_no, bill_id))


def refresh(world: World, find: Find, found: Order, post_after: str) -> Received | None:
    """Ask the channel what became of an order and take note of it, as a notification would have told."""
    if found.channel not in CHANNELS:
        return None
    success = find(found.channel).success(found)
    if success is None:
        return None
    with world.write() as tx:
        received = receive(tx, found.out_trade_no, success, post_after)
    withdraw(find, received.closed)
    return received


def close(world: World, find: Find, found: Order) -> Order:
    """Close an open order, at the channel first: what it says is paid cannot be closed."""
    if not found.is_open:
        raise Conflicting("该订单已结束，不能关闭")
    find(found.channel).close(found)
    with world.write() as tx:
        return end(tx, found, "CLOSED")


def withdraw(find: Find, closed: Iterable[Order]) -> None:
    """Close at their channels what is closed here. Where that fails, money that still comes lies in suspense."""
    for order_ in closed:
        if order_.channel in CHANNELS:
            with contextlib.suppress(Refusal):
                find(order_.channel).close(order_)


def description(bill: Bill) -> str:
    """Return what the payer reads at the channel."""
    return f"{regions.resolve(bill.region).short}城乡居民医保缴费{bill.year}年度"


def end(tx: Tx, found: Order, state: str) -> Order:
    """Take an order to its end, unless somebody else was quicker, perhaps the payer."""
    ledger.lock(tx, [found.psn_no])
    current = orders.get(tx, found.psn_no, found.order_id)
    if not current.is_open:
        return current
    done = orders.finish(tx, current, state)
    release(tx, bills.get(tx, found.psn_no, found.bill_id))
    return done


def _begin(tx: Tx, channel: str, psn_no: str, bill_id: int, payer: str) -> Order:
    ledger.lock(tx, [psn_no])
    bill = bills.get(tx, psn_no, bill_id)
    _refuse(tx, bill)
    if channel in INSIDE:
        _refuse_late(tx, bill)
    known = orders.find_open(tx, bill, channel, payer)
    if known is not None and known.expires_us > tx.now_us:
        return known
    if known is not None:
        orders.finish(tx, known, "CLOSED")
    expires_us = min(tx.now_us + LIFE_US, bill.pay_by_us or tx.now_us + LIFE_US)
    made = orders.create(tx, bill, NewOrder(channel, payer, expires_us))
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


def _refuse_late(tx: Tx, bill: Bill) -> None:
    """Refuse outside the window, whatever the region allows elsewhere: these channels take no late payment (T6)."""
    if tx.today not in sheet.offered(tx, bill.region, bill.capacity, bill.year).window:
        raise WindowClosed("不在集中缴费期内，该渠道不办理缴费")


CHANNELS: Final = ("wechat", "alipay", *INSIDE)
