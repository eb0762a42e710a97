"""Certificates: an authority says what its key is for, and which key that is; so does whoever it vouches for.

Since Python 3.13 clients are strict (RFC 5280): an authority without `keyUsage` and a key's name is not believed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = RSAPrivateKey | EllipticCurvePrivateKey
# 40 hexadecimal digits, the first of them no zero: clients write a serial without it, and compare the texts. The first
# bit is not set, for a serial is a positive number of 20 octets.
_SERIAL_MIN: Final = 1 << 156
_SERIAL_MAX: Final = 1 << 159


@dataclass(frozen=True, slots=True)
class Authority:
    """Who vouches: the key, its certificate, and from when to when what it signs holds."""

    key: Key
    certificate: x509.Certificate
    begin: datetime
    end: datetime


def found(name: str, key: Key, begin: datetime, end: datetime) -> Authority:
    """Return a new authority."""
    subject = _named(name)
    certificate = (
        _begun(subject, subject, key, (begin, end))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate, begin, end)


def issue(authority: Authority, name: str, key: Key, hosts: Sequence[str] = ()) -> x509.Certificate:
    """Return a certificate; with hosts, one that serves them."""
    origin = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    begun = (
        _begun(_named(name), authority.certificate.subject, key, (authority.begin, authority.end))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(origin, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        begun = begun.add_extension(names, critical=False).add_extension(usage, critical=False)
    return begun.sign(authority.key, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    """Write a certificate."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def private_pem(key: Key) -> str:
    """Write a private key."""
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, life: tuple[datetime, datetime]) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(_SERIAL_MIN + secrets.randbelow(_SERIAL_MAX - _SERIAL_MIN))
        .not_valid_before(life[0])
        .not_valid_after(life[1])
    )


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(common: str) -> x509.Name:
    # Alipay names a certificate by these four parts of its issuer, and its SDKs need all of them.
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, "yibaobox"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "sandbox"),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
