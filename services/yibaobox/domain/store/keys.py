"""Every key a client needs: generated here, never in the repository.

Names of callers (access keys, merchant numbers, application ids) belong to a world, so that a credential chooses it;
the asymmetric keys belong to the installation, for they are slow to make and clients pin them. All of them are
sandbox keys: they stand readable in the registry and protect nothing.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from yibaobox.domain.store import authority

_LETTERS: Final = string.ascii_letters + string.digits
# GB/T 32918.5-2017, curve sm2p256v1: field, coefficient, order and base point.
_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
# Whatever instant a client's own tests stand at, the certificates hold.
_FROM: Final = datetime(2010, 1, 1, tzinfo=UTC)
_TO: Final = datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)

Point = tuple[int, int]


def world_keys() -> dict[str, str]:
    """Return the names and secrets of a new world."""
    return {
        "access_key": _word(16),
        "secret_key": _word(32),
        "paasid": f"yb_{secrets.token_hex(6)}",
        "token": _word(32),
        "apikey": _word(32),
        "partner_id": _digits(10),
        "partner_secret": _word(32),
        "mchid": f"1{_digits(9)}",
        "appid": f"wx{secrets.token_hex(8)}",
        "secret": secrets.token_hex(16),
        "apiv3_key": _word(32),
        "app_id": f"2021{_digits(12)}",
    }


def installation_keys() -> dict[str, str]:
    """Return the key pairs and certificates of a new installation, as PEM text (SM2 as hex)."""
    issuer = authority.found("yibaobox sandbox CA", _rsa(), _FROM, _TO)
    issuer_cert = authority.pem(issuer.certificate)
    made = {"root_cert": issuer_cert, "tls_ca": issuer_cert, "tls_ca_key": authority.private_pem(issuer.key)}
    for name in ("mch", "plat", "app", "ali"):
        key = _rsa()
        certificate = authority.issue(issuer, f"yibaobox {name}", key)
        made |= {f"{name}_key": authority.private_pem(key), f"{name}_pub": _public(key)}
        made[f"{name}_cert"] = authority.pem(certificate)
        made[f"{name}_serial"] = f"{certificate.serial_number:040X}"
    made["pub_key_id"] = f"PUB_KEY_ID_{_digits(24)}"
    number = secrets.randbelow(_N - 2) + 1
    made["sm2_key"] = f"{number:064x}"
    made["sm2_pub"] = "04{:064x}{:064x}".format(*sm2_public(number))
    return made


def served(keys: Mapping[str, str], hosts: Sequence[str]) -> str:
    """Return a fresh key and its certificate for these hosts, by the installation's authority, as PEM text."""
    issuer_key = serialization.load_pem_private_key(keys["tls_ca_key"].encode(), password=None)
    assert isinstance(issuer_key, rsa.RSAPrivateKey), "the installation's keys are RSA"
    issuer = authority.Authority(issuer_key, x509.load_pem_x509_certificate(keys["tls_ca"].encode()), _FROM, _TO)
    key = ec.generate_private_key(ec.SECP256R1())
    return authority.private_pem(key) + authority.pem(authority.issue(issuer, "yibaobox gateways", key, hosts))


def sm2_public(private: int) -> Point:
    """Return the public point of an SM2 private number (plain double-and-add: sandbox keys only)."""
    result: Point | None = None
    addend: Point | None = _G
    while private:
        if private & 1:
            result = _add(result, addend)
        addend = _add(addend, addend)
        private >>= 1
    assert result is not None, "a private number is neither zero nor the order"
    return result


def _add(a: Point | None, b: Point | None) -> Point | None:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % _P == 0:
        return None
    rise, run = (3 * a[0] * a[0] - 3, 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = rise * pow(run, -1, _P)
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _digits(length: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(length))


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public(key: rsa.RSAPrivateKey) -> str:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, info).decode()
