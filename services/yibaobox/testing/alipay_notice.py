"""A notification of Alipay, read as an application reads it: the signature verified, the form as a mapping."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def read(body: bytes, keys: Mapping[str, Any]) -> tuple[bool | None, dict[str, str] | None]:
    """Return whether the gateway signed a form, and what it says; nothing of what is no notification of Alipay."""
    told = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "notify_id" not in told or "sign" not in told:
        return None, None
    plain = {name: value for name, value in told.items() if name not in ("sign", "sign_type")}
    message = "&".join(f"{name}={plain[name]}" for name in sorted(plain) if plain[name])
    key = load_pem_public_key(keys["ali_pub"].encode())
    assert isinstance(key, RSAPublicKey), "the installation's keys are RSA"
    try:
        key.verify(base64.b64decode(told["sign"], validate=True), message.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False, None
    return True, plain
