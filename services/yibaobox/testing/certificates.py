"""An authority of this process, and certificates of it for the vendors' names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from yibaobox.domain import clock
from yibaobox.domain.store import authority


def ca() -> str:
    """Return the authority's certificate as PEM text."""
    return authority.pem(_authority().certificate)


def issue(names: Sequence[str]) -> str:
    """Return a fresh key and its certificate for these names, as PEM text."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue(_authority(), "yibaobox loopback", key, names)
    return authority.private_pem(key) + authority.pem(certificate)


@cache
def _authority() -> authority.Authority:
    now, key = clock.wall(), ec.generate_private_key(ec.SECP256R1())
    name = "yibaobox sandbox CA of one test run"
    return authority.found(name, key, now - timedelta(days=1), now + timedelta(days=30))
