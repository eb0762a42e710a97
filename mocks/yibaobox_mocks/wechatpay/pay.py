"""The payer acts: pays, fails to, or turns away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from yibaobox_mocks import ports
from yibaobox_mocks.ports import PLAINLY, Refused, Sandbox, Telling, World
from yibaobox_mocks.wechatpay import later, magic, med_ins, notify, orders


@dataclass(frozen=True, slots=True)
class Act:
    """What the payer does; `serial` names the platform's certificate or key to sign with, `probe` asks for a test.

    Without an outcome the payer decides: a magic one has a manner of its own, any other pays.
    `even_closed`: the payment was under way when the merchant closed the order.
    """

    out_trade_no: str
    outcome: str | None = None
    openid: str | None = None
    serial: str | None = None
    probe: bool = False
    even_closed: bool = False
    telling: Telling = PLAINLY


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it: the order's state, the call-backs to send now, in this order, and what the page is told."""

    state: str
    events: tuple[int, ...]
    result: str = "ok"


def act(sandbox: Sandbox, world: World, wanted: Act) -> Acted:
    """Let the payer act on an order; money and notification are one transaction."""
    keys = sandbox.keys(world)
    if wanted.serial not in (None, keys["plat_serial"], keys["pub_key_id"]):
        raise Refused("invalid", "没有这个平台证书或公钥")
    with world.write() as tx:
        mix = med_ins.find(tx, keys["mchid"], wanted.out_trade_no)
        if mix is not None:
            confirmed = med_ins.act(tx, keys, sandbox, mix, wanted.outcome)
            staged = tuple(sandbox.stage(tx, each) for each in confirmed.events)
            return Acted(confirmed.state, staged, confirmed.result)
        order = orders.find(tx, keys["mchid"], wanted.out_trade_no)
        if order is None:
            raise Refused("not_found", "没有这个支付订单")
        if wanted.openid is not None and order.openid not in (None, wanted.openid):
            raise Refused("conflict", "下单账号与支付账号不一致")
        manner = magic.manner(wanted.openid or order.openid) if wanted.outcome is None else magic.USUAL
        outcome = wanted.outcome or manner.outcome
        if outcome != "success":
            # a payment that fails or is called off leaves the order as it was
            return Acted(order.trade_state, (), outcome)
        payer = orders.payable(tx, order, wanted.openid, even_closed=wanted.even_closed)
        serial = wanted.serial or notify.signer(sandbox, tx, keys, order.out_trade_no)
        if manner.wait_s:
            later.begin(tx, keys, sandbox, order, later.Plan(payer, manner.wait_s, serial=serial))
            return Acted(order.trade_state, (), manner.result)
        if wanted.telling == PLAINLY:
            wanted = replace(wanted, telling=manner.told)
        paid = orders.pay(tx, order, payer)
        events = [sandbox.stage(tx, each) for each in _events(sandbox, keys, wanted, paid, serial)]
        return Acted(paid.state, () if wanted.telling.wait_s else tuple(events), manner.result)


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
