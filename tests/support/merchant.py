"""WeChat Pay API v3 from the outside, written from its documentation with `cryptography` alone.

It shares no code with the gateway nor with the tax channel, so that each checks the others.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Self

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from boxes import Box

SCHEMA = "WECHATPAY2-SHA256-RSA2048"


def sign(pem: str, text: str) -> str:
    """Return RSA PKCS#1 v1.5 over SHA-256 in Base64."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(certificate: str, text: str, signature: str) -> None:
    """Raise InvalidSignature unless the certificate's owner signed the text."""
    key = load_pem_x509_certificate(certificate.encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def open_sealed(apiv3_key: str, resource: Mapping[str, str]) -> dict[str, Any]:
    """Decrypt the resource of a notification."""
    sealed = base64.b64decode(resource["ciphertext"])
    plain = AESGCM(apiv3_key.encode()).decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode())
    opened: dict[str, Any] = json.loads(plain)
    return opened


def seal(apiv3_key: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Encrypt a resource as the platform does."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), json.dumps(document).encode(), b"transaction")
    return {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": "transaction",
        "nonce": nonce,
    }


class Merchant:
    """A merchant of one world."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.keys: dict[str, str] = box.ask("GET", "/credentials")["wechat"]

    def authorization(self, method: str, target: str, body: str, **changed: Any) -> str:
        """Return the header that vouches for a request."""
        parts = {"timestamp": str(int(time.time())), "nonce_str": secrets.token_hex(16).upper()}
        parts |= {"mchid": self.keys["mchid"], "serial_no": self.keys["mch_serial"]}
        parts |= {name: value for name, value in changed.items() if name in parts}
        signed = f"{method}\n{target}\n{parts['timestamp']}\n{parts['nonce_str']}\n{body}\n"
        parts["signature"] = changed.get("signature") or sign(self.keys["mch_key"], signed)
        return f"{SCHEMA} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def send(self, method: str, target: str, document: Any = None, **more: Any) -> requests.Response:
        """Send a signed request; the world is the one that the merchant number belongs to."""
        body = "" if document is None else json.dumps(document, ensure_ascii=False)
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "merchant"}
        headers["Authorization"] = self.authorization(method, target, more.pop("signed", body), **more)
        headers |= more.pop("headers", {})
        return self.box.session.request(
            method, self.box.url + target, data=body.encode() or None, headers=headers, timeout=30
        )

    def order(self, out_trade_no: str, total: Any = 320_00, **changed: Any) -> dict[str, Any]:
        """Return the body of an order."""
        return {
            "appid": self.keys["appid"],
            "mchid": self.keys["mchid"],
            "description": "城乡居民医保缴费",
            "out_trade_no": out_trade_no,
            "notify_url": "http://127.0.0.1:9/notify",
            "amount": {"total": total, "currency": "CNY"},
            "payer": {"openid": "oMerchantTest"},
        } | changed

    def jsapi(self, document: Mapping[str, Any], **more: Any) -> requests.Response:
        """Order a payment inside WeChat."""
        return self.send("POST", "/v3/pay/transactions/jsapi", document, **more)

    def query(self, out_trade_no: str) -> requests.Response:
        """Ask what became of an order."""
        return self.send("GET", f"/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={self.keys['mchid']}")

    def close(self, out_trade_no: str) -> requests.Response:
        """Close an order."""
        target = f"/v3/pay/transactions/out-trade-no/{out_trade_no}/close"
        return self.send("POST", target, {"mchid": self.keys["mchid"]})

    def check_reply(self, reply: requests.Response) -> None:
        """Raise unless the platform signed the reply."""
        told = reply.headers
        text = f"{told['Wechatpay-Timestamp']}\n{told['Wechatpay-Nonce']}\n{reply.text}\n"
        verify(self.keys["plat_cert"], text, told["Wechatpay-Signature"])


def notification(keys: Mapping[str, str], transaction: Mapping[str, Any], **changed: Any) -> tuple[dict[str, str], str]:
    """Return headers and body of a call-back signed with the platform key (`plat_key` of the installation)."""
    document = {
        "id": "EV-1",
        "create_time": "2025-11-20T10:00:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": seal(keys["apiv3_key"], transaction),
    } | changed.pop("document", {})
    body = json.dumps(document)
    stamp, nonce = changed.pop("stamp", str(int(time.time()))), secrets.token_hex(16)
    headers = {
        "Content-Type": "application/json",
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": sign(keys["plat_key"], f"{stamp}\n{nonce}\n{body}\n"),
        "Wechatpay-Serial": keys["plat_serial"],
        "Wechatpay-Signature-Type": SCHEMA,
    }
    return headers | changed.pop("headers", {}), body


def trade_no() -> str:
    """Return a name for an order."""
    return f"T{secrets.token_hex(8)}"


def error(reply: requests.Response) -> tuple[int, str]:
    """Return status and code of an error, which is never signed."""
    assert "Wechatpay-Signature" not in reply.headers
    code: str = reply.json()["code"]
    return reply.status_code, code


class Sink:
    """A receiver that keeps what it is sent."""

    def __init__(self, courier: Any) -> None:
        self.seen: list[tuple[str, dict[str, str], str]] = []
        self.status = 200
        self._courier = courier

    def post(self, url: str, *, data: bytes, headers: Mapping[str, str], **_: Any) -> Reply:
        """Keep a call-back and answer with the status."""
        self.seen.append((url, dict(headers), data.decode()))
        return Reply(self.status)


class Reply:
    """What a receiver answers."""

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.raw = self

    def read(self, *_: Any, **__: Any) -> bytes:
        """Return no body."""
        return b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None
