"""Alipay OpenAPI from the application's side: signed calls out, verified answers, verified notifications.

Protocol timestamps are the wall's. No call is made inside a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import requests

from yibaobox.domain import clock, money
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.billing.payments import Payment, Refund, Returned, Success
from yibaobox.domain.errors import CheckFailed, InvalidInput, PartyRefused, PartyTimeout, Refusal
from yibaobox.edge import signing, strict_json
from yibaobox.tax import wire
from yibaobox.tax.channel_files import Line, of_alipay, trusted

CHANNEL: Final = "alipay"
_OK: Final = "10000"
_REPLY: Final = re.compile(r'\A\{"\w+_response":(\{.*\})(?:,"alipay_cert_sn":"\w+")?,"sign":"([^"]+)"\}\Z', re.DOTALL)
_PAID: Final = ("TRADE_SUCCESS", "TRADE_FINISHED")
_UNKNOWN: Final = ("20000", "10003")


@dataclass(frozen=True, slots=True)
class Shop:
    """Alipay for one application: `keys` by their names in the credentials document."""

    session: requests.Session
    url: str
    keys: Mapping[str, str]
    notify_url: str
    name: str = CHANNEL

    def buyer(self, code: str) -> str:
        """Return who stands behind a code of my.getAuthCode()."""
        told = self._call("alipay.system.oauth.token", {}, grant_type="authorization_code", code=code)
        if not isinstance(told.get("user_id"), str):
            raise InvalidInput("支付宝授权码无效或已使用，请重新登录", channel_code=str(told.get("sub_code"))[:64])
        return str(told["user_id"])

    def prepay(self, order: Order, description: str) -> str:
        """Create a trade for the buyer and return its trade_no, with which the mini-program calls my.tradePay."""
        told = self._done(
            "alipay.trade.create",
            {
                "out_trade_no": order.out_trade_no,
                "total_amount": money.format_yuan(order.amount_fen),
                "subject": description,
                "buyer_id": order.payer,
                "time_expire": _clocked(order.expires_us),
            },
            notify_url=self.notify_url,
        )
        return str(told["trade_no"])

    def success(self, order: Order) -> Success | None:
        """Ask what became of a trade; nothing while it is not paid."""
        told = self._call("alipay.trade.query", {"out_trade_no": order.out_trade_no})
        if told.get("sub_code") == "ACQ.TRADE_NOT_EXIST":
            return None
        _check(told)
        paid = told.get("trade_status") in _PAID or "send_pay_date" in told
        return _success(told, "send_pay_date") if paid else None

    def close(self, order: Order) -> None:
        """Close a trade that is not paid; one that never came to be needs no closing."""
        told = self._call("alipay.trade.close", {"out_trade_no": order.out_trade_no})
        if told.get("sub_code") != "ACQ.TRADE_NOT_EXIST":
            _check(told)

    def refund(self, payment: Payment, owed: Refund) -> Returned | None:
        """Send money back; done again under the same number nothing more goes."""
        told = self._done(
            "alipay.trade.refund",
            {
                "trade_no": payment.channel_txn,
                "refund_amount": money.format_yuan(owed.amount_fen),
                "out_request_no": owed.out_refund_no,
            },
        )
        done = told.get("fund_change") in {"Y", "N"}
        return Returned(CHANNEL, owed.out_refund_no, owed.amount_fen) if done else None

    def bill(self, day: str) -> list[Line]:
        """Return the gateway's bill of a past day."""
        told = self._done("alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": day})
        if not isinstance(told.get("bill_download_url"), str):
            raise PartyRefused("支付渠道没有给出账单地址")
        with wire.waiting("下载账单"):
            reply = self.session.get(told["bill_download_url"], timeout=wire.TIMEOUT_S, allow_redirects=False)
        return trusted(of_alipay, reply.content)

    def notified(self, body: bytes) -> tuple[str, Success] | None:
        """Verify a notification: order and payment, or nothing when it tells of something else."""
        try:
            told = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        except ValueError:
            raise CheckFailed("支付通知不是有效的表单") from None
        named = {name: value for name, value in told.items() if name not in {"sign", "sign_type"}}
        self._verify(signing.plain(named), told.get("sign", ""), "支付通知验签失败")
        if told.get("app_id") != self.keys["app_id"]:
            raise CheckFailed("支付通知的app_id不符")
        if told.get("trade_status") not in _PAID or "refund_fee" in told:
            return None
        return str(told.get("out_trade_no")), _success(told, "gmt_payment")

    def _done(self, method: str, content: Mapping[str, Any], **more: str) -> dict[str, Any]:
        told = self._call(method, content, **more)
        _check(told)
        return told

    def _call(self, method: str, content: Mapping[str, Any], **more: str) -> dict[str, Any]:
        """Call a method and return the content of its signed answer, whatever it says."""
        asked = {
            "app_id": self.keys["app_id"],
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": _clocked(clock.wall_us()),
            "version": "1.0",
            "biz_content": strict_json.dumps(content) if content else "",
        } | more
        asked = {name: value for name, value in asked.items() if value}
        asked["sign"] = signing.rsa2(self.keys["app_key"], signing.plain(asked).encode())
        with wire.waiting():
            reply = self.session.post(
                f"{self.url}/gateway.do", data=asked, timeout=wire.TIMEOUT_S, allow_redirects=False
            )
        if reply.status_code != 200:  # noqa: PLR2004 - this gateway says all it has to say with 200
            raise PartyTimeout(wire.BUSY)
        return self._opened(reply.content.decode("utf-8", "replace"))

    def _opened(self, text: str) -> dict[str, Any]:
        found = _REPLY.match(text)
        if found is None:
            raise PartyRefused("支付渠道的应答没有签名")
        try:
            self._verify(found[1], found[2], wire.UNSIGNED)
            told = strict_json.loads(found[1].encode())
        except Refusal:
            raise PartyRefused(wire.UNSIGNED) from None
        return cast("dict[str, Any]", told)

    def _verify(self, text: str, signature: str, otherwise: str) -> None:
        if not signing.holds(self.keys["ali_pub"], text.encode(), signature):
            raise CheckFailed(otherwise)


def _check(told: Mapping[str, Any]) -> None:
    if told.get("code") in _UNKNOWN:
        raise PartyTimeout(wire.BUSY)
    if told.get("code") != _OK:
        raise PartyRefused("支付渠道拒绝了请求", channel_code=str(told.get("sub_code") or told.get("code"))[:64])


def _success(told: Mapping[str, Any], when: str) -> Success:
    try:
        paid_us = clock.to_us(clock.parse_instant(f"{str(told[when]).replace(' ', 'T')}+08:00"))
        return Success(CHANNEL, str(told["trade_no"]), money.parse_yuan(str(told["total_amount"])), paid_us)
    except (KeyError, ValueError, Refusal):
        raise PartyRefused("支付渠道的支付结果不完整") from None


def _clocked(us: int) -> str:
    return f"{clock.from_us(us):%Y-%m-%d %H:%M:%S}"
