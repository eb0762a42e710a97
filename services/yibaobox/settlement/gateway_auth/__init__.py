"""Gateway authentication of an institution: one file a kind, chosen by the institution's profile.

A kind tells whether a call carries its credentials, and verifies them; adding one is a line in `_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.gateway_auth import apikey, body_sign, csb, tif
from yibaobox.settlement.gateway_auth.call import Call
from yibaobox.settlement.gateway_auth.refusal import GatewayRefusal, SignatureRefusal

__all__ = ["HEADERS", "PROFILES", "Call", "GatewayRefusal", "SignatureRefusal", "asks_shared", "verify"]


class _Kind(NamedTuple):
    presented: Callable[[Call], bool]
    verify: Callable[[Call], str]


def _csb(call: Call) -> str:
    keys = call.keys
    return csb.verify(call.headers, {keys["access_key"]: keys["secret_key"]}, call.now_ms)


_KINDS: Final[dict[str, _Kind]] = {
    "csb": _Kind(lambda call: csb.presented(call.headers), _csb),
    "tif": _Kind(lambda call: tif.presented(call.headers), tif.verify),
    "apikey": _Kind(lambda call: apikey.presented(call.headers), apikey.verify),
    "body-sign": _Kind(lambda call: body_sign.presented(call.envelope), body_sign.verify),
}
PROFILES: Final = ("auto", "none", *_KINDS)
HEADERS: Final = (*csb.HEADERS, *tif.HEADERS, apikey.HEADER)  # what any kind reads


def asks_shared(profile: str, envelope: Mapping[str, Any]) -> bool:
    """Tell whether `verify` asks for the keys of the installation."""
    return profile == "body-sign" or (profile == "auto" and body_sign.presented(envelope))


def verify(profile: str, call: Call) -> str | None:
    """Return who signed a call, None where nothing is asked or carried; GatewayRefusal or SignatureRefusal.

    `auto` verifies all credentials that a call carries and accepts one that carries none.
    """
    if profile not in PROFILES:
        raise InvalidInput(f"不支持的网关认证方式 {profile}", profile=profile)
    signers = [
        kind.verify(call)
        for name, kind in _KINDS.items()
        if profile == name or (profile == "auto" and kind.presented(call))
    ]
    return signers[0] if signers else None
