"""Gateway authentication of an institution: one file a kind, chosen by the institution's profile.

A kind is a module with `presented(headers)` and `verify(headers, secrets, now_ms)`; adding one is a line in `_KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.gateway_auth import csb
from yibaobox.settlement.gateway_auth.csb import Headers
from yibaobox.settlement.gateway_auth.refusal import HINT_HEADER, GatewayRefusal

__all__ = ["HINT_HEADER", "PROFILES", "GatewayRefusal", "verify"]

_KINDS: Final[dict[str, ModuleType]] = {"csb": csb}
PROFILES: Final = ("auto", "none", *_KINDS)


def verify(profile: str, headers: Headers, secrets: Mapping[str, str], now_ms: int) -> str | None:
    """Return the access key that signed a request, None where none is asked or carried, or raise GatewayRefusal.

    `secrets` maps access key → secret key, `now_ms` is wall time. `auto` verifies the credentials that a request
    carries and accepts a request that carries none.
    """
    if profile not in PROFILES:
        raise InvalidInput(f"不支持的网关认证方式 {profile}", profile=profile)
    for name, kind in _KINDS.items():
        if profile == name or (profile == "auto" and kind.presented(headers)):
            return str(kind.verify(headers, secrets, now_ms))
    return None
