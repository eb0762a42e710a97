"""Payment codes (付款码): the payer shows a code, the merchant takes the money; what failed can be taken back.

How the last two digits of a code end stands in `ENDINGS`; any other code pays at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.wechat_login import users
from yibaobox_mocks.wechatpay import later, orders, refunds
from yibaobox_mocks.wechatpay.asked import Asked
from yibaobox_mocks.wechatpay.errors import WechatError
from yibaobox_mocks.wechatpay.later import Plan
from yibaobox_mocks.wechatpay.orders import Order

Told = tuple[int, dict[str, Any]]
PASSWORD_S: Final = 10
ENDINGS: Final[Mapping[str, str]] = {
    "01": "not enough money",
    "02": "asks for the password, and pays ten seconds later",
    "03": "asks for the password, and the payer turns away ten seconds later",
    "04": "a code that has expired",
}
_WAITS: Final = {"code": "USERPAYING", "message": "用户支付中，需要输入密码"}
_POOR: Final = {"code": "NOT_ENOUGH", "message": "用户账号余额不足"}


@dataclass(frozen=True, slots=True)
class Till:
    """Where codes are scanned: a transaction, the merchant's keys, the sandbox around it."""

    tx: Tx
    keys: Mapping[str, str]
    sandbox: Sandbox

    def take(self, asked: Asked, auth_code: str) -> Told:
        """Take the money; return a status and what the merchant is told. An order that is known is not paid again."""
        ending = auth_code[-2:]
        if ending == "04":
            raise WechatError(400, "INVALID_REQUEST", "付款码已过期，请刷新后重试", number=268447914)
        known = orders.take(self.tx, self.keys["mchid"], asked)
        if known is not None:
            return self._again(known, asked)
        order = orders.find(self.tx, self.keys["mchid"], asked.out_trade_no)
        assert order is not None, "it was just taken"
        payer = users.stranger(order.appid)
        users.belongs(self.tx, order.appid, payer)
        if ending == "01":
            orders.step(self.tx, order, "PAYERROR")
            return 403, dict(_POOR)
        if ending in ("02", "03"):
            waiting = orders.step(self.tx, order, "USERPAYING")
            plan = Plan(payer, PASSWORD_S, "SUCCESS" if ending == "02" else "PAYERROR")
            later.begin(self.tx, self.keys, self.sandbox, waiting, plan)
            return 202, dict(_WAITS)
        return 200, orders.shown(orders.pay(self.tx, order, payer), self.sandbox)

    def reverse(self, out_trade_no: str) -> dict[str, Any]:
        """Take an order back: it cannot be paid any more, and what was paid goes back; once more changes nothing."""
        order = orders.find(self.tx, self.keys["mchid"], out_trade_no)
        if order is None:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)
        if order.trade_type != "MICROPAY":
            raise WechatError(400, "INVALID_REQUEST", "只有付款码支付的订单可以撤销")
        if order.trade_state == "REFUND":
            raise WechatError(400, "INVALID_REQUEST", "订单已发生退款，不能撤销")
        if order.state == "SUCCESS":
            refunds.back_at_once(self.tx, order, f"reverse-{out_trade_no}")
        if order.state != "REVOKED":
            orders.step(self.tx, order, "REVOKED")
        return {**order.merchants, "out_trade_no": out_trade_no}

    def _again(self, known: Order, asked: Asked) -> Told:
        """Answer an order whose name is known: what became of it, where it is the same order."""
        if known.fingerprint != asked.fingerprint:
            raise WechatError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", number=268498688)
        if known.state == "USERPAYING":
            return 202, dict(_WAITS)
        if known.state == "SUCCESS":
            raise WechatError(400, "ORDERPAID", "该订单已支付", number=268449538)
        raise WechatError(400, "ORDER_CLOSED", "该订单已关闭")
