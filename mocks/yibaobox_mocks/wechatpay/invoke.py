"""The client's side: WeChat checks what a page or an app hands it before it asks the payer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox_mocks import rsa
from yibaobox_mocks.ports import Refused, Sandbox, World
from yibaobox_mocks.wechatpay import med_ins, orders, prepays

_JSAPI: Final = "prepay_id="
_APP: Final = "Sign=WXPay"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What wx.requestPayment is called with; an app names the prepayment beside its package.

    wx.requestMedicalInsurancePay also names a mixed order; one that insurance pays alone comes with nothing else.
    """

    appid: str
    stamp: str
    nonce: str
    package: str
    sign_type: str
    pay_sign: str
    prepay_id: str | None = None
    mix_trade_no: str | None = None


def opened(sandbox: Sandbox, world: World, given: Invocation) -> str:
    """Check an invocation as the client app does and return the order that the payer is asked to pay."""
    keys = sandbox.keys(world)
    if given.appid != keys["appid"]:
        raise Refused("conflict", "商户号该产品权限未开通，请检查appid")
    if given.mix_trade_no is not None:
        mix = _mix(world, keys["mchid"], given)
        if mix.prepay_id is None:
            return mix.out_trade_no
    if given.sign_type != "RSA":
        raise Refused("unverified", "支付验证签名失败：signType须为RSA")
    signed, prepay_id = _signed(given)
    text = f"{given.appid}\n{given.stamp}\n{given.nonce}\n{signed}\n"
    if not rsa.holds(keys["mch_cert"], text.encode(), given.pay_sign):
        raise Refused("unverified", "支付验证签名失败")
    with world.read() as tx:
        found = prepays.find(tx, prepay_id)
        order = None if found is None else orders.find(tx, found.mchid, found.out_trade_no)
        if found is None or order is None or (order.trade_type == "APP") != (given.prepay_id is not None):
            raise Refused("not_found", "没有这个预支付交易会话")
        if tx.now_us >= found.until_us:
            raise Refused("conflict", "预支付交易会话已过期，请重新下单")
    return order.out_trade_no


def _mix(world: World, mchid: str, given: Invocation) -> med_ins.Mix:
    """Return the mixed order that is opened: what else is handed over has to be its own."""
    with world.read() as tx:
        mix = med_ins.find_mix(tx, mchid, given.mix_trade_no or "")
    if mix is None:
        raise Refused("not_found", "没有这个医保混合订单")
    if mix.prepay_id is None and (given.package or given.pay_sign):
        raise Refused("invalid", "纯医保订单不传timeStamp、nonceStr、package、signType、paySign")
    if mix.prepay_id is not None and given.package != f"{_JSAPI}{mix.prepay_id}":
        raise Refused("conflict", "package与医保混合订单的prepay_id不一致")
    return mix


def _signed(given: Invocation) -> tuple[str, str]:
    """Return the fourth line that is signed, and the prepayment: a page signs its package, an app the bare name."""
    if given.prepay_id is not None:
        if given.package != _APP:
            raise Refused("invalid", f"APP支付的package须为{_APP}")
        return given.prepay_id, given.prepay_id
    if not given.package.startswith(_JSAPI):
        raise Refused("invalid", f"package须以{_JSAPI}开头")
    return given.package, given.package.removeprefix(_JSAPI)
