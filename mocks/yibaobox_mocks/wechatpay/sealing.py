"""What is sealed: call-backs and certificates by the APIv3 key (AEAD_AES_256_GCM), names by the platform's key."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1

from yibaobox_mocks import lots, rsa


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


def opened(platform_key: str, sealed: str) -> str | None:
    """Return what was encrypted for the platform (RSA-OAEP, as the vendor has it with SHA-1), or nothing."""
    padding = OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 - the vendor's choice
    try:
        return rsa.private(platform_key).decrypt(base64.b64decode(sealed, validate=True), padding).decode()
    except ValueError:
        return None
