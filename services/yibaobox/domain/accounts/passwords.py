"""Passwords: what may be one, and how it is kept.

Kept as scrypt with N = 2**12, r = 8, p = 1: 4 MiB and a few milliseconds. Modest, for a sandbox signs in often and
guards nobody's real secret; the parameters are written beside each hash, so that they can be raised.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from typing import Final

from yibaobox.domain.errors import InvalidInput

SHORTEST, LONGEST, KINDS = 8, 20, 3
_COST, _BLOCK, _LANES = 2**12, 8, 1
_SALT_BYTES: Final = 16
_SETS: Final = (string.ascii_uppercase, string.ascii_lowercase, string.digits, string.punctuation)


def check_rules(password: str, *, mobile: str, id_no: str) -> None:
    """Refuse a password that is short, plain, or holds what everybody knows of its owner."""
    if not SHORTEST <= len(password) <= LONGEST or any(char not in "".join(_SETS) for char in password):
        raise InvalidInput(f"密码须为{SHORTEST}至{LONGEST}位字母、数字或符号", field="password")
    if sum(any(char in kind for char in password) for kind in _SETS) < KINDS:
        raise InvalidInput(f"密码须包含大写字母、小写字母、数字、符号中的至少{KINDS}种", field="password")
    if mobile in password or id_no[-6:].upper() in password.upper():
        raise InvalidInput("密码不能包含手机号码或证件号码后六位", field="password")


def kept(password: str) -> str:
    """Return what is stored of a password."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${_COST}${_BLOCK}${_LANES}${salt.hex()}${_hash(password, salt, (_COST, _BLOCK, _LANES)).hex()}"


def matches(password: str, stored: str | None) -> bool:
    """Tell whether a password is the stored one; without one it takes as long and is wrong."""
    if stored is None:
        _hash(password, b"nobody's salt", (_COST, _BLOCK, _LANES))
        return False
    _, cost, block, lanes, salt, digest = stored.split("$")
    found = _hash(password, bytes.fromhex(salt), (int(cost), int(block), int(lanes)))
    return hmac.compare_digest(found, bytes.fromhex(digest))


def _hash(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p)
