"""tif: four `x-tif-*` headers, the last a SHA-256 over timestamp, token, nonce, timestamp; a nonce works once.

No source has the words in which such a gateway refuses: they are the sandbox's own, in the form of csb.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from yibaobox.settlement.gateway_auth.refusal import GatewayRefusal

if TYPE_CHECKING:
    from yibaobox.settlement.gateway_auth.call import Call, Headers

SIGNED: Final = ("x-tif-paasid", "x-tif-timestamp", "x-tif-nonce")
SIGNATURE: Final = "x-tif-signature"
HEADERS: Final = (*SIGNED, SIGNATURE)
WINDOW_S: Final = 300  # a choice of the sandbox: no source names one
_TIMESTAMP_DIGITS: Final = 10
_NONCE_MAX: Final = 64

_MISSING: Final = "缺少服务网关的请求头!"
_TIMED_OUT: Final = "签名时间戳超时!"
_NO_USER: Final = "非法用户!"
_DIFFERENT: Final = "签名不一致!"
_REPLAYED: Final = "随机数重复，请求已被受理!"


def presented(headers: Headers) -> bool:
    """Tell whether the request carries credentials of this kind."""
    return any(map(headers.get, HEADERS))


def verify(call: Call) -> str:
    """Return the paasid that signed the request; GatewayRefusal otherwise."""
    sent = {name: call.headers.get(name) or "" for name in HEADERS}
    absent = [name for name, value in sent.items() if not value]
    if absent:
        raise GatewayRefusal(_MISSING, f"missing: {', '.join(absent)}")
    paasid, stamp, nonce, signature = sent.values()
    _check_time(stamp, call.now_ms // 1000)
    if not _same(paasid, call.keys["paasid"]):
        raise GatewayRefusal(_NO_USER, f"unknown x-tif-paasid {paasid}")
    if not _same(signature.lower(), sign(stamp, call.keys["token"], nonce)):
        raise GatewayRefusal(_DIFFERENT, "SHA-256 in hex over timestamp, token, nonce, timestamp is asked")
    if len(nonce) > _NONCE_MAX or not call.remember(paasid, nonce):
        raise GatewayRefusal(_REPLAYED, f"an x-tif-nonce works once and has at most {_NONCE_MAX} characters")
    return paasid


def string_to_sign(stamp: str, token: str, nonce: str) -> str:
    """Return what is signed."""
    return f"{stamp}{token}{nonce}{stamp}"


def sign(stamp: str, token: str, nonce: str) -> str:
    """Return the signature in lower-case hex; upper case is taken too."""
    return hashlib.sha256(string_to_sign(stamp, token, nonce).encode("latin-1", "replace")).hexdigest()


def _check_time(stamp: str, now_s: int) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) == _TIMESTAMP_DIGITS):
        raise GatewayRefusal(_TIMED_OUT, f"x-tif-timestamp is not {_TIMESTAMP_DIGITS} digits: {stamp}")
    away = int(stamp) - now_s
    if abs(away) > WINDOW_S:
        raise GatewayRefusal(_TIMED_OUT, f"x-tif-timestamp is {away} s from the gateway's {now_s}, allowed {WINDOW_S}")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("latin-1", "replace"), other.encode("latin-1", "replace"))
