"""apikey: one header with the key itself."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from yibaobox.settlement.gateway_auth.refusal import GatewayRefusal

if TYPE_CHECKING:
    from yibaobox.settlement.gateway_auth.call import Call, Headers

HEADER: Final = "apikey"


def presented(headers: Headers) -> bool:
    """Tell whether the request carries a key."""
    return bool(headers.get(HEADER))


def verify(call: Call) -> str:
    """Return the key; GatewayRefusal when there is none, or another."""
    sent = call.headers.get(HEADER) or ""
    if not sent:
        raise GatewayRefusal("缺少服务网关的请求头!", f"missing: {HEADER}")
    if not hmac.compare_digest(sent.encode("latin-1", "replace"), call.keys["apikey"].encode()):
        raise GatewayRefusal("非法用户!", f"unknown {HEADER}")
    return sent
