"""RSA PKCS#1 v1.5 over SHA-256, as both wallets sign with it. Keys and certificates are PEM, signatures Base64."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate


def sign(key_pem: str, message: bytes) -> str:
    """Return a signature in Base64."""
    return base64.b64encode(private(key_pem).sign(message, PKCS1v15(), SHA256())).decode()


def holds(certificate_pem: str, message: bytes, signature: str) -> bool:
    """Tell whether a signature is the certificate's."""
    try:
        raw = base64.b64decode(signature, validate=True)
        _public(certificate_pem).verify(raw, message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def private(pem: str) -> RSAPrivateKey:
    """Return a private key."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey), "the installation's keys are RSA"
    return key


@lru_cache(maxsize=64)
def _public(pem: str) -> RSAPublicKey:
    key = load_pem_x509_certificate(pem.encode()).public_key()
    assert isinstance(key, RSAPublicKey), "the installation's certificates are RSA"
    return key
