"""Signatures of the Alipay gateway: RSA2 over sorted `name=value` pairs; what a certificate is called there."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from cryptography.x509 import load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from yibaobox_mocks import rsa
from yibaobox_mocks.alipay.errors import AlipayError

_ISSUER: Final = (
    ("CN", NameOID.COMMON_NAME),
    ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("O", NameOID.ORGANIZATION_NAME),
    ("C", NameOID.COUNTRY_NAME),
)


def text(parameters: Mapping[str, str], *without: str) -> str:
    """Return what is signed: decoded values in the order of their names; what is empty stays out."""
    return "&".join(
        f"{name}={parameters[name]}" for name in sorted(parameters) if parameters[name] and name not in without
    )


def check(parameters: Mapping[str, str], keys: Mapping[str, str], charset: str) -> None:
    """Refuse a request that the application did not sign, and say what it should have signed."""
    named = parameters.get("app_cert_sn")
    if named and named != serial(keys["app_cert"]):
        raise AlipayError("40002", "isv.invalid-app-cert-sn", "应用公钥证书序列号与应用不匹配，请检查app_cert_sn")
    signed = text(parameters, "sign")
    if not rsa.holds(keys["app_cert"], signed.encode(charset, "replace"), parameters["sign"]):
        told = (
            f"验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{html.escape(signed)}"
        )
        raise AlipayError("40002", "isv.invalid-signature", told)


def notified(parameters: Mapping[str, str], keys: Mapping[str, str]) -> str:
    """Return the signature under a notification or a way back: neither `sign` nor `sign_type` is covered."""
    return rsa.sign(keys["ali_key"], text(parameters, "sign", "sign_type").encode())


@lru_cache(maxsize=64)
def serial(certificate_pem: str) -> str:
    """Return what a certificate is called at the gateway: the MD5 of its issuer and number."""
    certificate = load_pem_x509_certificate(certificate_pem.encode())
    issuer = ",".join(f"{short}={_value(certificate.issuer.get_attributes_for_oid(oid))}" for short, oid in _ISSUER)
    return hashlib.md5(f"{issuer}{certificate.serial_number}".encode(), usedforsecurity=False).hexdigest()


def _value(found: Sequence[object]) -> str:
    return str(getattr(found[0], "value", "")) if found else ""
