"""The payer acts: pays, fails to, or turns away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from yibaobox_mocks import ports
from yibaobox_mocks.ports import PLAINLY, Refused, Sandbox, Telling, World
from yibaobox_mocks.wechatpay import notify, orders

OUTCOMES: Final = ("success", "fail", "cancel")


@dataclass(frozen=True, slots=True)
class Act:
    """What the payer does; `serial` names the platform's certificate or key to sign with, `probe` asks for a test.

    `even_closed`: the payment was under way when the merchant closed the order.
    """

    out_trade_no: str
    outcome: str = "success"
    openid: str | None = None
    serial: str | None = None
    probe: bool = False
    even_closed: bool = False
    telling: Telling = PLAINLY


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it: the order's state, and the call-backs to send now, in this order."""

    state: str
    events: tuple[int, ...]


def act(sandbox: Sandbox, world: World, wanted: Act) -> Acted:
    """Let the payer act on an order; money and notification are one transaction."""
    keys = sandbox.keys(world)
    serial = keys["plat_serial"] if wanted.serial is None else wanted.serial
    if serial not in (keys["plat_serial"], keys["pub_key_id"]):
        raise Refused("invalid", "没有这个平台证书或公钥")
    with world.write() as tx:
        order = orders.find(tx, keys["mchid"], wanted.out_trade_no)
        if order is None:
            raise Refused("not_found", "没有这个支付订单")
        if wanted.openid is not None and order.openid not in (None, wanted.openid):
            raise Refused("conflict", "下单账号与支付账号不一致")
        if wanted.outcome != "success":
            return Acted(order.trade_state, ())  # a payment that fails or is called off leaves the order as it was
        paid = orders.pay(tx, order, wanted.openid, even_closed=wanted.even_closed)
        events = [sandbox.stage(tx, each) for each in _events(sandbox, keys, wanted, paid, serial)]
        return Acted(paid.state, () if wanted.telling.wait_s else tuple(events))


def _events(
    sandbox: Sandbox, keys: Mapping[str, str], wanted: Act, paid: orders.Order, serial: str
) -> Iterator[ports.Event]:
    """Yield the call-backs of a payment in the order in which they go out."""
    telling, shown = wanted.telling, orders.shown(paid, sandbox)
    sent = notify.event(sandbox, keys, paid.notify_url, shown, serial)
    if wanted.probe:
        yield notify.probe(sent)
    if telling.forged:
        yield notify.forged(sent)
    if telling.off_by_fen:
        amount = {**shown["amount"], "total": paid.total_fen + telling.off_by_fen}
        amount["payer_total"] = amount["total"]
        yield notify.once(notify.event(sandbox, keys, paid.notify_url, {**shown, "amount": amount}, serial), "amount")
    for number in range(telling.copies):
        # One that is sent again counts its own attempts: the same body under a topic of its own.
        copy = sent if number == 0 else replace(sent, topic=f"{sent.topic}:copy{number}")
        yield replace(copy, delay=telling.wait_s or copy.delay)
