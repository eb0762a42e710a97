"""Signatures of WeChat Pay API v3: RSA PKCS#1 v1.5 with SHA-256, over lines that each end in a line feed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yibaobox_mocks import lots
from yibaobox_mocks.rsa import holds, sign
from yibaobox_mocks.wechatpay.errors import WechatError, unsigned

SCHEMA: Final = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_S: Final = 300
_PART: Final = re.compile(r'(\w+)="([^"]*)"')
_PARTS: Final = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
_NONCE: Final = re.compile(r"[!-~]{1,64}", re.ASCII)
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent: `targets` are the raw targets that the signature may cover, the fullest first."""

    method: str
    targets: Sequence[str]
    authorization: str
    body: bytes


def check(request: Request, keys: Mapping[str, str], wall_s: int, strict: Callable[[], bool]) -> str:
    """Refuse what the merchant did not sign just now, in the order in which the vendor looks; return the nonce.

    `strict` is asked about a timestamp that is too far off.
    """
    parts = _parts(request.authorization)
    stamp = parts["timestamp"]
    if not stamp.isdecimal() or not stamp.isascii() or (abs(int(stamp[:18]) - wall_s) > TOLERANCE_S and strict()):
        raise unsigned("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    if parts["serial_no"].upper() != keys["mch_serial"].upper():
        raise unsigned("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
    messages = [text(request.method, target, stamp, parts["nonce_str"], request.body) for target in request.targets]
    if not any(holds(keys["mch_cert"], message, parts["signature"]) for message in messages):
        raise _wrong(request, messages[0])
    if parts["mchid"] != keys["mchid"]:
        raise WechatError(400, "PARAM_ERROR", "商户号与请求所属的沙盒世界不符", number=268435461)
    return parts["nonce_str"]


def text(method: str, target: str, stamp: str, nonce: str, body: bytes) -> bytes:
    """Return what a merchant signs."""
    return f"{method}\n{target}\n{stamp}\n{nonce}\n".encode("utf-8", "surrogateescape") + body + b"\n"


def reply_headers(keys: Mapping[str, str], body: bytes, wall_s: int, *, serial: str) -> dict[str, str]:
    """Return the headers that vouch for a reply or a call-back, by the platform's certificate or its public key."""
    nonce = lots.word(32)
    return {
        "Wechatpay-Timestamp": str(wall_s),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": sign(keys["plat_key"], f"{wall_s}\n{nonce}\n".encode() + body + b"\n"),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": SCHEMA,
    }


def _parts(authorization: str) -> dict[str, str]:
    scheme, _, rest = authorization.partition(" ")
    if not authorization or scheme != SCHEMA:
        raise unsigned("签名信息错误，验签失败")
    parts = dict(_PART.findall(rest))
    if _PARTS - parts.keys() or not _NONCE.fullmatch(parts["nonce_str"]):
        raise unsigned("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    return parts


def _wrong(request: Request, message: bytes) -> WechatError:
    shown = message.decode("utf-8", "replace")
    information = {
        "method": request.method,
        "url": request.targets[0],
        "truncated_sign_message": shown[:_SHOWN],
        "sign_message_length": len(message),
    }
    detail = {
        "field": "signature",
        "location": "authorization",
        "detail": {"issue": "sign not match"},
        "sign_information": information,
    }
    return unsigned("签名错误", detail=detail)
