"""A notification of WeChat Pay API v3 as a merchant reads it: the signature first, then what is sealed inside."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yibaobox.edge import signing


def read(headers: Mapping[str, str], body: bytes, keys: Mapping[str, str]) -> tuple[bool, Any]:
    """Return whether the signature holds, and the resource in plain when it does."""
    if headers.get("Wechatpay-Serial") not in (keys["plat_serial"], keys["pub_key_id"]):
        return False, None
    signed = f"{headers.get('Wechatpay-Timestamp')}\n{headers.get('Wechatpay-Nonce')}\n".encode() + body + b"\n"
    if not signing.holds(keys["plat_pub"], signed, headers.get("Wechatpay-Signature", "")):
        return False, None
    try:
        return True, _opened(json.loads(body)["resource"], keys["apiv3_key"])
    except (InvalidTag, ValueError, KeyError):
        return False, None


def _opened(resource: Mapping[str, str], key: str) -> Any:
    sealed = base64.b64decode(resource["ciphertext"])
    associated = resource.get("associated_data", "").encode()
    return json.loads(AESGCM(key.encode()).decrypt(resource["nonce"].encode(), sealed, associated))
