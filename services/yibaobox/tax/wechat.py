"""WeChat Pay API v3 from the merchant's side: signed calls out, verified answers, verified and decrypted call-backs.

Protocol timestamps are the wall's. No call is made inside a transaction.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yibaobox.domain import clock
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.billing.payments import Payment, Refund, Returned, Success
from yibaobox.domain.errors import CheckFailed, InvalidInput, PartyRefused
from yibaobox.edge import signing, strict_json
from yibaobox.tax import tokens, wire
from yibaobox.tax.channel_files import Line, of_wechat, trusted

CHANNEL: Final = "wechat"
SCHEMA: Final = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_S: Final = 300
_ORDERS: Final = "/v3/pay/transactions"
_REFUNDS: Final = "/v3/refund/domestic/refunds"
_PAID: Final = ("SUCCESS", "REFUND")  # also when the money has gone back
_RETURNED: Final = {f"REFUND.{outcome}": outcome for outcome in ("SUCCESS", "ABNORMAL", "CLOSED")}
_NAMES: Final = ("Timestamp", "Nonce", "Signature", "Serial")


@dataclass(frozen=True, slots=True)
class Wallet:
    """WeChat Pay for one merchant: `keys` by their names in the credentials document."""

    session: requests.Session
    url: str
    keys: Mapping[str, str]
    notify_url: str
    name: str = CHANNEL

    def openid(self, code: str) -> str:
        """Return who stands behind a code of wx.login()."""
        asked = {"appid": self.keys["appid"], "secret": self.keys["secret"], "js_code": code}
        reply = self._send(requests.Request("GET", f"{self.url}/sns/jscode2session", params=asked))
        told = wire.document(reply.content)
        if "openid" not in told:
            raise InvalidInput("微信登录凭证无效或已使用，请重新登录", channel_code=str(told.get("errcode"))[:16])
        return str(told["openid"])

    def prepay(self, order: Order, description: str) -> str:
        """Order a payment inside WeChat and return its prepay_id; the same order may be sent again."""
        body = {
            "appid": self.keys["appid"],
            "mchid": self.keys["mchid"],
            "description": description,
            "out_trade_no": order.out_trade_no,
            "time_expire": _seconds(order.expires_us),
            "notify_url": self.notify_url,
            "amount": {"total": order.amount_fen, "currency": "CNY"},
            "payer": {"openid": order.payer},
        }
        return str(self._call("POST", f"{_ORDERS}/jsapi", body)["prepay_id"])

    def success(self, order: Order) -> Success | None:
        """Ask what became of an order; nothing while it is not paid."""
        told = self._call("GET", f"{_ORDERS}/out-trade-no/{order.out_trade_no}?mchid={self.keys['mchid']}")
        return self._success(told) if told.get("trade_state") in _PAID else None

    def close(self, order: Order) -> None:
        """Close an order that is not paid."""
        self._call("POST", f"{_ORDERS}/out-trade-no/{order.out_trade_no}/close", {"mchid": self.keys["mchid"]})

    def refund(self, payment: Payment, owed: Refund) -> Returned | None:
        """Ask for a refund; nothing while it is under way, for a call-back will tell. The same may be asked again."""
        amount = {"refund": owed.amount_fen, "total": payment.amount_fen, "currency": "CNY"}
        facts = {"transaction_id": payment.channel_txn, "out_refund_no": owed.out_refund_no}
        told = self._call("POST", _REFUNDS, {**facts, "notify_url": self.notify_url, "amount": amount})
        state = str(told.get("status"))
        return None if state == "PROCESSING" else Returned(CHANNEL, owed.out_refund_no, owed.amount_fen, state)

    def bill(self, day: str) -> list[Line]:
        """Return the platform's bill of a past day; the file itself is not signed, its hash is."""
        try:
            told = self._call("GET", f"/v3/bill/tradebill?bill_date={day}&bill_type=SUCCESS")
        except PartyRefused as refused:
            if refused.detail.get("channel_code") == "NO_STATEMENT_EXIST":
                return []
            raise
        request = requests.Request("GET", str(told.get("download_url")))
        request.headers["Accept"] = "*/*"
        content = self._send(request, "").content
        if hashlib.sha1(content, usedforsecurity=False).hexdigest() != told.get("hash_value"):
            raise PartyRefused("支付渠道的账单与其摘要不符")
        return trusted(of_wechat, content)

    def notified(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Success] | Returned | None:
        """Verify and decrypt a call-back: order and payment, or a refund; nothing when it tells of something else."""
        self._verify(headers, body)
        document = wire.document(body)
        if document.get("event_type") in _RETURNED:
            return self._returned(self._opened(document.get("resource")), _RETURNED[document["event_type"]])
        if document.get("event_type") != "TRANSACTION.SUCCESS":
            return None
        told = self._opened(document.get("resource"))
        if (told.get("mchid"), told.get("appid")) != (self.keys["mchid"], self.keys["appid"]):
            raise CheckFailed("支付通知的商户号或appid不符")
        return str(told.get("out_trade_no")), self._success(told)

    def invoke(self, prepay_id: str) -> dict[str, str]:
        """Return what the mini-program hands to wx.requestPayment."""
        stamp, nonce, package = str(_wall_s()), tokens.nonce(), f"prepay_id={prepay_id}"
        message = f"{self.keys['appid']}\n{stamp}\n{nonce}\n{package}\n"
        return {
            "appId": self.keys["appid"],
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signing.rsa2(self.keys["mch_key"], message.encode()),
        }

    def _call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = "" if document is None else strict_json.dumps(document)
        request = requests.Request(method, self.url + path, data=body.encode() or None)
        request.headers["Content-Type"] = request.headers["Accept"] = "application/json"
        reply = self._send(request, body)
        wire.check_known(reply)
        if reply.status_code // 100 != 2:  # noqa: PLR2004 - 2xx is success
            told = wire.document(reply.content)
            raise PartyRefused("支付渠道拒绝了请求", channel_code=str(told.get("code", reply.status_code))[:64])
        try:
            self._verify(reply.headers, reply.content)
        except CheckFailed:
            raise PartyRefused(wire.UNSIGNED) from None
        return wire.document(reply.content) if reply.content else {}

    def _send(self, request: requests.Request, body: str | None = None) -> requests.Response:
        """Send a request, signed where it has a body to sign, even an empty one."""
        prepared = self.session.prepare_request(request)
        if body is not None:
            prepared.headers["Authorization"] = self._authorization(str(prepared.method), prepared.path_url, body)
        with wire.waiting():
            return self.session.send(prepared, timeout=wire.TIMEOUT_S, allow_redirects=False)

    def _authorization(self, method: str, target: str, body: str) -> str:
        stamp, nonce = _wall_s(), tokens.nonce()
        message = f"{method}\n{target}\n{stamp}\n{nonce}\n{body}\n"
        parts = {
            "mchid": self.keys["mchid"],
            "nonce_str": nonce,
            "signature": signing.rsa2(self.keys["mch_key"], message.encode()),
            "timestamp": stamp,
            "serial_no": self.keys["mch_serial"],
        }
        return f"{SCHEMA} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Refuse what the platform did not sign within the last five minutes."""
        stamp, nonce, signature, serial = (headers.get(f"Wechatpay-{name}", "") for name in _NAMES)
        if serial not in (self.keys["plat_serial"], self.keys["pub_key_id"]):
            raise CheckFailed("支付通知的平台证书序列号不正确")
        if not (stamp.isascii() and stamp.isdecimal()) or abs(int(stamp[:18]) - _wall_s()) > TOLERANCE_S:
            raise CheckFailed("支付通知的时间戳与当前时间相差超过5分钟")
        message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        if not signing.holds(self.keys["plat_pub"], message, signature):
            raise CheckFailed("支付通知验签失败")

    def _opened(self, resource: Any) -> dict[str, Any]:
        try:
            sealed = base64.b64decode(resource["ciphertext"], validate=True)
            key, nonce = self.keys["apiv3_key"].encode(), resource["nonce"].encode()
            return wire.document(AESGCM(key).decrypt(nonce, sealed, resource["associated_data"].encode()))
        except (InvalidTag, ValueError, KeyError, TypeError, AttributeError):
            raise CheckFailed("支付通知解密失败") from None

    def _returned(self, told: Mapping[str, Any], outcome: str) -> Returned:
        amount = told.get("amount")
        fen = amount.get("refund") if isinstance(amount, dict) else None
        if told.get("mchid") != self.keys["mchid"]:
            raise CheckFailed("退款通知的商户号不符")
        if not isinstance(fen, int) or isinstance(fen, bool):
            raise PartyRefused("支付渠道的退款结果不完整")
        return Returned(CHANNEL, str(told.get("out_refund_no")), fen, outcome)

    @staticmethod
    def _success(told: Mapping[str, Any]) -> Success:
        amount = told.get("amount")
        total = amount.get("total") if isinstance(amount, dict) else None
        if not isinstance(total, int) or isinstance(total, bool) or not isinstance(told.get("transaction_id"), str):
            raise PartyRefused("支付渠道的支付结果不完整")
        paid_us = clock.to_us(clock.parse_instant(told.get("success_time")))
        return Success(CHANNEL, told["transaction_id"], total, paid_us)


def _seconds(us: int) -> str:
    return clock.from_us(us).isoformat(timespec="seconds")


def _wall_s() -> int:
    return clock.wall_us() // 1_000_000
