"""AEAD_AES_256_GCM under the merchant's APIv3 key: call-backs and certificates are sealed with it."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yibaobox_mocks import lots


def seal(keys: Mapping[str, str], plain: bytes, associated: str) -> dict[str, str]:
    """Return what is sealed and what is needed to open it, but the key."""
    nonce = lots.word(12)
    sealed = AESGCM(keys["apiv3_key"].encode()).encrypt(nonce.encode(), plain, associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated,
        "ciphertext": base64.b64encode(sealed).decode(),
    }
