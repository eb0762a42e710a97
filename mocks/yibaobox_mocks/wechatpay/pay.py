"""The payer acts: pays, fails to, or turns away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox_mocks.ports import Refused, Sandbox, World
from yibaobox_mocks.wechatpay import notify, orders

OUTCOMES: Final = ("success", "fail", "cancel")


@dataclass(frozen=True, slots=True)
class Act:
    """What the payer does; `serial` names the platform's certificate or key to sign with, `probe` asks for a test."""

    out_trade_no: str
    outcome: str = "success"
    openid: str | None = None
    serial: str | None = None
    probe: bool = False


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it: the order's state, and the call-backs to send, in this order."""

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
        if wanted.openid not in (None, order.openid):
            raise Refused("conflict", "下单账号与支付账号不一致")
        if wanted.outcome != "success":
            return Acted(order.state, ())  # a payment that fails or is called off leaves the order as it was
        paid = orders.pay(tx, order)
        sent = notify.event(sandbox, keys, paid.notify_url, orders.shown(paid, sandbox), serial)
        tests = (sandbox.stage(tx, notify.probe(sent)),) if wanted.probe else ()
        return Acted(paid.state, (*tests, sandbox.stage(tx, sent)))
