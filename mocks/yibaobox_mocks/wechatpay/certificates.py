"""The platform's certificates as merchants fetch them: sealed with their APIv3 key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cryptography.x509 import load_pem_x509_certificate

from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.wechatpay import sealing
from yibaobox_mocks.wechatpay.errors import WechatError

SHOWN: Final = "wechat_certificates"


def shown(tx: Tx, keys: Mapping[str, str], sandbox: Sandbox) -> dict[str, Any]:
    """Return the one certificate that the platform signs with; a merchant of recent days has none, but a public key."""
    if sandbox.switch(tx, SHOWN) == "none":
        message = "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。"
        raise WechatError(404, "RESOURCE_NOT_EXISTS", message, number=268512771)
    certificate = load_pem_x509_certificate(keys["plat_cert"].encode())
    return {
        "data": [
            {
                "serial_no": keys["plat_serial"],
                "effective_time": sandbox.rfc3339(_us(certificate.not_valid_before_utc.timestamp())),
                "expire_time": sandbox.rfc3339(_us(certificate.not_valid_after_utc.timestamp())),
                "encrypt_certificate": sealing.seal(keys, keys["plat_cert"].encode(), "certificate"),
            }
        ]
    }


def _us(seconds: float) -> int:
    return int(seconds) * 1_000_000
