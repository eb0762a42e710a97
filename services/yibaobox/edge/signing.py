"""Signatures that several outside parties make alike. Keys are PEM, RSA signatures Base64."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def plain(parameters: Mapping[str, str]) -> str:
    """Return what RSA2 covers: `name=value` in the order of the names; what is empty stays out."""
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if parameters[name])


def rsa2(key_pem: str, message: bytes) -> str:
    """Return the RSA signature (PKCS #1 v1.5, SHA-256) under a message."""
    return base64.b64encode(_private(key_pem).sign(message, PKCS1v15(), SHA256())).decode()


def holds(public_pem: str, message: bytes, signature: str) -> bool:
    """Tell whether an RSA signature is the key's under a message."""
    try:
        raw = base64.b64decode(signature, validate=True)
        _public(public_pem).verify(raw, message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def keyed(secret: str, *lines: str) -> str:
    """Return the HMAC-SHA256 in hex under lines."""
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=16)
def _private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey), "the installation's keys are RSA"
    return key


@lru_cache(maxsize=16)
def _public(pem: str) -> RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey), "the installation's keys are RSA"
    return key
