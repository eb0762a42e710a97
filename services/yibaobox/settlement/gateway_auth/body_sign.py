"""body-sign: `cainfo` of the envelope holds an SM2 signature over the envelope without `cainfo` and `input`.

A refusal is one of the centre behind the gateway: infcode −1 in the envelope.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from yibaobox.settlement.gateway_auth import sm2
from yibaobox.settlement.gateway_auth.refusal import SignatureRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.settlement.gateway_auth.call import Call

_OUTSIDE: Final = ("cainfo", "input")
_SIGNTYPE: Final = "SM2"


def presented(envelope: Mapping[str, Any]) -> bool:
    """Tell whether `cainfo` is meant as a signature: clients put passwords and card data there too."""
    named = envelope.get("signtype")
    return bool(envelope.get("cainfo")) and isinstance(named, str) and named.upper().startswith(_SIGNTYPE)


def verify(call: Call) -> str:
    """Return the public key that the message was signed for; SignatureRefusal otherwise."""
    sent, public = call.envelope.get("cainfo"), call.shared()["sm2_pub"]
    if not sent or not isinstance(sent, str):
        raise SignatureRefusal("报文未签名：cainfo 为空", "cainfo is empty: base64 of r and s of SM2 is asked")
    text = canonical(call.envelope)
    signature = _read(sent)
    if signature is None:
        raise SignatureRefusal("报文签名格式不正确", "cainfo is no base64 of 64 bytes, r and s of SM2")
    if not sm2.verify(text.encode(), signature, _public(public)):
        raise SignatureRefusal("报文验签失败", f"the signature does not hold; string to sign: {text}")
    return public


def canonical(envelope: Mapping[str, Any]) -> str:
    """Return what is covered: `k=v&k=v…` of the fields that are not empty, sorted, without `cainfo` and `input`."""
    return "&".join(f"{name}={envelope[name]}" for name in sorted(envelope) if name not in _OUTSIDE and envelope[name])


def _read(sent: str) -> tuple[int, int] | None:
    try:
        return sm2.from_raw(base64.b64decode(sent, validate=True))
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=8)
def _public(text: str) -> sm2.Point:
    return sm2.read_public(text)
