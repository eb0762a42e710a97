"""The buyer acts: opens what is offered, pays, fails to, or turns away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from yibaobox_mocks.alipay import magic, medical, notify, signing, trades, users
from yibaobox_mocks.alipay.notify import Teller
from yibaobox_mocks.alipay.trades import Trade
from yibaobox_mocks.ports import PLAINLY, Refused, Sandbox, Telling, Tx, World
from yibaobox_mocks.written import clocked, yuan


@dataclass(frozen=True, slots=True)
class Act:
    """What a buyer does; `even_closed`: the payment was under way when the application closed the trade."""

    out_trade_no: str
    outcome: str = "success"
    buyer_id: str | None = None
    even_closed: bool = False
    telling: Telling = PLAINLY


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it: the trade's state, the call-backs to send now in this order, where the buyer is led back to."""

    state: str
    events: tuple[int, ...]
    return_url: str | None = None


def act(sandbox: Sandbox, world: World, wanted: Act) -> Acted:
    """Let the buyer act on a trade; money and notification are one transaction."""
    keys = sandbox.keys(world)
    with world.write() as tx:
        found = trades.find(tx, keys["app_id"], wanted.out_trade_no) if wanted.out_trade_no.isprintable() else None
        if found is None:
            return _medical(sandbox, tx, keys, wanted)
        buyer_id = _buyer(tx, found, wanted.buyer_id)
        temper = magic.of(buyer_id)
        outcome = wanted.outcome if wanted.outcome != "success" else temper.outcome
        trade = _open(tx, sandbox, found, wanted)
        if outcome != "success":
            return Acted(trade.state, ())  # one that fails or is called off leaves the trade as it was
        telling = wanted.telling if wanted.telling != PLAINLY else temper.telling
        paid = trades.pay(tx, sandbox, trade, buyer_id)
        events = tuple(sandbox.stage(tx, each) for each in Teller(sandbox, keys).of_payment(paid, telling))
        return Acted(paid.state, () if telling.wait_s else events, _way_back(sandbox, world, paid))


def _medical(sandbox: Sandbox, tx: Tx, keys: Mapping[str, str], wanted: Act) -> Acted:
    """Let the buyer act on a payment by insurance and cash."""
    desk = medical.Desk(tx, sandbox, keys["app_id"])
    found = desk.find(wanted.out_trade_no) if wanted.out_trade_no.isprintable() else None
    if found is None:
        raise Refused("not_found", "没有这个支付宝交易")
    if wanted.buyer_id not in (None, found.buyer_id):
        raise Refused("conflict", "交易买家不匹配")
    if found.state != medical.WAITING or tx.now_us >= found.expires_us:
        raise Refused("conflict", "交易已结束或已超时")
    outcome = wanted.outcome if wanted.outcome != "success" else magic.of(found.buyer_id).outcome
    if outcome != "success":
        return Acted(found.state, ())
    paid = desk.pay(found)
    return Acted(paid.state, tuple(sandbox.stage(tx, each) for each in Teller(sandbox, keys).of_medical(paid)))


def _buyer(tx: Tx, trade: Trade, buyer_id: str | None) -> str:
    """Return who acts: whom the trade names, or anybody who knows how to open it."""
    if buyer_id is not None and trade.buyer_id not in (None, buyer_id):
        raise Refused("conflict", "交易买家不匹配")
    found = buyer_id or trade.buyer_id or users.stranger(trade.app_id)
    if not users.belongs(tx, trade.app_id, found):
        raise Refused("conflict", "该支付宝账号属于其他应用")
    return found


def _open(tx: Tx, sandbox: Sandbox, trade: Trade, wanted: Act) -> Trade:
    """Return the trade that the buyer sees, which from now on exists."""
    if trade.state != (trades.CLOSED if wanted.even_closed else trade.state) or trade.state in trades.PAID:
        raise Refused("conflict", "交易已被支付")
    if trade.state == trades.CLOSED and (not wanted.even_closed or trade.paid_us is not None):
        raise Refused("conflict", "交易已经关闭")
    if tx.now_us >= trade.expires_us:
        raise Refused("conflict", "交易已超时")
    return trades.opened(tx, sandbox, trade) if trade.state == trades.OFFERED else trade


def _way_back(sandbox: Sandbox, world: World, trade: Trade) -> str | None:
    """Return the address that a page leads the buyer back to, signed as a notification is."""
    if trade.return_url is None:
        return None
    keys = sandbox.keys(world)
    told = {
        "app_id": trade.app_id,
        "auth_app_id": trade.app_id,
        "charset": "utf-8",
        "method": f"alipay.trade.{trade.product}.pay.return",
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.trade_no or "",
        "total_amount": yuan(trade.total_fen),
        "seller_id": notify.seller(trade.app_id),
        "timestamp": clocked(sandbox, sandbox.wall_us()),
        "version": "1.0",
    }
    told |= {"sign_type": "RSA2", "sign": signing.notified(told, keys)}
    mark = "&" if "?" in trade.return_url else "?"
    return f"{trade.return_url}{mark}{urlencode(told)}"


def end(sandbox: Sandbox, keys: Mapping[str, str], tx: Tx, payload: Mapping[str, Any]) -> None:
    """Do what is due with a trade, and tell of it: it times out, is final, or is paid after all."""
    buyer_id = payload.get("pays")
    if buyer_id is None:
        ended = trades.end(tx, payload)
        told = Teller(sandbox, keys).of_state(ended) if ended is not None else iter(())
    else:
        trade = trades.find(tx, str(payload["app_id"]), str(payload["out_trade_no"]))
        if trade is None or trade.state != trades.WAITING:
            return
        paid = trades.pay(tx, sandbox, trade, str(buyer_id))
        told = Teller(sandbox, keys).of_payment(paid, PLAINLY)
    for event in told:
        sandbox.stage(tx, replace(event, delay=0))
