"""The payer confirms a mixed order by the credential's password: the wallet pays its part, insurance settles its own.

Either part can fail while the other came through; the merchant then gives the other back. Only a whole success is told,
for half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yibaobox_mocks import ports
from yibaobox_mocks.ports import Refused, Sandbox, Tx
from yibaobox_mocks.wechatpay import magic, notify, orders
from yibaobox_mocks.wechatpay.med_ins import mixes
from yibaobox_mocks.wechatpay.med_ins.mixes import Mix

CASH_FAILS: Final = "mix.fund_ok_cash_fail"
_SAID: Final = "医保局业务错误：结算失败，请到窗口处理"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What came of it: the state, the call-backs to stage, and what the page is told."""

    state: str
    events: tuple[ports.Event, ...]
    result: str


def act(tx: Tx, keys: Mapping[str, str], sandbox: Sandbox, mix: Mix, outcome: str | None) -> Confirmed:
    """Let the payer act on a mixed order."""
    manner = magic.manner(mix.openid) if outcome is None else magic.USUAL
    if mix.state != "CREATED":
        raise Refused("conflict", "该订单已支付" if mix.state == "SUCCESS" else "该订单已结束")
    if (outcome or manner.outcome) != "success":
        return Confirmed(f"MIX_PAY_{mix.state}", (), outcome or manner.outcome)
    order = None if mix.prepay_id is None else orders.find(tx, mix.mchid, mix.out_trade_no)
    payer = None if order is None else orders.payable(tx, order, mix.openid)
    cash = order is not None and sandbox.struck(CASH_FAILS) is None
    reason = _settled(tx, sandbox, mix, half=manner.half)
    events = []
    serial = notify.signer(sandbox, tx, keys, mix.out_trade_no)
    if order is not None and payer is not None and cash:
        told = orders.shown(orders.pay(tx, order, payer), sandbox)
        events.append(notify.event(sandbox, keys, order.notify_url, told, serial))
    own = "NONE" if order is None else "SUCCESS" if cash else "FAIL"
    insurance = "NONE" if mix.insurance_state == "NONE" else "SUCCESS" if reason is None else "FAIL"
    done = mixes.finish(tx, mix, own, insurance, reason)
    if done.state == "SUCCESS":
        events.append(notify.of_mix(sandbox, keys, done.callback_url, mixes.shown(tx, done, sandbox), serial))
    return Confirmed(f"MIX_PAY_{done.state}", tuple(events), "ok" if done.state == "SUCCESS" else "fail")


def _settled(tx: Tx, sandbox: Sandbox, mix: Mix, *, half: bool) -> str | None:
    """Have insurance settle its part; return the reason when it does not."""
    if mix.insurance_state == "NONE":
        return None
    if half:
        return _SAID
    claims = sandbox.insurance.claims
    if claims is None or claims.find(tx, mix.pay_order_id or "") is None:
        return None
    try:
        claims.settle(tx, mix.pay_order_id or "", mix.pay_auth_no or "")
    except Refused as refused:
        return f"医保局业务错误：{refused.message}"
    return None
