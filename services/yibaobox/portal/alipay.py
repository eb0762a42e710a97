"""Log-in at Alipay from the portal's side: a signed call out, a verified answer. Protocol timestamps are the wall's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import PartyRefused
from yibaobox.edge import signing

PATH: Final = "/gateway.do"
_METHOD: Final = "alipay.system.oauth.token"
_NODE: Final = "alipay_system_oauth_token_response"


def asked(keys: Mapping[str, str], code: str) -> dict[str, str]:
    """Return the signed parameters that ask who stands behind a code."""
    wanted = {
        "app_id": keys["app_id"],
        "method": _METHOD,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": f"{clock.wall():%Y-%m-%d %H:%M:%S}",
        "version": "1.0",
        "grant_type": "authorization_code",
        "code": code,
    }
    return wanted | {"sign": signing.rsa2(keys["app_key"], signing.plain(wanted).encode())}


def user(keys: Mapping[str, str], reply: bytes, told: Mapping[str, Any]) -> str | None:
    """Return the user of an answer that Alipay signed, or nothing where it says that the code is worth nothing."""
    content = told.get(_NODE)
    if not isinstance(content, dict):
        return None
    _verify(keys["ali_pub"], reply, str(told.get("sign", "")))
    return str(content["user_id"]) if "user_id" in content else None


def _verify(public_pem: str, reply: bytes, signature: str) -> None:
    """Refuse an answer that is not signed: the signature is over the node as it stands in the bytes."""
    start = reply.find(b'"' + _NODE.encode() + b'":') + len(_NODE) + 3
    end = reply.rfind(b',"sign"')
    if not signing.holds(public_pem, reply[start:end], signature):
        raise PartyRefused("登录渠道应答的签名不正确")
