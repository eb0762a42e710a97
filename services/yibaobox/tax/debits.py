"""Bank, campus card and kiosk (T6): channels that debit an account at once, and take back what is in doubt (冲正).

A debit is known by tax office, entrust date and the order's name. The date is noted with the order before the channel
is asked, so that an answer that is lost can be asked for again.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import requests

from yibaobox.domain import clock, ledger
from yibaobox.domain.billing import orders
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.billing.payments import Payment, Refund, Returned, Success
from yibaobox.domain.errors import (
    CheckFailed,
    Conflicting,
    InsufficientBalance,
    InvalidInput,
    NotEligible,
    PartyRefused,
    Refusal,
)
from yibaobox.domain.store import World
from yibaobox.edge import signing, strict_json
from yibaobox.tax import pay, wire
from yibaobox.tax.channel_files import Line, of_debits, trusted
from yibaobox.tax.receive import receive

OFFICE: Final = "15000000000"  # the tax office that entrusts
_REFUSALS: Final[Mapping[str, tuple[type[Refusal], str]]] = {
    "NO_ACCOUNT": (InvalidInput, "账户不存在"),
    "ACCOUNT_FROZEN": (NotEligible, "账户已冻结或挂失"),
    "NAME_MISMATCH": (CheckFailed, "户名不符"),
    "WRONG_PASSWORD": (CheckFailed, "密码错误"),
    "INSUFFICIENT_BALANCE": (InsufficientBalance, "余额不足"),
    "REVERSED_BEFORE": (Conflicting, "该笔扣款已冲正"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """What is debited: the payer says the number, the bank's holder, the card's password, the kiosk's own number."""

    account_no: str
    holder: str | None = None
    password: str | None = None
    terminal: str | None = None

    def facts(self) -> dict[str, str]:
        """Return what the channel is told."""
        named = {"account_no": self.account_no, "holder": self.holder, "password": self.password}
        return {name: value for name, value in {**named, "terminal": self.terminal}.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Debits:
    """One such channel for one merchant."""

    name: str
    session: requests.Session
    url: str
    merchant_no: str
    key: str

    def prepay(self, order: Order, description: str) -> str:
        """Take no order ahead of its debit."""
        raise AssertionError(f"{self.name} debits at once: {order.out_trade_no} {description}")

    def debit(self, order: Order, account: Account, summary: str) -> dict[str, Any]:
        """Debit an account and return what became of it."""
        asked = {**_key(order), **account.facts(), "amount_fen": order.amount_fen, "summary": summary}
        return self._call("POST", "/debits", asked)

    def success(self, order: Order) -> Success | None:
        """Ask what became of a debit; nothing while it is not done, or never came."""
        if order.prepay_id is None:
            return None  # it never came to be asked for
        told = self._call("GET", f"/debits/{'/'.join(_key(order).values())}")
        return self.succeeded(told) if told.get("state") == "SUCCESS" else None

    def succeeded(self, told: Mapping[str, Any]) -> Success:
        """Read a debit that was done."""
        fen, at = told.get("amount_fen"), told.get("at")
        if not isinstance(fen, int) or isinstance(fen, bool) or not isinstance(told.get("channel_txn"), str):
            raise PartyRefused("支付渠道的支付结果不完整")
        return Success(self.name, told["channel_txn"], fen, clock.to_us(clock.parse_instant(at)))

    def close(self, order: Order) -> None:
        """Reverse a debit: what was done is undone, what comes later is barred."""
        if order.prepay_id is None:
            return
        told = self._call("POST", "/reversals", _key(order))
        if told.get("state") != "REVERSED":
            raise PartyRefused("支付渠道不能冲正该笔扣款", channel_code=str(told.get("code"))[:64])

    def refund(self, payment: Payment, owed: Refund) -> Returned | None:
        """Send money back, at once."""
        facts = {"refund_no": owed.out_refund_no, "channel_txn": payment.channel_txn, "amount_fen": owed.amount_fen}
        told = self._call("POST", "/refunds", facts)
        if told.get("state") != "SUCCESS":
            raise PartyRefused("支付渠道拒绝了退款", channel_code=str(told.get("code"))[:64])
        return Returned(self.name, owed.out_refund_no, owed.amount_fen)

    def bill(self, day: str) -> list[Line]:
        """Return the channel's file of a day, once the day is cut."""
        reply = self._send("GET", f"/bills/{day}", "")
        if reply.status_code != 200:  # noqa: PLR2004 - the file, or why there is none
            told = wire.document(reply.content)
            raise PartyRefused("支付渠道没有该日对账文件", channel_code=str(told.get("code"))[:64])
        return trusted(of_debits, reply.content.decode("utf-8", "replace"))

    def _call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        reply = self._send(method, path, "" if document is None else strict_json.dumps(document))
        return wire.document(reply.content)

    def _send(self, method: str, path: str, body: str) -> requests.Response:
        """Send a signed request and return the signed reply."""
        target, stamp = f"/{self.name}/v1{path}", str(clock.wall_us() // 1_000_000)
        headers = {
            "Content-Type": "application/json",
            "X-Channel-Merchant": self.merchant_no,
            "X-Channel-Timestamp": stamp,
            "X-Channel-Signature": signing.keyed(self.key, method, target, stamp, body),
        }
        data, url = body.encode() or None, self.url + target
        with wire.waiting():
            reply = self.session.request(
                method, url, data=data, headers=headers, timeout=wire.TIMEOUT_S, allow_redirects=False
            )
        wire.check_known(reply)
        told = (reply.headers.get("X-Channel-Timestamp", ""), reply.content.decode("utf-8", "replace"))
        given = reply.headers.get("X-Channel-Signature", "")
        if not hmac.compare_digest(signing.keyed(self.key, *told).encode(), given.encode()):
            raise PartyRefused(wire.UNSIGNED)
        return reply


Debited = tuple[Order, tuple[Order, ...]]


def debited(world: World, channel: Debits, found: tuple[str, int], account: Account, post_after: str) -> Debited:
    """Pay a person's bill from an account, at once; `found` is person and bill. A refusal leaves the order FAILED.

    Returned with orders of other payers that were closed here and are still to be closed at their channel.
    """
    order, summary = pay.begin(world, channel.name, *found, account.account_no)
    if order.prepay_id is None:
        order = _dated(world, order, clock.day_of(order.created_us).isoformat())
    told = channel.debit(order, account, summary)
    if told.get("code") == "DAY_CUT":
        day = clock.day_of(order.created_us) + timedelta(days=1)
        order = _dated(world, order, day.isoformat())
        told = channel.debit(order, account, summary)
    return _entered(world, channel, order, told, post_after)


def _entered(world: World, channel: Debits, order: Order, told: Mapping[str, Any], post_after: str) -> Debited:
    closed: tuple[Order, ...] = ()
    if told.get("state") == "SUCCESS":
        with world.write() as tx:
            closed = receive(tx, order.out_trade_no, channel.succeeded(told), post_after).closed
    elif told.get("state") != "RECEIVED":
        with world.write() as tx:
            pay.end(tx, order, "FAILED")
        kind, message = _REFUSALS.get(str(told.get("reason")), (PartyRefused, "支付渠道拒绝了请求"))
        raise kind(message, channel_code=str(told.get("reason") or told.get("code"))[:64])
    with world.read() as tx:
        return orders.get(tx, order.psn_no, order.order_id), closed


def _dated(world: World, order: Order, day: str) -> Order:
    with world.write() as tx:
        ledger.lock(tx, [order.psn_no])
        return orders.take_prepay(tx, orders.get(tx, order.psn_no, order.order_id), day)


def _key(order: Order) -> dict[str, str]:
    return {"tax_org_code": OFFICE, "entrust_date": str(order.prepay_id), "tra_no": order.out_trade_no}
