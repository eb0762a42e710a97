"""An application at Alipay from the outside, written from the gateway's documents with `cryptography` alone.

It shares no code with the gateway, so that each checks the other.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from boxes import Box
from merchant import sign

_REPLY = re.compile(
    r'\{"([a-z_]+_response)":(\{.*\})(?:,"alipay_cert_sn":"([0-9a-f]{32})")?,"sign":"([^"]+)"\}', re.DOTALL
)


class App:
    """An application of one world."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.keys: dict[str, str] = box.ask("GET", "/credentials")["alipay"]

    def parameters(self, method: str, content: Any = None, **more: Any) -> dict[str, str]:
        """Return a signed request's parameters; `unsigned` ones are changed after the signature."""
        told = {
            "app_id": self.keys["app_id"],
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": "2025-11-20 10:00:00",
            "version": "1.0",
        }
        unsigned = more.pop("unsigned", {})
        if content is not None:
            told["biz_content"] = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        told |= more
        told["sign"] = sign(self.keys["app_key"], plain(told))
        return {name: value for name, value in (told | unsigned).items() if value is not None}

    def send(self, method: str, content: Any = None, **more: Any) -> requests.Response:
        """Send a request, everything in a form; the world is the one that the application belongs to."""
        form = self.parameters(method, content, **more)
        return self.box.session.post(self.box.url + "/gateway.do", data=form, timeout=30)

    def ask(self, method: str, content: Any = None, **more: Any) -> dict[str, Any]:
        """Send a request and return the content of the reply, which the gateway has signed."""
        return self.content(self.send(f"alipay.{method}", content, **more))

    def content(self, reply: requests.Response) -> dict[str, Any]:
        """Return a reply's content; fails unless the gateway signed exactly these bytes."""
        assert reply.status_code == 200
        match = _REPLY.fullmatch(reply.text)
        assert match is not None, reply.text
        self.verify(match[2], match[4])
        told: dict[str, Any] = json.loads(match[2])
        return told

    def verify(self, text: str, signature: str) -> None:
        """Raise InvalidSignature unless the gateway signed a text."""
        key = serialization.load_pem_public_key(self.keys["ali_pub"].encode())
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())

    def notified(self, body: str) -> dict[str, str]:
        """Return what a notification says; fails unless the gateway signed it."""
        told = dict(parse_qsl(body))
        signature, _ = told.pop("sign"), told.pop("sign_type")
        self.verify(plain(told), signature)
        return told

    def trade(self, **changed: Any) -> dict[str, Any]:
        """Return what is asked of a trade."""
        told = {"out_trade_no": f"T{secrets.token_hex(8)}", "total_amount": "380.00", "subject": "城乡居民医保/缴费{}"}
        return told | changed

    def created(self, **changed: Any) -> str:
        """Create a trade and return its number."""
        asked = self.trade(buyer_id="2088000000001111", **changed)
        told = self.ask("trade.create", asked, notify_url="http://127.0.0.1:9/notify")
        assert told["code"] == "10000", told
        return str(asked["out_trade_no"])

    def paid(self, **changed: Any) -> str:
        """Create a trade, have it paid and return its number."""
        name = self.created(**changed)
        assert self.box.ask("POST", f"/alipay/pay/{name}", {})["state"] == "TRADE_SUCCESS"
        return name

    def state(self, name: str) -> str:
        """Return a trade's state, or why there is none."""
        told = self.ask("trade.query", {"out_trade_no": name})
        return str(told.get("trade_status") or told["sub_code"])


def plain(told: dict[str, str]) -> str:
    """Return what is signed."""
    return "&".join(f"{name}={told[name]}" for name in sorted(told) if told[name] and name != "sign")


def string(told: dict[str, str]) -> str:
    """Return parameters as the string that an app hands over."""
    return urlencode(told)
